"""Arguments in random combinations: the same bytes from every engine, cache and order, and masks that fit images."""

import copy
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from combinations import CLASSES, GREY, Drawn, Files, content, draw, flat, write_files

# What the combinations are warned about has tests of its own: skipped samples, rare classes compensated for twice, ...
pytestmark = pytest.mark.filterwarnings("ignore::seqaug.SeqaugWarning")
ELSEWHERE: list[dict[str, Any]] = [
    {"workers": 2, "cache": "memory"},
    {"executor": True},
    {"workers": 1, "cache": "directory"},
    {"workers": 0, "cache": "directory"},
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    folder = tmp_path_factory.mktemp("combinations")
    return [write_files(folder / "equal"), write_files(folder / "unequal", equal=False)]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def epochs(sequence: Any) -> list[list[Any]]:
    """List two epochs of batches."""
    shown = []
    for epoch in range(2):
        sequence.set_epoch(epoch)
        shown.append(list(sequence))
    return shown


@pytest.mark.parametrize("seed", range(24))
def test_random_combinations(seed: int, files: list[Files], pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    drawn = draw(seed, *files)
    batches = epochs(drawn.make(workers=0))
    expected = [[content(batch) for batch in epoch] for epoch in batches]
    for epoch in batches:
        for batch in epoch:
            check_labels(drawn, batch)
    arguments = dict(ELSEWHERE[seed % len(ELSEWHERE)])
    if arguments.get("cache") == "directory":
        arguments["cache"] = str(tmp_path)
    if "executor" in arguments:
        arguments["executor"] = pool
    if seed == 5:
        arguments = {"workers": 2, "use_multiprocessing": True}
    with drawn.make(**arguments) as sequence:
        order = [(epoch, number) for epoch in range(2) for number in range(len(sequence))]
        for which in np.random.default_rng(seed).permutation(len(order))[:4]:
            epoch, number = order[which]
            sequence.set_epoch(epoch)
            assert content(sequence[number]) == expected[epoch][number]
        sequence.set_epoch(1)
        assert [content(batch) for batch in sequence] == expected[1]
        state = json.loads(json.dumps(sequence.state_dict()))
        resumed = drawn.make(workers=0)
        resumed.load_state_dict(state)
        assert content(resumed[0]) == expected[1][0]
        assert content(copy.deepcopy(resumed)[-1]) == expected[1][-1]


def test_every_kind_occurs(files: list[Files]) -> None:
    """Among the combinations above, that is."""
    all_drawn = [draw(seed, *files) for seed in range(24)]
    names = {name for drawn in all_drawn for name, value in drawn.arguments.items() if value is not False}
    assert names >= {"additional", "mirrored_classes", "mixture", "on_error", "oversample", "pad_batches", "prepare"}
    assert {drawn.masks for drawn in all_drawn} == {"ids", "stored", "colors", "arrays", "classes"}
    assert {drawn.arguments["mask_encoding"] for drawn in all_drawn} == {"sparse", "one_hot", "multi_label"}
    assert {drawn.arguments["data_format"] for drawn in all_drawn} == {"channels_last", "channels_first"}
    assert {drawn.arguments["repeats"] for drawn in all_drawn} == {1, 2}
    transforms = "\n".join(str(drawn.arguments["transform"]) for drawn in all_drawn)
    for name in ("CutMix", "ClassMix", "CopyPaste", "ClassCrop", "Affine", "CoarseDropout", "ElasticTransform"):
        assert f"{name}(" in transforms


@pytest.mark.parametrize("seed", range(100, 112))
def test_shards_side_by_side_are_the_whole(seed: int, files: list[Files]) -> None:
    drawn = draw(seed, *files)
    # A skipped sample is replaced from the shard's own epoch, and a batch is padded to its own largest sample.
    drawn.arguments.pop("on_error", None)
    drawn.arguments["drop_remainder"] = False
    if drawn.arguments.pop("pad_batches", False):
        drawn.arguments["image_size"] = (32, 32)
    whole = drawn.make(workers=0, batch_size=2 * drawn.arguments["batch_size"])
    shards = [drawn.make(workers=0, shard=(number, 2)) for number in range(2)]
    for one, other, both in zip(*(flat(shard[0]) for shard in shards), flat(whole[0]), strict=True):
        joined = np.concatenate([one, other])
        assert joined.tobytes() == both[: len(joined)].tobytes()


def check_labels(drawn: Drawn, batch: Any) -> None:
    """Check that labels are those of the files or ignored, and that pixels moved with their class."""
    given = drawn.arguments
    x, y = batch[0], batch[1]
    additional = x | y if isinstance(x, dict) else {}
    image, mask = (x["image"], y["mask"]) if additional else (x, y)
    if given["data_format"] == "channels_first":
        image, mask = np.moveaxis(image, 1, -1), np.moveaxis(mask, 1, -1) if mask.ndim == 4 else mask
        additional = {
            name: np.moveaxis(array, 1, -1) if array.ndim == 4 else array for name, array in additional.items()
        }
    if mask.ndim == 4:
        assert set(np.unique(mask)) <= {0, 1}
        if given["mask_encoding"] == "one_hot":
            assert mask.sum(axis=-1).max() <= 1
        mask = np.where(mask.any(axis=-1), mask.argmax(axis=-1), 255)
    if drawn.masks == "classes" and given["mask_encoding"] != "multi_label":
        # Masks by class make ids from 1; 0 is the background, which lies where files are ignored.
        assert set(np.unique(mask)) <= {*range(CLASSES + 1), 255}
        mask = np.where((mask == 0) | (mask == 255), 255, mask.astype(int) - 1)
    assert set(np.unique(mask)) <= {*range(CLASSES), 255}
    if drawn.aligned:
        known = mask != 255
        ids = mask[known].astype(int)
        assert (image[..., 0][known] == ids * GREY).all()
        if additional:
            assert (additional["left"] == image).all()
            assert (additional["instances"][..., 0][known] == ids + 300).all()
        if "parts" in additional:
            assert (additional["parts"][known] == ids).all()
