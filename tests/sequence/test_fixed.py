"""Attributes that cannot be set, batches that do not exist, and a constructor that was not called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


def plain(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    return SegmentationSequence(pairs.images, pairs.masks, **{"palette": PALETTE, "batch_size": 4, **arguments})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 9),
        ("batch_size", 2),
        ("shard", (1, 2)),
        ("palette", None),
        ("num_classes", 2),
        ("ignore_index", 0),
        ("workers", 4),
        ("use_multiprocessing", True),
        ("max_queue_size", 3),
        # No attributes, and arguments all the same.
        ("transform", None),
        ("shuffle", False),
        ("rescale", None),
        ("cache", "memory"),
        ("class_weights", [1, 1, 1]),
    ],
)
def test_arguments_are_read_only(pairs: Pairs, name: str, value: Any) -> None:
    sequence = plain(pairs)
    before = sequence.state_dict()
    with pytest.raises(
        AttributeError, match=rf"^{name} of a sequence cannot be set.*SegmentationSequence\(\.\.\., {name}=\.\.\.\)"
    ):
        setattr(sequence, name, value)
    assert sequence.state_dict() == before
    if name in vars(sequence):
        setattr(sequence, name, getattr(sequence, name))


@pytest.mark.parametrize("name", ["class_names", "samples"])
def test_what_is_no_argument_is_not_advised(pairs: Pairs, name: str) -> None:
    with pytest.raises(AttributeError, match=r"another sequence, SegmentationSequence\(\.\.\.\), or"):
        setattr(plain(pairs), name, ["a"])


def test_attributes_with_another_way_to_change_them(pairs: Pairs) -> None:
    sequence = plain(pairs)
    with pytest.raises(AttributeError, match=r"^epoch of a sequence cannot be set.*move it there by set_epoch\(3\)"):
        sequence.epoch = 3  # type: ignore[misc]
    for name in ("load", "cache_key"):
        with pytest.raises(
            AttributeError, match=rf"^{name} of a sequence cannot be set.*override {name}\(self, index\)"
        ):
            setattr(sequence, name, lambda index: {})


@pytest.mark.parametrize("workers", [0, 2])
def test_a_subclass_has_attributes_of_its_own(pairs: Pairs, workers: int) -> None:
    class Own(SegmentationSequence):
        def __init__(self, images: Any, masks: Any, batch_size: int, **arguments: Any) -> None:
            self.images, self.batch_size = images, 99
            super().__init__(images, masks, batch_size=batch_size, **arguments)
            self.masks, self.batch_size, self.transform = masks, batch_size, "mine"
            self.added = 1

        def load(self, index: int) -> Any:
            self.seen = index
            return {"image": self.images[index] + np.uint8(self.added), "mask": self.masks[index]}

    sequence = Own(
        pairs.pixels, pairs.ids, 2, shuffle=False, rescale=None, workers=workers, use_multiprocessing=bool(workers)
    )
    assert np.array_equal(sequence[0][0], pairs.pixels[:2] + np.uint8(1))
    assert (sequence.batch_size, sequence.transform) == (2, "mine")
    sequence.masks = sequence.transform = None
    with pytest.raises(AttributeError, match=r"^seed of a sequence cannot be set.*in a subclass give it to super\(\)"):
        sequence.seed = 3
    sequence.close()


def test_batches_are_requested_by_index(pairs: Pairs) -> None:
    sequence = plain(pairs)
    assert np.array_equal(sequence[np.int64(1)][0], sequence[-1][0])
    for index in (99, 2, -3):
        with pytest.raises(
            IndexError, match=rf"^\[{index}\] of a sequence of 2 batches \(batch_size=4\); expected 0 to 1"
        ):
            sequence[index]
    for index, shown in ((slice(0, 2), "0:2"), (1.5, r"1\.5"), ("a", "'a'"), ((0, 1), r"\(0, 1\)")):
        with pytest.raises(
            TypeError, match=rf"^\[{shown}\] of a sequence of 2 batches; expected the number of one batch"
        ):
            sequence[index]


class Forgetful(SegmentationSequence):
    """Does not call the constructor of its base class."""

    def __init__(self) -> None:
        self.images = np.zeros((2, 8, 8), np.uint8)


def test_a_constructor_that_does_not_call_super() -> None:
    sequence = Forgetful()
    for use in (
        len,
        lambda made: made[0],
        lambda made: next(iter(made)),
        lambda made: made.num_batches,
        lambda made: made.epoch,
        lambda made: made.preview(),
        lambda made: made.close(),
        lambda made: made.class_statistics(),
    ):
        with pytest.raises(RuntimeError, match=r"^Forgetful\.__init__ has not called super\(\)\.__init__\(\.\.\.\)"):
            use(sequence)
    with pytest.raises(AttributeError, match=r"no attribute 'seed', before super\(\)\.__init__\(\.\.\.\) was called"):
        sequence.seed  # noqa: B018
    with pytest.raises(AttributeError, match=r"^'Forgetful' object has no attribute 'colour'$"):
        sequence.colour  # noqa: B018


def test_weights_by_class(pairs: Pairs) -> None:
    for weights in ({0: 1.0, 1: 2.0, 2: 3.0}, {"lamp": 3, "wall": 2, "ground": 1}, {0: 1, "wall": 2, np.int64(2): 3}):
        given = plain(pairs, class_weights=weights, shuffle=False)[0][2]
        assert np.array_equal(given, plain(pairs, class_weights=[1, 2, 3], shuffle=False)[0][2])
    labelled = ClassificationSequence(
        pairs.images, ["a", "b", "a", "b", "b", "b"], class_weights={"a": 2, "b": 1}, shuffle=False
    )
    assert labelled[0][2].tolist() == [2, 1, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({0: 1.0}, r"^class_weights has no weight for 'wall', 'lamp'; expected one for each of the 3 classes"),
        (
            {0: 1, 1: 1, 2: 1, 255: 0},
            r"^class_weights has 255, which is not a class; expected each of 0 to 2, or ground",
        ),
        ({"sky": 1}, r"^class_weights has 'sky', which is not a class"),
        ({0: 1, "ground": 2}, r"^class_weights has 'ground', which is a class that already has a weight"),
    ],
)
def test_invalid_weights_by_class(pairs: Pairs, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plain(pairs, class_weights=weights)
    with pytest.raises(ValueError, match=r"class_weights by class needs num_classes="):
        SegmentationSequence(pairs.pixels, pairs.ids, class_weights=weights)
