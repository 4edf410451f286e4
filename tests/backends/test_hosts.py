"""Processes that train one model with Keras' own distribution, on JAX: they end where one process alone ends."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HOST = Path(__file__).with_name("host.py")


def train(count: int) -> list[dict[str, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    hosts = [
        subprocess.Popen(
            [sys.executable, str(HOST), str(index), str(count), address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        )
        for index in range(count)
    ]
    ended = [host.communicate(timeout=240) for host in hosts]
    for host, (_, errors) in zip(hosts, ended, strict=True):
        assert host.returncode == 0, errors
    return [json.loads(output.splitlines()[-1]) for output, _ in ended]


def test_two_processes_train_as_one() -> None:
    pytest.importorskip("jax")
    (alone,) = train(1)
    both = train(2)
    assert [host["shard"] for host in both] == [[0, 2], [1, 2]]
    for host in both:
        assert np.allclose(host["losses"], alone["losses"], rtol=1e-5)
        for weight, expected in zip(host["weights"], alone["weights"], strict=True):
            assert np.allclose(weight, expected, atol=1e-5)
