"""Detection of lists in different orders."""

from hashlib import md5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.discovery.pair_names import Mispairing, find_mispairing

NUMBERS = range(12)


def hashed(value: object) -> str:
    return md5(str(value).encode()).hexdigest()


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/{n}.jpg", "masks/{n}.png"),
        ("i/img_{n}.jpg", "m/mask_{n:05}.png"),  # zero padding
        ("i/IMG-{n}.JPG", "m/img_{n}_mask.png"),
        ("leftImg8bit/train/a/a_{n:06}_000019_leftImg8bit.png", "gtFine/train/a/a_{n:06}_000019_gtFine_labelIds.png"),
        ("0001TP_{n:06}.png", "0001TP_{n:06}_L.png"),
        ("{n}_training.tif", "{n}_manual1.gif"),
        ("s{n}/image.png", "s{n}/mask.png"),
        ("images/s{n}.png", "masks/s{n}/mask.png"),
        ("v1/a{n}/b.png", "v2/a{n}_b.png"),
        ("um_{n:06}.png", "um_road_{n:06}.png"),
        ("https://x/i/{n}.jpg", "https://x/m/{n}.png"),
        ("i/{h}.png", "m/{h}.png"),
        ("i/{h}.png", "m/{other}.png"),  # hashes of the content say nothing about pairs
        ("{h}/images/{h}.png", "{h}/masks/{other}.png"),
        ("i/20240101{n:06}.png", "m/20250202{n:06}.png"),  # time stamps of two sensors
        ("i/{n}.png", "m/{n}_by_{word}.png"),
        ("i/{word}.png", "m/{word}.png"),
        ("i/{n}.png", "m/mask.png"),  # one mask for all
    ],
)
def test_lists_in_the_same_order_are_accepted(image: str, mask: str) -> None:
    words = ["anna", "bob", "anne"]
    known = [{"n": n, "h": hashed(n), "other": hashed(-n - 1), "word": f"{words[n % 3]}{n}"} for n in NUMBERS]
    assert find_mispairing([image.format(**one) for one in known], [mask.format(**one) for one in known]) is None


@pytest.mark.parametrize("order", ["reversed", "shuffled", "shifted by one", "sorted as text"])
@pytest.mark.parametrize("mask", ["masks/{n}.png", "m/mask_{n:05}.png", "s{n}/mask.png", "m/{n}_by_anna.png"])
def test_a_different_order_is_found(order: str, mask: str) -> None:
    permuted = {
        "reversed": NUMBERS[::-1],
        "shuffled": np.random.default_rng(0).permutation(12).tolist(),
        "shifted by one": [*NUMBERS[1:], 0],
        "sorted as text": sorted(NUMBERS, key=str),
    }[order]
    found = find_mispairing([f"images/{n}.jpg" for n in NUMBERS], [mask.format(n=n) for n in permuted])
    assert found is not None
    wrong = [index for index, n in enumerate(permuted) if n != index]
    assert (found.pairs, found.compared) == (len(wrong), 12)
    assert found.examples == tuple((index, list(permuted).index(index)) for index in wrong[:3])


def test_two_swapped_pairs() -> None:
    images, masks = [f"i/{n}.jpg" for n in range(100)], [f"m/{n}_L.png" for n in range(100)]
    masks[3], masks[9] = masks[9], masks[3]
    assert find_mispairing(images, masks) == Mispairing(2, 100, ((3, 9), (9, 3)))
    # A single unusual name is no sign.
    masks = [f"m/{n}_L.png" for n in range(100)]
    masks[3] = "m/3_new_L.png"
    assert find_mispairing(images, masks) is None


def test_lists_that_miss_different_files() -> None:
    images = [f"i/{n:03}.jpg" for n in range(100) if n != 50]
    masks = [f"m/{n:03}.png" for n in range(100) if n != 80]
    assert find_mispairing(images, masks) == Mispairing(28, 99, ((51, 52), (52, 53), (53, 54)))


@pytest.mark.parametrize(
    ("image", "mask", "first"),
    [
        ("i/img_{n}.png", "m/mask_{n}.png", 100),  # different numbers
        ("i/img_{n:03}.png", "m/mask_{n:03}.png", 20),  # the common digit of 20 to 29 must not be removed
        ("i/img_{n}.png", "m/{w}.png", 0),
    ],
)
def test_masks_without_partners(image: str, mask: str, first: int) -> None:
    images = [image.format(n=n) for n in range(10, 20)]
    masks = [mask.format(n=n + first, w="abcdefghij"[n] * 3) for n in range(10)]
    found = find_mispairing(images, masks)
    assert found == Mispairing(10, 10, ((0, None), (1, None), (2, None)))
    assert not found.has_partners


def test_a_stray_file_is_no_sign() -> None:
    images, masks = [f"data/i/{w}_rgb.jpg" for w in "abcdefghij"], [f"data/m/{w}_ids.png" for w in "abcdefghij"]
    images[4] = "gone.png"
    assert find_mispairing(images, masks) is None
    found = find_mispairing(images, masks[::-1])
    assert found is not None
    assert found.examples[0] == (0, 9)


def test_lists_of_several_data_sets() -> None:
    images = [*(f"a/images/{w}.jpg" for w in "abcdefgh"), *(f"b/photos/{w}.jpg" for w in "klmnopqr")]
    masks = [*(f"a/masks/{w}.png" for w in "abcdefgh"), *(f"b/truth/{w}_gt.png" for w in "klmnopqr")]
    assert find_mispairing(images, masks) is None
    assert find_mispairing(images, masks[::-1]) is not None


def test_several_masks_of_an_image() -> None:
    images = [f"i/{w}.jpg" for w in "aabb"]
    assert find_mispairing(images, [f"m/{w}_{n % 2}.png" for n, w in enumerate("aabb")]) is None


def test_one_pair_is_accepted() -> None:
    assert find_mispairing(["i/a.jpg"], ["m/b.png"]) is None


@given(st.permutations(range(30)))
def test_every_moved_pair_is_counted(order: list[int]) -> None:
    found = find_mispairing([f"i/{n:02}.jpg" for n in range(30)], [f"m/{n:02}.png" for n in order])
    assert (0 if found is None else found.pairs) == sum(n != index for index, n in enumerate(order))


def test_many_pairs_are_compared_by_exact_names() -> None:
    images = [f"i/{n:06}.jpg" for n in range(60_000)]
    assert find_mispairing(images, [f"m/{n:06}_L.png" for n in range(60_000)]) is None
    assert find_mispairing(images, [f"m/{n}.png" for n in range(60_000)]) is None
    found = find_mispairing(images, [f"m/{n:06}_L.png" for n in range(60_000)][::-1])
    assert found == Mispairing(60_000, 60_000, ((0, 59_999), (1, 59_998), (2, 59_997)))
