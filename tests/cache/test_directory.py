"""Decoded samples in a directory."""

import gc
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from roundtrip import pickle_roundtrip

from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import is_cache, prepare_cache_dir
from seqaug.sources.base import CacheKey

KEY = CacheKey("a.png\nb.png", "10 20")


def sample(value: int, side: int = 8) -> dict[str, np.ndarray]:
    return {"image": np.full((side, side, 3), value, np.uint8), "mask": np.full((side, side), value, np.uint8)}


def value(found: dict[str, np.ndarray] | None) -> int | None:
    """Return the value of all pixels of a sample."""
    if found is None:
        return None
    (only,) = {int(pixel) for array in found.values() for pixel in np.unique(array)}
    return only


def make(folder: Path, fingerprint: str = "rgb", writable: bool = True) -> DirectoryStore:
    return DirectoryStore(folder, fingerprint, 4, writable)


def files(folder: Path) -> list[Path]:
    """List all files but the marks of directories."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "CACHEDIR.TAG"]


def modes(folder: Path) -> set[int]:
    """Return the permissions of a directory and everything in it, except marks."""
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.name != "CACHEDIR.TAG"}


def test_caches_are_private(tmp_path: Path) -> None:
    make(prepare_cache_dir(tmp_path / "a" / "b")).put(0, KEY, sample(1))
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert not any(mode & 0o007 for mode in modes(tmp_path / "a" / "b"))
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o770)
    make(prepare_cache_dir(shared)).put(0, KEY, sample(1))
    assert shared.stat().st_mode & 0o777 == 0o770
    assert all(mode & 0o040 for mode in modes(shared)), "a group that shares the directory reads its entries"
    assert not any(mode & 0o007 for mode in modes(shared))


def test_stores_share_entries(tmp_path: Path) -> None:
    store = make(tmp_path)
    assert store.get(1, KEY) is None
    store.put(1, KEY, sample(7))
    for each in (store, pickle_roundtrip(store), make(tmp_path)):
        found = each.get(1, KEY)
        assert value(found) == 7
        assert found is not None
        assert not found["image"].flags.writeable
    # The name alone determines the file: another list of files has other indices.
    assert value(make(tmp_path).get(3, KEY)) == 7


def test_a_new_state_replaces_the_old_one(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.put(0, KEY, sample(1))
    old = store.get(0, KEY)
    newer = KEY._replace(state="11 21")
    assert store.get(0, newer) is None
    store.put(0, newer, sample(2))
    assert value(store.get(0, newer)) == 2
    assert store.get(0, KEY) is None
    assert value(old) == 1, "views of a replaced entry stay valid"
    assert len(files(tmp_path)) == 1


def test_other_fingerprints_have_other_entries(tmp_path: Path) -> None:
    make(tmp_path, "rgb").put(0, KEY, sample(1))
    assert make(tmp_path, "grayscale").get(0, KEY) is None
    make(tmp_path, "grayscale").put(0, KEY, sample(2))
    assert value(make(tmp_path, "rgb").get(0, KEY)) == 1
    assert value(make(tmp_path, "grayscale").get(0, KEY)) == 2


@pytest.mark.parametrize("cut", [0, 1, 23, 24, 40, 200, -1])
def test_a_truncated_entry_is_written_again(tmp_path: Path, cut: int) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    store = make(tmp_path)
    assert store.get(0, KEY) is None
    store.put(0, KEY, sample(3))
    assert value(store.get(0, KEY)) == 3


def test_a_flipped_bit_is_found_at_the_first_access(tmp_path: Path) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    (file,) = files(tmp_path)
    damaged = bytearray(file.read_bytes())
    damaged[-5] ^= 16
    file.write_bytes(damaged)
    store = make(tmp_path)
    assert store.get(0, KEY) is None
    assert not file.exists(), "a damaged entry is deleted"
    store.put(0, KEY, sample(3))
    assert value(make(tmp_path).get(0, KEY)) == 3


def test_an_entry_is_verified_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    verified = []

    def verify(memory: np.ndarray) -> bool:
        verified.append(len(memory))
        return True

    monkeypatch.setattr("seqaug.cache.directory.entry_is_intact", verify)
    store = make(tmp_path)
    for each in (store, store, pickle_roundtrip(store)):
        assert value(each.get(0, KEY)) == 1
    assert len(verified) == 1
    # An entry that another run has written meanwhile is verified.
    make(tmp_path).put(0, KEY, sample(2))
    assert value(store.get(0, KEY)) == 2
    assert len(verified) == 2
    # An entry that this run has written is not.
    store.put(0, KEY, sample(5))
    assert value(store.get(0, KEY)) == 5
    assert len(verified) == 2


def test_mappings_are_kept_until_the_file_changes(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.put(0, KEY, sample(1, side=64))
    found = store.get(0, KEY)
    assert found is not None
    again = store.get(0, KEY)
    assert again is not None
    assert again["image"] is found["image"]
    again.clear()
    assert value(store.get(0, KEY)) == 1, "callers get dicts of their own"
    (file,) = files(tmp_path)
    # In place: reading the lost pages of the kept mapping would kill the process.
    os.truncate(file, 4096)
    assert store.get(0, KEY) is None
    assert not file.exists(), "a damaged entry is deleted"
    store.put(0, KEY, sample(2, side=64))
    assert value(store.get(0, KEY)) == 2


def test_mappings_go_with_the_store(tmp_path: Path) -> None:
    def mapped() -> bool:
        return str(tmp_path) in Path("/proc/self/maps").read_text()

    def read(store: DirectoryStore) -> None:
        store.put(0, KEY, sample(1))
        assert value(store.get(0, KEY)) == 1
        assert mapped()

    store = make(tmp_path)
    read(store)
    store.clear()
    assert not mapped()
    read(store)
    del store
    gc.collect()
    assert not mapped()


def test_only_accessed_pages_are_read(tmp_path: Path) -> None:
    large = {"image": np.ones((1024, 2048, 3), np.uint8), "mask": np.ones((1024, 2048), np.uint8)}
    store = make(tmp_path)
    store.put(0, KEY, large)
    found = store.get(0, KEY)
    assert found is not None
    assert resident(found["image"]) < 200
    assert (found["image"][100:228, 500:628] == 1).all()
    # The crop's 128 rows span 768 kB; the system may map neighbouring pages.
    assert resident(found["image"]) < 3000, "kB, of 6,144"


def resident(array: np.ndarray) -> int:
    """Return the kB of an array's mapping that are resident."""
    address = array.__array_interface__["data"][0]
    lines = Path("/proc/self/smaps").read_text().splitlines()
    for number, line in enumerate(lines):
        span = line.split()[0].split("-")
        if len(span) == 2 and int(span[0], 16) <= address < int(span[1], 16):
            return next(int(other.split()[1]) for other in lines[number:] if other.startswith("Rss:"))
    raise AssertionError("the array is not mapped")


def test_a_full_disk_is_reported_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path)
    worker = pickle_roundtrip(store)
    attempts = []

    def refuse(*_: object) -> int:
        attempts.append(1)
        if len(attempts) > 1:
            raise OSError(28, "No space left on device")
        return 10  # the first bytes still fit

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        worker.put(0, KEY, sample(1))
    assert files(tmp_path) == []
    assert store.get(0, KEY) is None
    assert store.write_error() == (
        f"cache={str(tmp_path)!r}: No space left on device; samples that it lacks are decoded each time; make room, "
        "or give cache= another directory"
    )
    # This run does not try again, which would cost time for every sample; the next run does.
    store.put(0, KEY, sample(1))
    assert files(tmp_path) == []
    assert make(tmp_path).write_error() is None


def test_a_killed_writer_leaves_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_read_only_store_reads(tmp_path: Path) -> None:
    make(tmp_path).put(0, KEY, sample(1))
    store = make(tmp_path, writable=False)
    assert value(store.get(0, KEY)) == 1
    store.put(1, CacheKey("c", "d"), sample(2))
    assert len(files(tmp_path)) == 1
    assert store.write_error() is None


def test_files_may_be_deleted_at_any_time(tmp_path: Path) -> None:
    store = make(tmp_path)
    store.put(0, KEY, sample(1))
    found = store.get(0, KEY)
    shutil.rmtree(tmp_path)
    assert value(found) == 1
    assert store.get(0, KEY) is None
    store.put(0, KEY, sample(2))
    assert value(store.get(0, KEY)) == 2


def test_a_cache_deleted_during_a_run_serves_the_next_run(tmp_path: Path) -> None:
    folder = prepare_cache_dir(tmp_path / "cache")
    store = make(folder)
    store.put(0, KEY, sample(1))
    shutil.rmtree(folder)
    store.put(0, KEY, sample(2))
    assert is_cache(folder)
    assert all(is_cache(part) for part in folder.iterdir() if part.is_dir())
    # As a deletion leaves it that has listed the marks, but not what is written meanwhile.
    for mark in folder.rglob("CACHEDIR.TAG"):
        mark.unlink()
    store.put(1, CacheKey("b", "c"), sample(3))
    prepare_cache_dir(folder)
    assert value(make(folder).get(0, KEY)) == 2


def test_nothing_is_written_beside_other_files(tmp_path: Path) -> None:
    folder = prepare_cache_dir(tmp_path / "cache")
    store = make(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.txt").touch()
    store.put(0, KEY, sample(1))
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    assert "File exists; samples that it lacks are decoded each time" in (store.write_error() or "")


def test_a_remote_process_has_its_own_state_and_creates_the_directory(tmp_path: Path) -> None:
    folder = tmp_path / "on another machine" / "cache"
    remote = pickle.loads(pickle.dumps(make(folder)))
    assert remote.get(1, KEY) is None
    assert not folder.exists()
    remote.put(1, KEY, sample(7))
    assert is_cache(folder)
    assert value(remote.get(1, KEY)) == 7
    assert value(make(folder).get(1, KEY)) == 7


def test_a_remote_process_warns_of_an_unusable_directory(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("of another user")
    remote = pickle.loads(pickle.dumps(make(tmp_path)))
    with pytest.warns(UserWarning, match=r"on .*: cache=.* holds other files.*decoded each time"):
        remote.put(1, KEY, sample(7))
    remote.put(1, KEY, sample(7))
    assert [path.name for path in files(tmp_path)] == ["thesis.txt"]
