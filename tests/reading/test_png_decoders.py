"""Other decoders of PNG than OpenCV's: the same pixels, or OpenCV."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from png_files import (
    GREY,
    GREY_ALPHA,
    INDEXED,
    KINDS,
    RGB,
    RGBA,
    SIGNATURE,
    PngKind,
    chunk,
    encode_png,
    header,
    joined,
    random_samples,
    split,
)
from small_pairs import COLORS, Pairs

from seqaug import Palette, ReadError, SegmentationSequence
from seqaug.core.parallel_threads import mark_parallel_thread
from seqaug.reading import png_decoders
from seqaug.reading.decoding import decode, decode_with_opencv
from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.reading.png_decoders import LOADERS, PngDecoder, attempt, decode_png, png_decoder, png_decoder_name
from seqaug.reading.png_header import common_png_header

MODES = ("unchanged", "rgb", "grayscale")
EIGHT_BITS = [PngKind(GREY, 8), PngKind(RGB, 8), PngKind(INDEXED, 8), PngKind(RGBA, 8)]
CHROMATICITIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
HARMLESS = {
    "gAMA": struct.pack(">I", 45455),
    "gAMA of 1": struct.pack(">I", 100_000),
    "cHRM": CHROMATICITIES,
    "sRGB": b"\0",
    "iCCP": b"profile\0\0" + zlib.compress(b"not a profile" * 20),
    "pHYs": bytes(9),
    "tIME": b"\x07\xe8\x01\x01\0\0\0",
    "tEXt": b"Comment\0hello",
    "zTXt": b"Comment\0\0" + zlib.compress(b"hello"),
    "iTXt": b"XML:com.adobe.xmp\0\0\0\0\0<x/>",
}
DOUBTFUL = {
    "tRNS": b"\0\1",
    "tRNS of RGB": b"\0\1\0\1\0\1",
    "eXIf": b"II*\0\x08\0\0\0\0\0",
    "acTL": struct.pack(">II", 1, 0),
    "fcTL": bytes(26),
    "bKGD of a wrong size": bytes(7),
    "tEXt of EXIF": b"Raw profile type exif\0" + b"\nexif\n 4\n49492a00\n",
    "cICP": b"\x01\x0d\0\x01",
    "vpAg": bytes(9),
    "CgBI": bytes(4),
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    png_decoder.cache_clear()
    yield
    png_decoder.cache_clear()


@pytest.fixture(params=LOADERS)
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> PngDecoder:
    """Give each decoder that is installed, in use."""
    pytest.importorskip(request.param.replace("-", "_"))
    loaded = LOADERS[request.param]()
    monkeypatch.setattr(png_decoders, "png_decoder", lambda *, is_parallel: loaded)
    return loaded


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give what makes packages look as if they were not installed."""

    def remove(*names: str) -> None:
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    return remove


def with_chunk(name: str, content: bytes, kind: PngKind, *, is_after: bool = False) -> bytes:
    where = "after" if is_after else "before"
    return encode_png(kind, random_samples(kind, 13, 11), **{where: [(name[:4].encode(), content)]})


def opencv(data: bytes, mode: str) -> tuple[np.ndarray | None, str]:
    """Give OpenCV's pixels, or None and its message."""
    try:
        return decode_with_opencv("a.png", data, mode), ""
    except ReadError as error:
        return None, str(error)


def same(data: bytes) -> bool:
    """Tell whether a decoder gave pixels in some mode; they, and whatever `decode` gives, are OpenCV's."""
    decoded = []
    for mode in MODES:
        pixels = decode_png(data, mode)
        expected, message = opencv(data, mode)
        if expected is None:
            assert pixels is None
            with pytest.raises(ReadError) as raised:
                decode("a.png", data, mode)
            assert str(raised.value) == message
            continue
        for given in [decode("a.png", data, mode)] + [pixels] * (pixels is not None):
            assert given.dtype == expected.dtype
            assert np.array_equal(given, expected)
        decoded.append(pixels is not None)
    return any(decoded)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind(decoder: PngDecoder, kind: PngKind) -> None:
    for height, width in ((13, 37), (1, 1), (3, 2), (64, 5)):
        data = encode_png(kind, random_samples(kind, height, width), idat_size=40)
        assert same(data) == (kind in decoder.kinds)


def test_the_kinds_that_are_proven(decoder: PngDecoder) -> None:
    kinds = {PngKind(*kind) for kind in decoder.kinds}
    assert kinds <= set(KINDS)
    assert {PngKind(GREY, 8), PngKind(RGB, 8), PngKind(RGBA, 8)} <= kinds
    assert not any(kind.color_type == GREY_ALPHA or kind.depth < 8 for kind in kinds)


@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (4, 0, 3, 1, 2)])
def test_each_filter(decoder: PngDecoder, filters: tuple[int, ...]) -> None:
    for kind in map(PngKind._make, decoder.kinds):
        assert same(encode_png(kind, random_samples(kind, 24, 33), filters=filters))


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("strategy", range(5))
@pytest.mark.parametrize("window_bits", [9, 15])
def test_each_way_to_compress(decoder: PngDecoder, level: int, strategy: int, window_bits: int) -> None:
    kind = PngKind(RGB, 8)
    data = encode_png(kind, random_samples(kind, 40, 50), level=level, strategy=strategy, window_bits=window_bits)
    assert same(data) == (window_bits == 15)


def test_a_window_that_is_smaller_than_it_says() -> None:
    """zlib refuses what reaches farther back than the window that is announced; other decoders do not look."""
    kind = PngKind(GREY, 8)
    samples = np.tile(np.random.default_rng(0).integers(0, 256, (1, 1500, 1), np.uint8), (4, 1, 1))
    chunks = dict(split(encode_png(kind, samples, filters=(0,), level=9)))
    small = 0x18  # 512 bytes
    stream = bytes([small, 31 - small * 256 % 31]) + chunks[b"IDAT"][2:]
    assert common_png_header(joined([*{**chunks, b"IDAT": stream}.items()])) is None


@pytest.mark.parametrize("name", HARMLESS)
def test_chunks_that_change_nothing(decoder: PngDecoder, name: str) -> None:
    for kind in EIGHT_BITS:
        assert same(with_chunk(name, HARMLESS[name], kind)) == (kind in decoder.kinds)
        same(with_chunk(name, HARMLESS[name], kind, is_after=True))


def test_significant_bits_and_a_background(decoder: PngDecoder) -> None:
    for kind, channels in ((EIGHT_BITS[0], 1), (EIGHT_BITS[1], 3)):
        assert same(with_chunk("sBIT", b"\x05" * channels, kind))
        assert same(with_chunk("bKGD", b"\0\1" * channels, kind))


@pytest.mark.parametrize("name", DOUBTFUL)
def test_chunks_that_are_left_to_opencv(decoder: PngDecoder, name: str) -> None:
    for kind in EIGHT_BITS:
        assert not same(with_chunk(name, DOUBTFUL[name], kind))
        assert not same(with_chunk(name, DOUBTFUL[name], kind, is_after=True))


def test_unusual_orders_of_chunks(decoder: PngDecoder) -> None:
    kind = PngKind(RGB, 8)
    parts = split(encode_png(kind, random_samples(kind, 20, 20), idat_size=100))
    text, table = (b"tEXt", b"Comment\0hello"), (b"PLTE", bytes(30))
    for chunks in (
        [*parts[:2], text, *parts[2:]],  # between the pixels
        [parts[0], table, *parts[1:]],
        [parts[0], *parts],
        [text, *parts],
        [parts[0], (b"IDAT", b""), *parts[1:]],
        [parts[0], parts[-1]],
        parts[:-1],
        [parts[0], *[text] * 65, *parts[1:]],
    ):
        assert not same(joined(chunks))
    assert not same(joined(parts) + b"more")
    assert not same(joined(parts)[:-12] + chunk(b"IEND", b"x"))


def test_tables_of_colours(decoder: PngDecoder, tmp_path: Path) -> None:
    kind = PngKind(INDEXED, 8)
    indices = np.arange(240, dtype=np.uint8).reshape(12, 20, 1)
    rng = np.random.default_rng(0)
    for size in (256, 240, 239, 3):
        table = rng.integers(0, 256, (size, 3), np.uint8)
        data = encode_png(kind, indices, table=table.tobytes())
        assert same(data) == (kind in decoder.kinds and size >= 240)
        path = tmp_path / "a.png"
        path.write_bytes(data)
        assert np.array_equal(read_class_ids(path), indices[..., 0])
        if size >= 240:
            assert np.array_equal(read_mask_colors(path), table[indices[..., 0]])
    parts = split(data)
    for table in (b"", bytes(4), bytes(771)):
        assert not same(joined([parts[0], (b"PLTE", table), *parts[2:]]))
    assert not same(joined([parts[0], *parts[2:]]))


def test_indices_of_a_damaged_file_are_opencvs(decoder: PngDecoder, tmp_path: Path) -> None:
    """Indices are read from a copy with checksums of its own."""
    kind = PngKind(INDEXED, 8)
    data = bytearray(encode_png(kind, random_samples(kind, 20, 20), level=0))
    at = data.index(b"IDAT") + 40  # in stored bytes, which only the checksums protect
    data[at] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ReadError, match="not an image that OpenCV can decode"):
        read_class_ids(tmp_path / "a.png")


def test_a_header_takes_no_memory(decoder: PngDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQAUG_MAX_IMAGE_PIXELS", str(10**12))
    kind = PngKind(RGB, 8)
    parts = split(encode_png(kind, random_samples(kind, 20, 20)))
    for size in (100_000, 20_000, 2_000):
        data = joined([(b"IHDR", header(kind, size, size)), *parts[1:]])
        assert common_png_header(data) is None
        with pytest.raises(ReadError):
            decode("a.png", data, "rgb")
    for head in (
        header(kind, 0, 5),
        header(kind, 5, 0),
        header(PngKind(5, 8), 5, 5),
        header(kind, 20, 20)[:-1] + b"\2",
    ):
        assert common_png_header(joined([(b"IHDR", head), *parts[1:]])) is None


@pytest.mark.parametrize("name", LOADERS)
def test_damaged_files(name: str) -> None:
    pytest.importorskip(name.replace("-", "_"))
    script = Path(__file__).parents[1] / "helpers" / "png_damage.py"
    done = subprocess.run([sys.executable, script, name, "5000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 50


def test_the_choice(hide: Callable[..., None]) -> None:
    pytest.importorskip("kornia_rs")
    pytest.importorskip("imagecodecs")
    assert png_decoder_name(is_parallel=False).startswith("kornia-rs 0.")
    assert png_decoder_name(is_parallel=True).startswith("imagecodecs 20")
    hide("kornia_rs", "kornia_rs.io")
    png_decoder.cache_clear()
    assert png_decoder_name(is_parallel=False).startswith("imagecodecs 20")
    hide("imagecodecs")
    png_decoder.cache_clear()
    assert png_decoder_name(is_parallel=False) == png_decoder_name(is_parallel=True) == f"OpenCV {cv2.__version__}"


def test_several_threads_take_one_that_frees_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(png_decoders, "png_decoder", lambda *, is_parallel: asked.append(is_parallel))
    decode_png(SIGNATURE, "rgb")
    with ThreadPoolExecutor(1, initializer=mark_parallel_thread) as pool:
        pool.submit(decode_png, SIGNATURE, "rgb").result()
    assert asked == [False, True]


@pytest.mark.parametrize("name", ["OPENCV_IO_MAX_IMAGE_WIDTH", "OPENCV_IO_MAX_IMAGE_PIXELS"])
def test_limits_of_opencv_hold(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1000")
    assert png_decoder(is_parallel=False) is None


def test_one_that_disagrees_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> PngDecoder:
        return PngDecoder("wrong 1", frozenset([(RGB, 8, False)]), lambda data, head: np.zeros((5, 7, 3), np.uint8))

    for name in LOADERS:
        monkeypatch.setitem(LOADERS, name, wrong)
    assert png_decoder(is_parallel=False) is None


class PanicException(BaseException):
    """What a panic in Rust becomes."""


@pytest.mark.parametrize("error", [ValueError, MemoryError, PanicException])
def test_whatever_fails_goes_to_opencv(monkeypatch: pytest.MonkeyPatch, error: type[BaseException]) -> None:
    def fail(data: bytes, head: Any) -> Any:
        raise error

    broken = PngDecoder("broken 1", frozenset([(RGB, 8, False)]), fail)
    monkeypatch.setattr(png_decoders, "png_decoder", lambda *, is_parallel: broken)
    kind = PngKind(RGB, 8)
    samples = random_samples(kind, 5, 6)
    assert np.array_equal(decode("a.png", encode_png(kind, samples)), samples)


def test_an_interruption_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(data: bytes, head: Any) -> Any:
        raise KeyboardInterrupt

    kind = PngKind(RGB, 8)
    data = encode_png(kind, random_samples(kind, 5, 6))
    head = common_png_header(data)
    assert head is not None
    with pytest.raises(KeyboardInterrupt):
        attempt(PngDecoder("interrupted 1", frozenset([head.kind]), interrupt), data, head)


def test_batches_and_fingerprints_do_not_depend_on_it(pairs: Pairs, hide: Callable[..., None]) -> None:
    def batches() -> list[Any]:
        palette = Palette(COLORS, ignore=("void",))
        sequence = SegmentationSequence(pairs.images, pairs.masks, palette=palette, batch_size=6, workers=0)
        return [sequence.samples.fingerprint, *sequence[0]]

    with_it = batches()
    hide("kornia_rs", "kornia_rs.io", "imagecodecs")
    png_decoder.cache_clear()
    assert all(np.array_equal(one, other) for one, other in zip(with_it, batches(), strict=True))


def test_it_is_imported_with_the_first_png(tmp_path: Path) -> None:
    pytest.importorskip("kornia_rs")
    for suffix in (".jpg", ".png"):
        cv2.imwrite(str(tmp_path / f"a{suffix}"), np.zeros((5, 5, 3), np.uint8))
    script = (
        "import sys; from seqaug.reading.images import read_image; loaded = lambda: 'kornia_rs' in sys.modules; "
        f"folder = {str(tmp_path)!r}; read_image(folder + '/a.jpg'); print(loaded()); "
        "read_image(folder + '/a.png'); print(loaded(), 'imagecodecs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]


def test_the_extra_names_them() -> None:
    setup = ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    packages = set(extras["fast"].split())
    assert {package.split(">=")[0] for package in packages} == set(LOADERS)
    assert packages <= set(extras["test"].split())
