"""`repeats`, and samples that a batch needs several times: one load each, and the same bytes from every engine."""

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import keras
import numpy as np
import pytest
from engine_settings import ENGINES
from logged import Blacken, Logged
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence, SeqaugWarning

PALETTE = Palette(COLORS, ignore=("void",))
TRANSFORM = A.Compose([A.RandomCrop(16, 16), A.D4(), A.RandomBrightnessContrast(p=0.5)])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("repeats"), 10)


def make(data: Pairs, images: Any = None, masks: Any = None, **arguments: Any) -> SegmentationSequence:
    settings = {"palette": PALETTE, "transform": TRANSFORM, "batch_size": 8, "seed": 3, "workers": 0, **arguments}
    return SegmentationSequence(images or data.images, masks or data.masks, **settings)


def shown(sequence: Any, epoch: int = 0) -> list[tuple[bytes, ...]]:
    sequence.set_epoch(epoch)
    return [tuple(array.tobytes() for array in batch) for batch in sequence]


def written_out(data: Pairs, sequence: SegmentationSequence, **arguments: Any) -> SegmentationSequence:
    """Make a sequence of the same positions in epoch 0, whose files are listed as often as they are needed."""
    order = sequence._loader.indices(0).samples
    images, masks = ([paths[index] for index in order] for paths in (data.images, data.masks))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeqaugWarning)
        return make(data, images, masks, shuffle=False, **arguments)


@pytest.fixture(params=[*ENGINES, "executor"])
def engine(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param in ENGINES:
        yield ENGINES[request.param]
        return
    with ThreadPoolExecutor(2) as executor:
        yield {"executor": executor}


def test_rows_are_those_of_a_list_in_which_each_sample_is_repeated(data: Pairs, engine: dict[str, Any]) -> None:
    with make(data, repeats=4, **engine) as sequence:
        assert len(sequence) == 5
        assert shown(sequence) == shown(written_out(data, sequence))
        indices = np.concatenate([sequence._loader.batch(1, number)["index"] for number in range(5)])
    assert (indices.reshape(-1, 4) == indices[::4, np.newaxis]).all()
    assert sorted(indices[::4]) == list(range(10))
    x, _ = sequence[0]
    assert len({row.tobytes() for row in x}) == 8


def test_a_sample_is_loaded_once_for_all_its_rows(tmp_path: Path, engine: dict[str, Any]) -> None:
    arguments = {"num_samples": 12, "num_classes": 3, "transform": TRANSFORM, "batch_size": 16}
    with Logged(tmp_path / "log", repeats=4, **arguments, **engine) as sequence:
        sequence[0]  # workers ask for one row first, to learn its size; and this process checks it
        sequence.loads()
        sequence.set_epoch(1)
        list(sequence)
        assert sequence.loads() == Counter(range(12))


def test_an_oversampled_sample_is_loaded_once_in_a_batch(tmp_path: Path, data: Pairs, engine: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"oversample": [3, 3] + [1] * 8, "samples_per_epoch": 24}
    with make(data, **arguments, **engine) as sequence:
        batches = sequence._loader.indices(0).samples.reshape(3, 8).tolist()
        apart = [batch for batch in batches for index in set(batch) if index in batch[batch.index(index) + 2 :]]
        assert apart  # the rows of a sample are not neighbours
        assert shown(sequence) == shown(written_out(data, sequence))
    settings = {"num_samples": 10, "num_classes": 3, "transform": TRANSFORM, "batch_size": 8}
    with Logged(tmp_path / "log", **settings, **arguments, **engine) as sequence:
        sequence[0]
        for batch_index in range(3):
            sequence.loads()
            sequence[batch_index]
            assert sequence.loads() == Counter(set(sequence._loader.batch(0, batch_index)["index"].tolist()))


def test_one_sample_in_all_rows(tmp_path: Path, engine: dict[str, Any]) -> None:
    settings = {"num_samples": 1, "num_classes": 3, "transform": TRANSFORM, "batch_size": 24}
    with Logged(tmp_path / "log", samples_per_epoch=48, **settings, **engine) as sequence:
        sequence[0]
        sequence.loads()
        list(sequence)
        assert sequence.loads() == Counter({0: 2})


def test_a_transform_that_writes_in_place_spoils_no_other_row(data: Pairs, engine: dict[str, Any]) -> None:
    with make(data, repeats=4, transform=Blacken(p=1), **engine) as sequence:
        expected = written_out(data, sequence, transform=Blacken(p=1))
        x, _ = sequence[0]
        assert shown(sequence) == shown(expected)
    # One line of each row is black.
    assert (x == 0).all((2, 3)).sum(1).tolist() == [1] * 8


def test_load_with_rng_is_called_for_each_row(tmp_path: Path) -> None:
    calls = []

    class Drawn(SegmentationSequence):
        def load(self, index: int, rng: np.random.Generator) -> Any:
            calls.append(index)
            return {"image": rng.integers(0, 256, (8, 8, 3), np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    with pytest.warns(SeqaugWarning, match=r"repeats=2 reads no sample less: load\(self, index, rng\) gives another"):
        sequence = Drawn(num_samples=4, num_classes=2, repeats=2, shuffle=False, workers=0)
    x, _ = sequence[0]
    assert [index for index in (0, 1, 2, 3) for _ in range(2)] == sorted(calls[:8])
    assert len({row.tobytes() for row in x}) == 8


def test_a_bad_sample_is_replaced_for_all_its_rows(tmp_path: Path, engine: dict[str, Any]) -> None:
    settings = {"num_samples": 4, "num_classes": 3, "transform": TRANSFORM, "batch_size": 8, "shuffle": False}
    with Logged(tmp_path / "log", (1,), repeats=4, on_error="skip", **settings, **engine) as sequence:
        with pytest.warns(SeqaugWarning, match="skipped"):
            sequence[0]
        assert sequence._loader.batch(0, 0)["index"].tolist() == [0] * 4 + [2] * 4
        assert list(sequence.skipped) == [1]
        sequence.loads()
        list(sequence)
        assert sequence.loads() == Counter({0: 1, 1: 1, 2: 2, 3: 1})


def test_an_epoch_reads_as_many_samples_as_without(data: Pairs) -> None:
    sequence = make(data, repeats=2, samples_per_epoch=6, drop_remainder=True)
    assert len(sequence) == 1
    state = sequence.state_dict()
    assert (state["positions"], state["repeats"]) == (12, 2)
    read = [sequence._loader.indices(epoch).samples[::2] for epoch in range(5)]
    assert Counter(np.concatenate(read).tolist()) == Counter(list(range(10)) * 3)
    assert "each sample 2 times in a row" in repr(sequence)
    assert sequence.repeats == 2
    with pytest.raises(AttributeError, match="repeats of a sequence cannot be set"):
        sequence.repeats = 4


def test_statistics_are_of_the_samples_that_are_read(data: Pairs) -> None:
    plain, repeated = (make(data, repeats=repeats, oversample="repeat_factor") for repeats in (1, 4))
    assert str(plain.class_statistics()) == str(repeated.class_statistics())


def test_stratified_subsets(data: Pairs) -> None:
    arguments: dict[str, Any] = {"palette": PALETTE, "transform": TRANSFORM, "validation_split": 0.4, "stratify": True}
    folders = [Path(paths[0]).parent for paths in (data.images, data.masks)]
    subsets = [
        SegmentationSequence.from_directory(*folders, subset="training", repeats=repeats, **arguments)
        for repeats in (1, 8)
    ]
    assert len(subsets[0].samples) == 6
    assert [sample.image for sample in subsets[0].samples] == [sample.image for sample in subsets[1].samples]
    assert len(subsets[1]) == 6


def test_shards_are_parts_of_the_batches_of_one_host(data: Pairs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeqaugWarning)
        shards = [make(data, repeats=4, batch_size=4, shard=(index, 2)) for index in range(2)]
    together = make(data, repeats=4, batch_size=8)
    for number, (x, _) in enumerate(together):
        assert x.tobytes() == b"".join(shard[number][0].tobytes() for shard in shards)


def test_a_run_is_resumed_in_mid_epoch(data: Pairs) -> None:
    sequence = make(data, repeats=4)
    batches = iter(sequence)
    before = [next(batches) for _ in range(2)]
    state = json.loads(json.dumps(sequence.state_dict()))
    resumed = make(data, repeats=4)
    resumed.load_state_dict(state)
    rest = [x.tobytes() for x, _ in resumed]
    assert [x.tobytes() for x, _ in before] + rest == [x.tobytes() for x, _ in make(data, repeats=4)]
    with pytest.raises(ValueError, match="repeats 4 then and 2 now"):
        make(data, repeats=2).load_state_dict(state)


def test_classification(data: Pairs, engine: dict[str, Any]) -> None:
    arguments = {"transform": TRANSFORM, "repeats": 2, **engine}
    with ClassificationSequence(data.images, list(range(10)), **arguments) as sequence:
        y = np.concatenate([y for _, y in sequence])
    assert (y[::2] == y[1::2]).all()
    assert sorted(y) == sorted([*range(10)] * 2)


@pytest.mark.parametrize("transform", [A.Resize(16, 16), A.Compose([A.RandomCrop(24, 32), A.ToGray(p=1)])])
def test_equal_repeats_are_warned_about(data: Pairs, transform: Any) -> None:
    sequence = make(data, repeats=2, transform=transform)
    with pytest.warns(SeqaugWarning, match=r"repeats=2 with a transform that gives the same result each time: "):
        sequence[0]


@pytest.mark.parametrize("transform", [A.HorizontalFlip(p=0.001), A.OneOf([A.NoOp(), A.NoOp()]), TRANSFORM])
def test_random_repeats_are_not_warned_about(data: Pairs, transform: Any) -> None:
    make(data, repeats=2, transform=transform)[0]


def test_repeats_without_a_transform_are_warned_about(data: Pairs) -> None:
    with pytest.warns(SeqaugWarning, match=r"repeats=2 without transform=: the 2 rows of a sample are the same; "):
        make(data, repeats=2, transform=None)


def test_an_impossible_batch_size(data: Pairs) -> None:
    with pytest.raises(ValueError, match=r"batch_size=8 is no multiple of repeats=3, .*; expected batch_size=6 or 9"):
        make(data, repeats=3)


def test_predict_is_warned_about(data: Pairs) -> None:
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D()])
    sequence = SegmentationSequence(data.images, transform=TRANSFORM, repeats=4, workers=0)
    with pytest.warns(SeqaugWarning, match=r"epoch has each sample 4 times \(repeats=4\): .* no repeats, "):
        result = model.predict(sequence, verbose=0)
    assert len(result) == 40
