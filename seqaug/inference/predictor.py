"""`TiledPredictor`: predictions at the size of the original image."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any, NamedTuple, cast

import numpy as np

from seqaug.augmentation.albumentations import Transform
from seqaug.augmentation.deterministic_part import composed, deterministic_part
from seqaug.core.user_warnings import warn_user
from seqaug.inference.mask_files import mask_file, open_mask
from seqaug.inference.model_output import (
    check_from_logits,
    check_model,
    check_num_classes,
    check_output,
    class_ids,
    probabilities,
    run_model,
)
from seqaug.inference.preprocessing import Preprocessing
from seqaug.inference.stitching import ArrayRows, Band, Layout, Rows, predicted_bands, resized
from seqaug.inference.test_time_augmentation import SYMMETRIES, Augmentations, symmetries
from seqaug.inference.tile_arguments import checked_overlap, checked_scales, checked_tile, default_tile
from seqaug.inference.tiling import BLENDS, Blend
from seqaug.palette.coercion import PaletteLike, as_palette
from seqaug.palette.mirrored_classes import left_right_pairs, mirrored_pairs
from seqaug.pipeline.image_encoding import ImageDtype
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.reading.images import COLOR_MODES, ColorMode, read_image
from seqaug.reading.raster import is_raster, open_raster
from seqaug.reading.readers import Reader, read_with
from seqaug.sequence.description import prepare_lines, transform_line
from seqaug.utils.redaction import shown
from seqaug.utils.validation import height_and_width, one_of, whole_number

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]


class TiledPredictor:
    """Predicts images of any size with a model of tiles, and blends the tiles' predictions.

    ```python
    predictor = seqaug.TiledPredictor.like(train, model, tile=512, augmentations="d4")
    ids = predictor.classes("image.tif")  # (H, W)
    ```

    Tiles are spread evenly over the image and overlap by `overlap` or more. An image smaller than a tile is filled up
    by reflection around it. Every tile is rescaled and transformed as in training, shown to the model in each of
    `augmentations` and `scales`, and the probabilities, turned back exactly, are averaged. The weights of overlapping
    tiles sum to 1 at every pixel, so that a model that looks at single pixels gives the same as on the whole image.
    All batches have one shape, (batch_size, *tile, C), the last one too, so that the model is compiled once.

    Args:
        model: a Keras model from images (B, H, W, C) to (B, H, W, K): probabilities of the classes, which sum to 1; or
            (B, H, W, 1), the probability of the foreground. Without a final softmax or sigmoid, set `from_logits`.
        tile: (height, width) of tiles, or one number for both; that of the model's input where this is fixed. Larger
            tiles show more context and need more memory.
        overlap: share of a tile's length that the next tile overlaps at least, 0 to below 1.
        blend: "gaussian": predictions count less towards the border of a tile, where context is missing (a Gaussian of
            an eighth of the tile, as in nnU-Net: Isensee et al. 2021); "average": all count equally; "crop": each pixel
            comes from the tile whose middle is nearest.
        augmentations: test-time augmentation: None; "flips": the tile, mirrored either way, and turned by 180 degrees;
            "d4": all eight flips and quarter turns; or a list of "horizontal_flip", "vertical_flip", "rotate_90",
            "rotate_180", "rotate_270", "transpose" and "anti_transpose". The unchanged tile is always among them.
        scales: factors by which the image is shown enlarged, bilinearly; probabilities are scaled back likewise.
        batch_size: tiles that the model gets at a time.
        from_logits: whether the model's output are logits, for softmax (sigmoid with one channel).
        output: name of the model's output, where it has several.
        rescale: factor of integer images, as for `SegmentationSequence`.
        color_mode: how image files are read, as for `SegmentationSequence`.
        read_image: your function from a path to an image, as for `SegmentationSequence`; None: files are read in
            `color_mode`.
        prepare: deterministic transform of whole images, or None, as for `SegmentationSequence`.
        transform: deterministic transform, such as `A.Normalize()`, or None; pixel values of each tile are changed
            after it was cut, as after the random crop of a training.
        dtype: of the images that a model gets, where they are floats, as for `SegmentationSequence`.
        image_size: (height, width) that images are scaled to before they are cut, for a model that was trained on whole
            images, reduced; probabilities are scaled back to the original size, bilinearly. None: images keep their
            size.
        mirrored_classes: pairs of class ids, such as left and right, that change places in mirrored tiles.

    Attributes:
        tile: (height, width) of tiles.
        color_mode: how image files are read.
        left_out: names of the training transforms that `like` left out as augmentation.

    Raises:
        TypeError, ValueError: an argument is out of range, or the model's input is of another size than `tile`.
    """

    def __init__(
        self,
        model: Any,
        tile: int | tuple[int, int],
        overlap: float = 0.25,
        blend: Blend = "gaussian",
        augmentations: Augmentations | None = None,
        scales: Sequence[float] = (1,),
        batch_size: int = 8,
        *,
        from_logits: bool = False,
        output: str | None = None,
        rescale: float | None = DEFAULT_RESCALE,
        dtype: ImageDtype = "float32",
        color_mode: ColorMode = "rgb",
        read_image: Reader | None = None,
        prepare: Transform | None = None,
        transform: Transform | None = None,
        image_size: tuple[int, int] | None = None,
        mirrored_classes: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        check_model(model)
        self._model = model
        self.tile = checked_tile(tile, model)
        self._layout = Layout(
            self.tile,
            checked_overlap(overlap),
            one_of("blend", blend, BLENDS),
            symmetries(augmentations),
            checked_scales(scales),
        )
        self._batch_size = whole_number("batch_size", batch_size, 1)
        self._from_logits = bool(from_logits)
        check_from_logits(model, self._from_logits)
        self._output = output
        self.color_mode = one_of("color_mode", color_mode, COLOR_MODES)
        self._read_image = read_image
        image_size = None if image_size is None else height_and_width("image_size", image_size)
        self._preprocessing = Preprocessing(
            rescale=rescale, prepare=prepare, transform=transform, image_size=image_size, dtype=dtype
        )
        self._mirrored = mirrored_pairs(mirrored_classes, None, None, None)
        self._classes: tuple[int, list[str] | None] | None = None
        self._steps = [
            f"images: color_mode={self.color_mode!r}, image_size={image_size}, rescale={rescale!r}",
            *prepare_lines(prepare),
            transform_line(transform),
        ]
        self.left_out: list[str] = []

    @classmethod
    def like(
        cls,
        sequence: Any,
        model: Any,
        tile: int | tuple[int, int] | None = None,
        overlap: float = 0.25,
        blend: Blend = "gaussian",
        augmentations: Augmentations | None = None,
        scales: Sequence[float] = (1,),
        batch_size: int = 8,
        *,
        from_logits: bool = False,
        output: str | None = None,
    ) -> TiledPredictor:
        """Create a predictor that prepares images as a training sequence does, without its augmentation.

        Taken over: `rescale`, `dtype`, `color_mode`, `read_image`, `prepare`, `image_size`, `mirrored_classes`, the
        number of classes, and of `transform` what is the same for every image: transforms of pixel values that are
        always applied and draw nothing (`A.Normalize`, `A.ToFloat`, `A.ToGray(p=1)`), and `A.Resize` and its like
        before any crop. Left out, and listed in `left_out`: everything random, and crops and padding. With
        `image_size`, or `A.Resize`, images are scaled as in training, and their probabilities back. Of a subclass that
        overrides `load`, predict the arrays that `load` returns.

        Args:
            sequence: the `SegmentationSequence` of the training or, simpler, of the validation data.
            model: the model that was trained on it.
            tile: as for the class; None: the size of the model's input or, if that is free, `image_size`.
            overlap: as for the class; so are the others.
            blend: see there.
            augmentations: see there.
            scales: see there.
            batch_size: see there.
            from_logits: see there.
            output: see there.

        Raises:
            TypeError: `sequence` is not a `SegmentationSequence`.
            ValueError: something cannot be taken over: a `prepare` or `transform` that crops before it scales, mirrors
                every image or makes images float by chance; further inputs; or the tile is unknown.
        """
        from seqaug.sequence.segmentation import SegmentationSequence

        if not isinstance(sequence, SegmentationSequence):
            raise TypeError(
                f"sequence is a {type(sequence).__name__}; expected the SegmentationSequence of the training (of a "
                "Mixture, one of its parts)"
            )
        check_model(model)
        if type(sequence).assemble is not SegmentationSequence.assemble:
            raise ValueError(
                f"{type(sequence).__name__} overrides assemble(), so that what the model takes is unknown; expected a "
                "TiledPredictor made with its own arguments, for a model of images alone"
            )
        builder = sequence._builder
        if builder.data_format != "channels_last":
            raise ValueError(
                f"the sequence has data_format={builder.data_format!r}, and tiles are channels last; expected a model "
                "of channels last: one that starts with keras.layers.Permute((3, 1, 2)) and ends with "
                "Permute((2, 3, 1)), and a sequence of channels last"
            )
        if len(sequence._inputs) > 1:
            raise ValueError(
                f"the model has several inputs, {', '.join(map(repr, sequence._inputs))}; expected a model of images "
                "alone"
            )
        part = deterministic_part(builder.transform)
        if part.scaling_by_chance or part.unknown:
            names = ", ".join(dict.fromkeys([*part.scaling_by_chance, *part.unknown]))
            warn_user(
                f"TiledPredictor.like() leaves out {names}, which may change the scale or the values of images; if the "
                "model needs that, give it the validation sequence, or TiledPredictor(..., image_size=, transform=)"
            )
        if tile is None:
            tile = default_tile(model, builder.image_size)
        predictor = cls(
            model,
            tile,
            overlap,
            blend,
            augmentations,
            scales,
            batch_size,
            from_logits=from_logits,
            output=output,
            rescale=builder.rescale,
            dtype=cast(ImageDtype, builder.dtype),
            color_mode=sequence._color_mode,
            read_image=sequence._read_image if type(sequence).load is SegmentationSequence.load else _refuse_paths,
            prepare=builder.prepare,
            transform=composed([*part.of_image, *part.of_pixels]),
            image_size=builder.image_size,
            mirrored_classes=builder.mirrored_ids,
        )
        predictor.left_out = part.left_out
        labels = builder.labels
        if labels.num_classes is not None:
            predictor.check_num_classes(labels.num_classes, labels.class_names)
        predictor._warn_of_sides(labels.class_names)
        return predictor

    def predict(self, image: PathLike | Array) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Predict the probabilities of every pixel.

        Args:
            image: a path or URL, or pixels, (H, W, C) or (H, W), uint8, uint16 or float.

        Returns:
            (H, W, K), float32: probabilities, which sum to 1; (H, W, 1) for a model of the foreground.

        Raises:
            ReadError: the file cannot be read.
            SampleError, TransformError: the image cannot be used, or a transform fails.
            ValueError: the image's channels are not those of the model's input, it is uint16 with the default
                `rescale`; or the model's output is of another size than its input, is not finite, or does not hold
                probabilities.
        """
        return next(self._predictions([image]))

    def classes(self, image: PathLike | Array) -> Array:
        """Predict the most probable class of every pixel.

        Args:
            image: as for `predict`.

        Returns:
            (H, W), uint8, or uint16 above 256 classes; for a model of the foreground, 1 where it is above 0.5.

        Raises:
            ReadError, SampleError, TransformError, ValueError: as for `predict`.
        """
        return next(self.classes_of_each([image]))

    def classes_of_each(self, images: Iterable[PathLike | Array]) -> Iterator[Array]:
        """Predict the classes of several images, in order; batches run on from one image to the next.

        Images are read, a few ahead, in another thread.

        Args:
            images: each as for `predict`.

        Yields:
            As `classes`.

        Raises:
            ReadError, SampleError, TransformError, ValueError: as for `predict`.
        """
        if self._preprocessing.scales_images:
            yield from (class_ids(predicted) for predicted in self._predictions(images))
            return
        ids: list[Array] = []
        for band in self._bands(ArrayRows(self._prepared(image)) for image in images):
            ids.append(class_ids(band.pixels))
            if band.is_last:
                yield np.concatenate(ids)
                ids.clear()

    @property
    def _predicts_rows(self) -> bool:
        """Whether images can be predicted a few rows at a time: nothing is done to them as a whole."""
        return not self._preprocessing.has_whole_steps

    def _class_bands(self, images: Iterable[tuple[str, Rows]]) -> Iterator[ClassBand]:
        """Predict the classes of several images, in order, a few rows at a time if `_predicts_rows`.

        Args:
            images: names, for messages, and rows; they are read in another thread.

        Raises:
            ReadError, SampleError, TransformError, ValueError: as for `predict`.
        """
        if self._predicts_rows:
            bands = self._bands(_PreparedRows(name, image, self._preprocessing) for name, image in images)
            return (ClassBand(band.top, class_ids(band.pixels), band.is_last) for band in bands)
        whole = (image.read(0, image.height) for _, image in images)
        return (ClassBand(0, ids, True) for ids in self.classes_of_each(whole))

    def write_classes(self, image: PathLike | Array, path: PathLike, *, palette: PaletteLike | None = None) -> None:
        """Predict the class of every pixel and write them to a file: also of a TIFF larger than memory.

        With rasterio (the extra `geo`), a TIFF, BigTIFF or GeoTIFF is read, predicted and written a few rows at a time:
        beside the model, memory holds a band of probabilities, (tile height, W, K) float32, and rows of pixels. Other
        files, and those that `prepare` or `image_size` change as a whole, are decoded whole. The file is complete or
        missing.

        Args:
            image: as for `predict`.
            path: the mask, .png, or .tif, which takes the place on earth (CRS and transform) of a GeoTIFF and needs
                rasterio. Pixels are class ids, uint8, or uint16 above 256 classes.
            palette: colours of the classes, as for `SegmentationSequence`: the file gets them as its colour table, up
                to 256 classes, and its pixels stay ids. None: the PNG is grey.

        Raises:
            ImportError: rasterio is not installed, and `path` is a TIFF.
            ValueError: `path` cannot be written, or the palette's classes are not the model's; or as for `predict`.
            ReadError, SampleError, TransformError: as for `predict`.
        """
        file = mask_file("path", path)
        classes = as_palette(palette)
        if classes is not None:
            self.check_num_classes(len(classes), classes.names)
        colors = None if classes is None else classes.colors
        with ExitStack() as stack:
            raster = None
            if isinstance(image, str | os.PathLike) and self._read_image is None and is_raster(image):
                raster = stack.enter_context(open_raster(image, self.color_mode))
            if raster is None or not self._predicts_rows:
                ids = self.classes(image)
                size, blocks = ids.shape, iter([ids])
            else:
                size = raster.height, raster.width
                blocks = (band.ids for band in self._class_bands([(_name(image), raster)]))
            first = next(blocks)
            georeference = None if raster is None else raster.georeference
            with open_mask(file, size, first.dtype, colors=colors, georeference=georeference) as writer:
                for rows in chain([first], blocks):
                    writer.write(rows)

    def check_num_classes(self, num_classes: int, names: Sequence[str] | None) -> None:
        """Refuse, now or at the first prediction, a model whose channels are not the classes.

        Args:
            num_classes: number of classes.
            names: their names, or None.

        Raises:
            ValueError: the number differs from that of the model's channels.
        """
        self._classes = num_classes, None if names is None else list(names)
        shape = getattr(self._model, "output_shape", None)
        if isinstance(shape, tuple) and len(shape) == 4 and isinstance(shape[3], int):
            check_num_classes(shape[3], *self._classes)

    def _predictions(self, images: Iterable[PathLike | Array]) -> Iterator[Array]:
        # Of the images in flight: their own size, and that after preparation.
        sizes: deque[tuple[tuple[int, int], tuple[int, int]]] = deque()

        def prepared() -> Iterator[Rows]:
            for image in images:
                pixels = self._read(image)
                made = self._preprocessing.of_image(pixels, _name(image))
                sizes.append((pixels.shape[:2], made.shape[:2]))
                yield ArrayRows(made)

        predicted = np.empty(0, np.float32)
        for band in self._bands(prepared()):
            if band.top == 0:
                size, prepared_size = sizes.popleft()
                predicted = np.empty((*prepared_size, band.pixels.shape[2]), np.float32)
            predicted[band.top : band.top + len(band.pixels)] = band.pixels
            if band.is_last:
                yield resized(predicted, size)

    def _read(self, image: PathLike | Array) -> Array:
        if not isinstance(image, str | os.PathLike):
            return np.asarray(image)
        if self._read_image is None:
            return read_image(image, self.color_mode)
        return read_with(self._read_image, os.fspath(image), "read_image")

    def _prepared(self, image: PathLike | Array) -> Array:
        return self._preprocessing.of_image(self._read(image), _name(image))

    def _bands(self, images: Iterable[Rows]) -> Iterator[Band]:
        return predicted_bands(
            images,
            self._layout,
            preprocess=self._preprocessing.of_tile,
            predict=self._run,
            swap=self._swapped,
            batch_size=self._batch_size,
        )

    def _run(self, batch: Array) -> Array:
        output = run_model(self._model, batch, self._output)
        check_output(output, len(batch), self.tile)
        if self._classes is not None:
            check_num_classes(output.shape[3], *self._classes)
        return probabilities(output, from_logits=self._from_logits)

    def _swapped(self, pixels: Array) -> Array:
        """Change the mirrored classes of a prediction, (h, w, K), back."""
        if not self._mirrored:
            return pixels
        order = np.arange(pixels.shape[2])
        for left, right in self._mirrored:
            if max(left, right) >= len(order):
                raise ValueError(
                    f"mirrored_classes has the class id {max(left, right)}, and the model's output {len(order)} "
                    "channels; expected ids of classes"
                )
            order[[left, right]] = right, left
        return pixels[..., order]

    def _warn_of_sides(self, names: Sequence[str] | None) -> None:
        """Warn where mirrored tiles would give "left" predictions to what is right."""
        sides = [] if names is None or self._mirrored else left_right_pairs(names)
        if sides and any(symmetry.mirrors for symmetry in self._layout.symmetries):
            left, right = sides[0]
            warn_user(
                f"augmentations mirrors tiles, and {names[left] if names else left!r} then looks like "
                f"{names[right] if names else right!r}; expected mirrored_classes in the sequence, to swap the classes "
                "back, or augmentations without mirroring, such as ['rotate_180']"
            )

    def __repr__(self) -> str:
        layout = self._layout
        names = [name for name, symmetry in SYMMETRIES.items() if symmetry in layout.symmetries]
        lines = [
            f"TiledPredictor of tiles of {self.tile[0]}x{self.tile[1]} pixels, overlap {layout.overlap:g}, blend "
            f"{layout.blend!r}, batches of {self._batch_size}",
            *self._steps,
            f"augmentations: {', '.join(names)}; scales: {', '.join(f'{scale:g}' for scale in layout.scales)}",
            *([f"left out of the training's transform: {', '.join(self.left_out)}"] if self.left_out else []),
        ]
        return "\n  ".join(lines)


class ClassBand(NamedTuple):
    """Predicted rows of an image.

    Attributes:
        top: the first row.
        ids: class ids, (rows, W), uint8, or uint16 above 256 classes.
        is_last: whether the image ends with it.
    """

    top: int
    ids: Array
    is_last: bool


class _PreparedRows:
    """Rows of an image, checked and converted as whole images are."""

    def __init__(self, name: str, rows: Rows, preprocessing: Preprocessing) -> None:
        self._name = name
        self._rows = rows
        self._preprocessing = preprocessing
        self.height, self.width = rows.height, rows.width

    def read(self, start: int, stop: int) -> Array:
        return self._preprocessing.of_image(self._rows.read(start, stop), self._name)


def _refuse_paths(path: str) -> Array:
    raise ValueError(
        "the training sequence overrides load(), so that it is unknown how files become images; expected the array "
        "that load() returns as 'image'"
    )


def _name(image: PathLike | Array) -> str:
    return shown(image) if isinstance(image, str | os.PathLike) else "the image"
