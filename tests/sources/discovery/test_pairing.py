"""Pairing files by name."""

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from file_server import FileServer
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sources.discovery.image_files import FoundImages
from seqaug.sources.discovery.pairing import _assign_sides, pair_directories
from seqaug.utils.natural_sort import natural_key


def touch(root: Path, *names: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def paired(root: Path, images: str, masks: str, **rules: Any) -> list[tuple[str, str]]:
    """Pair without warnings, and return paths relative to a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pair_directories(root / images, root / masks, **rules)
    return [(_relative(image, root), _relative(mask, root)) for image, mask in zip(*found, strict=True)]


def _relative(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix()


def test_pairs_by_relative_stem(tmp_path: Path) -> None:
    touch(tmp_path / "i", "b.jpg", "a/b.JPEG", "a/c.x.png", ".hidden.png", ".git/z.png", "notes.txt")
    touch(tmp_path / "m", "b.png", "a/b.png", "a/c.x.tif", "a/readme.md")
    assert paired(tmp_path, "i", "m") == [
        ("i/a/b.JPEG", "m/a/b.png"),
        ("i/a/c.x.png", "m/a/c.x.tif"),
        ("i/b.jpg", "m/b.png"),
    ]


def test_pairs_are_in_natural_order(tmp_path: Path) -> None:
    names = ["img2", "img10", "img1", "set10/a", "set9/a"]
    touch(tmp_path / "i", *(f"{name}.jpg" for name in names))
    touch(tmp_path / "m", *(f"{name}.png" for name in names))
    assert [image for image, _ in paired(tmp_path, "i", "m")] == [
        f"i/{name}.jpg" for name in ("img1", "img2", "img10", "set9/a", "set10/a")
    ]


# Layouts of public data sets


def test_cityscapes(tmp_path: Path) -> None:
    names = [f"train/{city}/{city}_000000_0000{number}" for city in ("aachen", "bochum") for number in (19, 20)]
    touch(tmp_path / "leftImg8bit", *(f"{name}_leftImg8bit.png" for name in names))
    kinds = ("color.png", "instanceIds.png", "labelIds.png", "polygons.json")
    touch(tmp_path / "gtFine", *(f"{name}_gtFine_{kind}" for name in names for kind in kinds))
    expected = [(f"leftImg8bit/{name}_leftImg8bit.png", f"gtFine/{name}_gtFine_labelIds.png") for name in names]
    suffixes = {"image_suffix": "_leftImg8bit", "mask_suffix": "_gtFine_labelIds"}
    assert paired(tmp_path, "leftImg8bit", "gtFine", **suffixes) == expected
    assert (
        paired(tmp_path, "leftImg8bit/train/**/*_leftImg8bit.png", "gtFine/train/**/*_gtFine_labelIds.png") == expected
    )
    with pytest.raises(ValueError, match=r"no pairs: ") as raised:
        pair_directories(tmp_path / "leftImg8bit", tmp_path / "gtFine")
    for kind in ("color", "labelIds", "instanceIds"):
        suggestion = f"image_suffix='_leftImg8bit', mask_suffix='_gtFine_{kind}' would make 4 pairs"
        assert suggestion in str(raised.value)


def test_camvid(tmp_path: Path) -> None:
    touch(tmp_path / "701_StillsRaw_full", "0001TP_006690.png", "0001TP_006720.png")
    touch(tmp_path / "LabeledApproved_full", "0001TP_006690_L.png", "0001TP_006720_L.png")
    assert [mask for _, mask in paired(tmp_path, "701_StillsRaw_full", "LabeledApproved_full", mask_suffix="_L")] == [
        "LabeledApproved_full/0001TP_006690_L.png",
        "LabeledApproved_full/0001TP_006720_L.png",
    ]
    with pytest.raises(ValueError, match=r"image_suffix='', mask_suffix='_L' would make 2 pairs$"):
        pair_directories(tmp_path / "701_StillsRaw_full", tmp_path / "LabeledApproved_full")


def test_voc(tmp_path: Path) -> None:
    touch(tmp_path / "JPEGImages", "2007_000032.jpg", "2007_000033.jpg", "2012_004331.jpg")
    touch(tmp_path / "SegmentationClass", "2007_000032.png", "2007_000033.png")
    with pytest.warns(UserWarning, match=r"2 pairs found; left out: 1 images without mask \(2012_004331\)"):
        _, masks = pair_directories(tmp_path / "JPEGImages", tmp_path / "SegmentationClass")
    assert [Path(mask).stem for mask in masks] == ["2007_000032", "2007_000033"]


def test_ade20k_scene_parsing(tmp_path: Path) -> None:
    touch(tmp_path / "images", "training/ADE_train_00000001.jpg", "validation/ADE_val_00000001.jpg")
    touch(tmp_path / "annotations", "training/ADE_train_00000001.png", "validation/ADE_val_00000001.png")
    assert len(paired(tmp_path, "images", "annotations")) == 2


def test_ade20k_full(tmp_path: Path) -> None:
    """Images, masks, parts and descriptions share a folder for each scene."""
    folder = "training/urban/street"
    touch(
        tmp_path / folder,
        *(f"ADE_train_0000000{n}{end}" for n in (1, 2) for end in (".jpg", "_seg.png", "_parts_1.png", ".json")),
    )
    expected = [(f"{folder}/ADE_train_0000000{n}.jpg", f"{folder}/ADE_train_0000000{n}_seg.png") for n in (1, 2)]
    assert paired(tmp_path, "training/**/*.jpg", "training/**/*_seg.png") == expected
    with pytest.warns(UserWarning, match=r"2 pairs found; left out: 2 images without mask \(.*_parts_1"):
        images, _ = pair_directories(tmp_path, tmp_path, mask_suffix="_seg")
    assert [_relative(image, tmp_path) for image in images] == [image for image, _ in expected]


def test_images_and_masks_in_one_folder(tmp_path: Path) -> None:
    touch(tmp_path / "d", "a.png", "a_mask.png", "b/c.jpg", "b/c_mask.png")
    expected = [("d/a.png", "d/a_mask.png"), ("d/b/c.jpg", "d/b/c_mask.png")]
    assert paired(tmp_path, "d", "d", mask_suffix="_mask") == expected
    # Also if the folder is spelled differently, and if masks are the files without a suffix.
    assert paired(tmp_path, "d", "d/../d/b/..", mask_suffix="_mask")[0][0] == "d/a.png"
    assert paired(tmp_path, "d", "d", image_suffix="_mask") == [(mask, image) for image, mask in expected]
    with pytest.raises(ValueError, match=r"image_suffix='', mask_suffix='_mask' would make 2 pairs"):
        pair_directories(tmp_path / "d", tmp_path / "d")


def test_patterns_in_one_folder(tmp_path: Path) -> None:
    touch(tmp_path / "d", "a.png", "a_mask.png", "b.png", "b_mask.png")
    expected = [("d/a.png", "d/a_mask.png"), ("d/b.png", "d/b_mask.png")]
    assert paired(tmp_path, "d/*.png", "d/*_mask.png") == expected
    touch(tmp_path / "e", "x.jpg", "x.png", "y.jpg", "y.png")
    assert paired(tmp_path, "e/*.jpg", "e/*.png") == [("e/x.jpg", "e/x.png"), ("e/y.jpg", "e/y.png")]
    touch(tmp_path / "f", "image_1.png", "mask_1.png")
    assert paired(tmp_path, "f/image_*.png", "f/mask_*.png") == [("f/image_1.png", "f/mask_1.png")]


def test_a_pattern_and_a_directory(tmp_path: Path) -> None:
    touch(tmp_path / "scans", "p1/ct/s1_img.png", "p2/ct/s1_img.png")
    touch(tmp_path / "masks", "p1/ct/s1.png", "p2/ct/s1.png")
    expected = [(f"scans/{p}/ct/s1_img.png", f"masks/{p}/ct/s1.png") for p in ("p1", "p2")]
    assert paired(tmp_path, "scans/**/*_img.png", "masks") == expected
    assert paired(tmp_path, "scans/*/ct/*_img.png", "masks/*/ct/*.png") == expected


@given(
    st.lists(st.from_regex(r"\A[ab_]{1,6}\Z"), unique=True, max_size=12),
    st.lists(st.from_regex(r"\A[ab_]{1,6}\Z"), unique=True, max_size=12),
    st.lists(st.from_regex(r"\A[ab_]{1,6}\Z"), unique=True, max_size=12),
)
def test_each_file_is_on_one_side(images: Sequence[str], masks: Sequence[str], both: Sequence[str]) -> None:
    """Files found by both sides go to exactly one."""
    image_files = FoundImages(
        [*images, *(f"x/{name}" for name in both)], [*(f"i/{name}" for name in images), *(f"b/{name}" for name in both)]
    )
    mask_files = FoundImages(
        [*masks, *(f"x/{name[1:]}" for name in both)],
        [*(f"m/{name}" for name in masks), *(f"b/{name}" for name in both)],
    )
    try:
        (_, of_images), (_, of_masks) = _assign_sides(image_files, mask_files)
    except ValueError as error:
        assert "have the same stem" in str(error)  # noqa: PT017 (raised for some names only)
        return
    assert not set(of_images) & set(of_masks)
    assert set(of_images) | set(of_masks) == {*image_files.paths, *mask_files.paths}


SIDE = st.lists(st.from_regex(r"\A[a0-2]{1,2}(/[a0-2]{1,2})?(_L)?\Z"), min_size=1, max_size=8, unique=True)


@given(SIDE, SIDE, st.sampled_from(["", "_L"]), st.sampled_from(["", "_L"]))
def test_pairs_are_those_of_plain_dictionaries(
    images: list[str], masks: list[str], image_suffix: str, mask_suffix: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        touch(root / "i", *(f"{name}.jpg" for name in images))
        touch(root / "m", *(f"{name}.png" for name in masks))
        of_images = {name.removesuffix(image_suffix): name for name in images if name.endswith(image_suffix)}
        of_masks = {name.removesuffix(mask_suffix): name for name in masks if name.endswith(mask_suffix)}
        shared = sorted(of_images.keys() & of_masks.keys(), key=natural_key)
        expected = [(f"i/{of_images[key]}.jpg", f"m/{of_masks[key]}.png") for key in shared]
        suffixes = {"image_suffix": image_suffix, "mask_suffix": mask_suffix}
        if not expected:
            with pytest.raises(ValueError, match=r"no pairs|_suffix='_L': none of the"):
                pair_directories(root / "i", root / "m", **suffixes)
            return
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = pair_directories(root / "i", root / "m", **suffixes)
        assert [(_relative(a, root), _relative(b, root)) for a, b in zip(*found, strict=True)] == expected
        left_out = []
        for kind, keys in (
            ("images without mask", of_images.keys() - of_masks.keys()),
            ("masks without image", of_masks.keys() - of_images.keys()),
        ):
            if keys:
                dots = ", ..." if len(keys) > 3 else ""
                left_out.append(f"{len(keys)} {kind} ({', '.join(sorted(keys, key=natural_key)[:3])}{dots})")
        message = f"{len(expected)} pairs found; left out: {'; '.join(left_out)}"
        assert [str(warning.message) for warning in caught] == ([message] if left_out else [])


def test_urls(tmp_path: Path, server: FileServer, memory: Any) -> None:
    names = [f"img{number}" for number in (1, 2, 10)]
    touch(tmp_path / "d", *(f"{name}{end}" for name in names for end in (".jpg", "_L.png")))
    touch(tmp_path / "m", *(f"{name}.png" for name in names))
    for file in (tmp_path / "d").iterdir():
        memory.pipe(f"/d/{file.name}", b"")
    for root in (server.url, "memory:/"):
        expected = [f"{root}/d/{name}.jpg" for name in names], [f"{root}/d/{name}_L.png" for name in names]
        assert pair_directories(f"{root}/d", f"{root}/d/", mask_suffix="_L") == expected
        assert pair_directories(f"{root}/d/*.jpg", f"{root}/d/*_L.png") == expected
    images, masks = pair_directories(f"{server.url}/d/*.jpg", tmp_path / "m")
    assert images == [f"{server.url}/d/{name}.jpg" for name in names]
    assert masks == [str(tmp_path / "m" / f"{name}.png") for name in names]
    with pytest.raises(ValueError, match=r"3 images in http.*/m \(such as 'img1'\) .* 3 masks in memory://d/\*\*/im"):
        pair_directories(f"{server.url}/m", "memory://d/**/im*_L.png")


# Messages


def test_files_without_a_partner_are_reported(tmp_path: Path) -> None:
    images = touch(tmp_path / "i", "a.png", "b.png", "c10.png", "c9.png", "e.png")
    masks = touch(tmp_path / "m", "a.png", "z.png")
    message = r"1 pairs found; left out: 4 images without mask \(b, c9, c10, \.\.\.\); 1 masks without image \(z\)"
    with pytest.warns(UserWarning, match=message):
        found, partners = pair_directories(images, masks)
    assert (found, partners) == ([str(images / "a.png")], [str(masks / "a.png")])


def test_files_without_any_pair(tmp_path: Path) -> None:
    images, masks = touch(tmp_path / "i", "a.png"), touch(tmp_path / "m", "a_mask.png")
    message = r"no pairs: none of the 1 images in .*i \(such as 'a'\) .* the 1 masks in .*m \(such as 'a_mask'\)"
    with pytest.raises(ValueError, match=rf"{message}; image_suffix='', mask_suffix='_mask' would make 1 pairs"):
        pair_directories(images, masks)
    others = touch(tmp_path / "o", "z.png")
    with pytest.raises(
        ValueError, match=r"expected names that are equal up to image_suffix=.*or patterns.*or two lists"
    ):
        pair_directories(images, others)
    with pytest.raises(ValueError, match=rf"images and masks are both {images}, so each file would be its"):
        pair_directories(images, images)


def test_suffixes_that_no_file_has(tmp_path: Path) -> None:
    images, masks = touch(tmp_path / "i", "a.png"), touch(tmp_path / "m", "a_mask.png")
    with pytest.raises(ValueError, match=r"mask_suffix='_seg': none of the 1 image files in .* 'a_mask'; expected"):
        pair_directories(images, masks, mask_suffix="_seg")
    with pytest.raises(ValueError, match=r"mask_suffix='_mask\.png' ends with a file extension; expected .* '_mask'"):
        pair_directories(images, masks, mask_suffix="_mask.png")


def test_two_files_with_one_stem(tmp_path: Path) -> None:
    images, masks = touch(tmp_path / "i", "a.png", "a.jpg"), touch(tmp_path / "m", "a.png")
    with pytest.raises(ValueError, match=r"a\.jpg and .*a\.png have the same stem.*by a pattern"):
        pair_directories(images, masks)


def test_polygons_are_masks_where_they_are_chosen_or_alone(tmp_path: Path) -> None:
    kinds = ("polygons.json", "labelIds.png", "instanceIds.png", "color.png")
    touch(tmp_path / "gt", *(f"ulm/{name}_gtFine_{kind}" for name in "ab" for kind in kinds), "info.json")
    touch(tmp_path / "left", "ulm/a_leftImg8bit.png", "ulm/b_leftImg8bit.png", "ulm/a_leftImg8bit.json")
    expected = [(f"left/ulm/{name}_leftImg8bit.png", f"gt/ulm/{name}_gtFine_polygons.json") for name in "ab"]
    suffixes = {"image_suffix": "_leftImg8bit"}
    assert paired(tmp_path, "left", "gt", mask_suffix="_gtFine_polygons", **suffixes) == expected
    assert paired(tmp_path, "left/*/*_leftImg8bit.png", "gt/*/*_gtFine_polygons.json") == expected
    images = paired(tmp_path, "left", "gt", mask_suffix="_gtFine_labelIds", **suffixes)
    assert [mask for _, mask in images] == ["gt/ulm/a_gtFine_labelIds.png", "gt/ulm/b_gtFine_labelIds.png"]
    with pytest.raises(
        ValueError, match=r"'_gtFine_polygons.json' ends with a file extension; expected .*, '_gtFine_pol"
    ):
        pair_directories(tmp_path / "left", tmp_path / "gt", mask_suffix="_gtFine_polygons.json", **suffixes)
    touch(tmp_path / "m", "ulm/a_leftImg8bit.json", "ulm/b_leftImg8bit.JSON")
    assert [mask for _, mask in paired(tmp_path, "left", "m")] == [
        "m/ulm/a_leftImg8bit.json",
        "m/ulm/b_leftImg8bit.JSON",
    ]


def test_polygons_beside_their_images(tmp_path: Path) -> None:
    touch(tmp_path / "d", "a.jpg", "a.json", "b.png", "b.json", "classes.json.txt")
    assert paired(tmp_path, "d", "d") == [("d/a.jpg", "d/a.json"), ("d/b.png", "d/b.json")]
    assert paired(tmp_path, "d", "d/*.json") == paired(tmp_path, "d", "d")
    touch(tmp_path / "e", "a.jpg", "a.json", "b.jpg", "b.json")
    assert paired(tmp_path, "e/*.jpg", "e") == [("e/a.jpg", "e/a.json"), ("e/b.jpg", "e/b.json")]
    touch(tmp_path / "other", "a.jpg", "b.png", "info.json")
    with pytest.raises(ValueError, match=r"images and masks are both .*other, so each file would be its own mask"):
        pair_directories(tmp_path / "other", tmp_path / "other")
