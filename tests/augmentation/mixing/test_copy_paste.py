"""`CopyPaste` pastes objects with their labels."""

from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest

from seqaug import CopyPaste

EXACT = {"interpolation": cv2.INTER_NEAREST, "scale": (1, 1), "p": 1}


def partner_mask() -> np.ndarray:
    """Three objects of class 2, one of them a speck, one of class 5, and void around one."""
    mask = np.zeros((60, 80), np.uint8)
    mask[2:14, 3:13] = 255
    mask[4:12, 5:11] = 2  # 48 pixels
    mask[30:40, 20:26] = 2  # 60 pixels
    mask[50, 70] = 2
    mask[20:50, 50:60] = 5  # 300 pixels
    return mask


def pasted(transform: CopyPaste, mask: np.ndarray, class_id: int | None = None, **sizes: Any) -> np.ndarray:
    """Paste into a sample of 9, with masks fed as images too."""
    own = np.full(sizes.get("size", (60, 80)), 9, np.uint8)
    partner = {"image": mask[..., np.newaxis], "mask": mask, "class_id": class_id}
    result = A.Compose([transform], seed=sizes.get("seed", 0))(image=own[..., np.newaxis], mask=own, partners=[partner])
    assert np.array_equal(result["image"][..., 0], result["mask"])
    return result["mask"]


def test_components_of_the_class_are_pasted_whole() -> None:
    sizes, places = set(), set()
    for seed in range(60):
        result = pasted(CopyPaste(objects=(1, 1), **EXACT), partner_mask(), 2, seed=seed)
        assert set(np.unique(result)) == {2, 9}
        sizes.add(int((result == 2).sum()))
        places.add(tuple(np.argwhere(result == 2)[0]))
    assert sizes == {48, 60}
    assert len(places) > 50


def test_the_number_of_objects() -> None:
    mask = np.kron(np.eye(12, dtype=np.uint8), np.ones((5, 5), np.uint8))
    mask = mask * (np.arange(60) // 5 % 2 == 0)  # six squares of 25 pixels
    counts = set()
    for seed in range(60):
        result = pasted(CopyPaste(objects=(2, 4), **EXACT), mask, 1, seed=seed, size=(300, 300))
        counts.add(int((result == 1).sum()))
    assert {50, 75, 100} <= counts
    assert max(counts) == 100
    assert (pasted(CopyPaste(objects=(9, 9), **EXACT), mask, 1, size=(3000, 3000)) == 1).sum() == 150


def test_specks_are_pasted_where_there_is_nothing_larger() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[3, 3], mask[9, 9:12] = 4, 4
    assert (pasted(CopyPaste(**EXACT), mask, 4) == 4).sum() == 3


def test_void_borders_stay_void() -> None:
    seen = set()
    for seed in range(30):
        result = pasted(CopyPaste(objects=(1, 1), ignore_index=255, **EXACT), partner_mask(), 2, seed=seed)
        seen.add((int((result == 2).sum()), int((result == 255).sum())))
    assert seen == {(48, 120 - 48), (60, 0)}


def test_objects_are_scaled_and_made_to_fit() -> None:
    large = pasted(CopyPaste(objects=(1, 1), interpolation=cv2.INTER_NEAREST, scale=(2, 2), p=1), partner_mask(), 5)
    assert (large == 5).sum() == 1200
    mask = np.full((90, 200), 6, np.uint8)
    assert (pasted(CopyPaste(**EXACT), mask, 6, size=(20, 30)) == 6).sum() == 14 * 30


def test_objects_are_mirrored_with_their_labels() -> None:
    mask = np.zeros((30, 30), np.uint8)
    mask[5:15, 5:9], mask[11:15, 5:19] = 1, 1  # an L
    seen = set()
    for seed in range(30):
        transform = CopyPaste(objects=(1, 1), **EXACT)
        transform.mirrored_ids = ((1, 2),)
        own = np.full((30, 30), 9, np.uint8)
        partner = {"image": mask[..., np.newaxis], "mask": mask, "class_id": 1}
        result = A.Compose([transform], seed=seed)(image=own[..., np.newaxis], mask=own, partners=[partner])
        labels = set(np.unique(result["mask"])) - {9}
        columns = np.flatnonzero((result["mask"] != 9).any(0))
        is_mirrored = (result["mask"] != 9)[:, columns[0]].sum() < 10
        assert labels == ({2} if is_mirrored else {1})
        assert np.array_equal(result["image"][..., 0] != 9, result["mask"] != 9)
        seen.add(is_mirrored)
    assert seen == {False, True}
    for seed in range(10):
        kept = pasted(CopyPaste(flip=False, **EXACT), mask, 1, seed=seed)
        assert (kept != 9)[:, np.flatnonzero((kept != 9).any(0))[0]].sum() == 10


def test_feathered_edges_fade_in_the_image_alone() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:50] = 1
    own = np.zeros((60, 80), np.uint8)
    partner = {"image": np.full((60, 80, 3), 200, np.uint8), "mask": mask, "class_id": 1}
    result = A.Compose([CopyPaste(blend="feather", scale=(1, 1), p=1)])(
        image=np.zeros((60, 80, 3), np.uint8), mask=own, partners=[partner]
    )
    image, is_object = result["image"][..., 0], result["mask"] == 1
    assert is_object.sum() == 400
    assert set(np.unique(result["mask"])) == {0, 1}
    assert image[is_object].min() >= 100
    assert (image[is_object] == 200).sum() == 16 * 16
    assert 0 < image[~is_object].max() <= 100
    assert (image[~is_object] > 0).sum() < 24 * 24


def test_outside_of_a_sequence_the_class_is_one_of_the_mask() -> None:
    found = {int((pasted(CopyPaste(**EXACT), partner_mask(), seed=seed) != 9).sum()) for seed in range(20)}
    assert found
    for seed in range(10):
        assert set(np.unique(pasted(CopyPaste([5, 7], **EXACT), partner_mask(), seed=seed))) == {5, 9}
    assert (pasted(CopyPaste([7], **EXACT), partner_mask()) == 9).all()
    with pytest.raises(ValueError, match="names classes, which only a sequence knows"):
        pasted(CopyPaste(["cat"], **EXACT), partner_mask())


def test_it_is_saved(tmp_path: Any) -> None:
    A.save(A.Compose([CopyPaste(["cat", 3], objects=(2, 5), blend="feather")]), tmp_path / "t.json")
    (loaded,) = A.load(tmp_path / "t.json").transforms
    assert type(loaded) is CopyPaste
    assert (loaded.classes, loaded.objects, loaded.blend, loaded.scale) == (["cat", 3], (2, 5), "feather", (0.8, 1.25))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"classes": "cat"}, TypeError, r"classes='cat'\); expected a list of ids or names"),
        ({"classes": [1.5]}, TypeError, r"classes=\[1\.5\]"),
        ({"classes": []}, ValueError, r"classes=\[\]\) pastes nothing"),
        ({"objects": 3}, TypeError, r"objects=3\); expected \(fewest, most\)"),
        ({"objects": (3, 1)}, ValueError, r"objects=\(3, 1\)"),
        ({"objects": (0, 1)}, ValueError, "objects=0; expected"),
        ({"scale": 2}, TypeError, r"scale=2\); expected \(smallest, largest\)"),
        ({"scale": (0, 1)}, ValueError, r"scale=\(0, 1\)"),
        ({"blend": "poisson"}, ValueError, "blend='poisson'; expected one of"),
    ],
)
def test_invalid_arguments(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        CopyPaste(**arguments)
