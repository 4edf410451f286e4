"""`seqaug predict`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import keras
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from saved_models import predicted, save_pixel_model
from small_pairs import Pairs, write_pairs

from seqaug.cli.main import main
from seqaug.reading.masks import read_class_ids, read_mask_colors

# Keras 3.15 saves weights in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PALETTE = "name,r,g,b\nground,10,20,30\nwall,200,100,0\nlamp,0,255,255\n"
COLORS = np.array([[10, 20, 30], [200, 100, 0], [0, 255, 255]], np.uint8)
Printed = pytest.CaptureFixture[str]


class Setting(NamedTuple):
    folder: Path
    pairs: Pairs
    model: keras.Model
    words: list[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, keras.Model]:
    path = tmp_path_factory.mktemp("model") / "model.keras"
    return path, save_pixel_model(path)


@pytest.fixture
def setting(tmp_path: Path, model: tuple[Path, keras.Model]) -> Setting:
    (tmp_path / "palette.csv").write_text(PALETTE)
    pairs = write_pairs(tmp_path / "data")
    words = ["predict", str(model[0]), str(tmp_path / "data/images"), "-o", str(tmp_path / "out"), "--tile", "16"]
    return Setting(tmp_path, pairs, model[1], words)


def test_masks_are_the_models(setting: Setting, capsys: Printed) -> None:
    assert main([*setting.words, "--palette", str(setting.folder / "palette.csv"), "--tta", "d4"]) == 0
    assert capsys.readouterr().out == f"{setting.folder / 'out'}: 6 masks written\n"
    for number, pixels in enumerate(setting.pairs.pixels):
        mask = setting.folder / "out" / f"{number:03}.png"
        ids = predicted(setting.model, pixels)
        np.testing.assert_array_equal(read_class_ids(mask), ids)
        np.testing.assert_array_equal(read_mask_colors(mask), COLORS[ids])


def test_without_a_palette_masks_are_grey(setting: Setting, capsys: Printed) -> None:
    words = [*setting.words, "--json", "--scales", "1,2", "--tta", "transpose,rotate_90", "--blend", "average"]
    assert main(words) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["there_already"] == 0
    assert [Path(path).name for path in parsed["written"]] == [f"{number:03}.png" for number in range(6)]
    ids = cv2.imread(parsed["written"][0], cv2.IMREAD_UNCHANGED)
    assert ids.ndim == 2
    assert ids.max() < 3


def test_overlays(setting: Setting) -> None:
    overlays = setting.folder / "overlays"
    assert main([*setting.words, "--overlay", str(overlays), "--palette", str(setting.folder / "palette.csv")]) == 0
    ids = predicted(setting.model, setting.pairs.pixels[0])
    drawn = cv2.imread(str(overlays / "000.png"))[..., ::-1].astype(float)
    expected = 0.6 * COLORS[ids] + 0.4 * setting.pairs.pixels[0]
    np.testing.assert_allclose(drawn, expected, atol=1)
    assert sorted(path.name for path in overlays.iterdir()) == [f"{number:03}.png" for number in range(6)]


def test_it_resumes(setting: Setting, capsys: Printed) -> None:
    out = setting.folder / "out"
    assert main(setting.words) == 0
    kept, missing = out / "001.png", out / "004.png"
    before = kept.stat().st_mtime_ns
    missing.unlink()
    with pytest.raises(SystemExit):
        main(setting.words)
    assert "5 of 6 masks are there already" in capsys.readouterr().err
    assert main([*setting.words, "--resume"]) == 0
    assert capsys.readouterr().out == f"{out}: 1 mask written, 5 were there already\n"
    assert missing.exists()
    assert kept.stat().st_mtime_ns == before
    with pytest.raises(SystemExit):
        main([*setting.words, "--resume", "--rescale", "1/100"])
    assert "were made by another model or with other options" in capsys.readouterr().err
    assert main([*setting.words, "--force", "--rescale", "1/100"]) == 0
    assert kept.stat().st_mtime_ns != before


def test_what_cannot_be_read_is_skipped_and_named(setting: Setting, capsys: Printed) -> None:
    bad = Path(setting.pairs.images[2])
    bad.write_bytes(b"not an image")
    assert main(setting.words) == 1
    printed = capsys.readouterr()
    assert printed.out.endswith("5 masks written\n")
    assert printed.err.startswith(f"skipped: {bad}: ")
    assert len(list((setting.folder / "out").glob("*.png"))) == 5


def test_a_geotiff_keeps_its_place(setting: Setting) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    profile = {"driver": "GTiff", "height": 90, "width": 70, "count": 3, "dtype": "uint8"}
    scene = setting.folder / "scene.tif"
    with rasterio.open(scene, "w", crs="EPSG:32633", transform=from_origin(5, 6, 2, 2), **profile) as dataset:
        dataset.write(np.moveaxis(pixels, -1, 0))
    broken = setting.folder / "broken.tif"
    broken.write_bytes(scene.read_bytes()[:50])
    words = [*setting.words[:2], str(broken), str(scene), setting.pairs.images[0], *setting.words[3:]]
    assert main([*words, "--overlay", str(setting.folder / "overlays")]) == 1
    with rasterio.open(setting.folder / "out/scene.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), predicted(setting.model, pixels))
        assert dataset.crs.to_epsg() == 32633
    names = sorted(path.name for path in (setting.folder / "overlays").iterdir())
    assert names == ["000.png", "scene.png"]
    assert sorted(path.name for path in (setting.folder / "out").glob("[!.]*")) == ["000.png", "scene.tif"]


def test_whole_images_scaled_for_the_model(setting: Setting, tmp_path: Path) -> None:
    fixed = tmp_path / "fixed.keras"
    save_pixel_model(fixed, size=(12, 16))
    words = [words for words in setting.words if words not in ("--tile", "16")]
    words[1] = str(fixed)
    assert main([*words, "--image-size", "12", "16"]) == 0
    assert read_class_ids(setting.folder / "out/000.png").shape == (24, 32)


def test_wrong_use(setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    model, images, out = setting.words[1], setting.words[2], setting.words[4]
    save_pixel_model(tmp_path / "fixed.keras", size=(12, 16))
    (tmp_path / "broken.keras").write_bytes(b"no model")
    shutil.copy(setting.pairs.images[0], tmp_path / "000.jpg")
    cases: list[tuple[list[str], str]] = [
        (["none.keras", images, "-o", out], "'none.keras': no such file; expected a model"),
        ([str(tmp_path / "broken.keras"), images, "-o", out, "--tile", "8"], "cannot be loaded by Keras"),
        ([model, images, "-o", out], "expected --tile, the size of the training crops or a larger one"),
        ([str(tmp_path / "fixed.keras"), images, "-o", out], "expected --tile 12x16, to cut images"),
        ([str(tmp_path / "fixed.keras"), images, "-o", out, "--tile", "8"], r"expected tile=(12, 16)"),
        ([model, images, "-o", out, "--tile", "0"], "tile's height=0; expected at least 1"),
        ([model, images, "-o", out, "--tile", "8", "--overlap", "1"], "overlap=1.0; expected a share"),
        ([model, images, "-o", out, "--tile", "8", "--tta", "flip"], "augmentations has 'flip'"),
        ([model, images, "-o", out, "--tile", "8", "--palette", "binary"], "3 channels, and the palette has 2 classes"),
        ([model, images, "-o", out, "--tile", "8", "--color-mode", "grayscale"], "input has 3 channels and the images"),
        ([model, images, "-o", images, "--tile", "8"], "is the directory of the images"),
        ([model, images, "-o", out, "--tile", "8", "--overlay", out], "is the directory of the masks"),
        ([model, "none", "-o", out, "--tile", "8"], "'none' is not a directory"),
        ([model, images, str(tmp_path / "000.jpg"), "-o", out, "--tile", "8"], "would both become"),
        ([model, images, "-o", out, "--tile", "8", "--import", "nothing_here"], "'nothing_here': No module named"),
        ([model, images, "-o", out, "--tile", "8", "--from-logits"], "last layer ends with a softmax"),
        ([model, images, "-o", out, "--tile", "8", "--output-name", "a"], "output='a', and the model has a single"),
        ([model, images, "-o", out, "--tile", "8", "--transform", "no:thing"], "'no:thing'"),
    ]
    for words, message in cases:
        with pytest.raises(SystemExit) as stopped:
            main(["predict", *words])
        assert stopped.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()[-1:]
        assert message in line
        assert not list(setting.folder.glob("out/*.png"))
    for words in (["--tile", "a"], ["--tile", "8x"], ["--tile", "8x8x8"], ["--scales", "1,b"], ["--rescale", "1/0"]):
        with pytest.raises(SystemExit):
            main(["predict", model, images, "-o", out, *words])
        assert "expected" in capsys.readouterr().err


def test_a_module_of_ones_own(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    (tmp_path / "own_layers.py").write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable('own')\n"
        "class Same(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return inputs\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    own: Any = __import__("own_layers")
    model = keras.Sequential(
        [keras.Input((None, None, 3)), own.Same(), keras.layers.Conv2D(2, 1, activation="softmax")]
    )
    model.save("own.keras")
    assert main(["predict", "own.keras", *setting.words[2:], "--import", "own_layers"]) == 0
    assert "6 masks written" in capsys.readouterr().out
