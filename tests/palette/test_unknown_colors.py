"""Messages on unknown colours, and their hints."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from seqaug.errors import UnknownColorError
from seqaug.palette.palette import Palette

CAMVID = Palette.named("camvid")


def message_on(rgb: np.ndarray, palette: Palette = CAMVID) -> str:
    with pytest.raises(UnknownColorError) as caught:
        palette.encode(rgb)
    return str(caught.value)


def mask() -> np.ndarray:
    ids = np.random.default_rng(0).integers(0, 11, (6, 8)).repeat(16, 0).repeat(16, 1)
    return CAMVID.decode(ids)


def test_the_most_frequent_come_first_with_counts_and_neighbours() -> None:
    rgb = np.zeros((10, 10, 3), np.uint8)
    rgb[0, :3] = (130, 0, 0)
    rgb[1, :5] = (10, 200, 10)
    rgb[2, 0] = (0, 120, 200)
    rgb[3, 0] = (255, 0, 255)
    message = message_on(rgb)
    assert message.startswith(
        "10 of 100 pixels (10.00%) have 4 colours that the palette does not have: (10, 200, 10) in"
    )
    assert "(130, 0, 0) in 3 (nearest: 'Building' (128, 0, 0))" in message
    assert "(255, 0, 255)" not in message
    assert "and 1 more" in message


def test_missing_colours() -> None:
    rgb = mask()
    rgb[:20] = (0, 250, 0)
    message = message_on(rgb)
    assert "have 1 colour that" in message
    assert 'add the missing colours to the palette, or give it unknown="ignore"' in message
    assert "255" in message


def test_red_and_blue_swapped() -> None:
    assert "mask[..., ::-1]" in message_on(mask()[..., ::-1])


def test_palettes_written_with_red_and_blue_swapped() -> None:
    turned = Palette({name: color[::-1] for name, color in zip(CAMVID.names, CAMVID.colors.tolist(), strict=True)})
    message = message_on(mask(), turned)
    assert "the palette was written as (b, g, r), so reverse its colours" in message


def photograph() -> np.ndarray:
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8), (120, 90), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("name", ["binary", "camvid", "voc", "cityscapes", "ade20k"])
def test_photographs(name: str) -> None:
    message = message_on(photograph(), Palette.named(name))
    assert "the mask looks like a photograph, most of it far from all colours of the palette" in message
    assert "resized with interpolation" not in message
    assert 'unknown="nearest"' not in message


def test_palettes_of_other_data_sets() -> None:
    assert "the built-in palette 'camvid' has them all" in message_on(mask(), Palette.named("ade20k"))
    others = Palette({"a": (1, 2, 3), "b": (250, 0, 9)}).decode(np.arange(6).reshape(2, 3) % 2)
    message = message_on(others)
    assert "that is most of the mask, so the palette looks like another data set's: Palette.infer(folder)" in message
    assert "ignore" not in message  # which would leave nothing to learn


def test_jpeg_of_masks_of_which_the_palette_lacks_a_class() -> None:
    rgb = mask()
    rgb[:30] = (0, 250, 0)
    rgb = cv2.imdecode(cv2.imencode(".jpg", rgb)[1], cv2.IMREAD_COLOR)
    assert "compressed as JPEG, and the palette lacks some of its colours" in message_on(rgb)


def test_nearest_is_refused_for_masks_of_another_palette_and_photographs() -> None:
    nearest = Palette(dict(zip(CAMVID.names, CAMVID.colors.tolist(), strict=True)), unknown="nearest")
    for rgb, message in ((photograph(), "a photograph"), (mask()[..., ::-1] // 3 + 90, "")):
        with pytest.raises(
            UnknownColorError, match=rf'\(unknown="nearest" would turn them into arbitrary classes\).*{message}'
        ):
            nearest.encode_mask(np.ascontiguousarray(rgb))
        nearest.encode(np.ascontiguousarray(rgb))
    for quality in (10, 50, 95):
        data = cv2.imencode(".jpg", mask(), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        assert nearest.encode_mask(cv2.imdecode(data, cv2.IMREAD_COLOR)).shape == (96, 128)


def test_warnings_are_of_areas_and_not_of_borders() -> None:
    nearest = Palette(dict(zip(CAMVID.names, CAMVID.colors.tolist(), strict=True)), unknown="nearest")
    assert nearest.unknown_warning(mask()) is None
    assert nearest.unknown_warning(cv2.resize(mask(), (90, 70), interpolation=cv2.INTER_LINEAR)) is None
    rgb = mask()
    rgb[:20] = (0, 250, 0)
    assert "turns (0, 250, 0), 20.8% of a mask, into" in str(nearest.unknown_warning(rgb))
    assert nearest.unknown_share(rgb) == pytest.approx(20 / 96)
    assert nearest.unknown_share(rgb[:0]) == 0


def test_jpeg() -> None:
    rgb = cv2.imdecode(cv2.imencode(".jpg", mask())[1], cv2.IMREAD_COLOR)
    message = message_on(rgb)
    assert 'unknown="nearest"' in message
    assert "JPEG" in message


def test_smoothing_resize() -> None:
    assert 'unknown="nearest"' in message_on(cv2.resize(mask(), (90, 70), interpolation=cv2.INTER_LINEAR))


def test_a_few_colours_that_are_almost_right() -> None:
    rgb = mask()
    rgb[0, 0] = (129, 0, 1)
    assert 'unknown="nearest"' in message_on(rgb)


def test_ids_read_as_colours() -> None:
    ids = np.arange(256).reshape(16, 16) % 11
    ids[0] = 255
    assert "palette=None, num_classes=" in message_on(np.stack([ids] * 3, axis=-1).astype(np.uint8))
