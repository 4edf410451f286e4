"""The classes of the demonstration set and their colours."""

from __future__ import annotations

from enum import IntEnum


class Class(IntEnum):
    """Ids of the classes."""

    SKY = 0
    BUILDING = 1
    ROAD = 2
    PAVEMENT = 3
    TREE = 4
    CAR = 5
    PEDESTRIAN = 6
    SIGN = 7


# Names and RGB colours of the masks, in id order.
CLASSES: dict[str, tuple[int, int, int]] = {
    "Sky": (70, 130, 180),
    "Building": (110, 80, 75),
    "Road": (128, 64, 128),
    "Pavement": (244, 130, 190),
    "Tree": (85, 140, 35),
    "Car": (20, 40, 170),
    "Pedestrian": (225, 40, 45),
    "Sign": (245, 215, 20),
}
# Id of pixels without a class, and their name and colour in the palette file.
VOID = 255
VOID_NAME, VOID_COLOR = "Void", (0, 0, 0)
