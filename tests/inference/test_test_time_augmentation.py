"""The symmetries of the square."""

import numpy as np
import pytest

from seqaug.inference.test_time_augmentation import SYMMETRIES, symmetries

PIXELS = np.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize("name", SYMMETRIES)
def test_each_is_undone(name: str) -> None:
    shown = SYMMETRIES[name].apply(PIXELS)
    np.testing.assert_array_equal(SYMMETRIES[name].undo(shown), PIXELS)
    # A mirrored triangle runs the other way round.
    corners = np.zeros((2, 2), int)
    corners[0, 0], corners[0, 1], corners[1, 1] = 1, 2, 3
    seen = SYMMETRIES[name].apply(corners)
    places = np.array([np.argwhere(seen == number)[0] for number in (1, 2, 3)])
    (y1, x1), (y2, x2) = places[1] - places[0], places[2] - places[1]
    assert (x1 * y2 - y1 * x2 < 0) == SYMMETRIES[name].mirrors


def test_they_are_what_their_names_say() -> None:
    expected = {
        "identity": PIXELS,
        "horizontal_flip": PIXELS[:, ::-1],
        "vertical_flip": PIXELS[::-1],
        "rotate_180": np.rot90(PIXELS, 2),
        "transpose": PIXELS.swapaxes(0, 1),
        "rotate_90": np.rot90(PIXELS),
        "rotate_270": np.rot90(PIXELS, 3),
        "anti_transpose": np.rot90(PIXELS, 2).swapaxes(0, 1),
    }
    assert expected.keys() == SYMMETRIES.keys()
    for name, pixels in expected.items():
        np.testing.assert_array_equal(SYMMETRIES[name].apply(PIXELS), pixels)


def test_the_argument() -> None:
    assert symmetries(None) == [SYMMETRIES["identity"]]
    assert len(symmetries("flips")) == 4
    assert len(set(symmetries("d4"))) == 8
    assert symmetries(["rotate_90"]) == [SYMMETRIES["identity"], SYMMETRIES["rotate_90"]]
    with pytest.raises(
        ValueError, match="augmentations has 'flip'; expected \"flips\", \"d4\", or a list of 'identity'"
    ):
        symmetries("flip")
    with pytest.raises(TypeError, match="augmentations=8"):
        symmetries(8)
