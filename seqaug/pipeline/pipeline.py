"""The pipeline of one sample: load, class ids, prepare, cache, augment, row of the batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np

from seqaug.augmentation.augmenter import Augmenter
from seqaug.augmentation.mixing.handover import PartnerSample, PartnerSource
from seqaug.augmentation.preparer import Preparer
from seqaug.augmentation.value_maps import MAX_EXACT, ValueMaps, resize_nearest
from seqaug.cache.sample_cache import SampleCache
from seqaug.core.layout import Layout
from seqaug.core.padding import Padding
from seqaug.core.rng import load_generator, sample_generators
from seqaug.core.sample_request import SampleRequest, sample_name
from seqaug.errors import SampleError, TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.image_encoding import ImageEncoding
from seqaug.pipeline.label_encoding import LabelEncoding
from seqaug.pipeline.mask_encoding import MaskEncoding
from seqaug.pipeline.partners import PartnerSampler
from seqaug.pipeline.row_encoding import RowEncoding
from seqaug.pipeline.shared_samples import SharedSamples
from seqaug.pipeline.tiling import TileCutter
from seqaug.reading.nodata import plain_or_masked
from seqaug.sources.sizes import check_sizes
from seqaug.sources.tiled import TiledSource
from seqaug.utils.validation import FILLED

Array = np.ndarray[Any, Any]
Load = Callable[..., Mapping[str, Array]]


class Pipeline:
    """Everything done to a sample, and nothing of batches, workers or Keras; safe to call from any thread.

    Args:
        load: returns a sample's arrays by its index: "image", "mask" if there are labels, and the additional targets.
        takes_rng: whether `load` also takes a generator, as `rng`.
        describe: names a sample in messages.
        cache: keeps loaded and prepared samples, or None.
        labels: the masks' classes; None: samples have no masks.
        augmenter: the transform, or None.
        preparer: the deterministic transform before the cache, or None.
        partners: draws the samples that others are mixed with, or None.
        mixed_labels: makes the array "label" of each sample, (K,) float32, of the labels of those mixed; None: no such
            array.
        encoding: writes rows.
        additional_targets: kinds of further arrays by name: "image", "mask", "value" or "value_nearest"; an attribute.
        value_fill: see `seqaug.augmentation.value_maps.ValueMaps`.
        image_size: final (height, width) of every sample, or None.
        seed: seed of the augmentation.
        tiles: cuts and pads samples that are tiles, or None.
        padding: how batches of unequal sizes are padded; None: samples of a batch have one size.

    Attributes:
        padding: as the argument.
    """

    def __init__(
        self,
        *,
        load: Load,
        describe: Callable[[int], str],
        cache: SampleCache | None,
        labels: LabelSpec | None,
        augmenter: Augmenter | None,
        encoding: RowEncoding,
        additional_targets: Mapping[str, str],
        image_size: tuple[int, int] | None,
        seed: int,
        value_fill: Any = None,
        takes_rng: bool = False,
        preparer: Preparer | None = None,
        partners: PartnerSampler | None = None,
        mixed_labels: LabelEncoding | None = None,
        tiles: TileCutter | None = None,
        padding: Padding | None = None,
    ) -> None:
        self._tiles = tiles
        self.padding = padding
        self._load = load
        self._takes_rng = takes_rng
        self.describe = describe
        self._cache = cache
        self._labels = labels
        self._augmenter = augmenter
        self._preparer = preparer
        self._partners = partners
        self._mixed_labels = mixed_labels
        self._encoding = encoding
        masks = {} if labels is None else {"mask": "mask"}
        self._loaded_kinds = {"image": "image", **masks, **additional_targets}
        self._maps = frozenset(() if labels is None else labels.map_names)
        self._kinds = {**self._loaded_kinds, **dict.fromkeys(self._maps, "mask")}
        self.additional_targets = dict(additional_targets)
        self._values = ValueMaps(additional_targets, value_fill)
        self._image_size = image_size
        self._seed = seed
        self._shared: SharedSamples | None = None

    def moved(
        self,
        *,
        load: Load,
        describe: Callable[[int], str],
        cache: SampleCache | None,
        tiles: TiledSource | None = None,
    ) -> Pipeline:
        """Return the same pipeline with another source and cache; `tiles`: a source of equal tiles."""
        moved = copy.copy(self)
        moved._load, moved.describe, moved._cache = load, describe, cache
        moved._tiles = None if tiles is None or self._tiles is None else self._tiles.moved(tiles)
        return moved

    def as_loaded(self) -> Pipeline:
        """Return a pipeline of the same samples as they are loaded: not prepared, augmented, resized or rescaled."""
        loaded = copy.copy(self)
        if self._preparer is not None:  # the cache holds prepared samples
            loaded._cache = None
        loaded._augmenter = loaded._partners = loaded._preparer = loaded._image_size = loaded._mixed_labels = None
        masks = None if self._labels is None else MaskEncoding(self._labels, "sparse")
        loaded._encoding = RowEncoding(ImageEncoding(None), self.additional_targets, masks)
        loaded.padding = None
        return loaded

    @property
    def shares_samples(self) -> bool:
        """Whether a sample is loaded alike for every position, so that several rows of a batch may share it."""
        return not self._takes_rng

    def sharing(self, requests: Sequence[SampleRequest]) -> Pipeline:
        """Return the same pipeline for these requests, once each: it loads a sample that several need only once."""
        if self._partners is None and len({request.index for request in requests}) == len(requests):
            return self
        sharing = copy.copy(self)
        if self._partners is not None:
            sharing._partners = self._partners.planned(requests)
        shared = SharedSamples(index for request in requests for index in sharing.samples_of(request))
        sharing._shared = shared if len(shared) else None
        return sharing

    @property
    def draws_partners(self) -> bool:
        """Whether other samples, drawn at random, are mixed into samples."""
        return self._partners is not None

    @property
    def preparer(self) -> Preparer | None:
        """The deterministic transform before the cache, or None."""
        return self._preparer

    @property
    def size_is_fixed(self) -> bool:
        """Whether `image_size` fixes the height and width of all samples."""
        return self._image_size is not None

    @property
    def data_format(self) -> str:
        """The order of the axes in a batch, "channels_last" or "channels_first"."""
        return self._encoding.data_format

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Make a sample, ready to be written.

        Returns:
            "image", (H, W, C), uint8, uint16 or float32; "mask", (H, W) class ids, if there are labels; the additional
            targets; and `FILLED`, (H, W) bool, if a transform moved maps of numbers.

        Raises:
            SampleError: the sample, or one that it is mixed with, cannot be loaded, or its arrays are invalid.
            TransformError: the transform failed.
        """
        if self._shared is None:
            return self.augmented(self.loaded(request), request)
        try:
            return self.augmented(self.loaded(request), request)
        finally:
            self._shared.release(self.samples_of(request))

    def augmented(self, loaded: Mapping[str, Array], request: SampleRequest) -> dict[str, Array]:
        """Augment a loaded sample, which is not changed; returns and raises as `sample`."""
        sample = dict(loaded)
        source = None
        if self._augmenter is not None:
            generators = partial(sample_generators, self._seed, request.epoch, request.position)
            source = self.partner_source(request)
            try:
                sample = self._augmenter(sample, generators, request.class_id, source)
            except TransformError as error:
                raise TransformError(f"{sample_name(self.describe, request.index)}: {error}") from error
        finished = self.finished(sample)
        if self._mixed_labels is not None:
            finished["label"] = self._mixed_labels.mixed(request.index, {} if source is None else source.shares)
        return finished

    def samples_of(self, request: SampleRequest) -> Iterator[int]:
        """List the samples that a request may read."""
        yield request.index
        if self._partners is not None:
            yield from self._partners.possible(request)

    @property
    def partners(self) -> PartnerSampler | None:
        """Draws the samples that others are mixed with, or None."""
        return self._partners

    def partner_source(self, request: SampleRequest) -> PartnerSource | None:
        """Return where the samples come from that a sample is mixed with; None if there are none."""
        return None if self._partners is None else PartnerSource(partial(self._draw_partners, self._partners, request))

    def _draw_partners(
        self, partners: PartnerSampler, request: SampleRequest, place: int, call: int
    ) -> list[PartnerSample]:
        return [
            PartnerSample(
                partner.index,
                partial(sample_name, self.describe, partner.index),
                partial(self.loaded, partner),
                partner.class_id,
            )
            for partner in partners.draw(request, place, call)
        ]

    def nondeterministic_transforms(
        self, loaded: Mapping[str, Array], request: SampleRequest, *, is_suspect: bool
    ) -> list[str]:
        """Name the transforms whose results differ although their seed is the same.

        Args:
            loaded: a loaded sample.
            request: seeds the transforms.
            is_suspect: whether results are known to differ; else only the user's own code is tried.
        """
        if self._augmenter is None:
            return []
        generators = partial(sample_generators, self._seed, request.epoch, request.position)
        return self._augmenter.find_nondeterministic(dict(loaded), generators, request.class_id, is_suspect=is_suspect)

    def finished(self, sample: Mapping[str, Array]) -> dict[str, Array]:
        """Bring the arrays of an augmented sample to their final size and dtypes."""
        filled = sample.get(FILLED) if self._values else None
        return {name: self._finished(name, pixels, filled) for name, pixels in sample.items()}

    def loaded(self, request: SampleRequest) -> dict[str, Array]:
        """Return a prepared sample before augmentation, from the cache if it is there.

        Returns:
            "image", (H, W, C), uint8, uint16 or float32; "mask", (H, W) class ids, if there are labels; and the
            additional targets; and `FILLED`, if `prepare` moved maps of numbers. Arrays from the cache are read-only.

        Raises:
            SampleError: the sample cannot be loaded, or its arrays are invalid.
            TransformError: `prepare` failed.
        """
        if self._shared is None:
            return self._loaded(request)
        return self._shared.get(request.index, partial(self._loaded, request))

    def _loaded(self, request: SampleRequest) -> dict[str, Array]:
        index = request.index
        try:
            sample = self._cached_or_loaded(request)
            return sample if self._tiles is None else self._tiles.padded(index, sample)
        except TransformError as error:
            raise TransformError(f"{sample_name(self.describe, index)}: {error}") from error
        except Exception as error:
            raise SampleError.of(index, self.describe(index), error) from error

    def _cached_or_loaded(self, request: SampleRequest) -> dict[str, Array]:
        cache, tiles = self._cache, self._tiles
        if cache is None:
            return self._load_checked(request)
        if tiles is None or not tiles.by_file:
            return cache.sample(request.index, lambda _: self._load_checked(request))
        if not tiles.is_cached_whole(request.index):
            return self._load_checked(request)
        whole = cache.sample(tiles.parent(request.index), lambda parent: self._checked(tiles.whole(parent)))
        return tiles.cut(request.index, whole)

    def layout(self, sample: Mapping[str, Array]) -> Layout:
        """Return the shape and dtype of each array of a sample in a batch."""
        return self._encoding.layout(sample)

    def write(self, sample: Mapping[str, Array], row: Mapping[str, Array]) -> None:
        """Write a sample into the views of its row."""
        self._encoding.write(sample, row)

    def load(self, request: SampleRequest) -> Mapping[str, Array]:
        """Load a sample, uncached and unchecked."""
        if self._takes_rng:
            rng = load_generator(self._seed, request.epoch, request.position, request.partner)
            return self._load(request.index, rng=rng)
        return self._load(request.index)

    def _load_checked(self, request: SampleRequest) -> dict[str, Array]:
        return self._checked(self.load(request))

    def _checked(self, loaded: Mapping[str, Array]) -> dict[str, Array]:
        self._check_names(loaded)
        sample: dict[str, Array] = {}
        for name in self._loaded_kinds:
            pixels = plain_or_masked(loaded[name])
            if name == "mask" and self._labels is not None:
                sample |= self._labels.arrays_of(pixels)
            else:
                sample[name] = self._as_kind(name, pixels)
        check_sizes({name: (pixels.shape[0], pixels.shape[1]) for name, pixels in sample.items()})
        return sample if self._preparer is None else self._prepared(self._preparer(sample))

    def _prepared(self, sample: dict[str, Array]) -> dict[str, Array]:
        """Check the images that `prepare` made, whose code may be the user's."""
        try:
            return {
                name: self._as_kind(name, pixels) if self._kinds.get(name) == "image" else pixels
                for name, pixels in sample.items()
            }
        except ValueError as error:
            raise TransformError(f"prepare: {error}") from error

    def _check_names(self, loaded: Mapping[str, Array]) -> None:
        if not isinstance(loaded, Mapping):
            raise ValueError(f"load() returned {type(loaded).__name__}; expected a dict of arrays")
        if loaded.keys() != self._loaded_kinds.keys():
            raise ValueError(
                f"load() returned {', '.join(map(repr, loaded))}; expected {', '.join(map(repr, self._loaded_kinds))}"
                + ("" if self._labels is None else ': "image", "mask" and the names in additional_targets')
            )

    def _as_kind(self, name: str, pixels: Array) -> Array:
        if self._kinds[name] == "mask":
            return pixels
        if name in self._values.names:
            return self._values.loaded(name, pixels)
        if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "iuf":
            raise ValueError(
                f"{name!r} is {pixels.dtype} of shape {pixels.shape}; expected (H, W, C) or (H, W), integers or floats"
            )
        pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
        return pixels if pixels.dtype in (np.uint8, np.uint16) else _as_float(name, pixels)

    def _finished(self, name: str, pixels: Array, filled: Array | None) -> Array:
        if self._labels is not None and name in self._maps:
            pixels = pixels.astype(self._labels.dtype, copy=False)
        elif pixels.dtype == np.float64:
            pixels = pixels.astype(np.float32)
        if self._image_size is None or pixels.shape[:2] == self._image_size:
            return pixels
        if pixels is filled:
            return resize_nearest(pixels, self._image_size)
        if name in self._values.names:
            return self._values.resized(name, pixels, filled, self._image_size)
        height, width = self._image_size
        # INTER_NEAREST_EXACT samples at pixel centres, as bilinear does; INTER_NEAREST is shifted.
        method = cv2.INTER_LINEAR if self._kinds[name] == "image" else cv2.INTER_NEAREST_EXACT
        return cv2.resize(pixels, (width, height), interpolation=method).reshape(height, width, *pixels.shape[2:])


def _as_float(name: str, pixels: Array) -> Array:
    """Make floats of an image of other integers, of which OpenCV and Albumentations take few; or of other floats."""
    if pixels.dtype.kind in "iu" and pixels.size:
        least, most = int(pixels.min()), int(pixels.max())
        if max(-least, most) > MAX_EXACT:
            raise ValueError(
                f"{name!r} is {pixels.dtype} from {least} to {most}, and images of integers other than uint8 and "
                f"uint16 become float32, which holds integers up to {MAX_EXACT} exactly; expected smaller numbers, "
                "such as differences from an offset"
            )
    return pixels.astype(np.float32, copy=False)
