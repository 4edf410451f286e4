"""Decoded samples in a directory."""

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from roundtrip import pickle_roundtrip

from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import is_cache, prepare_folder
from seqaug.sources.base import CacheKey

KEY = CacheKey("a.png\nb.png", "10 20")


def sample(value: int, side: int = 8) -> dict[str, np.ndarray]:
    return {"image": np.full((side, side, 3), value, np.uint8), "mask": np.full((side, side), value, np.uint8)}


def value(found: dict[str, np.ndarray] | None) -> int | None:
    """Give what all pixels of a sample are."""
    if found is None:
        return None
    (only,) = {int(pixel) for array in found.values() for pixel in np.unique(array)}
    return only


def make(folder: Path, fingerprint: str = "rgb", writable: bool = True) -> DirectoryStore:
    return DirectoryStore(folder, fingerprint, 4, writable)


def files(folder: Path) -> list[Path]:
    """List all files but the marks of the folders."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "CACHEDIR.TAG"]


def modes(folder: Path) -> set[int]:
    """Give the permissions of all folders and entries below, and of the folder."""
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.name != "CACHEDIR.TAG"}


def test_others_may_not_look_into_a_cache(tmp_path: Path) -> None:
    make(prepare_folder(tmp_path / "a" / "b")).put(0, KEY, sample(1))
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert not any(mode & 0o007 for mode in modes(tmp_path / "a" / "b"))
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o770)
    make(prepare_folder(shared)).put(0, KEY, sample(1))
    assert shared.stat().st_mode & 0o777 == 0o770
    assert all(mode & 0o040 for mode in modes(shared)), "a group that shares the folder reads what is in it"
    assert not any(mode & 0o007 for mode in modes(shared))


def test_entries_are_kept_for_other_stores(tmp_path: Path) -> None:
    store = make(tmp_path)
    assert store.get(1, KEY) is None
    store.put(1, KEY, sample(7))
    for each in (store, pickle_roundtrip(store), make(tmp_path)):
        found = each.get(1, KEY)
        assert value(found) == 7
        assert found is not None
        assert not found["image"].flags.writeable
    # The name alone says where it lies: the number of a sample is another one in another list of files.
    assert value(make(tmp_path).get(3, KEY)) == 7


def test_another_state_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.put(0, KEY, sample(1))
    old = store.get(0, KEY)
    newer = KEY._replace(state="11 21")
    assert store.get(0, newer) is None
    store.put(0, newer, sample(2))
    assert value(store.get(0, newer)) == 2
    assert store.get(0, KEY) is None
    assert value(old) == 1, "views of what was replaced stay"
    assert len(files(tmp_path)) == 1


def test_other_ways_of_reading_have_entries_of_their_own(tmp_path: Path) -> None:
    make(tmp_path, "rgb").put(0, KEY, sample(1))
    assert make(tmp_path, "grayscale").get(0, KEY) is None
    make(tmp_path, "grayscale").put(0, KEY, sample(2))
    assert value(make(tmp_path, "rgb").get(0, KEY)) == 1
    assert value(make(tmp_path, "grayscale").get(0, KEY)) == 2


@pytest.mark.parametrize("cut", [0, 1, 23, 24, 40, 200, -1])
def test_a_truncated_entry_is_made_again(tmp_path: Path, cut: int) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    store = make(tmp_path)
    assert store.get(0, KEY) is None
    store.put(0, KEY, sample(3))
    assert value(store.get(0, KEY)) == 3


def test_a_flipped_bit_is_found_when_first_opened(tmp_path: Path) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    (file,) = files(tmp_path)
    damaged = bytearray(file.read_bytes())
    damaged[-5] ^= 16
    file.write_bytes(damaged)
    store = make(tmp_path)
    assert store.get(0, KEY) is None
    assert not file.exists(), "a damaged entry is dropped"
    store.put(0, KEY, sample(3))
    assert value(make(tmp_path).get(0, KEY)) == 3


def test_an_entry_is_verified_once_by_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    verified = []

    def whole(memory: np.ndarray) -> bool:
        verified.append(len(memory))
        return True

    monkeypatch.setattr("seqaug.cache.directory.entry_is_whole", whole)
    store = make(tmp_path)
    for each in (store, store, pickle_roundtrip(store)):
        assert value(each.get(0, KEY)) == 1
    assert len(verified) == 1
    # What another run has put there meanwhile is another entry.
    make(tmp_path).put(0, KEY, sample(2))
    assert value(store.get(0, KEY)) == 2
    assert len(verified) == 2
    # What this run has written itself needs no look.
    store.put(0, KEY, sample(5))
    assert value(store.get(0, KEY)) == 5
    assert len(verified) == 2


def test_nothing_is_read_but_what_is_looked_at(tmp_path: Path) -> None:
    large = {"image": np.ones((1024, 2048, 3), np.uint8), "mask": np.ones((1024, 2048), np.uint8)}
    store = make(tmp_path)
    store.put(0, KEY, large)
    found = store.get(0, KEY)
    assert found is not None
    assert resident(found["image"]) < 200
    assert (found["image"][100:228, 500:628] == 1).all()
    # The crop's 128 rows span 768 kB; the system may map some of what is beside them.
    assert resident(found["image"]) < 3000, "kB, of 6,144"


def resident(array: np.ndarray) -> int:
    """Count the kB of an array's mapping that this process has looked at."""
    address = array.__array_interface__["data"][0]
    lines = Path("/proc/self/smaps").read_text().splitlines()
    for number, line in enumerate(lines):
        span = line.split()[0].split("-")
        if len(span) == 2 and int(span[0], 16) <= address < int(span[1], 16):
            return next(int(other.split()[1]) for other in lines[number:] if other.startswith("Rss:"))
    raise AssertionError("the array lies in no mapping")


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path)
    worker = pickle_roundtrip(store)
    tried = []

    def refuse(*_: object) -> int:
        tried.append(1)
        if len(tried) > 1:
            raise OSError(28, "No space left on device")
        return 10  # the first bytes still found room

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        worker.put(0, KEY, sample(1))
    assert files(tmp_path) == []
    assert store.get(0, KEY) is None
    assert store.trouble() == (
        f"cache={str(tmp_path)!r}: No space left on device; samples that are not there yet are decoded each time; make "
        "room, or give cache= another directory"
    )
    # Nobody tries again in this run, which would cost time with every sample; the next run does.
    store.put(0, KEY, sample(1))
    assert files(tmp_path) == []
    assert make(tmp_path).trouble() is None


def test_a_writer_that_is_killed_leaves_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class KilledError(BaseException):
        pass

    def die(*_: object) -> int:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", die)
        with pytest.raises(KilledError):
            make(tmp_path).put(0, KEY, sample(1))
    assert [path.suffix for path in files(tmp_path)] == [".part"]
    store = make(tmp_path)
    assert store.get(0, KEY) is None
    store.put(0, KEY, sample(1))
    assert value(store.get(0, KEY)) == 1


def test_a_store_that_cannot_write_reads(tmp_path: Path) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    store = make(tmp_path, writable=False)
    assert value(store.get(0, KEY)) == 1
    store.put(1, CacheKey("c", "d"), sample(2))
    assert len(files(tmp_path)) == 1
    assert store.trouble() is None


def test_files_may_vanish_at_any_time(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.put(0, KEY, sample(1))
    found = store.get(0, KEY)
    shutil.rmtree(tmp_path)
    assert value(found) == 1
    assert store.get(0, KEY) is None
    store.put(0, KEY, sample(2))
    assert value(store.get(0, KEY)) == 2


def test_what_was_deleted_in_a_run_is_a_cache_for_the_next(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "cache")
    store = make(folder)
    store.put(0, KEY, sample(1))
    shutil.rmtree(folder)
    store.put(0, KEY, sample(2))
    assert is_cache(folder)
    assert all(is_cache(part) for part in folder.iterdir() if part.is_dir())
    # As the deletion leaves it that has seen the marks, and not yet what is written meanwhile.
    for mark in folder.rglob("CACHEDIR.TAG"):
        mark.unlink()
    store.put(1, CacheKey("b", "c"), sample(3))
    prepare_folder(folder)
    assert value(make(folder).get(0, KEY)) == 2


def test_nothing_is_written_among_the_files_of_others(tmp_path: Path) -> None:
    folder = prepare_folder(tmp_path / "cache")
    store = make(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.txt").touch()
    store.put(0, KEY, sample(1))
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    assert "File exists; samples that are not there yet are decoded each time" in (store.trouble() or "")


def test_elsewhere_it_keeps_notes_of_its_own_and_makes_the_directory(tmp_path: Path) -> None:
    folder = tmp_path / "of another machine" / "cache"
    elsewhere = pickle.loads(pickle.dumps(make(folder)))
    assert elsewhere.get(1, KEY) is None
    assert not folder.exists()
    elsewhere.put(1, KEY, sample(7))
    assert is_cache(folder)
    assert value(elsewhere.get(1, KEY)) == 7
    assert value(make(folder).get(1, KEY)) == 7


def test_elsewhere_a_directory_that_is_of_no_use_is_told(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("of somebody else")
    elsewhere = pickle.loads(pickle.dumps(make(tmp_path)))
    with pytest.warns(UserWarning, match=r"on .*: cache=.* holds other files.*decoded each time"):
        elsewhere.put(1, KEY, sample(7))
    elsewhere.put(1, KEY, sample(7))
    assert [path.name for path in files(tmp_path)] == ["thesis.txt"]
