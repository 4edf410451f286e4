"""Constructors for images with labels."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pairs import Pairs

from seqaug import ClassificationSequence

IDS = [0, 2, 1, 1, 2, 1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Classes of 4, 8 and 2 images, each of which is filled with a number of its own."""
    number = 0
    for name, count in {"dog": 4, "ant": 8, "cow": 2}.items():
        (tmp_path / name).mkdir()
        for place in range(count):
            cv2.imwrite(str(tmp_path / name / f"{place}.png"), np.full((6, 6, 3), number, np.uint8))
            number += 1
    return tmp_path


def test_from_directory(tree: Path) -> None:
    sequence = ClassificationSequence.from_directory(tree, shuffle=False, batch_size=20, rescale=None)
    assert sequence.class_indices == {"ant": 0, "cow": 1, "dog": 2}
    x, y = sequence[0]
    assert x[:, 0, 0, 0].tolist() == [*range(4, 12), 12, 13, *range(4)]
    assert y.tolist() == [0] * 8 + [1] * 2 + [2] * 4
    two = ClassificationSequence.from_directory(tree, ["dog", "cow"], label_mode="binary", shuffle=False)
    assert two[0][1].ravel().tolist() == [0] * 4 + [1] * 2
    alone = ClassificationSequence.from_directory(tree, label_mode=None)[0]
    assert alone.shape == (8, 6, 6, 3)


def test_both_subsets_of_a_directory(tree: Path) -> None:
    for stratify in (False, True):
        parts = [
            ClassificationSequence.from_directory(
                tree, validation_split=0.5, subset=subset, stratify=stratify, seed=3, label_mode="categorical"
            )
            for subset in ("training", "validation")
        ]
        found = [{sample.image for sample in part.samples} for part in parts]
        assert not found[0] & found[1]
        assert found[0] | found[1] == {str(path) for path in tree.glob("*/*.png")}
        # Both know all classes, whichever they have.
        assert {part[0][1].shape[1] for part in parts} == {3}
        for part in parts:
            assert [Path(sample.image).parent.name for sample in part.samples] == [
                part.class_names[label] for label in part.labels
            ]
    assert [part.class_statistics().images.tolist() for part in parts] == [[4, 1, 2]] * 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.floats(0.1, 0.9), st.booleans())
def test_subsets_are_disjoint_and_cover_all_with_their_labels(labels: list[int], share: float, stratify: bool) -> None:
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1)
    found = []
    for subset in ("training", "validation"):
        part = ClassificationSequence.from_arrays(
            images, labels, validation_split=share, subset=subset, stratify=stratify, rescale=None, workers=0
        )
        assert part.num_classes == max(labels) + 1
        found += [(int(image), int(label)) for x, y in part for image, label in zip(x.ravel(), y, strict=True)]
    assert sorted(found) == list(enumerate(labels))


def test_several_labels_are_split_too(pairs: Pairs) -> None:
    labels = [["a"], ["a", "b"], [], ["b"], ["c"], ["c"]]
    arguments: Any = {"label_mode": "multi_label", "validation_split": 0.5, "stratify": True, "shuffle": False}
    rows = []
    for subset in ("training", "validation"):
        part = ClassificationSequence.from_arrays(pairs.pixels, labels, subset=subset, **arguments)
        assert part.class_names == ["a", "b", "c"]
        assert part.class_statistics().images.tolist() == [1, 1, 1]
        for sample, row in zip(part.samples, part[0][1], strict=True):
            index = next(i for i, pixels in enumerate(pairs.pixels) if np.array_equal(pixels, sample.image))
            assert {"abc"[number] for number in np.flatnonzero(row)} == set(labels[index])
            rows.append(index)
    assert sorted(rows) == list(range(6))


def test_from_dataframe(pairs: Pairs) -> None:
    names = [Path(path).name for path in pairs.images]
    root = Path(pairs.images[0]).parent
    frame = pd.DataFrame(
        {"image": names, "label": [["ant", "bee", "cow"][number] for number in IDS]}, index=range(5, 11)
    )
    sequence = ClassificationSequence.from_dataframe(frame, root=root, shuffle=False)
    assert sequence.class_indices == {"ant": 0, "bee": 1, "cow": 2}
    x, y = sequence[0]
    assert y.tolist() == IDS
    assert np.array_equal(x, pairs.pixels * np.float32(1 / 255))
    numbered = pd.DataFrame({"file": names, "kind": IDS})
    again = ClassificationSequence.from_dataframe(
        numbered, image_col="file", label_col="kind", root=root, shuffle=False
    )
    assert again[0][1].tolist() == IDS
    alone = ClassificationSequence.from_dataframe(frame, label_col=None, label_mode=None, root=root)
    assert alone[0].shape == (6, 24, 32, 3)


def test_columns_of_a_dataframe_are_classes(pairs: Pairs) -> None:
    table = np.array([[1, 1], [0, 0], [0, 1], [1, 0], [0, 1], [1, 1]])
    frame = pd.DataFrame({"image": pairs.images, "wet": table[:, 0], "cold": table[:, 1]})
    sequence = ClassificationSequence.from_dataframe(
        frame, label_col=["wet", "cold"], label_mode="multi_label", shuffle=False
    )
    assert sequence.class_names == ["wet", "cold"]
    assert sequence[0][1].tolist() == table.tolist()
    with pytest.raises(ValueError, match=r'labels\[0\] has 2 classes; expected one class .*label_mode="multi_label"'):
        ClassificationSequence.from_dataframe(frame, label_col=["wet", "cold"])
    lists = pd.DataFrame({"image": pairs.images, "label": [["x", "y"], [], ["y"], ["x"], ["y"], ["x", "y"]]})
    listed = ClassificationSequence.from_dataframe(lists, label_mode="multi_label", shuffle=False)
    assert listed[0][1].tolist() == table.tolist()


def test_invalid_splits(pairs: Pairs) -> None:
    split: Any = {"validation_split": 0.5, "subset": "training"}
    with pytest.raises(TypeError, match=r"x is a list; expected an array .* ClassificationSequence\(images, labels\)"):
        ClassificationSequence.from_arrays(pairs.images, IDS)
    with pytest.raises(ValueError, match=r"6 images and 2 labels"):
        ClassificationSequence.from_arrays(pairs.pixels, [0, 1], **split)
    with pytest.raises(ValueError, match=r"stratify=True without labels"):
        ClassificationSequence.from_arrays(pairs.pixels, label_mode=None, stratify=True, **split)
    with pytest.raises(ValueError, match=r"subset='training' without validation_split"):
        ClassificationSequence.from_arrays(pairs.pixels, IDS, subset="training")
    assert len(ClassificationSequence.from_arrays(pairs.pixels, label_mode=None, **split).samples) == 3


def test_groups_folds_and_both_subsets(tree: Path) -> None:
    train, val = ClassificationSequence.from_directory(
        tree,
        fold=(0, 2),
        groups=lambda path: int(Path(path).stem) // 2,
        stratify=True,
        subset="both",
        class_weights="inverse",
    )
    _, y, weights = val[0]
    assert np.array_equal(weights, train.compute_class_weights("inverse")[y].astype(np.float32))
    assert train.class_indices == val.class_indices == {"ant": 0, "cow": 1, "dog": 2}
    places = [{int(Path(sample.image).stem) // 2 for sample in part.samples} for part in (train, val)]
    assert not places[0] & places[1]
    frame = pd.DataFrame({"image": ["a.png", "b.png", "c.png"], "label": [0, 1, 0], "video": [1, 2, 1]})
    part = ClassificationSequence.from_dataframe(frame, groups="video", validation_split=0.4, subset="validation")
    assert [sample.image for sample in part.samples] in (["b.png"], ["a.png", "c.png"])
