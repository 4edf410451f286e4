"""What is said of paths that look wrong."""

import pytest

from seqaug.sources.discovery.pair_warnings import PairedPaths, doubts_about_folders, doubts_about_order

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
    (doubt,) = doubts_about_folders(image, mask)
    assert doubt.startswith(f"images and masks look swapped: the first image is {image}, and its mask {mask}; expected")
    assert list(doubts_about_folders(mask, image)) == []


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("train/images/1.jpg", "val/masks/1.png"),
        ("data/training/1.jpg", "data/test_masks/1.gif"),
    ],
)
def test_two_parts_of_a_data_set(image: str, mask: str) -> None:
    (doubt,) = doubts_about_folders(image, mask)
    assert doubt.startswith("images of the training set have masks of the ")


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
def test_nothing_to_doubt(image: str, mask: str) -> None:
    assert list(doubts_about_folders(image, mask)) == []


def test_another_order_says_which_mask_belongs_where() -> None:
    (doubt,) = doubts_about_order(IMAGES, MASKS[::-1])
    told = "names of images and masks pair otherwise than their order in 8 of 9 pairs: i/000.jpg has m/008.png, and "
    assert doubt.startswith(f"{told}000.png is masks[8]; i/001.jpg has m/007.png, and 001.png is masks[7]; ")
    assert "from_dataframe" not in doubt
    assert doubt.endswith('filterwarnings("ignore", "names of images and masks", seqaug.SeqaugWarning)')
    (doubt,) = doubts_about_order(IMAGES, MASKS[::-1], table="pairs.csv")
    assert "; correct pairs.csv; where it is meant, silence this with" in doubt


def test_names_with_nothing_in_common_are_a_matter_of_tables() -> None:
    others = [f"m/{n}.png" for n in range(100, 109)]
    (doubt,) = doubts_about_order(IMAGES, others)
    assert doubt.startswith("names of images and masks have nothing in common in 9 of 9 pairs, so that nothing shows")
    assert "where it is meant, say the pairs in a table, from_dataframe or from_csv, or silence this with" in doubt
    assert list(doubts_about_order(IMAGES, others, table="pairs.csv")) == []
    assert list(doubts_about_order(IMAGES, MASKS)) == []


def test_paths_that_are_paired_stay_so_in_part() -> None:
    taken = PairedPaths(MASKS).taken([2, 0])
    assert isinstance(taken, PairedPaths)
    assert taken == ["m/002.png", "m/000.png"]
