"""The laws of a palette, against a palette of loops."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqaug.errors import UnknownColorError
from seqaug.palette.palette import Palette

COLORS = {"sky": (128, 128, 128), "road": (128, 64, 128), "void": (0, 0, 0), "tree": (128, 128, 0)}


def palette_of(codes: np.ndarray, ignored: int = 0, unknown: str = "raise") -> Palette:
    """Make a palette of 0xRRGGBB numbers, of which the first few are ignored."""
    colors = {f"{code:06x}": (int(code) >> 16, int(code) >> 8 & 255, int(code) & 255) for code in codes}
    return Palette(colors, list(colors)[:ignored], unknown)


def colors_of(codes: np.ndarray) -> np.ndarray:
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)


def slow_ids(palette: Palette, rgb: np.ndarray, ignore_index: int) -> np.ndarray:
    """Encode as a loop over classes does; -1 where no colour fits."""
    ids = np.full(rgb.shape[:-1], -1)
    for number, color in enumerate(palette.colors):
        ids[(rgb == color).all(axis=-1)] = number
    for color in palette.ignored.values():
        ids[(rgb == np.array(color)).all(axis=-1)] = ignore_index
    return ids


@st.composite
def codes(draw: st.DrawFn, least: int = 1) -> np.ndarray:
    """Distinct colours, at random or all alike in some of their bits."""
    count = draw(st.one_of(st.integers(least, 40), st.sampled_from([150, 255, 256, 257, 600])))
    kind = draw(st.sampled_from(["any", "step", "grey"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if kind == "any":
        return rng.choice(2**24, count, replace=False)
    if kind == "step":  # low bits in common
        step = 2 ** draw(st.integers(0, 14))
        return rng.permutation(np.arange(count) * step % 2**24 + rng.integers(step))
    return rng.permutation(256)[:count] * 0x010101


SHAPES = st.sampled_from([(3, 5), (0, 4), (7,), (2, 3, 4), (150, 300), ()])


@given(st.data(), codes(least=2), SHAPES)
@settings(deadline=None)
def test_encode_is_the_loop_and_decode_its_inverse(data: st.DataObject, numbers: np.ndarray, shape: tuple) -> None:
    numbers = np.unique(numbers)
    ignored = data.draw(st.integers(0, len(numbers) - 1))
    palette = palette_of(numbers, ignored)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rgb = colors_of(rng.choice(numbers, shape))
    ids = palette.encode(rgb)
    assert np.array_equal(ids, slow_ids(palette, rgb, palette.ignore_index))
    assert ids.shape == shape
    highest = max(len(palette) - 1, palette.ignore_index if ignored else 0)
    assert ids.dtype == (np.uint8 if highest <= 255 else np.uint16)
    of_classes = colors_of(rng.choice(numbers[ignored:], shape))
    assert np.array_equal(palette.decode(palette.encode(of_classes)), of_classes)


@given(codes(), st.integers(0, 2**32), st.booleans())
@settings(deadline=None)
def test_other_colours_are_always_noticed(numbers: np.ndarray, seed: int, near: bool) -> None:
    numbers = np.unique(numbers)
    rng = np.random.default_rng(seed)
    pixels = rng.choice(numbers, 500)
    if near:  # one bit away
        pixels = np.where(rng.random(500) < 0.1, pixels ^ (1 << rng.integers(0, 24, 500)), pixels)
    else:
        pixels = np.where(rng.random(500) < 0.1, rng.integers(0, 2**24, 500), pixels)
    palette = palette_of(numbers, unknown="ignore")
    expected = slow_ids(palette, colors_of(pixels), 9999)
    expected[expected < 0] = 9999
    assert np.array_equal(palette.encode(colors_of(pixels), ignore_index=9999), expected)
    unknown = int((expected == 9999).sum())
    strict = palette_of(numbers)
    if unknown:
        with pytest.raises(UnknownColorError, match=f"^{unknown} of 500 pixels"):
            strict.encode(colors_of(pixels))
    else:
        assert np.array_equal(strict.encode(colors_of(pixels)), expected)


@given(codes(), st.integers(0, 2**32), st.integers(0, 3))
@settings(deadline=None)
def test_nearest_is_the_nearest_and_the_first_on_ties(numbers: np.ndarray, seed: int, ignored: int) -> None:
    numbers = np.random.default_rng(seed).permutation(np.unique(numbers))
    ignored = min(ignored, len(numbers) - 1)
    palette = palette_of(numbers, ignored, "nearest")
    rgb = np.random.default_rng(seed).integers(0, 256, (9, 30, 3), dtype=np.uint8)
    offsets = rgb[..., np.newaxis, :].astype(int) - colors_of(numbers).astype(int)
    position = (offsets**2).sum(axis=-1).argmin(axis=-1)
    expected = np.where(position < ignored, palette.ignore_index, position - ignored)
    assert np.array_equal(palette.encode(rgb), expected)


def test_ties_go_to_the_first_given() -> None:
    rgb = np.array([[10, 0, 0]], np.uint8)
    for names in (("low", "high"), ("high", "low")):
        colors = {"low": (0, 0, 0), "high": (20, 0, 0)}
        palette = Palette({name: colors[name] for name in names}, ("low",), "nearest")
        assert palette.encode(rgb) == (255 if names[0] == "low" else 0)


@pytest.mark.parametrize("ignored", [0, 1])
@pytest.mark.parametrize("layout", ["random", "low bits", "high bits"])
def test_65536_colours_are_exact(ignored: int, layout: str) -> None:
    rng = np.random.default_rng(5)
    numbers = {
        "random": rng.choice(2**24, 65_536, replace=False),
        "low bits": np.arange(65_536) * 256 + 77,
        "high bits": np.arange(65_536) + (200 << 16),
    }[layout]
    palette = palette_of(numbers, ignored, "ignore" if ignored else "raise")
    pixels = rng.integers(0, 65_536, (300, 400))
    ids = palette.encode(colors_of(numbers[pixels]))
    assert ids.dtype == np.uint16
    expected = np.where(pixels < ignored, 65_535, pixels - ignored)
    assert np.array_equal(ids, expected)
    if ignored:
        others = np.delete(np.arange(2**24), numbers)[::101]
        assert (palette.encode(colors_of(others)) == 65_535).all()
    else:
        assert np.array_equal(palette.decode(ids), colors_of(numbers[pixels]))


def test_256_classes_leave_no_id_to_spare_and_need_none() -> None:
    palette = palette_of(np.arange(256) * 0x010101)
    rgb = colors_of(np.arange(256) * 0x010101)
    ids = palette.encode(rgb)
    assert ids.dtype == np.uint8
    assert ids.tolist() == list(range(256))
    with pytest.raises(UnknownColorError):
        palette.encode(np.array([1, 2, 3], np.uint8))
    lenient = palette_of(np.arange(256) * 0x010101, unknown="ignore")
    assert lenient.ignore_index == 65_535
    assert lenient.encode(np.array([1, 2, 3], np.uint8)) == 65_535


def test_memory_of_any_layout() -> None:
    palette = palette_of(np.arange(40) * 1000)
    rgb = palette.decode(np.arange(1200).reshape(30, 40) % 40)
    for view in (rgb[::2], rgb[:, ::-1], rgb.transpose(1, 0, 2), np.asfortranarray(rgb)):
        assert np.array_equal(palette.encode(view), slow_ids(palette, view, 255))
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    assert np.array_equal(palette.encode(bgr[..., ::-1]), palette.encode(rgb))
    rgb.flags.writeable = False
    assert np.array_equal(palette.encode(rgb), slow_ids(palette, rgb, 255))


def test_many_unknown_pixels_are_done_in_blocks() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (600, 800, 3), dtype=np.uint8)
    palette = Palette({"dark": (0, 0, 0), "light": (255, 255, 255)}, unknown="nearest")
    assert np.array_equal(palette.encode(rgb), rgb.sum(axis=-1, dtype=int) > 382)


@given(codes(3), st.data())
def test_several_colours_of_a_class_are_one_id(numbers: np.ndarray, data: st.DataObject) -> None:
    colors = [tuple(map(int, color)) for color in colors_of(numbers)]
    cut = data.draw(st.integers(1, len(colors) - 1))
    palette = Palette(
        {"several": colors[:cut], "rest": colors[cut:]}, ignore=data.draw(st.sampled_from([(), ("rest",)]))
    )
    rgb = colors_of(numbers)[np.newaxis]
    last = 255 if palette.ignored else 1
    assert palette.encode(rgb).tolist() == [[0] * cut + [last] * (len(colors) - cut)]
    assert palette.decode(np.array([0, last])).tolist() == [list(colors[0]), list(colors[cut])]
    assert palette.all_colors == {"several": tuple(colors[:cut]), "rest": tuple(colors[cut:])}
    assert pickle.loads(pickle.dumps(palette)) == palette


def test_properties() -> None:
    palette = Palette(COLORS, ignore=("void",))
    assert palette.names == ("sky", "road", "tree")
    assert palette.colors.tolist() == [[128, 128, 128], [128, 64, 128], [128, 128, 0]]
    assert palette.colors.dtype == np.uint8
    assert dict(palette.ignored) == {"void": (0, 0, 0)}
    assert (len(palette), palette.ignore_index, palette.has_ignored, palette.unknown) == (3, 255, True, "raise")
    assert not Palette({"a": (1, 2, 3)}).has_ignored
    assert not Palette({"a": (1, 2, 3)}, unknown="nearest").has_ignored
    assert Palette({"a": (1, 2, 3)}, unknown="ignore").has_ignored
    assert (len(palette_of(np.arange(255))), palette_of(np.arange(255)).ignore_index) == (255, 255)
    assert eval(repr(palette)) == palette
    assert "146 more" in repr(palette_of(np.arange(150)))


def test_it_is_immutable() -> None:
    colors = dict(COLORS)
    palette = Palette(colors)
    colors["new"] = (9, 9, 9)
    assert len(palette) == 4
    with pytest.raises(AttributeError):
        palette.names = ()
    with pytest.raises(AttributeError):
        palette.other = 1
    with pytest.raises(TypeError):
        palette.ignored["sky"] = (1, 1, 1)
    with pytest.raises(ValueError, match="read-only"):
        palette.colors[0] = 1


def test_equal_palettes() -> None:
    palette = Palette(COLORS, ignore=("void",))
    assert palette == Palette({name: np.array(color) for name, color in COLORS.items()}, ignore=["void", "void"])
    assert hash(palette) == hash(Palette(COLORS, ignore=["void"]))
    others = [
        Palette(COLORS),
        Palette(COLORS, ("void",), "nearest"),
        Palette(dict(reversed(COLORS.items())), ("void",)),
        Palette({**COLORS, "sky": (1, 1, 1)}, ("void",)),
    ]
    assert len({palette, *others}) == 5
    assert palette != COLORS


def test_pickles_are_small_and_equal() -> None:
    palette = Palette(COLORS, ignore=("void",), unknown="nearest")
    before = pickle.dumps(palette)
    rgb = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    ids = palette.encode(rgb)
    after = pickle.dumps(palette)
    assert before == after
    assert len(after) < 500
    for twin in (pickle.loads(after), copy.deepcopy(palette)):
        assert twin == palette
        assert np.array_equal(twin.encode(rgb), ids)


def test_threads_may_all_be_the_first() -> None:
    numbers = np.random.default_rng(1).choice(2**24, 5000, replace=False)
    positions = np.random.default_rng(2).integers(0, 5000, (64, 64))
    for _ in range(5):
        palette, barrier = palette_of(numbers), Barrier(8)

        def encode(palette: Palette = palette, barrier: Barrier = barrier) -> np.ndarray:
            barrier.wait()
            return palette.encode(colors_of(numbers[positions]))

        with ThreadPoolExecutor(8) as pool:
            results = [job.result() for job in [pool.submit(encode) for _ in range(8)]]
        assert all(np.array_equal(ids, positions) for ids in results)


class TestIgnoreIndex:
    def test_default_and_chosen(self) -> None:
        palette = Palette(COLORS, ignore=("void",))
        rgb = np.array([COLORS["void"], COLORS["tree"]], np.uint8)
        assert palette.encode(rgb).tolist() == [255, 2]
        assert palette.encode(rgb, 3).tolist() == [3, 2]
        assert palette.encode(rgb, 3).dtype == np.uint8
        assert palette.encode(rgb, 300).tolist() == [300, 2]
        assert palette.encode(rgb, 300).dtype == np.uint16

    def test_without_ignored_colours_it_changes_nothing(self) -> None:
        palette = Palette(COLORS)
        rgb = np.array([COLORS["void"]], np.uint8)
        for index in (0, 255, 65_535):
            assert palette.encode(rgb, index).tolist() == [2]
            assert palette.encode(rgb, index).dtype == np.uint8

    @pytest.mark.parametrize("use", ["encode", "decode"])
    @pytest.mark.parametrize(
        ("index", "error", "message"),
        [
            (-1, ValueError, "expected 0 to 65535"),
            (65_536, ValueError, "expected 0 to 65535"),
            (1, ValueError, "is the id of the class 'road'"),
            (2.0, TypeError, "expected an integer"),
        ],
    )
    def test_impossible(self, use: str, index: int, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            getattr(Palette(COLORS, ignore=("void",)), use)(np.zeros((2, 3), np.uint8), index)


class TestDecode:
    def test_ignored_pixels_get_the_first_ignored_colour(self) -> None:
        colors = {"a": (1, 1, 1), "edge": (2, 2, 2), "void": (3, 3, 3)}
        assert Palette(colors, ("void", "edge")).decode(np.array([255, 0])).tolist() == [[2, 2, 2], [1, 1, 1]]
        assert Palette(colors, ("void",)).decode(np.array([9, 1]), 9).tolist() == [[3, 3, 3], [2, 2, 2]]
        assert Palette(colors).decode(np.array([255])).tolist() == [[0, 0, 0]]

    @pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "uint64"])
    def test_any_integers(self, dtype: str) -> None:
        palette = Palette(COLORS)
        ids = np.array([[3, 0, 1], [2, 2, 0]], dtype)
        assert np.array_equal(palette.decode(ids), palette.colors[ids.astype(int)])
        assert palette.decode(ids).dtype == np.uint8
        assert palette.decode(ids[:0]).shape == (0, 3, 3)
        assert palette.decode(ids[0, 0]).tolist() == [128, 128, 0]
        assert np.array_equal(palette.decode(ids.T), palette.colors[ids.T.astype(int)])

    @pytest.mark.parametrize("label", [-1, 4, 254, 70_000])
    def test_an_id_that_is_no_class(self, label: int) -> None:
        with pytest.raises(
            ValueError, match=f"the id {label} in 2 of 3 pixels is not a class; expected 0 to 3, or 255"
        ):
            Palette(COLORS).decode(np.array([0, label, label]))

    def test_scores_are_no_ids(self) -> None:
        with pytest.raises(ValueError, match=r"float32; expected integers.*argmax"):
            Palette(COLORS).decode(np.zeros((2, 2), np.float32))


class TestWrongPixels:
    @pytest.mark.parametrize(
        ("rgb", "message"),
        [
            (np.zeros((4, 4), np.uint8), r"of shape \(4, 4\).*ids already"),
            (np.zeros((4, 4, 4), np.uint8), "alpha"),
            (np.zeros((4, 4, 3), np.float32), "float32.*astype"),
            (np.zeros((), np.uint8), "ids already"),
        ],
    )
    def test_shape_and_type(self, rgb: np.ndarray, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Palette(COLORS).encode(rgb)


def test_camvid(camvid: Path) -> None:
    palette = Palette.named("camvid")
    files = sorted((camvid / "train" / "masks").iterdir())[::10]
    assert files
    for file in files:
        rgb = np.ascontiguousarray(cv2.imread(str(file), cv2.IMREAD_COLOR)[..., ::-1])
        stored = cv2.imread(str(camvid / "train" / "class_ids" / file.name), cv2.IMREAD_UNCHANGED)
        ids = palette.encode(rgb)
        assert np.array_equal(ids, np.where(stored == 11, 255, stored))
        assert np.array_equal(palette.decode(ids), rgb)
