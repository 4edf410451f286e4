"""Built-in palettes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from seqaug.palette.palette import Palette


def voc_color(index: int) -> list[int]:
    """Spread the bits of an index over red, green and blue, highest first, as the VOC development kit does."""
    color = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            color[channel] |= (index >> (3 * bit + channel) & 1) << (7 - bit)
    return color


@pytest.mark.parametrize(
    ("name", "classes", "ignored", "first", "last"),
    [
        ("ade20k", 150, 1, "wall", "flag"),
        ("binary", 2, 0, "background", "foreground"),
        ("camvid", 11, 1, "Sky", "Bicyclist"),
        ("camvid32", 11, 1, "Sky", "Bicyclist"),
        ("cityscapes", 19, 10, "road", "bicycle"),
        ("coco_stuff", 171, 1, "person", "wood"),
        ("oxford_pets", 2, 1, "background", "pet"),
        ("voc", 21, 1, "background", "tvmonitor"),
    ],
)
def test_classes(name: str, classes: int, ignored: int, first: str, last: str) -> None:
    palette = Palette.named(name)
    assert (len(palette), len(palette.ignored)) == (classes, ignored)
    assert (palette.names[0], palette.names[-1]) == (first, last)
    assert (palette.ignore_index, palette.unknown) == (255, "raise")


def test_voc_is_its_formula() -> None:
    palette = Palette.named("voc")
    assert palette.colors.tolist() == [voc_color(index) for index in range(21)]
    assert palette.ignored == {"void": tuple(voc_color(255))}


def test_cityscapes_landmarks() -> None:
    palette = Palette.named("cityscapes")
    colors = dict(zip(palette.names, map(tuple, palette.colors.tolist()), strict=True))
    assert [palette.names.index(name) for name in ("building", "sky", "car", "train")] == [2, 10, 13, 16]
    assert (colors["sky"], colors["terrain"], colors["car"]) == ((70, 130, 180), (152, 251, 152), (0, 0, 142))
    assert palette.ignored["unlabeled"] == (0, 0, 0)


def test_ade20k_landmarks() -> None:
    palette = Palette.named("ade20k")
    colors = dict(zip(palette.names, map(tuple, palette.colors.tolist()), strict=True))
    assert [palette.names.index(name) for name in ("road", "person", "skyscraper", "sconce")] == [6, 12, 48, 134]
    assert (colors["wall"], colors["road"], colors["person"]) == ((120, 120, 120), (140, 140, 140), (150, 5, 61))
    assert (colors["bicycle"], colors["clock"], colors["flag"]) == ((255, 245, 0), (102, 255, 0), (92, 0, 255))


def test_camvid_is_the_sample_s_table(camvid: Path) -> None:
    with open(camvid / "palette.csv", newline="") as file:
        rows = [(row["name"], (int(row["r"]), int(row["g"]), int(row["b"]))) for row in csv.DictReader(file)]
    assert Palette.named("camvid") == Palette(dict(rows), ignore=("Void",))


# label_colors.txt of CamVid, https://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/
LABEL_COLORS = """
64 128 64 Animal, 192 0 128 Archway, 0 128 192 Bicyclist, 0 128 64 Bridge, 128 0 0 Building, 64 0 128 Car,
64 0 192 CartLuggagePram, 192 128 64 Child, 192 192 128 Column_Pole, 64 64 128 Fence, 128 0 192 LaneMkgsDriv,
192 0 64 LaneMkgsNonDriv, 128 128 64 Misc_Text, 192 0 192 MotorcycleScooter, 128 64 64 OtherMoving,
64 192 128 ParkingBlock, 64 64 0 Pedestrian, 128 64 128 Road, 128 128 192 RoadShoulder, 0 0 192 Sidewalk,
192 128 128 SignSymbol, 128 128 128 Sky, 64 128 192 SUVPickupTruck, 0 0 64 TrafficCone, 0 64 64 TrafficLight,
192 64 128 Train, 128 128 0 Tree, 192 128 192 Truck_Bus, 64 0 64 Tunnel, 192 192 0 VegetationMisc, 0 0 0 Void,
64 192 0 Wall
"""


def test_camvid32_has_all_colours_and_the_classes_of_camvid() -> None:
    rows = [entry.split() for entry in LABEL_COLORS.replace("\n", " ").split(",")]
    label_of = {(int(r), int(g), int(b)): label for r, g, b, label in rows}
    palette = Palette.named("camvid32")
    merged = {name: {label_of.pop(color) for color in several} for name, several in palette.all_colors.items()}
    assert not label_of
    assert palette.names == Palette.named("camvid").names
    assert merged["Building"] == {"Building", "Archway", "Bridge", "Tunnel", "Wall"}
    assert merged["Car"] == {"Car", "SUVPickupTruck", "Truck_Bus", "Train", "OtherMoving"}
    assert merged["Pedestrian"] == {"Pedestrian", "Child", "CartLuggagePram", "Animal"}
    assert merged["Void"] == {"Void"}
    sixth = palette.encode(np.array([[(64, 128, 64), (192, 0, 64), (0, 0, 0)]], np.uint8))
    assert sixth.tolist() == [[9, 3, 255]]


def test_no_such_palette() -> None:
    with pytest.raises(ValueError, match=r"'citiscapes'; .*ade20k, binary, camvid.* did you mean 'cityscapes'"):
        Palette.named("citiscapes")
