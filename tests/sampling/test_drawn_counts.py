"""Class weights of what is drawn, their limit, and the warning of two remedies for the same."""

from typing import Any

import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassCrop, ClassificationSequence, ClassUniform, ClassWeights, Palette, SegmentationSequence
from seqaug.sampling.drawn_counts import drawn_counts
from seqaug.sampling.samplers import SequentialSampler
from seqaug.statistics.class_weights import compute_class_weights
from seqaug.statistics.counts import ClassCounts

COUNTS = ClassCounts.from_rows([[900, 100, 0], [1000, 0, 0], [1000, 0, 0], [990, 0, 10]], 3)
LABELS = ["a"] * 16 + ["b"] * 4
PIXELS = np.zeros((20, 4, 4, 3), np.uint8)


def test_plain_epochs_draw_what_there_is() -> None:
    drawn = drawn_counts(COUNTS, SequentialSampler(4, 4))
    assert len(drawn) >= 20_000
    assert compute_class_weights(drawn, "inverse") == pytest.approx(compute_class_weights(COUNTS, "inverse"))


@pytest.mark.parametrize("method", ["median_frequency", "inverse", "enet", "effective_number"])
def test_weights_are_of_the_samples_as_often_as_they_are_drawn(method: Any) -> None:
    of_masks = ClassificationSequence(PIXELS, LABELS, class_weights=method, workers=0)
    labels = ClassificationSequence(
        PIXELS, LABELS, class_weights=ClassWeights(method, of="drawn"), oversample="class_uniform", workers=0
    )

    def weights_of(sequence: Any) -> dict[int, float]:
        return {int(y): float(w) for _, ids, weights in sequence for y, w in zip(ids, weights, strict=True)}

    drawn, stored = weights_of(labels), weights_of(of_masks)
    assert drawn[0] == pytest.approx(drawn[1], rel=0.02)  # both classes are drawn equally often
    if method != "effective_number":
        assert stored[1] > 1.3 * stored[0]


def test_pixels_of_drawn_samples(pairs: Pairs) -> None:
    palette = Palette(COLORS, ignore=("void",))
    weights = [0, 0, 1, 0, 3, 0]
    sequence = SegmentationSequence(
        pairs.images,
        pairs.masks,
        palette=palette,
        oversample=weights,
        class_weights=ClassWeights("inverse", of="drawn"),
        workers=0,
    )
    counts = sequence.class_statistics().counts.to_rows()
    share = counts[2] + 3 * counts[4]
    expected = share.sum() / (3 * share)
    for _, y, found in sequence:
        for class_id in range(3):
            assert found[y == class_id] == pytest.approx(expected[class_id], rel=0.01)
        assert not found[y == 255].any()


def test_a_limit_and_classes_that_are_never_drawn() -> None:
    def computed(weights: ClassWeights, draw: Any = lambda counts: counts) -> list[float]:
        return list(weights.computed(COUNTS, compute_class_weights, draw))

    plain = computed(ClassWeights("inverse"))
    assert plain[2] > 100
    assert computed(ClassWeights("inverse", clip=5)) == [plain[0], 5, 5]
    without_last = computed(ClassWeights("inverse", of="drawn"), lambda counts: counts.take(np.array([0, 1])))
    assert without_last[2] == without_last[1] > without_last[0]
    assert computed(ClassWeights("effective_number", beta=0)) == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"method": "rare"}, r"method='rare'; expected one of"),
        ({"method": "enet", "of": "batches"}, r"of='batches'; expected one of 'masks', 'drawn'"),
        ({"method": "enet", "clip": 0}, r"clip=0; expected a number above 0"),
    ],
)
def test_invalid_parameters(arguments: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        ClassWeights(**arguments)


CROP = ClassCrop(8, 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"class_weights": "inverse", "oversample": "class_uniform"},
            r"beside oversample='class_uniform'.*drawn",
        ),
        ({"class_weights": ClassWeights("enet"), "oversample": ClassUniform(0.5)}, r"beside oversample=ClassUniform"),
        ({"class_weights": "enet", "transform": CROP}, r"beside ClassCrop: .*ClassWeights\('enet', clip=10\): none"),
        ({"class_weights": ClassWeights("enet", of="drawn"), "transform": CROP}, r"beside ClassCrop"),
        ({"class_weights": "enet"}, None),
        ({"class_weights": "uniform", "oversample": "class_uniform", "transform": CROP}, None),
        ({"class_weights": [1, 2, 3], "oversample": "class_uniform", "transform": CROP}, None),
        ({"class_weights": "enet", "oversample": [1.0] * 6}, None),
        ({"class_weights": ClassWeights("enet", of="drawn"), "oversample": "class_uniform"}, None),
        ({"class_weights": ClassWeights("enet", clip=9), "oversample": "class_uniform", "transform": CROP}, None),
    ],
)
@pytest.mark.filterwarnings("ignore:oversample=")
def test_two_remedies_for_the_same_are_a_warning(
    pairs: Pairs, arguments: dict[str, Any], message: str | None, recwarn: pytest.WarningsRecorder
) -> None:
    palette = Palette(COLORS, ignore=("void",))
    if message is None:
        SegmentationSequence(pairs.images, pairs.masks, palette=palette, **arguments)
        return
    with pytest.warns(UserWarning, match=message) as found:
        SegmentationSequence(pairs.images, pairs.masks, palette=palette, **arguments)
    assert len(found) == 1
