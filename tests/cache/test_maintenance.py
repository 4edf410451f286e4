"""The directory of a cache as a whole."""

import os
import warnings
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import FolderContents, clear_folder, folder_contents, prepare_folder
from seqaug.sources.base import CacheKey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache of three entries."""
    folder = prepare_folder(tmp_path / "a" / "cache")
    store = DirectoryStore(folder, "", 3, writable=True)
    for index in range(3):
        store.put(index, CacheKey(str(index), ""), {"image": np.zeros(1000, np.uint8)})
    return folder


def unfinished(folder: Path, age: float) -> Path:
    """Leave what a writer leaves that is killed, some seconds ago."""
    path = next(folder.glob("??")) / "x.part"
    path.write_bytes(bytes(10))
    os.utime(path, (path.stat().st_mtime - age,) * 2)
    return path


def test_contents(folder: Path) -> None:
    unfinished(folder, 0)
    contents = folder_contents(folder)
    assert (contents.entries, contents.unfinished, contents.unfinished_size) == (3, 1, 10)
    assert 3 * 1000 < contents.size < 3 * 1200


def test_it_is_marked_for_backups_to_pass_over(folder: Path) -> None:
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_what_killed_writers_left_is_removed_when_it_is_old(folder: Path) -> None:
    path = unfinished(folder, 0)
    prepare_folder(folder)
    assert path.exists()
    unfinished(folder, 4000)
    prepare_folder(folder)
    assert not path.exists()
    assert folder_contents(folder).entries == 3


def test_clearing_deletes_what_is_ours_alone(folder: Path) -> None:
    unfinished(folder, 0)
    mine = next(folder.glob("??")) / "mine.txt"
    mine.touch()
    (folder / "notes").mkdir()
    cleared = clear_folder(folder)
    assert (cleared.entries, cleared.unfinished) == (3, 1)
    assert folder_contents(folder) == FolderContents(0, 0, 0, 0)
    assert sorted(path.name for path in folder.rglob("*")) == sorted(
        ["CACHEDIR.TAG", "mine.txt", mine.parent.name, "notes"]
    )


def test_scans_of_the_masks_lie_beside_the_samples(tmp_path: Path) -> None:
    (tmp_path / "class-counts-0.bin").touch()
    (tmp_path / "class-counts-0.bin.1.tmp").touch()
    prepare_folder(tmp_path)
    clear_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["CACHEDIR.TAG"]


def test_nothing_else_is_taken_for_a_cache(tmp_path: Path) -> None:
    (tmp_path / "00").mkdir()
    (tmp_path / "00" / "0.sample").touch()
    for look in (folder_contents, clear_folder):
        for path in (tmp_path, tmp_path / "missing"):
            with pytest.raises(ValueError, match=r"is no cache of seqaug; expected a directory that cache= was given"):
                look(path)
    with pytest.raises(ValueError, match="holds other files; expected a new or empty directory"):
        prepare_folder(tmp_path)
    assert (tmp_path / "00" / "0.sample").exists()


def test_a_folder_that_another_program_marks_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n")
    with pytest.raises(ValueError, match="holds other files"):
        prepare_folder(tmp_path)


def test_entries_that_lost_their_marks_are_taken_again(folder: Path) -> None:
    for mark in folder.rglob("CACHEDIR.TAG"):
        mark.unlink()
    prepare_folder(folder)
    assert folder_contents(folder).entries == 3


def test_half_made_folders_are_removed_when_they_are_old(folder: Path) -> None:
    for name, age in (("new", 0), ("old", 4000)):
        part = folder / f"{name}.part"
        part.mkdir()
        (part / "CACHEDIR.TAG").write_text((folder / "CACHEDIR.TAG").read_text())
        os.utime(part, (part.stat().st_mtime - age,) * 2)
    prepare_folder(folder)
    assert [path.name for path in folder.glob("*.part")] == ["new.part"]


def _make_and_write(folder: str, rounds: int, number: int, barrier: Any, failures: Any) -> None:
    """Make caches as other processes do at the same moment, and write into them at once."""
    for turn in range(rounds):
        barrier.wait(30)
        try:
            store = DirectoryStore(prepare_folder(f"{folder}/{turn}"), "", 8, writable=True)
            store.put(number, CacheKey(str(number), ""), {"image": np.zeros(10, np.uint8)})
            if store.trouble():
                failures.put(store.trouble())
        except Exception as error:
            failures.put(repr(error))


def test_processes_that_make_one_together(tmp_path: Path) -> None:
    context = get_context("fork")
    barrier, failures = context.Barrier(4), context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forks beside threads
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
    assert [folder_contents(folder).entries for folder in (tmp_path / "made").iterdir()] == [4] * 60
    assert not list((tmp_path / "made").glob("*.part"))
