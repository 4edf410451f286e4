"""Pairing files of two directories."""

import warnings
from pathlib import Path

import pytest

from seqaug.samples import files_by_stem, pair_directories


def touch(root: Path, *names: str) -> Path:
    root.mkdir(exist_ok=True)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_pairs_by_relative_stem(tmp_path: Path) -> None:
    images = touch(tmp_path / "i", "b.jpg", "a/b.JPEG", "a/c.x.png", ".hidden.png", ".git/z.png", "notes.txt")
    masks = touch(tmp_path / "m", "b.png", "a/b.png", "a/c.x.tif", "a/readme.md")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, partners = pair_directories(images, masks)
    assert [Path(path).relative_to(images).as_posix() for path in found] == ["a/b.JPEG", "a/c.x.png", "b.jpg"]
    assert [Path(path).relative_to(masks).as_posix() for path in partners] == ["a/b.png", "a/c.x.tif", "b.png"]


def test_files_without_a_partner_are_reported(tmp_path: Path) -> None:
    images = touch(tmp_path / "i", "a.png", "b.png", "c.png", "d.png", "e.png")
    masks = touch(tmp_path / "m", "a.png", "z.png")
    message = r"1 pairs found; left out: 4 images without mask \(b, c, d, \.\.\.\); 1 masks without image \(z\)"
    with pytest.warns(UserWarning, match=message):
        found, partners = pair_directories(images, masks)
    assert (found, partners) == ([str(images / "a.png")], [str(masks / "a.png")])


def test_nothing_to_pair(tmp_path: Path) -> None:
    images, masks = touch(tmp_path / "i", "a.png"), touch(tmp_path / "m", "a_mask.png")
    with pytest.raises(ValueError, match=r"no pairs: none of the 1 images in .* \(such as 'a'\).*'a_mask'.*expected"):
        pair_directories(images, masks)


def test_no_files_and_no_directory(tmp_path: Path) -> None:
    images = touch(tmp_path / "i", "a.txt")
    with pytest.raises(ValueError, match=r"images='.*i' holds no image file"):
        pair_directories(images, images)
    with pytest.raises(ValueError, match=r"images='.*none' is no directory; expected"):
        pair_directories(tmp_path / "none", images)


def test_two_files_with_one_stem(tmp_path: Path) -> None:
    images, masks = touch(tmp_path / "i", "a.png", "a.jpg"), touch(tmp_path / "m", "a.png")
    with pytest.raises(ValueError, match=r"a\.jpg and .*a\.png have the same stem"):
        pair_directories(images, masks)


def test_files_by_stem_lists_all_of_one_stem(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/x.png", "a/x.jpg", "y.png", ".z.png", "w.txt"):
        (tmp_path / name).touch()
    expected = {"y": [str(tmp_path / "y.png")], "a/x": [str(tmp_path / "a/x.jpg"), str(tmp_path / "a/x.png")]}
    assert files_by_stem(tmp_path, "masks") == expected
