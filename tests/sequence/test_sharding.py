"""Several hosts that train one model: their shards of every epoch are disjoint, equally long, and cover it."""

import warnings
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassCrop, ClassificationSequence, ClassUniform, ClassWeights, Palette, SegmentationSequence

KERAS = tuple(int(number) for number in keras.__version__.split(".")[:2])
PALETTE = Palette(COLORS, ignore=("void",))
TRANSFORM = A.Compose([ClassCrop(16, 16), A.D4(), A.RandomBrightnessContrast()])
OVERSAMPLING: dict[str, Any] = {
    "plain": None,
    "class_uniform": "class_uniform",
    "half class_uniform": ClassUniform(fraction=0.5),
    "repeat_factor": "repeat_factor",
    "rare_class": "rare_class",
    "weights": np.arange(24),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("hosts"), 24)


def make(data: Pairs, shard: Any, batch_size: int = 3, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "transform": TRANSFORM, "seed": 5, "workers": 0, **arguments}
    return SegmentationSequence(data.images, data.masks, batch_size=batch_size, shard=shard, **settings)


def batches(sequence: SegmentationSequence, epoch: int) -> list[Any]:
    sequence.set_epoch(epoch)
    return list(sequence)


@pytest.mark.parametrize("oversample", OVERSAMPLING.values(), ids=OVERSAMPLING)
@pytest.mark.parametrize(("samples_per_epoch", "drop_remainder"), [(None, False), (20, False), (44, True)])
def test_four_hosts_side_by_side_are_one(
    data: Pairs, oversample: Any, samples_per_epoch: int | None, drop_remainder: bool
) -> None:
    arguments = {
        "oversample": oversample,
        "samples_per_epoch": samples_per_epoch,
        "drop_remainder": drop_remainder,
        "class_weights": ClassWeights("inverse", clip=100),
    }
    hosts = [make(data, (index, 4), **arguments) for index in range(4)]
    alone = make(data, (0, 1), batch_size=12, **arguments)
    for epoch in (0, 1, 4):
        parts = [batches(host, epoch) for host in hosts]
        whole = batches(alone, epoch)
        assert {len(part) for part in parts} == {len(whole)}
        for number, batch in enumerate(whole):
            for k, array in enumerate(batch):
                assert np.concatenate([part[number][k] for part in parts]).tobytes() == array.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_shard_is_the_same_with_every_engine(data: Pairs, engine: str) -> None:
    with make(data, (2, 4), **ENGINES[engine]) as sequence:
        inline = make(data, (2, 4))
        shown = [(x.tobytes(), y.tobytes()) for x, y in batches(sequence, 3)]
        assert shown == [(x.tobytes(), y.tobytes()) for x, y in batches(inline, 3)]


def test_what_cannot_be_divided_is_left_out_and_differs_between_epochs(data: Pairs) -> None:
    def seen(epoch: int) -> set[int]:
        hosts = [make(data, (index, 5), transform=None, image_size=(8, 8)) for index in range(5)]
        parts = [[index for batch in host._loader.batches(epoch) for index in batch["index"]] for host in hosts]
        assert [len(part) for part in parts] == [4] * 5
        assert len({index for part in parts for index in part}) == 20
        return {int(index) for part in parts for index in part}

    assert seen(0) != seen(1)


def test_samples_left_out_of_every_epoch_are_warned_of(data: Pairs) -> None:
    with pytest.warns(UserWarning, match=r"24 samples cannot be divided evenly among 5 hosts: the last 4 are never"):
        make(data, (0, 5), shuffle=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(data, (0, 5))
        make(data, (0, 4), shuffle=False)


def test_an_unusable_sample_is_replaced_alike_on_its_host(data: Pairs) -> None:
    damaged = data._replace(images=["gone.png", *data.images[1:]])
    hosts = [make(damaged, (index, 2), on_error="skip") for index in range(2)]
    alone = make(damaged, (0, 1), batch_size=6, on_error="skip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(len(alone)):
            parts = [host[number] for host in hosts]
            assert np.concatenate([part[0] for part in parts]).tobytes() == alone[number][0].tobytes()


def test_labels_go_with_their_images(data: Pairs) -> None:
    def labelled(shard: tuple[int, int], batch_size: int) -> ClassificationSequence:
        labels = [index % 3 for index in range(24)]
        return ClassificationSequence(
            data.images, labels, shard=shard, batch_size=batch_size, oversample="class_uniform", workers=0
        )

    for number, (x, y) in enumerate(labelled((0, 1), 6)):
        parts = [labelled((index, 2), 3)[number] for index in range(2)]
        assert np.concatenate([part[0] for part in parts]).tobytes() == x.tobytes()
        assert np.concatenate([part[1] for part in parts]).tolist() == y.tolist()


def test_pictures_are_named_by_their_position_in_the_whole_epoch(data: Pairs, tmp_path: Path) -> None:
    files = make(data, (1, 2)).save_augmented(tmp_path, count=5)
    positions = [int(file.name.split("position")[1][:5]) for file in files[::2]]
    assert positions == [3, 4, 5, 9, 10]


@pytest.mark.parametrize(
    ("shard", "error", "message"),
    [
        (2, TypeError, r"shard=2; expected \(index, count\)"),
        ((0, 1, 2), TypeError, r"expected \(index, count\)"),
        ((2, 2), ValueError, r"shard=\(2, 2\); expected an index below the count, from 0"),
        ((-1, 2), ValueError, r"shard\[0\]=-1"),
        ((0, 0), ValueError, r"shard\[1\]=0"),
        ((0.5, 2), TypeError, r"shard\[0\]"),
    ],
)
def test_an_invalid_shard_is_refused(data: Pairs, shard: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make(data, shard)


class Distribution:
    """As much of Keras' distribution as says who has which part; TensorFlow on one machine has no several processes."""

    batch_dim_name = "batch"
    _is_multi_process = True

    def __init__(self, mesh: dict[str, int], process: int, processes: int, *, automatic: bool = False) -> None:
        self.auto_shard_dataset = automatic
        self._num_processes, self._process_id = processes, process
        self.device_mesh = keras.distribution.DeviceMesh(
            tuple(mesh.values()), tuple(mesh), np.arange(np.prod([*mesh.values()])).astype(str)
        )


@pytest.mark.parametrize(
    ("mesh", "process", "processes", "expected"),
    [
        ({"batch": 4}, 3, 4, (3, 4)),
        ({"batch": 8}, 1, 2, (1, 2)),  # several devices a process
        ({"batch": 2, "model": 4}, 3, 4, (1, 2)),  # two processes hold one copy of the model
        ({"batch": 1, "model": 4}, 3, 4, (0, 1)),
        ({"model": 4, "batch": 2}, 2, 4, (1, 2)),
    ],
)
def test_by_default_it_follows_keras(
    data: Pairs,
    monkeypatch: pytest.MonkeyPatch,
    mesh: dict[str, int],
    process: int,
    processes: int,
    expected: tuple[int, int],
) -> None:
    def active(automatic: bool) -> None:
        distribution = Distribution(mesh, process, processes, automatic=automatic)
        monkeypatch.setattr(keras.distribution, "distribution", lambda: distribution)

    active(automatic=False)
    assert make(data, None).shard == expected
    assert make(data, (0, 1)).shard == (0, 1), "what is asked for counts"
    active(automatic=True)
    assert make(data, None).shard == (0, 1), "Keras shards by itself"


def sharding(monkeypatch: pytest.MonkeyPatch, processes: int, process: int = 0) -> None:
    """Let a distribution of several processes be active that shards the data itself, as Keras' do from 3.16 on."""
    distribution: Any = Distribution({"batch": processes}, process, processes, automatic=True)
    distribution.num_data_shards, distribution.data_shard_id = processes, process
    monkeypatch.setattr(keras.distribution, "distribution", lambda: distribution)


def test_a_shard_that_keras_divides_again_is_warned_of(data: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    sharding(monkeypatch, 4)
    with pytest.warns(UserWarning, match=r"shard=\(1, 4\) beside .* among 4 processes once more; expected auto_s"):
        make(data, (1, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(data, (0, 1))
        sharding(monkeypatch, 1)
        make(data, (1, 4))


def test_unequal_numbers_of_batches_from_keras_are_warned_of(data: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    sharding(monkeypatch, 3)
    with pytest.warns(UserWarning, match=r"distributes the 8 batches of an epoch to 3 processes: .* a multiple of 3"):
        make(data, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(data, None, samples_per_epoch=27)


@pytest.mark.skipif(KERAS < (3, 16), reason="Keras deals out the batches of a sequence from 3.16 on")
@pytest.mark.parametrize("workers", [0, 3])
def test_keras_distributes_the_batches(data: Pairs, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    from keras.src import distribution as keras_distribution
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    got = []
    for process in range(2):
        sharding(monkeypatch, 2, process)
        monkeypatch.setattr(keras_distribution.distribution_lib, "distribution", keras.distribution.distribution)
        with make(data, None, workers=workers) as sequence:
            adapter = PyDatasetAdapter(sequence, shuffle=False)
            adapter.on_epoch_begin()
            got.append([x.tobytes() for x, _ in adapter.get_numpy_iterator()])
            adapter.on_epoch_end()
    expected = [x.tobytes() for x, _ in batches(make(data, (0, 1)), 0)]
    assert got == [expected[0::2], expected[1::2]]


def test_without_a_distribution_it_has_everything(data: Pairs) -> None:
    assert make(data, None).shard == (0, 1)
