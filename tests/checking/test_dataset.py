"""A data set with faults, and data sets without."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from damage import damaged, whole_files
from exif import jpeg_with_orientation
from faulty import write_faulty
from small_pairs import COLORS, write_pairs

from seqaug import Palette
from seqaug.checking.dataset import Split, check_dataset
from seqaug.checking.issue_types import KINDS
from seqaug.checking.report import Report
from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.engines.threads import ThreadEngine
from seqaug.palette.label_spec import LabelSpec

OF_IDS_AND_FOLDERS = {
    "doubtful_folders",
    "doubtful_ids",
    "ids_out_of_range",
    "one_label",
    "photographs",
    "unusable_masks",
}
PALETTE = Palette(COLORS, ignore=["void"])


def check(folder: Path, labels: LabelSpec | None = None, engine: Engine | None = None, masks: str = "masks") -> Report:
    parts = [part for part in ("train", "val") if (folder / part).is_dir()]
    splits = [Split(part, folder / part / "images", folder / part / masks) for part in parts]
    return check_dataset(splits, labels or LabelSpec(PALETTE, None, None), engine or InlineEngine())


def found(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((finding.kind, finding.paths) for finding in report.findings)


def test_one_fault_of_each_kind_is_found_and_nothing_else(tmp_path: Path) -> None:
    expected = write_faulty(tmp_path)
    report = check(tmp_path)
    assert found(report) == sorted(expected)
    assert {finding.kind for finding in report.findings} == set(KINDS) - OF_IDS_AND_FOLDERS - {
        "several_pages",
        "shallow_images",
    }
    assert report.pairs == 19
    for finding in report.findings:
        assert KINDS[finding.kind].told(finding.details)
    told = json.loads(json.dumps(report.to_json()))
    assert [finding["kind"] for finding in told["findings"]] == [finding.kind for finding in report.findings]
    assert set(told["cures"]) == {finding.kind for finding in report.findings}


def test_every_engine_reports_the_same(tmp_path: Path) -> None:
    write_faulty(tmp_path)
    expected = check(tmp_path)
    for engine in (ThreadEngine(2), ProcessEngine(2, 6)):
        assert check(tmp_path, engine=engine) == expected
        engine.close()


def test_a_clean_data_set_has_no_findings(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", seed=1)
    assert check(tmp_path) == Report(12, ())
    report = check(tmp_path, LabelSpec(None, None, None))
    assert [finding.kind for finding in report.findings] == ["unusable_masks"] * 12


def test_masks_of_ids(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train")
    for path, ids in zip(pairs.masks, pairs.ids, strict=True):
        cv2.imwrite(path, ids)
    labels = LabelSpec(None, 3, 255)
    assert check(tmp_path, labels).findings == ()
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
    (finding,) = check(tmp_path, LabelSpec(None, None, None)).findings
    assert (finding.kind, finding.paths) == ("doubtful_ids", tuple(masks[:3]))
    assert finding.details == {
        "problem": "the 6 masks checked hold 0 (75.0%), 255 (25.0%) and nothing else, as background and foreground",
        "cure": 'give palette="binary", which makes black 0 and white 1',
    }
    assert check(tmp_path, LabelSpec(None, 256, None)).findings == ()
    assert check(tmp_path, LabelSpec(Palette.named("binary"), None, None)).findings == ()


def test_the_cure_of_ids_is_drawn_from_all_masks(tmp_path: Path) -> None:
    write_ids(tmp_path / "train", 1, 2, 3)
    report = check(tmp_path, LabelSpec(None, 3, None))
    assert [finding.kind for finding in report.findings] == ["ids_out_of_range"] * 6
    ((_, _, cures),) = report.by_kind()
    (cure,) = cures
    assert cure.startswith("the 6 masks checked hold 1 (33.3%), 2 (33.3%), 3 (33.3%), so ids seem to start at 1: set")


@pytest.mark.parametrize(("values", "ignore_index"), [((0, 255), 255), ((3,), None), ((2, 9), 9)])
def test_masks_of_which_nothing_is_learned(tmp_path: Path, values: tuple[int, ...], ignore_index: int | None) -> None:
    write_ids(tmp_path / "train", *values)
    (finding,) = check(tmp_path, LabelSpec(None, 5, ignore_index)).findings
    assert finding.kind == "one_label"
    assert ("losses skip" in finding.details["problem"]) == (ignore_index is not None)


def test_images_in_the_place_of_masks(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train")
    folders = [Path(paths[0]).parent for paths in (pairs.images, pairs.masks)]
    for labels in (LabelSpec(None, None, None), LabelSpec(None, 3, None)):
        report = check_dataset([Split("all", *reversed(folders))], labels, InlineEngine())
        assert [finding.kind for finding in report.findings] == ["doubtful_folders", *["photographs"] * 6]
    with pytest.raises(ValueError, match=rf"images and masks are both {folders[0]}, so each file would be its own"):
        check_dataset([Split("all", folders[0], f"{folders[0]}/.")], LabelSpec(None, None, None), InlineEngine())


def test_masks_of_another_set(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", seed=1)
    splits = [Split("all", tmp_path / "train" / "images", tmp_path / "val" / "masks")]
    (finding,) = check_dataset(splits, LabelSpec(PALETTE, None, None), InlineEngine()).findings
    assert finding.kind == "doubtful_folders"
    assert finding.details["problem"].startswith("images of the training set have masks of the validation set")


@pytest.mark.parametrize(
    ("orientation", "mask_shape", "fits", "mismatch"),
    [
        (6, (24, 32), "stored", False),
        (6, (32, 24), "turned", False),
        (6, (10, 10), "neither", True),
        (3, (24, 32), "either", False),
    ],
)
def test_turned_images_say_which_way_the_mask_fits(
    tmp_path: Path, orientation: int, mask_shape: tuple[int, int], fits: str, mismatch: bool
) -> None:
    pairs = write_pairs(tmp_path / "train", 1)
    Path(pairs.images[0]).write_bytes(jpeg_with_orientation(pairs.pixels[0], orientation))
    mask = cv2.imread(pairs.masks[0])
    cv2.imwrite(pairs.masks[0], cv2.resize(mask, mask_shape[::-1], interpolation=cv2.INTER_NEAREST))
    findings = {finding.kind: finding.details for finding in check(tmp_path).findings}
    assert findings.pop("exif_orientation") == {"orientation": orientation, "mask_fits": fits}
    assert list(findings) == ["size_mismatch"] * mismatch


def test_a_duplicate_says_whether_its_masks_agree(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 3)
    for number in (1, 2):
        cv2.imwrite(pairs.images[number], pairs.pixels[0][..., ::-1])
    (finding,) = check(tmp_path).findings
    assert finding.paths == tuple(pairs.images)
    assert finding.details == {"splits": ["train"], "same_masks": False}


def test_a_split_of_one_size_may_differ_from_the_other(tmp_path: Path) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", height=40, seed=1)
    assert check(tmp_path).findings == ()


def test_long_answers_fit(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 1)
    rng = np.random.default_rng(0)
    Path(pairs.images[0]).write_bytes(bytes(range(255, 0, -1)) * 9)
    cv2.imwrite(pairs.masks[0], rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    names = {"\u00e4" * 3000 + str(number): (number, 1, 1) for number in range(100)}
    report = check(tmp_path, LabelSpec(Palette(names), None, None))
    assert [finding.kind for finding in report.findings] == ["unreadable", "unknown_colors"]


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
        [finding for finding in report.findings if finding.kind == kind] for kind in ("several_pages", "unreadable")
    )
    assert [(finding.paths, finding.details) for finding in several] == [
        ((pairs.images[0].replace(".png", ".tif"),), {"pages": 2})
    ]
    assert KINDS["several_pages"].told(several[0].details) == "2 pages"
    assert [finding.paths for finding in unreadable] == [(pairs.masks[1].replace(".png", ".tif"),)]
    assert "a TIFF of 2 pages" in unreadable[0].details["problem"]


def test_twelve_bits_in_images_of_16(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "train", 3)
    for path, pixels in zip(pairs.images, pairs.pixels, strict=True):
        cv2.imwrite(path, pixels.astype(np.uint16) * 16)
    (finding,) = check(tmp_path).findings
    assert finding.kind == "shallow_images"
    assert finding.details == {"split": "train", "images": 3, "greatest": int(pairs.pixels.max()) * 16}
    assert "the greatest value of 3 images is 40" in KINDS["shallow_images"].told(finding.details)
    cv2.imwrite(pairs.images[1], pairs.pixels[1].astype(np.uint16) * 256)
    assert check(tmp_path).findings == ()


def test_no_damaged_file_ends_the_check(tmp_path: Path) -> None:
    for kind in ("images", "masks"):
        (tmp_path / "train" / kind).mkdir(parents=True)
    for number, (name, data) in enumerate(whole_files().items()):
        for seed in range(8):
            stem, suffix = name.split(".")
            for place, kind in enumerate(("images", "masks")):
                path = tmp_path / "train" / kind / f"{stem}_{suffix}_{seed}.{suffix}"
                path.write_bytes(damaged(data, 1000 * number + 2 * seed + place))
    for labels in (LabelSpec(PALETTE, None, None), LabelSpec(None, 3, None), LabelSpec(None, None, None)):
        report = check(tmp_path, labels)
        assert report.pairs == 8 * len(whole_files())
        assert json.dumps(report.to_json())
        for finding in report.findings:
            assert KINDS[finding.kind].told(finding.details)
