"""The signatures of constructors show the arguments of the class."""

import inspect
import pydoc
from typing import Any

import numpy as np
import pytest

from seqaug import ClassificationSequence, SegmentationSequence

KINDS = [SegmentationSequence, ClassificationSequence]
PIXELS = np.zeros((4, 8, 8, 3), np.uint8)
IDS = np.zeros((4, 8, 8), np.uint8)


def constructors(kind: type) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in dir(kind) if name.startswith("from_") and name != "from_config"}


def test_there_are_constructors() -> None:
    assert set(constructors(SegmentationSequence)) >= {"from_arrays", "from_csv", "from_dataframe", "from_directory"}
    assert set(constructors(ClassificationSequence)) >= {"from_arrays", "from_dataframe", "from_directory"}


@pytest.mark.parametrize("kind", KINDS)
def test_signatures_show_every_argument_with_its_default(kind: type) -> None:
    of_class = list(inspect.signature(kind).parameters.values())[2:]
    for name, method in constructors(kind).items():
        shown = inspect.signature(method).parameters
        assert all(parameter.kind is not inspect.Parameter.VAR_KEYWORD for parameter in shown.values()), name
        assert [shown[parameter.name] for parameter in of_class] == of_class, name
        assert shown["validation_split"].default is None
        assert shown["stratify"].default is False
        assert "images" not in shown or name in ("from_directory", "from_coco")
        assert "batch_size: 'int' = 8" in pydoc.plain(pydoc.render_doc(method))


def test_what_a_signature_shows_is_accepted() -> None:
    """Every argument, given at its default, is the same as none."""
    for name, method, values in (
        ("from_arrays", SegmentationSequence.from_arrays, (PIXELS, IDS)),
        ("from_arrays", ClassificationSequence.from_arrays, (PIXELS, [0, 1, 1, 0])),
    ):
        defaults = {
            parameter.name: parameter.default
            for parameter in inspect.signature(method).parameters.values()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        x, y = method(*values, **defaults)[0]
        plain_x, plain_y = method(*values)[0]
        assert np.array_equal(x, plain_x), name
        assert np.array_equal(y, plain_y), name


class WithGain(SegmentationSequence):
    def __init__(self, images: Any, masks: Any = None, gain: float = 2, *, seed: int = 3, **arguments: Any) -> None:
        super().__init__(images, masks, seed=seed, **arguments)
        self.gain = gain


SPLIT = ["validation_split", "stratify", "groups", "fold", "validation_transform"]


class WithOwnConstructor(SegmentationSequence):
    def __init__(self, *images_and_masks: Any, batch_size: int = 2) -> None:
        super().__init__(*images_and_masks, batch_size=batch_size)

    @classmethod
    def from_arrays(cls, x: Any, **rest: Any) -> Any:
        return super().from_arrays(x, IDS, **rest)


class KeywordsOnly(SegmentationSequence):
    def __init__(self, **arguments: Any) -> None:
        super().__init__(PIXELS, IDS, **arguments)


def test_a_subclass_with_its_own_init_has_its_own_signatures() -> None:
    shown = inspect.signature(WithGain.from_arrays).parameters
    assert list(shown) == ["x", "y", "subset", *SPLIT, "gain", "seed", "arguments"]
    assert shown["gain"].default == 2
    assert shown["gain"].kind is inspect.Parameter.KEYWORD_ONLY
    sequence = WithGain.from_arrays(PIXELS, IDS, gain=4, batch_size=3, validation_split=0.25, subset="training")
    assert (type(sequence), sequence.gain, sequence.seed, len(sequence.samples)) == (WithGain, 4, 3, 3)
    assert "gain" not in inspect.signature(SegmentationSequence.from_arrays).parameters

    class Deeper(WithGain):
        pass

    class Deepest(Deeper):
        def __init__(self, images: Any, masks: Any, *, depth: int) -> None:
            super().__init__(images, masks)

    assert "gain" in inspect.signature(Deeper.from_csv).parameters
    assert list(inspect.signature(Deepest.from_csv).parameters)[-2:] == [SPLIT[-1], "depth"]


def test_a_subclass_keeps_the_constructors_that_it_overrides() -> None:
    assert list(inspect.signature(WithOwnConstructor.from_arrays).parameters) == ["x", "rest"]
    assert list(inspect.signature(WithOwnConstructor.from_directory).parameters)[-1] == "batch_size"
    assert len(WithOwnConstructor.from_arrays(PIXELS)) == 2
    assert list(inspect.signature(KeywordsOnly.from_csv).parameters)[-2:] == [SPLIT[-1], "arguments"]


def test_unknown_arguments_of_a_constructor_are_refused() -> None:
    with pytest.raises(TypeError, match=r"SegmentationSequence has no argument 'num_workers', which is workers= here"):
        SegmentationSequence.from_arrays(PIXELS, IDS, num_workers=2)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'batches'"):
        SegmentationSequence.from_arrays(PIXELS, IDS, batches=2)
    with pytest.raises(ValueError, match=r"subset='training' without validation_split or fold"):
        SegmentationSequence.from_arrays(PIXELS, IDS, subset="training")
