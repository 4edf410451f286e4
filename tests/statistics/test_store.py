"""Class counts on disk."""

import os
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from class_tables import some_table

from seqaug.statistics import store as storage
from seqaug.statistics.partial import PartialCounts
from seqaug.statistics.store import ScanStore, mask_fingerprints

TABLE = some_table(100, 6)
FINGERPRINTS = mask_fingerprints(f"mask {number}" for number in range(100))


def store(folder: Path, settings: str = "palette", num_classes: int = 6) -> ScanStore:
    return ScanStore(folder / "scans", settings, num_classes)


def scanned(indices: np.ndarray, table: np.ndarray = TABLE) -> PartialCounts:
    partial = PartialCounts(len(table), 6)
    partial.add(indices, table[indices])
    return partial


def check(partial: PartialCounts, known: np.ndarray, table: np.ndarray = TABLE) -> None:
    """Known samples have the counts of the table, and others have none."""
    assert np.array_equal(partial.known, known)
    counts = partial.finish()
    assert np.array_equal(counts.to_rows(), np.where(known[:, np.newaxis], table[:, :-1], 0))
    assert np.array_equal(counts.ignored, np.where(known, table[:, -1], 0))


@pytest.fixture
def saved(tmp_path: Path) -> ScanStore:
    whole = store(tmp_path)
    whole.save(FINGERPRINTS, scanned(np.arange(100)))
    return whole


ALL, NONE = np.ones(100, bool), np.zeros(100, bool)


def test_fingerprints_tell_samples_apart() -> None:
    assert FINGERPRINTS.dtype == np.uint64
    assert len(np.unique(FINGERPRINTS)) == 100
    assert np.array_equal(mask_fingerprints(["mask 3", "not utf-8: \udcff"])[0], FINGERPRINTS[3])
    assert len(mask_fingerprints([])) == 0


def test_what_was_saved_is_known(saved: ScanStore, tmp_path: Path) -> None:
    check(saved.load(FINGERPRINTS), ALL)
    check(store(tmp_path).load(FINGERPRINTS), ALL)
    assert list(saved.path.parent.iterdir()) == [saved.path]


def test_at_first_nothing_is_known(tmp_path: Path) -> None:
    check(store(tmp_path).load(FINGERPRINTS), NONE)
    assert not (tmp_path / "scans").exists()


def test_an_interrupted_scan_is_resumed(tmp_path: Path) -> None:
    partial = PartialCounts(100, 6)
    for first in range(0, 100, 30):
        partial = store(tmp_path).load(FINGERPRINTS)
        check(store(tmp_path).load(FINGERPRINTS), np.arange(100) < first)
        part = np.arange(first, min(first + 30, 100))
        partial.add(part, TABLE[part])
        store(tmp_path).save(FINGERPRINTS, partial)
    check(store(tmp_path).load(FINGERPRINTS), ALL)


def test_only_a_changed_sample_is_not_known(saved: ScanStore) -> None:
    changed = FINGERPRINTS.copy()
    changed[37] += np.uint64(1)
    check(saved.load(changed), np.arange(100) != 37)


def test_samples_are_known_at_any_index(saved: ScanStore) -> None:
    order = np.random.default_rng(1).permutation(100)
    check(saved.load(FINGERPRINTS[order]), ALL, TABLE[order])
    more = np.concatenate([mask_fingerprints(["a", "b"]), FINGERPRINTS])
    check(saved.load(more), np.arange(102) >= 2, np.concatenate([TABLE[:2], TABLE]))
    # The same sample may be listed twice.
    twice = np.repeat(np.arange(100), 2)
    check(saved.load(FINGERPRINTS[twice]), np.ones(200, bool), TABLE[twice])


def test_training_and_validation_share_a_file(tmp_path: Path) -> None:
    validation = np.arange(0, 100, 5)
    training = np.setdiff1d(np.arange(100), validation)
    for part in (training, validation):
        partial = store(tmp_path).load(FINGERPRINTS[part])
        check(partial, np.zeros(len(part), bool), TABLE[part])
        partial.add(np.arange(len(part)), TABLE[part])
        store(tmp_path).save(FINGERPRINTS[part], partial)
    for part in (training, validation, np.arange(100)):
        check(store(tmp_path).load(FINGERPRINTS[part]), np.ones(len(part), bool), TABLE[part])


def test_the_oldest_samples_of_others_are_dropped_when_there_are_too_many(tmp_path: Path) -> None:
    with mock.patch.object(storage, "_OTHERS_KEPT", 40):
        for first in range(0, 100, 20):
            part = np.arange(first, first + 20)
            store(tmp_path).save(FINGERPRINTS[part], scanned(np.arange(20), TABLE[part]))
    check(store(tmp_path).load(FINGERPRINTS), np.arange(100) >= 40)


def test_other_settings_have_a_file_of_their_own(saved: ScanStore, tmp_path: Path) -> None:
    for other in (store(tmp_path, "another palette"), store(tmp_path, num_classes=7)):
        assert other.path != saved.path
        assert not other.load(FINGERPRINTS).known.any()
        # A file that was renamed to another's name is ignored too.
        other.path.write_bytes(saved.path.read_bytes())
        assert not other.load(FINGERPRINTS).known.any()


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.999])
def test_a_truncated_file_is_ignored_and_replaced(saved: ScanStore, share: float) -> None:
    os.truncate(saved.path, int(share * saved.path.stat().st_size))
    check(saved.load(FINGERPRINTS), NONE)
    saved.save(FINGERPRINTS, scanned(np.arange(100)))
    check(saved.load(FINGERPRINTS), ALL)


def test_a_file_with_one_flipped_bit_is_ignored(saved: ScanStore) -> None:
    whole = saved.path.read_bytes()
    for offset in [*range(48), *range(48, len(whole), 97), len(whole) - 1]:
        data = bytearray(whole)
        data[offset] ^= 1 << offset % 8
        saved.path.write_bytes(data)
        assert not saved.load(FINGERPRINTS).known.any(), offset
    saved.path.write_bytes(whole + b"\0")
    check(saved.load(FINGERPRINTS), NONE)


def test_concurrent_saves_leave_a_complete_file(tmp_path: Path) -> None:
    """Another store saves while this one writes: each renames a complete file into place, and the last one stays."""
    one, two = store(tmp_path), store(tmp_path)
    replace = os.replace

    def save_the_other_first(*paths: Path) -> None:
        with mock.patch.object(os, "replace", replace):
            two.save(FINGERPRINTS, scanned(np.arange(50, 100)))
        check(two.load(FINGERPRINTS), np.arange(100) >= 50)
        replace(*paths)

    with mock.patch.object(os, "replace", save_the_other_first):
        one.save(FINGERPRINTS, scanned(np.arange(60)))
    check(two.load(FINGERPRINTS), np.arange(100) < 60)
    assert list(one.path.parent.iterdir()) == [one.path]


def test_an_interrupted_save_leaves_the_old_file(saved: ScanStore) -> None:
    with mock.patch.object(os, "replace", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        saved.save(FINGERPRINTS, scanned(np.arange(10)))
    check(saved.load(FINGERPRINTS), ALL)
    assert list(saved.path.parent.iterdir()) == [saved.path]


def test_a_read_only_directory_warns_once(tmp_path: Path) -> None:
    (tmp_path / "scans").write_text("a file")
    blocked = store(tmp_path)
    check(blocked.load(FINGERPRINTS), NONE)
    with pytest.warns(
        UserWarning, match=r"cannot be kept in .*scans \(.+\).*read them all again; expected a writable directory"
    ):
        blocked.save(FINGERPRINTS, scanned(np.arange(100)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        blocked.save(FINGERPRINTS, scanned(np.arange(100)))
    assert (tmp_path / "scans").read_text() == "a file"


def test_no_samples_and_samples_without_classes(tmp_path: Path) -> None:
    store(tmp_path).save(FINGERPRINTS[:0], PartialCounts(0, 6))
    check(store(tmp_path).load(FINGERPRINTS[:0]), NONE[:0], TABLE[:0])
    # A mask with only ignored pixels has no class and is known nevertheless.
    void = np.zeros_like(TABLE)
    void[:, -1] = 9
    store(tmp_path).save(FINGERPRINTS, scanned(np.arange(100), void))
    check(store(tmp_path).load(FINGERPRINTS), ALL, void)
