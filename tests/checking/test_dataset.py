"""Data sets with issues, and without."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from damage import damaged, intact_files
from exif import jpeg_with_orientation
from faulty import write_faulty
from small_pairs import COLORS, write_pairs

from seqaug import Palette
from seqaug.checking.directories import Directories, check_directories
from seqaug.checking.issue_types import ISSUE_TYPES
from seqaug.checking.report import Report
from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.palette.label_spec import LabelSpec

NOT_IN_FAULTY = {
    "suspicious_folders",
    "suspicious_ids",
    "ids_out_of_range",
    "single_label",
    "photographs",
    "unusable_masks",
    "near_leakage",  # the images are noise
    "overlapping_classes",
    "holes",
    "mixed_additional",
}
PALETTE = Palette(COLORS, ignore=["void"])


def check(folder: Path, labels: LabelSpec | None = None, engine: Engine | None = None, masks: str = "masks") -> Report:
    names = [name for name in ("train", "val") if (folder / name).is_dir()]
    splits = [Directories(name, folder / name / "images", folder / name / masks) for name in names]
    return check_directories(splits, labels or LabelSpec(PALETTE, None, None), engine or InlineEngine())


def found(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((issue.type, issue.paths) for issue in report.issues)


def test_one_issue_of_each_type_is_found_and_nothing_else(tmp_path: Path) -> None:
    expected = write_faulty(tmp_path)
    report = check(tmp_path)
    assert found(report) == sorted(expected)
    assert {issue.type for issue in report.issues} == set(ISSUE_TYPES) - NOT_IN_FAULTY - {
        "multiple_pages",
        "low_bit_depth",
    }
    assert report.samples == 19
    for issue in report.issues:
        assert ISSUE_TYPES[issue.type].describe(issue.details)
    parsed = json.loads(json.dumps(report.to_json()))
    assert [issue["type"] for issue in parsed["issues"]] == [issue.type for issue in report.issues]
    assert set(parsed["hints"]) == {issue.type for issue in report.issues}


def test_every_engine_reports_the_same(tmp_path: Path) -> None:
    write_faulty(tmp_path)
    expected = check(tmp_path)
    for engine in (ThreadEngine(2), ProcessEngine(2, 6)):
        assert check(tmp_path, engine=engine) == expected
        engine.close()


def test_a_clean_data_set_has_no_issues(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", seed=1)
    assert check(tmp_path) == Report(12, ())
    report = check(tmp_path, LabelSpec(None, None, None))
    assert [issue.type for issue in report.issues] == ["unusable_masks"] * 12


def test_masks_of_ids(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train")
    for path, ids in zip(pairs.masks, pairs.ids, strict=True):
        cv2.imwrite(path, ids)
    labels = LabelSpec(None, 3, 255)
    assert check(tmp_path, labels).issues == ()
    ids = pairs.ids[0].copy()
    ids[:4, :4] = 77
    cv2.imwrite(pairs.masks[0], ids)
    Path(pairs.masks[1]).unlink()
    jpeg = Path(pairs.masks[1]).with_suffix(".jpg")
    cv2.imwrite(str(jpeg), pairs.ids[1])
    assert found(check(tmp_path, labels)) == [
        ("ids_out_of_range", (pairs.masks[0],)),
        ("unusable_masks", (str(jpeg),)),
    ]


def write_ids(folder: Path, *values: int) -> list[str]:
    """Write pairs whose masks hold these values, each in the same share."""
    pairs = write_pairs(folder)
    for path, ids in zip(pairs.masks, pairs.ids, strict=True):
        cv2.imwrite(path, np.array(values, np.uint8)[np.arange(ids.size).reshape(ids.shape) // 64 % len(values)])
    return pairs.masks


def test_ids_that_are_probably_none(tmp_path: Path) -> None:
    masks = write_ids(tmp_path / "train", 0, 0, 0, 255)
    (issue,) = check(tmp_path, LabelSpec(None, None, None)).issues
    assert (issue.type, issue.paths) == ("suspicious_ids", tuple(masks[:3]))
    assert issue.details == {
        "problem": "the 6 masks checked hold 0 (75.0%), 255 (25.0%) and nothing else, as background and foreground",
        "hint": "give class_map={0: 0, 255: 1}",
    }
    assert check(tmp_path, LabelSpec(None, 256, None)).issues == ()
    assert check(tmp_path, LabelSpec(Palette.named("binary"), None, None)).issues == ()


def test_the_hint_on_ids_comes_from_all_masks(tmp_path: Path) -> None:
    write_ids(tmp_path / "train", 1, 2, 3)
    report = check(tmp_path, LabelSpec(None, 3, None))
    assert [issue.type for issue in report.issues] == ["ids_out_of_range"] * 6
    ((_, _, hints),) = report.by_type()
    (hint,) = hints
    assert hint.startswith(
        "the 6 masks checked hold 1 (33.3%), 2 (33.3%), 3 (33.3%): if they are the trimaps of Oxford"
    )


@pytest.mark.parametrize(("values", "ignore_index"), [((0, 255), 255), ((3,), None), ((2, 9), 9)])
def test_masks_that_teach_nothing(tmp_path: Path, values: tuple[int, ...], ignore_index: int | None) -> None:
    write_ids(tmp_path / "train", *values)
    (issue,) = check(tmp_path, LabelSpec(None, 5, ignore_index)).issues
    assert issue.type == "single_label"
    assert ("losses skip" in issue.details["problem"]) == (ignore_index is not None)


def test_images_in_the_place_of_masks(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train")
    folders = [Path(paths[0]).parent for paths in (pairs.images, pairs.masks)]
    for labels in (LabelSpec(None, None, None), LabelSpec(None, 3, None)):
        report = check_directories([Directories("all", *reversed(folders))], labels, InlineEngine())
        assert [issue.type for issue in report.issues] == ["suspicious_folders", *["photographs"] * 6]
    with pytest.raises(ValueError, match=rf"images and masks are both {folders[0]}, so each file would be its own"):
        check_directories(
            [Directories("all", folders[0], f"{folders[0]}/.")], LabelSpec(None, None, None), InlineEngine()
        )


def test_masks_of_another_set(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", seed=1)
    splits = [Directories("all", tmp_path / "train" / "images", tmp_path / "val" / "masks")]
    (issue,) = check_directories(splits, LabelSpec(PALETTE, None, None), InlineEngine()).issues
    assert issue.type == "suspicious_folders"
    assert issue.details["problem"].startswith("images of the training set have masks of the validation set")


@pytest.mark.parametrize(
    ("orientation", "mask_shape", "fits", "mismatch"),
    [
        (6, (24, 32), "stored", False),
        (6, (32, 24), "rotated", False),
        (6, (10, 10), "neither", True),
        (3, (24, 32), "either", False),
    ],
)
def test_rotated_images_say_which_way_the_mask_fits(
    tmp_path: Path, orientation: int, mask_shape: tuple[int, int], fits: str, mismatch: bool
) -> None:
    pairs = write_pairs(tmp_path / "train", 1)
    Path(pairs.images[0]).write_bytes(jpeg_with_orientation(pairs.pixels[0], orientation))
    mask = cv2.imread(pairs.masks[0])
    cv2.imwrite(pairs.masks[0], cv2.resize(mask, mask_shape[::-1], interpolation=cv2.INTER_NEAREST))
    issues = {issue.type: issue.details for issue in check(tmp_path).issues}
    assert issues.pop("exif_orientation") == {"orientation": orientation, "mask_fits": fits}
    assert list(issues) == ["size_mismatch"] * mismatch


def test_a_duplicate_says_whether_its_masks_agree(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 3)
    for number in (1, 2):
        cv2.imwrite(pairs.images[number], pairs.pixels[0][..., ::-1])
    (issue,) = check(tmp_path).issues
    assert issue.paths == tuple(pairs.images)
    assert issue.details == {"splits": ["train"], "same_masks": False}


def test_a_split_of_one_size_may_differ_from_the_other(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", height=40, seed=1)
    assert check(tmp_path).issues == ()


def test_long_results_fit(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 1)
    rng = np.random.default_rng(0)
    Path(pairs.images[0]).write_bytes(bytes(range(255, 0, -1)) * 9)
    cv2.imwrite(pairs.masks[0], rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    names = {"\u00e4" * 3000 + str(number): (number, 1, 1) for number in range(100)}
    report = check(tmp_path, LabelSpec(Palette(names), None, None))
    assert [issue.type for issue in report.issues] == ["unreadable", "unknown_colors"]


def test_directories_must_hold_images(tmp_path: Path) -> None:
    (tmp_path / "train" / "images").mkdir(parents=True)
    with pytest.raises(ValueError, match="holds no image file"):
        check(tmp_path)


def test_camvid_is_clean(camvid: Path) -> None:
    engine = ThreadEngine(2)
    assert check(camvid, LabelSpec(Palette.named("camvid"), None, None), engine) == Report(160, ())
    engine.close()


def test_images_of_several_pages_and_masks_of_several(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 3)
    stack = np.arange(2 * 24 * 32, dtype=np.uint8).reshape(2, 24, 32)
    for path in (pairs.images[0], pairs.masks[1]):
        tifffile.imwrite(Path(path).with_suffix(".tif"), stack, photometric="minisblack")
        Path(path).unlink()
    report = check(tmp_path)
    several, unreadable = (
        [issue for issue in report.issues if issue.type == name] for name in ("multiple_pages", "unreadable")
    )
    assert [(issue.paths, issue.details) for issue in several] == [
        ((pairs.images[0].replace(".png", ".tif"),), {"pages": 2})
    ]
    assert ISSUE_TYPES["multiple_pages"].describe(several[0].details) == "2 pages"
    assert [issue.paths for issue in unreadable] == [(pairs.masks[1].replace(".png", ".tif"),)]
    assert "a TIFF of 2 pages" in unreadable[0].details["problem"]


def test_twelve_bits_in_images_of_16(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 3)
    for path, pixels in zip(pairs.images, pairs.pixels, strict=True):
        cv2.imwrite(path, pixels.astype(np.uint16) * 16)
    (issue,) = check(tmp_path).issues
    assert issue.type == "low_bit_depth"
    assert issue.details == {"split": "train", "images": 3, "max": int(pairs.pixels.max()) * 16}
    assert "the maximum of 3 images is 40" in ISSUE_TYPES["low_bit_depth"].describe(issue.details)
    cv2.imwrite(pairs.images[1], pairs.pixels[1].astype(np.uint16) * 256)
    assert check(tmp_path).issues == ()


def test_no_damaged_file_stops_the_check(tmp_path: Path) -> None:
    for kind in ("images", "masks"):
        (tmp_path / "train" / kind).mkdir(parents=True)
    for number, (name, data) in enumerate(intact_files().items()):
        for seed in range(8):
            stem, suffix = name.split(".")
            for offset, kind in enumerate(("images", "masks")):
                path = tmp_path / "train" / kind / f"{stem}_{suffix}_{seed}.{suffix}"
                path.write_bytes(damaged(data, 1000 * number + 2 * seed + offset))
    for labels in (LabelSpec(PALETTE, None, None), LabelSpec(None, 3, None), LabelSpec(None, None, None)):
        report = check(tmp_path, labels)
        assert report.samples == 8 * len(intact_files())
        assert json.dumps(report.to_json())
        for issue in report.issues:
            assert ISSUE_TYPES[issue.type].describe(issue.details)
