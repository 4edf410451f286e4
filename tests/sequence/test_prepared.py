"""Sequences with `prepare`: in every engine, with every cache."""

import copy
import json
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from preprocessing import Darken, Shrink
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence, TransformError

PALETTE = Palette(COLORS, ignore=("void",))
PREPARE = A.Compose([A.Resize(18, 20), A.PadIfNeeded(22, 24), Darken(2)])


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("prepared"), 6)


def make(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "prepare": PREPARE,
        "transform": A.Compose([A.RandomCrop(16, 16), A.Rotate(30), A.RandomBrightnessContrast()]),
        "batch_size": 4,
        "workers": 0,
    }
    return SegmentationSequence(pairs.images, pairs.masks, **{**settings, **arguments})


def epochs(sequence: Any, count: int = 2) -> list[bytes]:
    shown = []
    for epoch in range(count):
        sequence.set_epoch(epoch)
        shown += [np.asarray(part).tobytes() for batch in sequence for part in batch]
    return shown


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cache", [None, "memory", "directory"])
def test_every_engine_and_cache_gives_the_same_bytes(
    pairs: Pairs, engine: str, cache: str | None, tmp_path: Path
) -> None:
    expected = epochs(make(pairs))
    assert epochs(make(pairs, prepare=None)) != expected
    folder = str(tmp_path / "cache") if cache == "directory" else cache
    for _ in range(2):
        with make(pairs, cache=folder, **ENGINES[engine]) as sequence:
            assert epochs(sequence) == expected
            assert epochs(sequence) == expected


def test_without_randomness_it_equals_the_transform(pairs: Pairs) -> None:
    arguments: dict[str, Any] = {"shuffle": False, "image_size": None}
    one = make(pairs, prepare=PREPARE, transform=None, **arguments)
    assert epochs(one) == epochs(make(pairs, prepare=None, transform=PREPARE, **arguments))


def test_the_cache_holds_prepared_samples(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    apply = A.Resize.apply

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return apply(self, *args, **kwargs)

    monkeypatch.setattr(A.Resize, "apply", counted)
    with make(pairs, cache="memory") as sequence:
        sequence.warm_cache()
        calls.clear()
        epochs(sequence)
        assert not calls


def test_directories_of_another_prepare_are_separate(pairs: Pairs, tmp_path: Path) -> None:
    for prepare in (A.Resize(20, 20), A.Resize(22, 22), None, A.Resize(20, 20)):
        with make(pairs, prepare=prepare, transform=None, shuffle=False, cache=tmp_path / "cache") as cached:
            assert epochs(cached) == epochs(make(pairs, prepare=prepare, transform=None, shuffle=False))


def test_what_has_no_serialized_form_needs_memory(pairs: Pairs, tmp_path: Path) -> None:
    def invert(image: np.ndarray, **_: Any) -> np.ndarray:
        return 255 - image

    prepare = A.Lambda(image=invert)
    expected = epochs(make(pairs, prepare=prepare))
    with make(pairs, prepare=prepare, cache="memory") as sequence:
        assert epochs(sequence) == expected
    with pytest.raises(ValueError, match=r"^cache=.*Lambda\(image=invert\) holds functions"):
        make(pairs, prepare=prepare, cache=tmp_path / "cache")
    with pytest.raises(ValueError, match=r"^statistics_dir="):
        make(pairs, prepare=prepare, statistics_dir=tmp_path / "counts")


@pytest.mark.parametrize("cache", [None, "memory"])
def test_class_counts_are_of_prepared_masks(pairs: Pairs, cache: str | None) -> None:
    with make(pairs, prepare=A.CenterCrop(8, 8), cache=cache) as sequence:
        counted = sequence.class_statistics().counts
    ids = pairs.ids[:, 8:16, 12:20]
    expected = [[np.count_nonzero(mask == class_id) for class_id in range(3)] for mask in ids]
    np.testing.assert_array_equal([counted.of_sample(index)[:3] for index in range(6)], expected)


def test_counts_of_another_prepare_are_separate(pairs: Pairs, tmp_path: Path) -> None:
    totals = []
    for prepare in (None, A.CenterCrop(8, 8), A.CenterCrop(16, 16), A.CenterCrop(8, 8), A.ToGray(p=1)):
        with make(pairs, prepare=prepare, transform=None, statistics_dir=tmp_path) as sequence:
            totals.append(str(sequence.class_statistics()))
    assert totals[1] == totals[3]
    assert totals[0] == totals[4]
    assert len(set(totals)) == 3


@pytest.mark.parametrize("oversample", ["class_uniform", None])
@pytest.mark.parametrize("engine", ENGINES)
def test_copies_prepare_too(pairs: Pairs, engine: str, oversample: str | None) -> None:
    with (
        make(pairs, cache="memory", oversample=oversample, **ENGINES[engine]) as sequence,
        copy.deepcopy(sequence) as twin,
    ):
        assert epochs(twin) == epochs(sequence)


def test_loads_of_subclasses_are_prepared(pairs: Pairs) -> None:
    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {"image": pairs.pixels[index], "mask": np.where(pairs.ids[index] == 255, 3, pairs.ids[index])}

    own = Own(num_samples=6, num_classes=4, ignore_index=255, prepare=A.Resize(10, 14), shuffle=False, workers=0)
    x, y = own[0]
    assert x.shape == (6, 10, 14, 3)
    assert y.shape == (6, 10, 14)


@pytest.mark.parametrize("cache", [None, "memory"])
def test_filled_pixels_of_value_maps_stay_filled(pairs: Pairs, cache: str | None) -> None:
    class WithDepth(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {**super().load(index), "depth": np.full((24, 32), 5, np.float32)}

        def cache_key(self, index: int) -> str | None:
            return f"{super().cache_key(index)} depth"

        def assemble(self, batch: Any) -> Any:
            return batch["depth"], batch["sample_weight"]

    sequence = WithDepth(
        pairs.images,
        pairs.masks,
        palette=PALETTE,
        prepare=A.PadIfNeeded(32, 32),
        transform=A.Rotate((45, 45), p=1),
        additional_targets={"depth": "value"},
        value_fill=float("nan"),
        class_weights="uniform",
        cache=cache,
        workers=0,
    )
    for _ in range(2):  # the second time from the cache
        depth, weights = sequence[0]
    np.testing.assert_allclose(depth[~np.isnan(depth)], 5, rtol=1e-6)
    # Rotated by 45 degrees, the square keeps 1 - 4 / 9.9 of itself, and the band of 3/4 within it less.
    assert 0.2 < np.isnan(depth).mean() < 0.6
    assert (weights[np.isnan(depth)] == 0).all()


def test_predictions_are_prepared(pairs: Pairs) -> None:
    x = SegmentationSequence(pairs.images, prepare=A.Resize(10, 14), workers=0)[0]
    expected = cv2.resize(pairs.pixels[0], (14, 10)).astype(np.float32) / 255
    np.testing.assert_allclose(x[0], expected, atol=1e-6)


def test_classification(pairs: Pairs) -> None:
    sequence = ClassificationSequence(
        pairs.images, [0, 1, 0, 1, 0, 1], prepare=A.Resize(10, 14), cache="memory", workers=0
    )
    assert sequence[0][0].shape == (6, 10, 14, 3)
    assert "prepare: Resize" in repr(sequence)
    with pytest.raises(ValueError, match=r"^prepare: RandomCrop is random"):
        ClassificationSequence(pairs.images, [0, 1, 0, 1, 0, 1], prepare=A.RandomCrop(8, 8))


def test_normalized_images_are_not_rescaled_again(pairs: Pairs) -> None:
    normalized = make(pairs, prepare=A.Normalize(), transform=None, shuffle=False)
    assert epochs(normalized) == epochs(make(pairs, prepare=None, transform=A.Normalize(), shuffle=False))
    with pytest.warns(UserWarning, match="prepare makes uint8 images float.*4 times the memory"):
        make(pairs, prepare=A.ToFloat(), transform=None, cache="memory")


def test_one_transform_in_both_places_is_refused(pairs: Pairs) -> None:
    for transform in (PREPARE, A.Compose(PREPARE.transforms)):
        with pytest.raises(ValueError, match="prepare= and transform= are the same transform"):
            make(pairs, transform=transform)


def test_an_error_names_the_sample(pairs: Pairs) -> None:
    with pytest.raises(TransformError, match=r"sample 0 \(.*000\.png.*\): prepare: Shrink made 'mask' 24x32"):
        make(pairs, prepare=Shrink(), shuffle=False, cache="memory")[0]


def test_the_state_knows_it(pairs: Pairs) -> None:
    state = json.loads(json.dumps(make(pairs).state_dict()))
    make(pairs).load_state_dict(state)
    for other in (None, A.Resize(22, 24)):
        with pytest.raises(ValueError, match="the state is of another run: prepare"):
            make(pairs, prepare=other).load_state_dict(state)


def test_mirroring_swaps_classes_and_warns(pairs: Pairs) -> None:
    names = {"left lung": (10, 20, 30), "right lung": (200, 100, 0), "lamp": (0, 255, 255)}
    flip = A.HorizontalFlip(p=1)
    palette = Palette({**names, "void": (0, 0, 0)}, ignore=("void",))
    with pytest.warns(UserWarning, match="HorizontalFlip mirrors samples"):
        make(pairs, palette=palette, prepare=flip, transform=None)
    pair = [("left lung", "right lung")]
    sequence = make(
        pairs, palette=palette, prepare=flip, transform=None, mirrored_classes=pair, shuffle=False, cache="memory"
    )
    swapped = np.array([1, 0, 2], np.uint8)
    flipped = pairs.ids[:4, :, ::-1]
    np.testing.assert_array_equal(sequence[0][1], np.where(flipped == 255, 255, swapped[np.minimum(flipped, 2)]))


def test_stratified_splits_and_previews(pairs: Pairs) -> None:
    training = SegmentationSequence.from_arrays(
        pairs.pixels,
        pairs.ids,
        num_classes=3,
        ignore_index=255,
        prepare=A.CenterCrop(8, 8),
        validation_split=0.5,
        subset="training",
        stratify=True,
        workers=0,
    )
    assert training[0][0].shape == (3, 8, 8, 3)
    pytest.importorskip("matplotlib")
    assert training.preview(1).advice is not None
