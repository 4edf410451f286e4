"""`TiledPredictor`, with models that need no Keras."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from pixel_models import LogitModel, PixelModel, Returns
from small_pairs import COLORS, Pairs

from seqaug import Palette, ReadError, SegmentationSequence, SeqaugWarning, TiledPredictor
from seqaug.inference.test_time_augmentation import SYMMETRIES
from seqaug.inference.tiling import BLENDS
from seqaug.reading.masks import read_class_ids
from seqaug.reading.raster import RasterRows

RNG = np.random.default_rng(0)


def image(height: int, width: int, channels: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, channels), np.uint8)


def whole(model: PixelModel, pixels: np.ndarray) -> np.ndarray:
    """Predict a whole image, as rescaled by default."""
    return model.predict_on_batch((pixels * np.float32(1 / 255))[np.newaxis])[0]


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 16), st.integers(1, 16)),
    st.floats(0, 0.8),
    st.sampled_from(BLENDS),
    st.sampled_from([None, "flips", "d4", ["rotate_90"]]),
    st.integers(1, 9),
)
def test_a_model_of_pixels_predicts_the_same_in_tiles(
    size: tuple[int, int], tile: tuple[int, int], overlap: float, blend: str, augmentations: Any, batch_size: int
) -> None:
    model, pixels = PixelModel(), image(*size)
    expected = whole(model, pixels)
    model.shapes.clear()
    predictor = TiledPredictor(model, tile, overlap, blend, augmentations, batch_size=batch_size)
    predicted = predictor.predict(pixels)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, expected, atol=2e-6)
    np.testing.assert_array_equal(predictor.classes(pixels), predicted.argmax(-1))
    assert set(model.shapes) == {(batch_size, *tile, 3)}


@pytest.mark.parametrize("tile", [(8, 8), (6, 10)])
@pytest.mark.parametrize("augmentations", ["flips", "d4", *SYMMETRIES])
def test_augmentations_are_undone_to_the_bit(tile: tuple[int, int], augmentations: str) -> None:
    model, pixels = PixelModel(), image(23, 37)
    predictor = TiledPredictor(model, tile, blend="crop", augmentations=augmentations)
    plain = TiledPredictor(model, tile, blend="crop")
    np.testing.assert_array_equal(predictor.predict(pixels), plain.predict(pixels))


def test_what_depends_on_the_direction_is_averaged() -> None:
    # The prediction is 1 in the left half of what the model sees.
    def left(images: np.ndarray) -> np.ndarray:
        found = np.zeros((*images.shape[:3], 1), np.float32)
        found[:, :, :4] = 1
        return found

    predicted = TiledPredictor(Returns(left), 8, augmentations="flips").predict(image(8, 8))
    np.testing.assert_array_equal(predicted, np.full((8, 8, 1), 0.5))
    turned = TiledPredictor(Returns(left), 8, augmentations=["rotate_90"]).predict(image(8, 8))
    # Turned counterclockwise, the left half shows what is above.
    np.testing.assert_array_equal(turned[..., 0], np.kron([[1, 0.5], [0.5, 0]], np.ones((4, 4))))


@pytest.mark.parametrize("scales", [(0.5,), (2,), (0.5, 1, 1.7)])
@pytest.mark.parametrize("augmentations", [None, "d4"])
def test_a_constant_model_is_constant_at_every_scale(scales: tuple[float, ...], augmentations: Any) -> None:
    constant = np.array([0.1, 0.2, 0.7], np.float32)
    model = Returns(lambda images: np.broadcast_to(constant, (*images.shape[:3], 3)))
    predicted = TiledPredictor(model, (8, 12), augmentations=augmentations, scales=scales).predict(image(31, 17))
    np.testing.assert_allclose(predicted, np.broadcast_to(constant, (31, 17, 3)), atol=1e-6)


def test_a_scale_shows_the_image_enlarged() -> None:
    # At scale 2, a tile of 16 shows 8 pixels of the image, enlarged bilinearly.
    seen: list[np.ndarray] = []

    def look(images: np.ndarray) -> np.ndarray:
        seen.append(images.copy())
        return np.ones((*images.shape[:3], 1), np.float32)

    pixels = image(8, 8)
    TiledPredictor(Returns(look), 16, scales=(2,), rescale=None, batch_size=1).predict(pixels)
    (shown,) = seen
    np.testing.assert_array_equal(shown[0], cv2.resize(pixels, (16, 16), interpolation=cv2.INTER_LINEAR))


def test_what_is_smaller_than_a_tile_is_reflected_around() -> None:
    seen: list[np.ndarray] = []

    def look(images: np.ndarray) -> np.ndarray:
        seen.append(images[0, ..., 0].copy())
        return np.ones((*images.shape[:3], 1), np.float32)

    pixels = np.array([[[1], [2], [3]]], np.uint8)
    assert TiledPredictor(Returns(look), (2, 7), rescale=None).predict(pixels).shape == (1, 3, 1)
    np.testing.assert_array_equal(seen[0], [[3, 2, 1, 2, 3, 2, 1]] * 2)


def test_several_images_share_batches() -> None:
    model = PixelModel()
    images = [image(8, 8), image(5, 3), image(20, 8)]
    predictor = TiledPredictor(model, 8, 0, batch_size=5)
    predicted = list(predictor.classes_of_each(images))
    assert model.shapes == [(5, 8, 8, 3)]
    for pixels, ids in zip(images, predicted, strict=True):
        np.testing.assert_array_equal(ids, whole(model, pixels).argmax(-1))


def test_images_scaled_for_the_model_are_scaled_back() -> None:
    model, pixels = PixelModel(), image(30, 50)
    predictor = TiledPredictor(model, (12, 16), image_size=(12, 16))
    small = whole(model, cv2.resize(pixels, (16, 12), interpolation=cv2.INTER_LINEAR))
    expected = cv2.resize(small, (50, 30), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(predictor.predict(pixels), expected, atol=1e-6)
    np.testing.assert_array_equal(predictor.classes(pixels), predictor.predict(pixels).argmax(-1))


def test_logits_and_a_foreground() -> None:
    model, pixels = PixelModel(seed=3), image(20, 20)
    expected = whole(model, pixels)
    logits = TiledPredictor(LogitModel(seed=3), 8, from_logits=True).predict(pixels)
    np.testing.assert_allclose(logits, expected, atol=2e-6)
    foreground = Returns(lambda images: 20 * images[..., :1] - 10)
    predicted = TiledPredictor(foreground, 8, from_logits=True)
    truth = 1 / (1 + np.exp(10 - 20 * (pixels[..., :1] / 255)))
    np.testing.assert_allclose(predicted.predict(pixels), truth, atol=1e-5)
    np.testing.assert_array_equal(predicted.classes(pixels), truth[..., 0] > 0.5)


def test_files_are_read_in_the_colour_mode(pairs: Pairs) -> None:
    model = PixelModel()
    predictor = TiledPredictor(model, 16)
    np.testing.assert_array_equal(predictor.predict(pairs.images[0]), predictor.predict(pairs.pixels[0]))
    grey = TiledPredictor(PixelModel(channels=1), 16, color_mode="grayscale")
    assert grey.predict(pairs.images[0]).shape == (24, 32, 4)


def test_one_of_several_outputs() -> None:
    model, pixels = PixelModel(), image(10, 10)
    expected = TiledPredictor(model, 8).predict(pixels)
    named = Returns(lambda images: {"edges": images, "classes": model.predict_on_batch(images)})
    listed = Returns(lambda images: [images, model.predict_on_batch(images)], output_names=["edges", "classes"])
    for several in (named, listed):
        np.testing.assert_array_equal(TiledPredictor(several, 8, output="classes").predict(pixels), expected)
        with pytest.raises(ValueError, match="the model has several outputs, but 'edges', 'classes'"):
            TiledPredictor(several, 8).predict(pixels)
    with pytest.raises(ValueError, match="output='mask', and the model has a single output"):
        TiledPredictor(model, 8, output="mask").predict(pixels)


def test_mirrored_classes_change_back() -> None:
    # The left half of what is seen is "left", class 0, and the right half "right", class 1.
    def sides(images: np.ndarray) -> np.ndarray:
        found = np.zeros((*images.shape[:3], 2), np.float32)
        found[:, :, :4, 0] = found[:, :, 4:, 1] = 1
        return found

    predictor = TiledPredictor(Returns(sides), 8, augmentations=["horizontal_flip"], mirrored_classes=[(0, 1)])
    expected = np.zeros((8, 8, 2))
    expected[:, :4, 0] = expected[:, 4:, 1] = 1
    np.testing.assert_array_equal(predictor.predict(image(8, 8)), expected)
    # Without: each half is either.
    unswapped = TiledPredictor(Returns(sides), 8, augmentations=["horizontal_flip"])
    np.testing.assert_array_equal(unswapped.predict(image(8, 8)), np.full((8, 8, 2), 0.5))


CHAINS = [
    (A.Normalize(), None),
    (A.Compose([A.RandomCrop(16, 16), A.HorizontalFlip(), A.ToGray(p=1), A.ToFloat(max_value=255)]), None),
    (A.Compose([A.Compose([A.ColorJitter(p=1)]), A.Sequential([A.Normalize(normalization="min_max")], p=1)]), None),
    (A.Compose([A.OneOf([A.GaussNoise(), A.Blur()]), A.PadIfNeeded(40, 40), A.InvertImg(p=1)]), A.ToGray(p=1)),
]


@pytest.mark.parametrize(("transform", "prepare"), CHAINS)
@pytest.mark.filterwarnings("ignore:.*fills pixels|.*ignore_index")
def test_like_prepares_as_validation_does(pairs: Pairs, transform: Any, prepare: Any) -> None:
    train = SegmentationSequence(
        pairs.images, pairs.masks, palette=Palette(COLORS, ignore=["void"]), transform=transform, prepare=prepare
    )
    model = PixelModel(classes=3)
    predictor = TiledPredictor.like(train, model, (24, 32))
    names = {"ToGray", "ToFloat", "Normalize", "InvertImg"}
    fixed = [leaf for leaf in _leaves(transform) if type(leaf).__name__ in names]
    batch = SegmentationSequence(pairs.images, transform=A.Compose(fixed), prepare=prepare)[0]
    for pixels, prepared in zip(pairs.pixels, batch, strict=True):
        np.testing.assert_allclose(
            predictor.predict(pixels), model.predict_on_batch(prepared[np.newaxis])[0], atol=1e-6
        )
    left = {type(leaf).__name__ for leaf in _leaves(transform)} - names
    assert bool(left) == bool(predictor.left_out)


def _leaves(transform: Any) -> list[Any]:
    return (
        [transform] if not hasattr(transform, "transforms") else [x for t in transform.transforms for x in _leaves(t)]
    )


def test_like_scales_as_the_training_does(pairs: Pairs) -> None:
    model = PixelModel(classes=3)
    palette = Palette(COLORS, ignore=["void"])
    ways = [
        {"image_size": (12, 16)},
        {"transform": A.Compose([A.Resize(12, 16), A.HorizontalFlip()])},
        {"prepare": A.Resize(12, 16)},
    ]
    expected = TiledPredictor(model, (12, 16), image_size=(12, 16)).predict(pairs.pixels[0])
    for way in ways:
        train = SegmentationSequence(pairs.images, pairs.masks, palette=palette, **way)
        predictor = TiledPredictor.like(train, model, (12, 16))
        np.testing.assert_array_equal(predictor.predict(pairs.pixels[0]), expected)


def test_like_takes_over_the_rest(pairs: Pairs) -> None:
    palette = Palette(
        {"left eye": COLORS["ground"], "right eye": COLORS["wall"], "lamp": COLORS["lamp"]}, unknown="nearest"
    )
    train = SegmentationSequence(
        pairs.images,
        pairs.masks,
        palette=palette,
        transform=A.HorizontalFlip(),
        mirrored_classes=[("left eye", "right eye")],
        rescale=1 / 4,
        color_mode="grayscale",
    )
    predictor = TiledPredictor.like(train, PixelModel(channels=1, classes=3), 8, augmentations="flips")
    assert predictor.color_mode == "grayscale"
    assert predictor._mirrored == [(0, 1)]
    assert "rescale=0.25" in repr(predictor)
    assert "left out of the training's transform: HorizontalFlip" in repr(predictor)
    val = SegmentationSequence(pairs.images, pairs.masks, palette=palette)
    with pytest.warns(SeqaugWarning, match="'left eye' then looks like 'right eye'"):
        TiledPredictor.like(val, PixelModel(classes=3), 8, augmentations="d4")
    with pytest.raises(ValueError, match="output has 4 channels, and the palette has 3 classes"):
        TiledPredictor.like(val, PixelModel(classes=4), 8).predict(pairs.pixels[0])


def test_like_reads_files_as_the_sequence_does(pairs: Pairs) -> None:
    def inverted(path: str) -> np.ndarray:
        return 255 - cv2.imread(path)

    class Loading(SegmentationSequence):
        def load(self, index: int) -> dict[str, np.ndarray]:
            return dict(super().load(index))

    model = PixelModel()
    predictor = TiledPredictor.like(SegmentationSequence(pairs.images, read_image=inverted), model, 8)
    expected = TiledPredictor(model, 8).predict(255 - pairs.pixels[0][..., ::-1])
    np.testing.assert_array_equal(predictor.predict(pairs.images[0]), expected)
    loading = TiledPredictor.like(Loading(pairs.images), model, 8)
    assert loading.predict(pairs.pixels[0]).shape == (24, 32, 4)
    with pytest.raises(ReadError, match=r"overrides load\(\).*expected the array that load\(\) returns"):
        loading.predict(pairs.images[0])


def test_like_gives_images_of_the_same_dtype(pairs: Pairs) -> None:
    seen: set[str] = set()

    def look(images: np.ndarray) -> np.ndarray:
        seen.add(images.dtype.name)
        return np.ones((*images.shape[:3], 1))

    val = SegmentationSequence(pairs.images, dtype="float16")
    TiledPredictor.like(val, Returns(look), 8).predict(pairs.pixels[0])
    assert seen == {"float16"}


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (A.Compose([A.RandomCrop(8, 8), A.Resize(16, 16)]), "scales what RandomCrop makes, by Resize"),
        (A.HorizontalFlip(p=1), "mirrors every image, by HorizontalFlip with p=1"),
        (A.Normalize(p=0.5), "Normalize makes images float and is random"),
    ],
)
def test_like_refuses_what_cannot_be_known(pairs: Pairs, transform: Any, message: str) -> None:
    train = SegmentationSequence(pairs.images, pairs.masks, palette=Palette(COLORS), transform=transform)
    with pytest.raises(ValueError, match=message):
        TiledPredictor.like(train, PixelModel(), 8)


def test_like_warns_of_scaling_by_chance(pairs: Pairs) -> None:
    transform = A.RandomResizedCrop((8, 8))
    train = SegmentationSequence(pairs.images, pairs.masks, palette=Palette(COLORS), transform=transform)
    with pytest.warns(SeqaugWarning, match="leaves out RandomResizedCrop, which may change the scale"):
        TiledPredictor.like(train, PixelModel(), 8)


def test_like_refuses_other_inputs(pairs: Pairs) -> None:
    class Assembled(SegmentationSequence):
        def assemble(self, batch: dict[str, np.ndarray]) -> Any:
            return {"a": batch["image"]}, batch["mask"]

    with pytest.raises(ValueError, match="Assembled overrides assemble"):
        TiledPredictor.like(Assembled(pairs.images, pairs.masks, palette=Palette(COLORS)), PixelModel(), 8)
    first = SegmentationSequence(pairs.images, data_format="channels_first")
    with pytest.raises(ValueError, match="tiles are channels last; expected a model of channels last"):
        TiledPredictor.like(first, PixelModel(), 8)
    deep = SegmentationSequence(
        pairs.images,
        pairs.masks,
        palette=Palette(COLORS),
        additional={"more": pairs.images},
        additional_targets={"more": "image"},
    )
    with pytest.raises(ValueError, match="the model has several inputs, 'image', 'more'"):
        TiledPredictor.like(deep, PixelModel(), 8)
    with pytest.raises(TypeError, match="sequence is a list"):
        TiledPredictor.like([], PixelModel(), 8)
    with pytest.raises(ValueError, match="tile= is missing"):
        TiledPredictor.like(SegmentationSequence(pairs.images), PixelModel())


WRONG_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"tile": 0}, "tile's height=0; expected at least 1"),
    ({"tile": (8,)}, r"tile=\(8,\); expected \(height, width\)"),
    ({"tile": "8"}, "tile='8'; expected"),
    ({"overlap": 1}, "overlap=1; expected a share of the tile, 0 to below 1"),
    ({"overlap": -0.1}, "overlap=-0.1"),
    ({"overlap": "half"}, "overlap='half'"),
    ({"blend": "mean"}, "blend='mean'; expected one of 'gaussian', 'average', 'crop'"),
    ({"augmentations": "flip"}, "augmentations has 'flip'"),
    ({"scales": ()}, "scales is empty"),
    ({"scales": 2}, "scales=2; expected a sequence"),
    ({"scales": (0,)}, "scales=0; expected a number above 0"),
    ({"batch_size": 0}, "batch_size=0"),
    ({"color_mode": "bgr"}, "color_mode='bgr'"),
    ({"transform": A.HorizontalFlip()}, "transform: HorizontalFlip is random, crops"),
    ({"prepare": A.CenterCrop(4, 4)}, "prepare: CenterCrop is random, crops, pads"),
    ({"model": "model.keras"}, r"model is a str; .* load it: keras.saving.load_model"),
    ({"model": Returns(None, input_shape=(None, 4, 6, 3))}, r"the model's input is 4x6 pixels; expected tile=\(4, 6\)"),
    ({"model": Returns(None, input_shape=[(None, 8, 8, 3), (None, 2)])}, "the model has 2 inputs"),
    ({"model": Returns(None, input_shape=(None, 8))}, r"the model's input has the shape \(None, 8\)"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG_ARGUMENTS)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        TiledPredictor(**{"model": PixelModel(), "tile": 8, **arguments})


ONES = np.ones((1, 8, 8, 1), np.float32)
WRONG_MODELS: list[tuple[Any, np.ndarray, str]] = [
    (Returns(lambda x: x[:, ::2, ::2, :1]), image(8, 8), r"shape \(1, 4, 4, 1\) for 1 image\(s\) of 8x8 pixels"),
    (Returns(lambda x: x[..., 0]), image(8, 8), "expected one value per pixel and class"),
    (Returns(lambda x: np.moveaxis(x, 3, 1)), image(8, 8), "looks like channels first"),
    (LogitModel(), image(8, 8), "set from_logits=True"),
    (Returns(lambda x: np.full((*x.shape[:3], 2), 0.9)), image(8, 8), "independent sigmoids"),
    (Returns(lambda x: 3 * ONES), image(8, 8), r"values from 3 to 3, which are no probabilities.*sigmoid"),
    (Returns(lambda x: np.nan * ONES), image(8, 8), "holds NaN or infinities"),
    (
        Returns(lambda x: 1 / 0),
        image(8, 8),
        r"the model fails on images of shape \(1, 8, 8, 3\); .* it says: division by zero",
    ),
    (Returns(None, input_shape=(None, None, None, 1)), image(8, 8), "input has 1 channels and the images have 3"),
    (PixelModel(), image(8, 8).astype(np.uint16), "uint16, and the default rescale is for uint8"),
    (PixelModel(), image(8, 8)[:0], r"the image has the shape \(0, 8, 3\); expected at least one pixel"),
    (PixelModel(), image(8, 8)[np.newaxis], r"'image' is uint8 of shape \(1, 8, 8, 3\)"),
]


@pytest.mark.parametrize(("model", "pixels", "message"), WRONG_MODELS)
def test_wrong_models_and_images(model: Any, pixels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TiledPredictor(model, 8, batch_size=1).predict(pixels)


def test_probabilities_are_not_taken_for_logits() -> None:
    with pytest.raises(ValueError, match="it ends with a softmax already"):
        TiledPredictor(PixelModel(), 8, from_logits=True).predict(image(8, 8))


def test_floats_that_look_like_bytes_cause_a_warning() -> None:
    with pytest.warns(SeqaugWarning, match="look like 8-bit ones reach the model unscaled"):
        TiledPredictor(Returns(lambda x: np.ones((*x.shape[:3], 1))), 8).predict(image(8, 8).astype(np.float32))


def test_images_of_other_channels_in_one_stream() -> None:
    model = Returns(lambda x: np.ones((*x.shape[:3], 1)))
    with pytest.raises(ValueError, match="images differ: tiles of one are float32 of shape"):
        list(TiledPredictor(model, 8).classes_of_each([image(8, 8), image(8, 8, 1)]))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(
    "settings", [{}, {"augmentations": "d4", "scales": (1, 2), "tile": (24, 40)}, {"image_size": (32, 32)}]
)
def test_files_are_written_as_predicted(tmp_path: Path, suffix: str, settings: dict[str, Any]) -> None:
    pixels = image(300, 70)
    profile = {"driver": "GTiff", "height": 300, "width": 70, "count": 3, "dtype": "uint8"}
    with rasterio.open(
        tmp_path / "in.tif", "w", crs="EPSG:32633", transform=rasterio.transform.from_origin(5, 6, 2, 2), **profile
    ) as dataset:
        dataset.write(np.moveaxis(pixels, -1, 0))
    predictor = TiledPredictor(PixelModel(), **{"tile": 32, **settings})
    predictor.write_classes(tmp_path / "in.tif", tmp_path / f"out{suffix}", palette=Palette(COLORS))
    expected = predictor.classes(pixels)
    np.testing.assert_array_equal(read_class_ids(tmp_path / f"out{suffix}"), expected)
    if suffix == ".tif":
        with rasterio.open(tmp_path / "out.tif") as dataset:
            assert dataset.crs.to_epsg() == 32633
            assert dataset.transform == rasterio.transform.from_origin(5, 6, 2, 2)
    predictor.write_classes(pixels, tmp_path / "array.png")
    np.testing.assert_array_equal(read_class_ids(tmp_path / "array.png"), expected)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # where the test makes the file
def test_a_raster_of_elevations_is_written_as_predicted(tmp_path: Path) -> None:
    """Integers of 16 bits with a sign become float32 in rows as they do in whole images."""
    pixels = image(40, 30).astype(np.int16) - 100
    profile = {"driver": "GTiff", "height": 40, "width": 30, "count": 3, "dtype": "int16", "crs": "EPSG:32633"}
    with rasterio.open(tmp_path / "in.tif", "w", **profile) as dataset:
        dataset.write(np.moveaxis(pixels, -1, 0))
    predictor = TiledPredictor(
        PixelModel(), 16, color_mode="unchanged", transform=A.Normalize((0, 0, 0), (100, 100, 100), 1)
    )
    expected = predictor.classes(tmp_path / "in.tif")
    np.testing.assert_array_equal(predictor.classes(pixels), expected)
    assert len(np.unique(expected)) > 1
    predictor.write_classes(tmp_path / "in.tif", tmp_path / "out.png")
    np.testing.assert_array_equal(read_class_ids(tmp_path / "out.png"), expected)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # where the test makes the file
def test_files_of_wrong_rasters(tmp_path: Path) -> None:
    predictor = TiledPredictor(PixelModel(), 8)
    with pytest.raises(ValueError, match="output has 4 channels, and the palette has 2 classes"):
        predictor.write_classes(image(8, 8), tmp_path / "a.png", palette="binary")
    profile = {"driver": "GTiff", "height": 8, "width": 8, "count": 3}
    with rasterio.open(tmp_path / "uint16.tif", "w", dtype="uint16", crs="EPSG:4326", **profile):
        pass
    unchanged = TiledPredictor(PixelModel(), 8, color_mode="unchanged")
    with pytest.raises(ValueError, match="uint16, and the default rescale is for uint8"):
        unchanged.write_classes(tmp_path / "uint16.tif", tmp_path / "a.png")
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")  # where the test makes the file
def test_a_raster_is_never_in_memory_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A band of probabilities, and the rows of a tile, are all there is."""
    profile = {"driver": "GTiff", "height": 4000, "width": 64, "count": 3, "dtype": "uint8", "tiled": True}
    with rasterio.open(tmp_path / "in.tif", "w", blockxsize=64, blockysize=64, crs="EPSG:4326", **profile):
        pass
    rows: list[int] = []
    read = RasterRows.read

    def recorded(raster: RasterRows, start: int, stop: int) -> np.ndarray:
        rows.append(stop - start)
        return read(raster, start, stop)

    monkeypatch.setattr(RasterRows, "read", recorded)
    predictor = TiledPredictor(PixelModel(classes=9), 64)
    tracemalloc.start()
    predictor.write_classes(tmp_path / "in.tif", tmp_path / "out.png")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert max(rows) == 64
    # All probabilities would take 9.2 MB; batches of 8 tiles and what the model makes of them are the most of it.
    assert peak < 8e6
