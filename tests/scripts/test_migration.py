"""Old and new way of each migration script: both run, and agree in all that is not random."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from script_modules import SCRIPTS, load_script

from seqaug.demo.dataset import DemoDataset, make_demo_dataset

SCRIPT_NAMES = ("lockstep", "arrays", "dataframe", "balanced", "generator")

# Warnings of SciPy's and Pillow's own code.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS / "migration"))

    yield lambda name: load_script(f"migration/{name}")
    sys.modules.pop("common", None)


@pytest.fixture
def data(tmp_path: Path) -> DemoDataset:
    return make_demo_dataset(tmp_path / "data", train=12, val=1, size=(64, 96))


def shapes(batches: Any) -> list[Any]:
    return [[(part.shape, part.dtype) for part in batch] for batch in batches]


def stacked(batches: Any) -> tuple[np.ndarray, np.ndarray]:
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


@pytest.mark.parametrize("name", SCRIPT_NAMES)
def test_they_run(script: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    script(name).main()
    summaries = re.findall(r"^.*: (\d+ batches, .*)$", capsys.readouterr().out, re.MULTILINE)
    assert len(summaries) >= 2
    assert summaries[0::2] == summaries[1::2]


def test_lockstep(script: Any, data: DemoDataset) -> None:
    module = script("lockstep")
    old, new = list(module.old(data, module.GEOMETRY)), list(module.new(data, module.GEOMETRY))
    assert shapes(old) == shapes(new)
    assert set(np.unique(stacked(new)[1])) <= {*range(8), 255}
    # Without randomness, pixels and labels are equal.
    (old_x, old_y), (new_x, new_y) = stacked(module.old(data, {}, False)), stacked(module.new(data, {}, False))
    assert np.allclose(old_x, new_x, atol=1e-6)
    assert np.array_equal(old_y, new_y)


def test_arrays(script: Any) -> None:
    module = script("arrays")
    x, y = module.make_arrays(12)
    found = []
    for subset, count in (("training", 9), ("validation", 3)):
        old, new = module.old(x, y, subset, module.GEOMETRY), module.new(x, y, subset, module.GEOMETRY)
        assert shapes(old) == shapes(new)
        assert len(stacked(new)[1]) == count
        images, masks = stacked(module.new(x, y, subset, {}, False))
        for image, mask in zip(images, masks, strict=True):
            index = next(i for i, pixels in enumerate(x) if np.allclose(pixels / 255, image, atol=1e-6))
            assert np.array_equal(mask, y[index])
            found.append(index)
    assert sorted(found) == list(range(12))


def test_dataframe(script: Any, tmp_path: Path) -> None:
    module = script("dataframe")
    table = module.make_table(tmp_path)
    old, old_ids = module.old(table, tmp_path, module.AUGMENTATION)
    new, new_ids = module.new(table, tmp_path, module.AUGMENTATION)
    assert old_ids == new_ids
    assert shapes(old) == shapes(new)
    assert np.array_equal(np.sum(stacked(old)[1], axis=0), np.sum(stacked(new)[1], axis=0))
    (old_x, old_y), (new_x, new_y) = (stacked(make(table, tmp_path, {}, False)[0]) for make in (module.old, module.new))
    assert np.allclose(old_x, new_x, atol=1e-6)
    assert np.array_equal(old_y, new_y)


def test_balanced(script: Any, tmp_path: Path) -> None:
    module = script("balanced")
    module.write_tiles(tmp_path)
    old, new = module.old(tmp_path), module.new(tmp_path)
    assert old.classes == new.class_names
    assert len(old) == len(new)
    assert shapes([old[0]]) == shapes([new[0]])
    counts = np.bincount(stacked(new)[1], minlength=new.num_classes)
    assert counts.max() - counts.min() <= 1
    stored = new.class_statistics().images
    assert stored.max() > 3 * stored.min()


def test_generator(script: Any, data: DemoDataset) -> None:
    module = script("generator")
    transform = A.Compose([])
    old, new = list(islice(module.old(data, transform), 3)), list(module.new(data, transform))
    assert shapes(old) == shapes(new)

    def samples(batches: Any) -> set[bytes]:
        x, y = stacked(batches)
        return {
            np.rint(image * 255).astype(np.uint8).tobytes() + mask.tobytes() for image, mask in zip(x, y, strict=True)
        }

    assert samples(old) == samples(new)
