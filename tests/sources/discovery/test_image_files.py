"""Finding image files."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer
from hypothesis import given
from hypothesis import strategies as st

from seqaug import ReadError
from seqaug.sources.discovery.image_files import _split_pattern, files_by_stem, find_images
from seqaug.utils.natural_sort import natural_key


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def keys(location: Any, **arguments: Any) -> list[str]:
    return find_images(location, "images", **{"follow_links": False, **arguments}).keys


def test_a_directory(tmp_path: Path) -> None:
    names = ("b.JPG", "a/b.tif", "a/.c.png", ".d/e.png", "a/f.txt", "a/g.webp", "a2.png", "a10.png", "a.b.png")
    found = find_images(str(touch(tmp_path, *names)), "images", follow_links=False)
    assert found.keys == ["a/b", "a/g", "a2", "a10", "a.b", "b"]
    assert found.paths[0] == str(tmp_path / "a" / "b.tif")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["x"]),
        ("**/*.png", ["a/b/x_1", "a/x_2", "x"]),
        ("**", ["a/b/x_1", "a/x_2", "a/y", "x"]),
        ("a/**/x_*.png", ["2", "b/1"]),
        ("a/x_?.png", ["2"]),
        ("a/[!y]_*.*", ["x2"]),
        ("*/[xy]*", ["a/x_2", "a/y"]),
        ("**/x_[0-9].png", ["a/2", "a/b/1"]),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    touch(tmp_path, "x.png", "a/x_2.png", "a/y.jpg", "a/b/x_1.png", "a/b/x_1.txt", ".h/x.png")
    assert keys(tmp_path / pattern) == expected


def test_a_pattern_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x.png", "a/y.png")
    monkeypatch.chdir(tmp_path)
    found = find_images("**/*.png", "images", follow_links=False)
    assert (found.keys[0], found.paths[0]) == ("a/y", os.path.join(".", "a", "y.png"))


def test_brackets_in_the_name_of_a_directory(tmp_path: Path) -> None:
    assert keys(touch(tmp_path / "set[1]", "x.png")) == ["x"]


def test_links(tmp_path: Path) -> None:
    data = touch(tmp_path / "data", "x.png")
    touch(tmp_path / "target", "y.png")
    (data / "linked").symlink_to(tmp_path / "target")
    (data / "self").symlink_to(data)
    (data / "z.png").symlink_to(data / "x.png")
    assert keys(data) == ["x", "z"]
    assert keys(data, follow_links=True) == ["linked/y", "x", "z"]
    assert keys(data / "linked") == ["y"]


TREE_NAMES = st.lists(
    st.from_regex(r"\A[ab.]?[a0-2]{1,2}(/\.?[a0-2]{1,2}){0,2}\.(png|JPG|tif|txt)\Z"), max_size=12, unique=True
)


@given(TREE_NAMES)
def test_a_directory_gives_what_a_plain_walk_finds(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = touch(Path(folder), *(f"d/{name}" for name in names)) / "d"
        expected = []
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            hidden = any(part.startswith(".") for part in relative.parts)
            if path.is_file() and not hidden and path.suffix.lower() in (".png", ".jpg", ".tif"):
                expected.append((relative.with_suffix("").as_posix(), str(path)))
        expected.sort(key=lambda file: (natural_key(file[0]), file[1]))
        for location in (root, f"{root}/", f"{root}/../d"):
            if expected:
                found = find_images(location, "images", follow_links=False)
                assert found.keys == [key for key, _ in expected]
                assert list(map(os.path.abspath, found.paths)) == [path for _, path in expected]
            else:
                with pytest.raises(ValueError, match="not a directory" if not names else "holds no image file"):
                    find_images(location, "images", follow_links=False)


def test_links_that_cannot_be_followed(tmp_path: Path) -> None:
    touch(tmp_path, "x.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    assert keys(tmp_path) == keys(tmp_path, follow_links=True) == ["gone", "loop", "x"]


def test_progress_counts_the_files_that_are_not_hidden(tmp_path: Path, memory: Any) -> None:
    names = [*(f"a/{number}.png" for number in range(1200)), "b/c/x.png", "b/y.txt", "b/.z.png"]
    counts: list[int] = []
    keys(touch(tmp_path, *names), advance=counts.append)
    assert sum(counts) == 1202
    assert max(counts) == 1000
    memory.pipe("/t/a/x.png", b"")
    memory.pipe("/t/y.png", b"")
    counts.clear()
    keys("memory://t", advance=counts.append)
    assert sum(counts) == 3, "two files and a folder"


def test_locations_without_images(tmp_path: Path) -> None:
    touch(tmp_path / "d", "a.txt")
    with pytest.raises(ValueError, match=r"images='.*d' holds no image file \(\.bmp, .*\), at any depth"):
        keys(tmp_path / "d")
    with pytest.raises(ValueError, match=r"images='.*none' is not a directory; expected .* or a pattern"):
        keys(tmp_path / "none")
    for pattern in ("d/*.png", "none/*.png"):
        with pytest.raises(ValueError, match=r"images='.*\*\.png' matches no image file"):
            keys(tmp_path / pattern)


def test_an_unreadable_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, which can read everything, so the refusal is simulated."""
    data = touch(tmp_path / "data", "x.png", "closed/y.png", "open/z.png")
    scan = os.scandir

    def refusing(path: Any) -> Any:
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    for location in (data, data / "**" / "*.png", data / "*" / "*.png"):
        with pytest.raises(
            ReadError, match=r"closed: the folder cannot be listed \(Permission denied\); expected a readable one"
        ):
            keys(location)
    assert keys(data / "*.png") == ["x"], "no file of the pattern can be in there"
    assert keys(data / "open") == ["z"]


@given(st.from_regex(r"\A[a-c.^$+(){}|\\ -]{1,8}\Z"))
def test_other_characters_are_literal(name: str) -> None:
    _, expression = _split_pattern(f"{name}*.png")
    matched = expression.fullmatch(f"{name}7.png")
    assert matched is not None
    assert "".join(matched.groups()) == "7"
    assert expression.fullmatch(f"{name}7_png") is None


def test_files_by_stem_lists_all_files_of_a_stem(tmp_path: Path) -> None:
    touch(tmp_path, "a/x.png", "a/x.jpg", "y.png", ".z.png", "w.txt")
    expected = {"y": [str(tmp_path / "y.png")], "a/x": [str(tmp_path / "a/x.jpg"), str(tmp_path / "a/x.png")]}
    assert files_by_stem(tmp_path, "masks") == expected


PATTERNS = {
    "": ["a/b/x_1", "a/x_2", "a/y", "w 3", "x"],
    "/*.png": ["w 3", "x"],
    "/**/*.png": ["a/b/x_1", "a/x_2", "w 3", "x"],
    "/**": ["a/b/x_1", "a/x_2", "a/y", "w 3", "x"],
    "/a/**/x_*.png": ["2", "b/1"],
    "/*/[xy]*": ["a/x_2", "a/y"],
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_urls_give_what_folders_give(tmp_path: Path, server: FileServer, memory: Any, pattern: str) -> None:
    names = ("x.png", "w 3.png", "a/x_2.png", "a/y.jpg", "a/b/x_1.png", "a/b/x_1.txt", ".h/x.png", "a/.x.png")
    touch(tmp_path / "t", *names)
    for name in names:
        memory.pipe(f"/t/{name}", b"")
    assert keys(f"{tmp_path}/t{pattern}") == PATTERNS[pattern]
    assert keys(f"{server.url}/t{pattern}") == PATTERNS[pattern]
    assert keys(f"memory://t{pattern}") == PATTERNS[pattern]


def test_a_pattern_lists_only_folders_that_may_match(tmp_path: Path, server: FileServer) -> None:
    touch(tmp_path, "a/x.png", "a/deep/y.png", "b/z.png")
    assert find_images(f"{server.url}/a/*.png", "images", follow_links=False) == (["x"], [f"{server.url}/a/x.png"])
    assert set(server.requests) == {"/a/"}


def test_question_marks_in_urls(tmp_path: Path, server: FileServer, memory: Any) -> None:
    touch(tmp_path, "x1.png")
    memory.pipe("/t/x1.png", b"")
    assert keys("memory://t/x?.png") == ["1"]
    with pytest.raises(ReadError, match=r"/x/\?\.png: no such file or folder.*use from_csv"):
        keys(f"{server.url}/x?.png")


def test_urls_without_images(tmp_path: Path, server: FileServer, memory: Any) -> None:
    touch(tmp_path, "d/a.txt")
    memory.pipe("/d/a.txt", b"")
    with pytest.raises(ReadError, match=r"/none/: no such file or folder.*use from_csv"):
        keys(f"{server.url}/none")
    with pytest.raises(
        ValueError, match=r"/d' holds no image file \(.*\), at any depth; http\(s\) servers list .*from_csv"
    ):
        keys(f"{server.url}/d")
    with pytest.raises(ValueError, match=r"images='memory://d' holds no image file \(.*\), at any depth$"):
        keys("memory://d")
    with pytest.raises(ValueError, match=r"images='memory://d/\*\.png' matches no image file \([^)]*\)$"):
        keys("memory://d/*.png")
    with pytest.raises(
        ValueError, match=r"is not a directory; .*pathlib\.Path removes a slash .* 's3://bucket/d' as a string"
    ):
        keys(Path("s3://bucket/d"))
