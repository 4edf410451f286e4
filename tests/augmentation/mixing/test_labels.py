"""What a mixed image's label consists of."""

import numpy as np
import pytest

from seqaug.augmentation.mixing.labels import FILLED_SOURCE, SourceLayers


def test_areas_and_weights() -> None:
    layers = SourceLayers()
    assert layers.shares(np.zeros((4, 4), np.uint8)) == {}
    assert layers.add(7) == 1
    sources = np.zeros((4, 4), np.uint8)
    sources[0] = 1
    assert layers.shares(sources) == {7: 0.25}
    sources[1:3] = FILLED_SOURCE
    assert layers.shares(sources) == {7: 0.5}
    assert layers.add(9) == 2
    layers.blend({9: 0.2})
    assert layers.shares(sources) == pytest.approx({7: 0.4, 9: 0.2})
    assert layers.add(5) == 3
    sources[3] = 3
    assert layers.shares(sources) == pytest.approx({7: 0.4, 9: 0.1, 5: 0.5})


def test_an_image_that_is_filled_keeps_its_own_label() -> None:
    layers = SourceLayers()
    layers.add(7)
    assert layers.shares(np.full((4, 4), FILLED_SOURCE, np.uint8)) == {7: 0.0}
