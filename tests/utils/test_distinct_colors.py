"""Distinguishable colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from seqaug.utils.distinct_colors import colors_by_name, distinct_colors


def lab(colors: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(colors[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0].astype(float)


def ciede2000(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distances of pairs of CIELAB colours, (n, 3), by CIE 142-2001 as in Sharma, Wu & Dalal (2005)."""
    mean = (np.hypot(*first[:, 1:].T) + np.hypot(*second[:, 1:].T)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    chromas, hues = [], []
    for color in (first, second):
        a = stretch * color[:, 1]
        chromas.append(np.hypot(a, color[:, 2]))
        hues.append(np.degrees(np.arctan2(color[:, 2], a)) % 360)
    delta = (hues[1] - hues[0] + 180) % 360 - 180
    hue = (hues[0] + delta / 2) % 360
    lightness, chroma = (first[:, 0] + second[:, 0]) / 2, (chromas[0] + chromas[1]) / 2
    cosine = lambda factor, shift: np.cos(np.radians(factor * hue + shift))  # noqa: E731
    weight = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.2 * cosine(4, -63)
    of_lightness = (second - first)[:, 0] / (1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2))
    of_chroma = (chromas[1] - chromas[0]) / (1 + 0.045 * chroma)
    of_hue = 2 * np.sqrt(chromas[0] * chromas[1]) * np.sin(np.radians(delta) / 2) / (1 + 0.015 * chroma * weight)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return np.sqrt(of_lightness**2 + of_chroma**2 + of_hue**2 + rotation * of_chroma * of_hue)


def test_ciede2000_matches_the_paper() -> None:
    first = np.array([[50, 2.6772, -79.7751], [50, -1.1848, -84.8006], [22.7233, 20.0904, -46.694]])
    second = np.array([[50, 0, -82.7485], [50, 0, -82.7485], [23.0331, 14.973, -42.5619]])
    assert ciede2000(first, second) == pytest.approx([2.0425, 1.0, 2.0373], abs=1e-4)


@pytest.mark.parametrize(("count", "minimum"), [(8, 28), (20, 18), (40, 13.9)])
def test_they_are_far_apart(count: int, minimum: float) -> None:
    points = lab(np.concatenate([distinct_colors()[:count], [[0, 0, 0], [255, 255, 255]]]))
    first, second = np.triu_indices(len(points), 1)
    assert ciede2000(points[first], points[second]).min() > minimum


def test_all_differ_and_never_change() -> None:
    colors = distinct_colors()
    assert len(np.unique(colors, axis=0)) == 256
    # A change would change the colours of all earlier pictures.
    assert colors[:4].tolist() == [[0, 0, 225], [0, 225, 0], [135, 0, 0], [255, 75, 255]]


def test_colors_by_name() -> None:
    first, second, *_ = (tuple(color) for color in distinct_colors().tolist())
    assert colors_by_name(["a", "b"], has_background=False) == {"a": first, "b": second}
    assert colors_by_name(["a", "b"], has_background=True) == {"a": (0, 0, 0), "b": first}
    names = [str(number) for number in range(257)]
    assert colors_by_name(names, has_background=False) is None
    assert len(colors_by_name(names, has_background=True) or ()) == 257
