"""Warnings about suspicious paths."""

import pytest

from seqaug.sources.discovery.pair_warnings import PairedPaths, folder_warnings, order_warnings

IMAGES = [f"i/{n:03}.jpg" for n in range(9)]
MASKS = [f"m/{n:03}.png" for n in range(9)]


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("data/masks/a.png", "data/images/a.png"),
        ("SegmentationClass/1.png", "JPEGImages/1.jpg"),
        ("gtFine/train/a/a_1_gtFine_labelIds.png", "leftImg8bit/train/a/a_1_leftImg8bit.png"),
        ("s1/mask.png", "s1/image.png"),
        ("train/1_mask.gif", "train/1.jpg"),
    ],
)
def test_swapped_images_and_masks(image: str, mask: str) -> None:
    (warning,) = folder_warnings(image, mask)
    assert warning.startswith(
        f"images and masks look swapped: the first image is {image} and its mask {mask}; expected"
    )
    assert list(folder_warnings(mask, image)) == []


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("train/images/1.jpg", "val/masks/1.png"),
        ("data/training/1.jpg", "data/test_masks/1.gif"),
    ],
)
def test_images_and_masks_of_different_subsets(image: str, mask: str) -> None:
    (warning,) = folder_warnings(image, mask)
    assert warning.startswith("images of the training set have masks of the ")


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("face_mask/images/mask1.png", "face_mask/labels/mask1.png"),
        ("test/train/images/1.png", "test/train/masks/1.png"),
        ("train2017/1.jpg", "annotations/train2017/1.png"),
        ("train/1.jpg", "train_masks/1_mask.gif"),
        ("a/1.png", "b/1.png"),
        ("mask_r_cnn/1.png", "out/1.png"),
    ],
)
def test_usual_folders_give_no_warning(image: str, mask: str) -> None:
    assert list(folder_warnings(image, mask)) == []


def test_a_different_order_names_the_right_masks() -> None:
    (warning,) = order_warnings(IMAGES, MASKS[::-1])
    start = "names of images and masks contradict their order in 8 of 9 pairs: i/000.jpg has m/008.png, and "
    assert warning.startswith(f"{start}000.png is masks[8]; i/001.jpg has m/007.png, and 001.png is masks[7]; ")
    assert "from_dataframe" not in warning
    assert warning.endswith('filterwarnings("ignore", "names of images and masks", seqaug.SeqaugWarning)')
    (warning,) = order_warnings(IMAGES, MASKS[::-1], table="pairs.csv")
    assert "; correct pairs.csv; if it is intended, silence this with" in warning


def test_names_with_nothing_in_common_call_for_a_table() -> None:
    others = [f"m/{n}.png" for n in range(100, 109)]
    (warning,) = order_warnings(IMAGES, others)
    assert warning.startswith("names of images and masks have nothing in common in 9 of 9 pairs, so nothing shows")
    assert (
        "if it is intended, list the pairs in a table for from_dataframe or from_csv, or silence this with" in warning
    )
    assert list(order_warnings(IMAGES, others, table="pairs.csv")) == []
    assert list(order_warnings(IMAGES, MASKS)) == []


def test_a_selection_of_paired_paths_stays_paired() -> None:
    taken = PairedPaths(MASKS).take([2, 0])
    assert isinstance(taken, PairedPaths)
    assert taken == ["m/002.png", "m/000.png"]
