"""The argument `tiles`: samples that are windows of the images."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.partners import class_id_of
from seqaug.reading.windows import compressed_strips
from seqaug.sequence.first_batch import FirstBatch
from seqaug.sources.headers import read_headers
from seqaug.sources.headers_file import HeadersFile
from seqaug.sources.index_only import IndexOnlySource
from seqaug.sources.tiled import KEPT_BYTES, Decoding, TiledSource
from seqaug.sources.tiles import Tiles
from seqaug.statistics.counts import ClassCounts
from seqaug.utils.redaction import shown
from seqaug.utils.validation import format_bytes

Array = np.ndarray[Any, Any]

_LARGE = 4  # times the pixels of a tile, from which decoding them is worth a warning


def tiled(source: Any, tiles: Any, labels: LabelSpec, *, prepare: Any, has_masks: bool, directory: Any) -> TiledSource:
    """Return the source of the tiles of samples; files' headers are read.

    Args:
        source: the whole samples.
        tiles: the argument.
        labels: the classes.
        prepare: the argument of the sequence.
        has_masks: whether there are masks.
        directory: where headers are kept between runs; None or "memory": nowhere.

    Raises:
        TypeError: `tiles` is not a `Tiles`.
        ValueError: it contradicts other arguments, or no image has room for a tile.
        SampleError: a sample cannot be read, its arrays differ in size or lie elsewhere, or it is smaller than a tile.
    """
    if not isinstance(tiles, Tiles):
        raise TypeError(f"tiles={tiles!r}; expected seqaug.Tiles(size), such as tiles=seqaug.Tiles(512)")
    if isinstance(source, IndexOnlySource):
        raise ValueError(
            "tiles= without images, whose sizes it needs; expected images, or load(self, index) that returns windows, "
            "and num_samples= to count them"
        )
    if prepare is not None:
        raise ValueError(
            "prepare= beside tiles=, which cuts images as they are stored; expected the transform at the start of "
            "transform=, which gets each tile"
        )
    if tiles.selects and not has_masks:
        raise ValueError("Tiles(min_labelled=, classes=) without masks, which tell the classes; expected masks")
    if tiles.selects and labels.num_classes is None:
        raise ValueError(
            "Tiles(min_labelled=, classes=) needs num_classes= (or a palette) to know the classes; expected it"
        )
    for given in tiles.classes or ():
        class_id_of(given, labels, "Tiles(classes)")
    planes = labels.overlapping or (3 if labels.colored_masks else 1)
    further = len(source.names) - 1 - has_masks
    is_kept = directory is not None and directory != "memory" and source.has_cache_keys
    file = HeadersFile(directory, source.fingerprint) if is_kept else None
    return TiledSource(source, tiles, read_headers(source, file), 3 + planes * has_masks + 4 * further)


def selected(tiles: Tiles, counts: ClassCounts, labels: LabelSpec) -> Array:
    """Return the indices of the tiles that `min_labelled` and `classes` leave, ascending.

    Args:
        tiles: the argument.
        counts: of all tiles.
        labels: the classes.

    Raises:
        ValueError: none is left.
    """
    height, width = tiles.height_and_width
    # Of classes that overlap, a pixel without any is labelled too: `ignored` counts all of these.
    labelled = counts.pixels_per_sample() if labels.overlapping is None else counts.ignored.astype(np.int64)
    is_kept = labelled >= tiles.min_labelled * height * width
    if tiles.classes is not None:
        wanted = [class_id_of(given, labels, "Tiles(classes)") for given in tiles.classes]
        has_class = np.zeros(len(counts), bool)
        has_class[counts.samples()[np.isin(counts.indices, wanted)]] = True
        is_kept &= has_class
    if not is_kept.any():
        raise ValueError(
            f"Tiles(min_labelled={tiles.min_labelled}, classes={tiles.classes}) leaves none of {len(counts):,} tiles, "
            f"of which the best has {labelled.max() / (height * width):.1%} of its pixels labelled; expected less"
        )
    return np.flatnonzero(is_kept)


class DecodingCheck:
    """Warns of files of which much more than a tile is decoded for each, with what `cache` would save.

    Args:
        source: the tiles.
        window: files whose tiles are shuffled together; None: those of all files, or the order is unknown.
        positions: number of tiles read in an epoch.
    """

    def __init__(self, source: TiledSource, window: int | None, positions: int) -> None:
        self._source = source
        self._window = window
        self._positions = positions

    def __call__(self, first: FirstBatch) -> Iterator[str]:
        """Yield a warning if whole files were decoded for the first batch, and a process does not keep all of them.

        Or if they are compressed in strips that are much wider than a tile.
        """
        decoding = self._source.first_decoding
        if decoding is None:
            yield from self._wide_strips(first.request.index)
        elif decoding.size * len(np.unique(self._source.parents)) > KEPT_BYTES:
            yield self._whole_files(decoding)

    def _whole_files(self, decoding: Decoding) -> str:
        source = self._source
        files = len(np.unique(source.parents))
        tiles = int(np.count_nonzero(source.parents == decoding.parent))
        decoded = min(files, self._positions) if self._window else self._positions
        every = f"each of {files:,} files" if self._window else f"up to {decoded:,} tiles"
        together = f" (tiles of {self._window} files are shuffled together)" if self._window else ""
        saving = f'cache="memory" (about {format_bytes(decoding.size * files)}) or a directory'
        if not source.has_cache_keys:
            saving = "images in files with cache="
        if not source.source.decodes_whole(decoding.parent) and find_spec("rasterio") is None:
            saving += ', or pip install "seqaug[geo]", which reads tiles of TIFF files alone,'
        return (
            f"{source.source.describe(decoding.parent)} is decoded whole for its {tiles:,} tiles, which took "
            f"{decoding.seconds:.2g} s, and each worker process decodes a file for {every} in every epoch{together}: "
            f"{saving} would save up to {decoding.seconds * decoded:.3g} s of decoding an epoch in each of them"
        )

    def _wide_strips(self, index: int) -> Iterator[str]:
        image, window = self._source[index].image, self._source.window(index)
        strips = compressed_strips(image) if isinstance(image, str) else None
        if strips is None:
            return
        height, width = strips
        rows = -(-(window.top + window.height) // height) * height - window.top // height * height
        times = rows * width / (window.height * window.width)
        if times >= _LARGE:
            yield (
                f"{shown(image)} is compressed in strips of {height:,} rows of {width:,} pixels: for a tile of "
                f"{window.height}x{window.width} (height x width), {times:.0f} times its pixels are decoded, in every "
                'epoch; cache="memory" or a directory, or TIFF files in tiles (gdal_translate -co TILED=YES -co '
                "COMPRESS=DEFLATE), would save that"
            )


def tiles_line(source: TiledSource) -> str:
    """Describe the tiles."""
    (height, width), tiles = source.tiles.height_and_width, source.tiles
    stride = "" if tiles.stride == tiles.size else f", stride {tiles.stride}"
    chosen = ", chosen by their labels" if tiles.selects else ""
    return f"tiles: {height}x{width}{stride}, edge={tiles.edge!r}, of {len(source.source):,} images{chosen}"
