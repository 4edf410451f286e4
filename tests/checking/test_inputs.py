"""Data of all kinds: masks by class, further arrays, arrays in memory, annotations, colour modes, own readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from polygon_files import labelme, write_json
from small_pairs import write_pairs

from seqaug import Mixture, Palette, SegmentationSequence
from seqaug.checking.directories import Directories, check_directories
from seqaug.checking.issue_types import ISSUE_TYPES
from seqaug.checking.report import Report
from seqaug.engines.base import Engine
from seqaug.engines.inline import InlineEngine
from seqaug.engines.processes.engine import ProcessEngine
from seqaug.palette.class_map import as_class_map
from seqaug.palette.label_spec import LabelSpec
from seqaug.sequence.label_arguments import labels_of

UNKNOWN = LabelSpec(None, None, None)


def write(folder: Path, name: str, pixels: np.ndarray) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    np.save(path, pixels) if name.endswith(".npy") else cv2.imwrite(str(path), pixels)
    return str(path)


def square(top: int, size: int = 12) -> np.ndarray:
    mask = np.zeros((24, 32), np.uint8)
    mask[top : top + size, 4:20] = 255
    return mask


def by_class(folder: Path, encoding: str = "sparse", engine: Engine | None = None) -> Report:
    masks = {name: folder / name for name in ("organ", "lesion")}
    labels = labels_of(
        masks, encoding, palette=None, num_classes=None, ignore_index=None, class_map=None, additional_targets={}
    )
    return check_directories([Directories("train", folder / "images", masks)], labels, engine or InlineEngine())


def found(report: Report) -> list[tuple[str, list[str]]]:
    for issue in report.issues:
        assert ISSUE_TYPES[issue.type].describe(issue.details)
    return [
        (issue.type, [Path(path).parent.name + "/" + Path(path).name for path in issue.paths])
        for issue in report.issues
    ]


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Write three images with masks by class, of which the second has no lesion."""
    write_pairs(tmp_path, 3)
    for number in range(3):
        write(tmp_path / "organ", f"{number:03}.png", square(number))
        if number != 1:
            write(tmp_path / "lesion", f"{number:03}.png", square(13, 4))
    return tmp_path


def test_masks_by_class_that_are_fine(classes: Path) -> None:
    assert by_class(classes, "multi_label") == Report(3, ())
    for number in (0, 2):
        write(classes / "lesion", f"{number:03}.png", square(16, 4))
    assert by_class(classes) == Report(3, ())


def test_overlap_is_counted_where_a_pixel_has_one_label(classes: Path) -> None:
    (issue,) = by_class(classes).issues
    # Rows 13 to 16 of the lesion; the organ ends at row 11 and 13.
    assert issue.details == {"classes": ["organ", "lesion"], "pixels": 16, "samples": 1}
    assert ISSUE_TYPES[issue.type].describe(issue.details) == "16 pixels of organ become lesion, in 1 samples"
    assert [Path(path).parent.name for path in issue.paths] == ["organ", "lesion"]


def test_each_fault_of_masks_by_class_is_named(classes: Path) -> None:
    Path(classes / "images" / "002.png").unlink()
    write(classes / "organ", "000.png", square(0)[:20])
    (classes / "lesion" / "001.png").write_bytes(b"not an image")
    expected = [
        ("unpaired", ["organ/002.png"]),
        ("unpaired", ["lesion/002.png"]),
        ("unreadable", ["lesion/001.png"]),
        ("size_mismatch", ["images/000.png", "organ/000.png"]),
    ]
    assert found(by_class(classes)) == expected
    engine = ProcessEngine(1, 6)
    assert found(by_class(classes, engine=engine)) == expected
    engine.close()


def test_samples_without_masks_of_any_class_are_empty(classes: Path) -> None:
    Path(classes / "organ" / "001.png").unlink()
    assert found(by_class(classes, "multi_label")) == [("empty_masks", ["images/001.png"])]


def test_a_class_that_is_another_one_or_everywhere_or_nowhere(classes: Path) -> None:
    for number in (0, 2):
        write(classes / "lesion", f"{number:03}.png", square(number))
    (same,) = by_class(classes, "multi_label").issues
    assert same.type == "suspicious_folders"
    assert same.details["problem"] == "the masks of 'organ' and 'lesion' are equal in all 2 samples with both"
    for value, where in ((1, "every pixel is inside"), (0, "no pixel is inside")):
        for number in (0, 2):
            write(classes / "lesion", f"{number:03}.png", np.full((24, 32), value, np.uint8))
        (one,) = by_class(classes, "multi_label").issues
        assert (one.type, one.details["problem"]) == ("single_label", f"{where} of all 2 masks of 'lesion'")


def test_blurred_masks_of_a_class_and_photographs(classes: Path) -> None:
    blurred = cv2.resize(square(0)[::4, ::4], (32, 24), interpolation=cv2.INTER_LINEAR)
    write(classes / "organ", "000.png", blurred)
    write(classes / "organ", "001.png", np.random.default_rng(0).integers(0, 256, (24, 32), dtype=np.uint8))
    assert found(by_class(classes, "multi_label")) == [
        ("photographs", ["organ/001.png"]),
        ("interpolated_masks", ["organ/000.png"]),
    ]


def test_one_folder_for_two_things_is_refused(classes: Path) -> None:
    masks = {"organ": classes / "organ", "lesion": classes / "organ"}
    with pytest.raises(ValueError, match="masks of 'organ' and masks of 'lesion' are both"):
        check_directories([Directories("train", classes / "images", masks)], UNKNOWN, InlineEngine())


def test_polygons_beside_their_images(tmp_path: Path) -> None:
    for number in range(2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.random.default_rng(number).integers(0, 256, (24, 32, 3)))
        write_json(tmp_path / f"{number}.json", labelme(("car", [[2, 2], [20, 2], [20, 18]])))
    (tmp_path / "1.json").write_text("{}")
    labels = LabelSpec(None, None, None, as_class_map({"car": 1, "default": 0}))
    report = check_directories([Directories("train", tmp_path, f"{tmp_path}/.")], labels, InlineEngine())
    assert [(issue.type, Path(issue.paths[0]).name) for issue in report.issues] == [("unreadable", "1.json")]


def test_further_files(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, 5)
    depth = np.linspace(0, 1, 24 * 32, dtype=np.float32).reshape(24, 32)
    for number in range(5):
        write(tmp_path / "depth", f"{number:03}.npy", depth)
        write(tmp_path / "left", f"{number:03}.png", pairs.pixels[number])
    folders = {name: tmp_path / name for name in ("depth", "left")}
    directories = [Directories("train", tmp_path / "images", tmp_path / "masks", folders)]

    def check() -> list[tuple[str, list[str]]]:
        kinds = {"depth": "value", "left": "image"}
        labels = labels_of(
            "masks",
            "sparse",
            palette=None,
            num_classes=256,
            ignore_index=None,
            class_map=None,
            additional_targets=kinds,
        )
        report = check_directories(directories, labels, InlineEngine(), additional_targets=kinds)
        return [entry for entry in found(report) if entry[0] != "unusable_masks"]

    assert check() == []
    (tmp_path / "depth" / "000.npy").unlink()
    write(tmp_path / "depth", "001.npy", depth[:20])
    write(tmp_path / "depth", "002.npy", np.where(depth > 0.9, np.nan, depth))
    write(tmp_path / "depth", "003.npy", np.stack([depth, depth], axis=-1))
    (tmp_path / "left" / "004.png").write_bytes(b"not an image")
    (tmp_path / "images" / "004.png").rename(tmp_path / "images" / "004.jpg")
    assert check() == [
        ("unpaired", ["images/000.png"]),
        ("unreadable", ["left/004.png"]),
        ("size_mismatch", ["images/001.png", "depth/001.npy"]),
        ("holes", ["depth/002.npy"]),
        ("mixed_additional", ["depth/001.npy", "depth/003.npy"]),
    ]


def test_images_that_the_colour_mode_refuses(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(2):
        write(tmp_path / "images", f"{number}.npy", np.random.default_rng(number).random((8, 9, 5), np.float32))
    for mode, expected in (("rgb", ["unreadable"] * 2), ("unchanged", [])):
        report = check_directories(
            [Directories("train", tmp_path / "images")], UNKNOWN, InlineEngine(), color_mode=mode
        )
        assert [issue.type for issue in report.issues] == expected
    assert report.samples == 2


def arrays(count: int = 3) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    masks = np.zeros((count, 24, 32), np.uint8)
    masks[:, 6:] = 1
    return rng.integers(0, 256, (count, 24, 32, 3), dtype=np.uint8), masks


def test_arrays_of_a_sequence() -> None:
    images, masks = arrays()
    sequence = SegmentationSequence(images, masks, num_classes=2)
    report = sequence.check()
    assert (bool(report), repr(report)) == (False, "3 samples checked: no issues found")
    masks[1, 0, 0] = 7
    other = SegmentationSequence(images[:1], masks[:1], num_classes=2)
    report = sequence.check(other)
    assert [(issue.type, issue.paths) for issue in report.issues] == [
        ("ids_out_of_range", ("images[1], masks[1]",)),
        ("leakage", ("images[0], masks[0]", "images[0], masks[0]")),
    ]
    assert bool(report)
    assert "7 in 1" in repr(report)
    with pytest.raises(TypeError, match="expected a SegmentationSequence"):
        sequence.check("val")  # type: ignore[arg-type]


def test_a_mixture_whose_parts_store_other_ids() -> None:
    """Each part is checked by its own class map, and validation data by its own."""
    images, masks = arrays(4)
    names = Palette({"ground": (0, 0, 0), "wall": (9, 9, 9)})
    stored = np.where(masks == 1, 7, 3).astype(np.uint8)
    of_ids: dict[str, Any] = {"palette": names, "class_map": {0: 0, 1: 1}}
    of_stored: dict[str, Any] = {"palette": names, "class_map": {3: 0, 7: 1}}
    first = SegmentationSequence(images[:2], masks[:2], **of_ids)
    second = SegmentationSequence(images[2:3], stored[2:3], **of_stored)
    mixture = Mixture({first: 1, second: 2})
    report = mixture.check()
    assert (report.samples, report.issues) == (3, ())
    validation = SegmentationSequence(images[3:], stored[3:], **of_stored)
    assert first.check(validation).issues == ()
    assert mixture.check(SegmentationSequence(images[:1], masks[:1], **of_ids)).issues[0].type == "leakage"
    twice = Mixture({first: 1, SegmentationSequence(images[:1], masks[:1], **of_ids): 1})
    assert [issue.type for issue in twice.check().issues] == ["duplicates"]
    half_wrong = SegmentationSequence(images[2:], np.stack([stored[2], masks[3]]), shuffle=False, **of_stored)
    (issue,) = Mixture({first: 1, half_wrong: 1}).check().issues
    assert (issue.type, issue.paths) == ("ids_out_of_range", ("images[1], masks[1]",))
    assert "add 0, 1 to class_map" in str(issue.details["hint"])
    with pytest.raises(TypeError, match="expected a SegmentationSequence"):
        mixture.check("val")  # type: ignore[arg-type]


def test_arrays_of_classes_that_overlap() -> None:
    images, masks = arrays()
    planes = np.stack([masks, masks], axis=-1)
    assert not SegmentationSequence(images, planes, mask_encoding="multi_label").check()
    report = SegmentationSequence(images, planes, mask_encoding="multi_label", num_classes=3).check()
    assert [issue.type for issue in report.issues] == ["unusable_masks"] * 3
    assert "expected (H, W, 3)" in repr(report)


class Own(SegmentationSequence):
    """Loads its samples itself, one of which is broken."""

    def load(self, index: int) -> dict[str, np.ndarray]:
        if index == 1:
            raise OSError("the disk is gone")
        images, masks = arrays()
        return {"image": images[index], "mask": masks[index], "depth": np.zeros((24, 32 + index), np.float32)}


def test_samples_that_a_subclass_loads() -> None:
    sequence = Own(num_samples=3, num_classes=2, additional_targets={"depth": "value"})
    assert [(issue.type, issue.details) for issue in sequence.check().issues] == [
        ("unreadable", {"problem": "OSError: the disk is gone"}),
        ("size_mismatch", {"image": [24, 32], "array": "depth", "size": [24, 34]}),
    ]


def test_own_readers_are_used(tmp_path: Path) -> None:
    names = [f"scan#{number}" for number in range(3)]
    images, masks = arrays()
    sequence = SegmentationSequence(
        names,
        names,
        num_classes=2,
        read_image=lambda path: images[int(path[-1])],
        read_mask=lambda path: masks[int(path[-1])] * (3 if path.endswith("2") else 1),
    )
    assert [(issue.type, issue.paths) for issue in sequence.check().issues] == [("ids_out_of_range", ("scan#2",))]


def test_annotations_are_drawn(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, 3)
    table = tmp_path / "runs.csv"
    lines = [f"{Path(path).name},{runs}" for path, runs in zip(pairs.images, ["1 30", "", "1 9999"], strict=True)]
    table.write_text("\n".join(["ImageId,EncodedPixels", *lines]))
    sequence = SegmentationSequence.from_csv(
        table, image_col="ImageId", mask_col="EncodedPixels", mask_format="rle", root=tmp_path / "images"
    )
    assert found(sequence.check()) == [("unreadable", ["images/002.png"]), ("empty_masks", ["images/001.png"])]


def test_images_alone_and_tiles(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path, 3)
    assert not SegmentationSequence(pairs.images).check()
    from seqaug import Tiles

    report = SegmentationSequence(pairs.images, pairs.masks, palette="binary", tiles=Tiles(8)).check()
    assert report.samples == 3
    assert [issue.type for issue in report.issues] == ["unknown_colors"] * 3
