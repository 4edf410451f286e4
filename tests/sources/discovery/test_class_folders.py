"""One folder per class, with Keras as the reference."""

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import keras
import numpy as np
import pytest
from file_server import FileServer
from keras_generator import ImageDataGenerator

from seqaug import ReadError
from seqaug.sources.discovery.class_folders import images_in_class_folders

CLASSES = {"dog": 2, "Cat": 3, "class10": 1, "class2": 1, "über": 2}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, count in CLASSES.items():
        for number in range(count):
            path = tmp_path / name / ("deep" if number else ".") / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "beside.png").touch()
    (tmp_path / "dog" / ".hidden.png").touch()
    (tmp_path / "dog" / "notes.txt").touch()
    return tree_with_link(tmp_path)


def tree_with_link(root: Path) -> Path:
    target = root.parent / f"{root.name}_linked"
    target.mkdir()
    cv2.imwrite(str(target / "linked.png"), np.zeros((8, 8, 3), np.uint8))
    (root / "dog" / "link").symlink_to(target)
    return root


def test_class_ids_equal_those_of_keras(tree: Path) -> None:
    paths, ids, names = images_in_class_folders(tree)
    generator = ImageDataGenerator().flow_from_directory(tree, class_mode="sparse")
    data = keras.utils.image_dataset_from_directory(tree, follow_links=True, shuffle=False, verbose=False)
    assert {name: number for number, name in enumerate(names)} == generator.class_indices
    assert names == data.class_names
    ours = {(Path(path).relative_to(tree).as_posix(), class_id) for path, class_id in zip(paths, ids, strict=True)}
    # Theirs lists hidden files.
    theirs = zip(generator.filenames, generator.labels.tolist(), strict=True)
    assert ours == {(name, class_id) for name, class_id in theirs if "/." not in name}


def test_samples_are_ordered_by_class_and_naturally(tmp_path: Path) -> None:
    for name in ("b/10.png", "b/9.png", "a/x.png", "b/a/1.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    paths, ids, _ = images_in_class_folders(tmp_path)
    assert [Path(path).relative_to(tmp_path).as_posix() for path in paths] == [
        "a/x.png",
        "b/9.png",
        "b/10.png",
        "b/a/1.jpg",
    ]
    assert ids == [0, 1, 1, 1]


def test_links_are_followed_if_asked(tree: Path) -> None:
    assert len(images_in_class_folders(tree)[0]) == 9
    paths, _, _ = images_in_class_folders(tree, follow_links=True)
    assert len(paths) == 10
    assert str(tree / "dog" / "link" / "linked.png") in paths


def test_given_classes_keep_their_order(tree: Path) -> None:
    paths, ids, names = images_in_class_folders(tree, ["dog", "Cat"])
    assert names == ["dog", "Cat"]
    assert [Path(path).relative_to(tree).parts[0] for path in paths] == ["dog"] * 2 + ["Cat"] * 3
    assert ids == [0, 0, 1, 1, 1]
    with pytest.raises(ValueError, match=r"classes has 'horse', but .* has no such folder; it has Cat, class10"):
        images_in_class_folders(tree, ["dog", "horse"])


def test_an_empty_class_is_a_class(tree: Path) -> None:
    (tree / "ant").mkdir()
    with pytest.warns(UserWarning, match=r"no images in ant; these are classes without samples"):
        _, ids, names = images_in_class_folders(tree)
    assert names[2] == "class10"
    assert "ant" in names
    assert names.index("ant") not in ids
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images_in_class_folders(tree, ["dog"])


def test_directories_without_images(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"directory='.*none' is not a directory; expected one with a folder"):
        images_in_class_folders(tmp_path / "none")
    with pytest.raises(ValueError, match=r"has no folders; expected one for each class"):
        images_in_class_folders(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(ValueError, match=r"no class folder holds an image file"):
        images_in_class_folders(tmp_path)


def test_urls_give_what_folders_give(tmp_path: Path, server: FileServer, memory: Any) -> None:
    names = (
        "b/10.png",
        "b/9.png",
        "a b/x.png",
        "b/a/1.jpg",
        "b/.h.png",
        ".git/x.png",
        "beside.png",
        "über/x.png",
        "c/n.txt",
    )
    for name in names:
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).touch()
        memory.pipe(f"/t/{name}", b"")
    with pytest.warns(UserWarning, match="no images in c; these are classes"):
        paths, ids, classes = images_in_class_folders(tmp_path / "t")
    assert classes == ["a b", "b", "c", "über"]
    for url, named in ((f"{server.url}/t", quote), ("memory://t", str)):
        with pytest.warns(UserWarning, match=rf"{url}: no images in c; these are classes"):
            found = images_in_class_folders(url)
        assert found[0] == [f"{url}/{named(Path(path).relative_to(tmp_path / 't').as_posix())}" for path in paths]
        assert found[1:] == (ids, classes)
    assert images_in_class_folders("memory://t", ["b"])[1:] == ([0, 0, 0], ["b"])


def test_urls_without_images(tmp_path: Path, server: FileServer, memory: Any) -> None:
    (tmp_path / "x.png").touch()
    with pytest.raises(ValueError, match=r"has no folders; expected one for each class.*an index page.*from_csv"):
        images_in_class_folders(server.url)
    with pytest.raises(ReadError, match=r"memory://none: no such file or folder"):
        images_in_class_folders("memory://none")
    with pytest.raises(ValueError, match=r"is not a directory.*'gs://b/d' as a string"):
        images_in_class_folders(Path("gs://b/d"))
