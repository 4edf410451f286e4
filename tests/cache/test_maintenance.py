"""Cache directories."""

import os
import warnings
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import CacheContents, cache_contents, clear_cache, prepare_cache_dir
from seqaug.sources.base import CacheKey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache of three entries."""
    folder = prepare_cache_dir(tmp_path / "a" / "cache")
    store = DirectoryStore(folder, "", 3, writable=True)
    for index in range(3):
        store.put(index, CacheKey(str(index), ""), {"image": np.zeros(1000, np.uint8)})
    return folder


def unfinished(folder: Path, age: float) -> Path:
    """Write the file of a writer that was killed some seconds ago."""
    path = next(folder.glob("??")) / "x.part"
    path.write_bytes(bytes(10))
    os.utime(path, (path.stat().st_mtime - age,) * 2)
    return path


def test_contents(folder: Path) -> None:
    unfinished(folder, 0)
    contents = cache_contents(folder)
    assert (contents.entries, contents.unfinished, contents.unfinished_size) == (3, 1, 10)
    assert 3 * 1000 < contents.size < 3 * 1200


def test_backups_skip_it(folder: Path) -> None:
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_old_files_of_killed_writers_are_removed(folder: Path) -> None:
    path = unfinished(folder, 0)
    prepare_cache_dir(folder)
    assert path.exists()
    unfinished(folder, 4000)
    prepare_cache_dir(folder)
    assert not path.exists()
    assert cache_contents(folder).entries == 3


def test_clearing_keeps_other_files(folder: Path) -> None:
    unfinished(folder, 0)
    mine = next(folder.glob("??")) / "mine.txt"
    mine.touch()
    (folder / "notes").mkdir()
    cleared = clear_cache(folder)
    assert (cleared.entries, cleared.unfinished) == (3, 1)
    assert cache_contents(folder) == CacheContents(0, 0, 0, 0)
    assert sorted(path.name for path in folder.rglob("*")) == sorted(
        ["CACHEDIR.TAG", "mine.txt", mine.parent.name, "notes"]
    )


def test_class_counts_are_stored_beside_the_samples(tmp_path: Path) -> None:
    (tmp_path / "class-counts-0.bin").touch()
    (tmp_path / "class-counts-0.bin.1.tmp").touch()
    prepare_cache_dir(tmp_path)
    clear_cache(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["CACHEDIR.TAG"]


def test_other_directories_are_not_caches(tmp_path: Path) -> None:
    (tmp_path / "00").mkdir()
    (tmp_path / "00" / "0.sample").touch()
    for action in (cache_contents, clear_cache):
        for path in (tmp_path, tmp_path / "missing"):
            with pytest.raises(ValueError, match=r"is not a cache of seqaug; expected a directory used as cache="):
                action(path)
    with pytest.raises(ValueError, match="holds other files; expected a new or empty directory"):
        prepare_cache_dir(tmp_path)
    assert (tmp_path / "00" / "0.sample").exists()


def test_a_directory_marked_by_another_program_is_not_a_cache(tmp_path: Path) -> None:
    (tmp_path / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n")
    with pytest.raises(ValueError, match="holds other files"):
        prepare_cache_dir(tmp_path)


def test_entries_without_marks_are_recognized(folder: Path) -> None:
    for mark in folder.rglob("CACHEDIR.TAG"):
        mark.unlink()
    prepare_cache_dir(folder)
    assert cache_contents(folder).entries == 3


def test_old_unfinished_directories_are_removed(folder: Path) -> None:
    for name, age in (("new", 0), ("old", 4000)):
        part = folder / f"{name}.part"
        part.mkdir()
        (part / "CACHEDIR.TAG").write_text((folder / "CACHEDIR.TAG").read_text())
        os.utime(part, (part.stat().st_mtime - age,) * 2)
    prepare_cache_dir(folder)
    assert [path.name for path in folder.glob("*.part")] == ["new.part"]


def _make_and_write(folder: str, rounds: int, number: int, barrier: Any, failures: Any) -> None:
    """Create and fill caches at the same time as other processes."""
    for round_ in range(rounds):
        barrier.wait(30)
        try:
            store = DirectoryStore(prepare_cache_dir(f"{folder}/{round_}"), "", 8, writable=True)
            store.put(number, CacheKey(str(number), ""), {"image": np.zeros(10, np.uint8)})
            if store.write_error():
                failures.put(store.write_error())
        except Exception as error:
            failures.put(repr(error))


def test_processes_that_create_one_cache_together(tmp_path: Path) -> None:
    context = get_context("fork")
    barrier, failures = context.Barrier(4), context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about forks beside threads
        processes = [
            context.Process(target=_make_and_write, args=(str(tmp_path / "made"), 60, number, barrier, failures))
            for number in range(4)
        ]
        for process in processes:
            process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert failures.empty(), failures.get()
    assert [cache_contents(folder).entries for folder in (tmp_path / "made").iterdir()] == [4] * 60
    assert not list((tmp_path / "made").glob("*.part"))
