"""Processes that train one model: with Keras' own distribution on JAX, and with TensorFlow's strategies."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug import SegmentationSequence


def free_addresses(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return addresses


def run_together(script: str, each: list[tuple[list[str], dict[str, str]]]) -> list[dict[str, Any]]:
    """Run a script of this folder in several processes at once, and give what each reports."""
    hosts = [
        subprocess.Popen(
            [sys.executable, Path(__file__).with_name(script), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        for arguments, environment in each
    ]
    try:
        ended = [host.communicate(timeout=240) for host in hosts]
    finally:
        for host in hosts:
            host.kill()
    for host, (_, errors) in zip(hosts, ended, strict=True):
        assert host.returncode == 0, errors
    return [json.loads(output.splitlines()[-1]) for output, _ in ended]


def train_on_jax(count: int) -> list[dict[str, Any]]:
    (address,) = free_addresses(1)
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    return run_together("host.py", [([str(index), str(count), address], environment) for index in range(count)])


def test_two_jax_processes_train_as_one() -> None:
    pytest.importorskip("jax")
    (alone,) = train_on_jax(1)
    both = train_on_jax(2)
    assert [host["shard"] for host in both] == [[0, 2], [1, 2]]
    for host in both:
        assert np.allclose(host["losses"], alone["losses"], rtol=1e-5)
        for weight, expected in zip(host["weights"], alone["weights"], strict=True):
            assert np.allclose(weight, expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore:all 8 masks checked")
def test_a_dataset_is_this_worker_s_part_under_a_strategy_of_several() -> None:
    cluster = {"worker": free_addresses(2)}
    configurations = [{"cluster": cluster, "task": {"type": "worker", "index": index}} for index in range(2)]
    environments = [{"TF_CONFIG": json.dumps(one), "KERAS_BACKEND": "tensorflow"} for one in configurations]
    reports = run_together("strategy_worker.py", [([], environment) for environment in environments])
    images = np.repeat(np.arange(22, dtype=np.uint8), 64).reshape(22, 8, 8, 1)
    for index, report in enumerate(reports):
        assert report["shard"] == [0, 1], "the sequence itself is whole"
        assert report["sharding"] == "OFF"
        part = SegmentationSequence(
            images, images[..., 0] % 3, num_classes=3, batch_size=4, seed=1, rescale=None, shard=(index, 2)
        )
        for epoch in range(2):
            part.set_epoch(epoch)
            assert report["epochs"][epoch] == [x[:, 0, 0, 0].tolist() for x, _ in part]
