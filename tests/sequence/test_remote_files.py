"""Sequences of URLs: the same batches as from local files, and faults."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import albumentations as A  # noqa: N812
import numpy as np
import pandas as pd
import pytest
from engine_settings import ENGINES
from file_server import FileServer
from small_pairs import COLORS, Pairs

from seqaug import ClassificationSequence, Palette, SampleError, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))


def settings(**arguments: Any) -> dict[str, Any]:
    transform = A.Compose([A.RandomCrop(16, 16), A.Rotate(30), A.RandomBrightnessContrast()])
    return {"palette": PALETTE, "transform": transform, "batch_size": 4, "workers": 0, **arguments}


def epochs(sequence: SegmentationSequence, count: int = 2) -> list[bytes]:
    shown = []
    with sequence:
        for epoch in range(count):
            sequence.set_epoch(epoch)
            shown += [part.tobytes() for batch in sequence for part in batch]
    return shown


def served(server: FileServer, pairs: Pairs) -> tuple[list[str], list[str]]:
    """Return the URLs of pairs in the server's folder."""
    return _below(f"{server.url}/data/images", pairs.images), _below(f"{server.url}/data/masks", pairs.masks)


def in_memory(memory: Any, pairs: Pairs) -> tuple[list[str], list[str]]:
    """Copy pairs to `memory://data`, and give their URLs."""
    urls = _below("memory://data/images", pairs.images), _below("memory://data/masks", pairs.masks)
    for url, path in zip(urls[0] + urls[1], pairs.images + pairs.masks, strict=True):
        memory.pipe(url, Path(path).read_bytes())
    return urls


def _below(url: str, paths: list[str]) -> list[str]:
    return [f"{url}/{Path(path).name}" for path in paths]


# The same batches


@pytest.mark.parametrize("engine", ENGINES)
def test_pages_give_the_same_bytes_with_any_workers(pairs: Pairs, server: FileServer, engine: str) -> None:
    expected = epochs(SegmentationSequence(pairs.images, pairs.masks, **settings()))
    images, masks = served(server, pairs)
    assert epochs(SegmentationSequence(images, masks, **settings(**ENGINES[engine]))) == expected
    assert set(server.requests) == {urlsplit(url).path for url in images + masks}
    mixed = SegmentationSequence(images, pairs.masks, **settings(**ENGINES[engine]))
    assert epochs(mixed) == expected


@pytest.mark.parametrize("engine", ["inline", "threads"])
def test_memory_gives_the_same_bytes(pairs: Pairs, memory: Any, engine: str) -> None:
    expected = epochs(SegmentationSequence(pairs.images, pairs.masks, **settings()))
    assert epochs(SegmentationSequence(*in_memory(memory, pairs), **settings(**ENGINES[engine]))) == expected


def test_constructors(pairs: Pairs, server: FileServer, memory: Any, tmp_path: Path) -> None:
    in_memory(memory, pairs)
    names = [Path(path).name for path in pairs.images]
    table = pd.DataFrame({"image": [f"images/{name}" for name in names], "mask": [f"masks/{name}" for name in names]})
    table.to_csv(tmp_path / "data" / "pairs.csv", index=False)
    memory.pipe("/data/pairs.csv", (tmp_path / "data" / "pairs.csv").read_bytes())
    expected = epochs(SegmentationSequence(pairs.images, pairs.masks, **settings()), 1)
    for root in (f"{server.url}/data", "memory://data"):
        for made in (
            SegmentationSequence.from_directory(f"{root}/images", f"{root}/masks", **settings()),
            SegmentationSequence.from_directory(f"{root}/images/*.png", f"{root}/masks/*.png", **settings()),
            SegmentationSequence.from_dataframe(table, root=root, **settings()),
            SegmentationSequence.from_csv(f"{root}/pairs.csv", **settings()),
            SegmentationSequence.from_csv(tmp_path / "data" / "pairs.csv", root=root, **settings()),
        ):
            assert made.samples[0].image == f"{root}/images/000.png"
            assert epochs(made, 1) == expected
    local_root = SegmentationSequence.from_csv(f"{server.url}/data/pairs.csv", root=tmp_path / "data", **settings())
    assert local_root.samples[0].image == pairs.images[0]


def test_a_palette_at_a_url(pairs: Pairs, server: FileServer, tmp_path: Path) -> None:
    lines = (f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items())
    (tmp_path / "palette.csv").write_text("name,r,g,b\n" + "".join(lines))
    with SegmentationSequence(*served(server, pairs), palette=f"{server.url}/palette.csv", shuffle=False) as sequence:
        ids = sequence[0][1]
    np.testing.assert_array_equal(ids, np.where(pairs.ids == 255, 3, pairs.ids))


def test_labels_instead_of_masks(pairs: Pairs, server: FileServer, memory: Any, tmp_path: Path) -> None:
    for number, path in enumerate(pairs.images):
        name = f"photos/{'cat' if number % 2 else 'dog'}/{number}.png"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(Path(path).read_bytes())
        memory.pipe(f"/{name}", Path(path).read_bytes())
    expected = epochs(ClassificationSequence.from_directory(tmp_path / "photos"))
    for url in (f"{server.url}/photos", "memory://photos/"):
        sequence = ClassificationSequence.from_directory(url)
        assert sequence.class_indices == {"cat": 0, "dog": 1}
        assert epochs(sequence) == expected


# Decoded once


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["memory", "directory"])
def test_a_cache_saves_the_second_request(
    pairs: Pairs, server: FileServer, tmp_path: Path, engine: str, kind: str
) -> None:
    cache = "memory" if kind == "memory" else tmp_path / "cache"
    expected = epochs(SegmentationSequence(pairs.images, pairs.masks, **settings()), 3)
    images, masks = served(server, pairs)
    assert epochs(SegmentationSequence(images, masks, **settings(cache=cache, **ENGINES[engine])), 3) == expected
    assert server.requests == dict.fromkeys((urlsplit(url).path for url in images + masks), 1)
    again = SegmentationSequence(images, masks, **settings(cache=cache, **ENGINES[engine]))
    assert epochs(again, 3) == expected
    assert sum(server.requests.values()) == (12 if kind == "directory" else 24)


def test_a_file_that_changed_is_decoded_again_by_the_next_sequence(pairs: Pairs, memory: Any, tmp_path: Path) -> None:
    urls = in_memory(memory, pairs)
    with SegmentationSequence(*urls, **settings(cache=tmp_path / "cache")) as sequence:
        before = sequence[0][0].tobytes()
    for path in pairs.images:
        memory.pipe(f"/data/images/{Path(path).name}", Path(pairs.images[0]).read_bytes())
    with SegmentationSequence(*urls, **settings(cache=tmp_path / "cache")) as sequence:
        after = sequence[0][0].tobytes()
    assert after != before
    with SegmentationSequence(*urls, **settings()) as sequence:
        assert after == sequence[0][0].tobytes()


@pytest.mark.parametrize("folder", ["cache", "statistics_dir"])
def test_counts_of_the_masks_are_kept(
    pairs: Pairs, server: FileServer, tmp_path: Path, folder: str, memory: Any
) -> None:
    keeping = settings(**{folder: tmp_path / "kept"})
    expected = SegmentationSequence(pairs.images, pairs.masks, **settings()).class_statistics().pixels
    for urls in (served(server, pairs), in_memory(memory, pairs)):
        for _ in range(2):
            with SegmentationSequence(*urls, **keeping) as sequence:
                np.testing.assert_array_equal(sequence.class_statistics().pixels, expected)
    assert set(server.requests.values()) == {1}


# What goes wrong


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_page_is_named(pairs: Pairs, server: FileServer, engine: str) -> None:
    os.unlink(pairs.masks[2])
    images, masks = served(server, pairs)
    message = rf"^sample 2 \(image {images[2]}, mask {masks[2]}\): {masks[2]}: no such file"
    raising = SegmentationSequence(images, masks, shuffle=False, **settings(**ENGINES[engine]))
    with raising, pytest.raises(SampleError, match=message):
        raising[0]
    skipping = SegmentationSequence(images, masks, shuffle=False, on_error="skip", **settings(**ENGINES[engine]))
    with skipping, pytest.warns(UserWarning, match="skip"):
        assert sum(len(x) for x, _ in skipping) == 6
    assert list(skipping.skipped) == [2]


@pytest.mark.usefixtures("without_delays")
def test_short_server_errors_do_not_end_an_epoch(pairs: Pairs, server: FileServer) -> None:
    expected = epochs(SegmentationSequence(pairs.images, pairs.masks, **settings()), 1)
    images, masks = served(server, pairs)
    server.failures = {urlsplit(url).path: [503, 0] for url in images + masks}
    assert epochs(SegmentationSequence(images, masks, **settings(workers=3)), 1) == expected
    assert sum(server.requests.values()) == 36 + 2  # the first batch is looked at, with its first sample read once more


def test_processes_do_not_see_memory(pairs: Pairs, memory: Any) -> None:
    sequence = SegmentationSequence(*in_memory(memory, pairs), **settings(**ENGINES["processes"]))
    message = r"memory:// belongs to one process.*use threads \(use_multiprocessing=False\)"
    with sequence, pytest.raises(SampleError, match=message):
        sequence[0]


def test_nothing_is_written_to_urls(pairs: Pairs) -> None:
    for argument in ("cache", "statistics_dir"):
        with pytest.raises(ValueError, match=rf"{argument}='s3://b/c' is a URL.*expected a local path"):
            SegmentationSequence(pairs.images, pairs.masks, **settings(**{argument: "s3://b/c"}))
    with SegmentationSequence(pairs.images, pairs.masks, **settings()) as sequence:
        with pytest.raises(ValueError, match=r"directory='s3://b/c' is a URL"):
            sequence.save_augmented("s3://b/c")
        with pytest.raises(ValueError, match=r"path='s3://b/c\.png' is a URL"):
            sequence.preview(1).save("s3://b/c.png")


def test_what_is_missing_is_reported_at_construction(pairs: Pairs) -> None:
    with pytest.raises(OSError, match=r"foo://[ab]\.png: Protocol not known: foo"):
        SegmentationSequence(["foo://a.png"], ["foo://b.png"], palette=PALETTE)
    with pytest.raises(OSError, match=r"foo://a\.png: Protocol not known: foo"):
        ClassificationSequence(["foo://a.png"], [0])


SECRET = "X-Amz-Credential=AKIA&X-Amz-Signature=abc123"


def _signed(urls: list[str], signature: str = SECRET) -> list[str]:
    return [f"{url}?{signature}" if signature else url for url in urls]


def test_secrets_of_urls_are_in_no_file(pairs: Pairs, server: FileServer, tmp_path: Path) -> None:
    images, masks = served(server, pairs)
    kept = {"cache": tmp_path / "kept", "statistics_dir": tmp_path / "statistics"}
    with SegmentationSequence(_signed(images), _signed(masks), **settings(**kept)) as sequence:
        sequence.class_statistics()
        expected = epochs(sequence, 1)
        state = json.dumps(sequence.state_dict())
    written = [path for folder in kept.values() for path in folder.rglob("*") if path.is_file()]
    assert len(written) >= 6 + 1
    for text in (state.encode(), *(path.read_bytes() for path in written), *(path.name.encode() for path in written)):
        assert b"abc123" not in text
        assert b"AKIA" not in text
    # Signed again, or not at all, they are the same files; another query names others.
    server.requests.clear()
    for signature in ("X-Amz-Credential=AKIB&X-Amz-Signature=other", ""):
        urls = _signed(images, signature), _signed(masks, signature)
        assert epochs(SegmentationSequence(*urls, **settings(**kept)), 1) == expected
    assert not server.requests
    other = SegmentationSequence(_signed(images, "id=7"), _signed(masks, "id=7"), **settings(**kept))
    assert epochs(other, 1) == expected
    assert sum(server.requests.values()) == 12


@pytest.mark.parametrize("engine", ENGINES)
def test_secrets_of_urls_are_in_no_message(pairs: Pairs, server: FileServer, engine: str) -> None:
    os.unlink(pairs.masks[2])
    images, masks = served(server, pairs)
    arguments = {"shuffle": False, **settings(**ENGINES[engine])}
    raising = SegmentationSequence(_signed(images), _signed(masks), **arguments)
    with raising, pytest.raises(SampleError) as caught:
        raising[0]
    message = "".join(traceback.format_exception(caught.value))
    assert f"{masks[2]}?***: no such file" in message
    assert "abc123" not in message + caught.value.where + caught.value.reason
    skipping = SegmentationSequence(_signed(images), _signed(masks), on_error="skip", **arguments)
    with skipping, pytest.warns(UserWarning, match="skip") as warned:
        assert sum(len(x) for x, _ in skipping) == 6
    assert "abc123" not in "".join(str(warning.message) for warning in warned) + str(skipping.skipped)
