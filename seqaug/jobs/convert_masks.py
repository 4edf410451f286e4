"""Conversion of masks from colours to class ids and back, file by file, as a sample processor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SampleError
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.pipeline.raw_rows import RawRows
from seqaug.reading.masks import read_class_ids, read_mask_colors
from seqaug.remote.urls import checked_local, is_url
from seqaug.sources.discovery.image_files import files_by_stem
from seqaug.utils.redaction import shown
from seqaug.utils.validation import output_folder

Array = np.ndarray[Any, Any]


class Conversion(NamedTuple):
    """A mask file, and the PNG that it is converted to."""

    source: str
    target: str


def plan_conversions(
    masks: str | os.PathLike[str], out: str | os.PathLike[str], *, force: bool = False
) -> list[Conversion]:
    """Plan the conversion of a directory of masks: the same tree, with the suffix .png.

    Args:
        masks: the masks' directory, or its URL.
        out: directory of the results, created if missing.
        force: whether existing files may be overwritten.

    Raises:
        ValueError: there are no masks, two would become one file, a result exists already, or `out` lies inside
            `masks`, is a URL or is not writable.
    """
    output_folder("out", checked_local("out", out))
    if not is_url(masks) and Path(out).resolve().is_relative_to(Path(masks).resolve()):
        raise ValueError(f"{os.fspath(out)} lies in {os.fspath(masks)}, among the masks; expected another directory")
    conversions = []
    for stem, sources in files_by_stem(masks, "masks").items():
        if len(sources) > 1:
            raise ValueError(
                f"{shown(sources[0])} and {shown(sources[1])} would both become {stem}.png; move one of them"
            )
        conversions.append(Conversion(sources[0], str(Path(out, f"{stem}.png"))))
    existing = [conversion.target for conversion in conversions if os.path.lexists(conversion.target)]
    if existing and not force:
        raise ValueError(
            f"{len(existing)} of {len(conversions)} files exist already, such as {existing[0]}; expected a new "
            "directory, or --force to overwrite them"
        )
    return conversions


class MaskConverter(RawRows):
    """Sample processor that converts a mask file; safe to call from any thread.

    Each file is written under a temporary name, read back, compared, and then renamed.

    Args:
        conversions: the masks, and what they become.
        palette: colours and ids; all ignored colours become the ignore index.
        to: "ids" or "colors".
        ignore_index: the id of ignored pixels; None: the palette's.

    Raises:
        ValueError: `ignore_index` is the id of a class, or out of range.
    """

    def __init__(
        self, conversions: Sequence[Conversion], palette: Palette, to: str, ignore_index: int | None = None
    ) -> None:
        LabelSpec(palette, None, ignore_index)  # validates them
        self._conversions = conversions
        self._palette = palette
        self._to = to
        self._ignore_index = palette.ignore_index if ignore_index is None else ignore_index

    def describe(self, index: int) -> str:
        """Name the mask."""
        return shown(self._conversions[index].source)

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Convert a mask.

        Returns:
            "pixels": their number, (1,), int64.

        Raises:
            SampleError: the mask cannot be read, holds colours or ids that the palette lacks, or its result cannot be
                written or converted back.
        """
        try:
            ids = self._convert(*self._conversions[request.index])
        except Exception as error:
            raise SampleError.of(request.index, self.describe(request.index), error) from error
        return {"pixels": np.array([ids.size])}

    def _convert(self, source: str, target: str) -> Array:
        if self._to == "ids":
            ids = self._palette.encode(read_mask_colors(source), self._ignore_index)
            _write_png(target, ids)
            return ids
        ids = read_class_ids(source)
        self._check_ignored(ids)
        _write_png(target, self._palette.decode(ids, self._ignore_index))
        return ids

    def _check_ignored(self, ids: Array) -> None:
        ignored = int((ids == self._ignore_index).sum())
        if ignored and not self._palette.ignored:  # they would become black, which may be the colour of a class
            raise ValueError(
                f"{ignored} pixels have the ignore index {self._ignore_index}, for which the palette has no colour; "
                "add one to it, and name it with --ignore"
            )


def _write_png(target: str, pixels: Array) -> None:
    """Write ids, (H, W), or colours, (H, W, 3), atomically: the file is complete and verified, or missing."""
    bgr = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    _, data = cv2.imencode(".png", np.ascontiguousarray(bgr))
    folder, name = os.path.split(target)
    os.makedirs(folder, exist_ok=True)
    unfinished = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        data.tofile(unfinished)
        back = read_mask_colors(unfinished) if pixels.ndim == 3 else read_class_ids(unfinished)
        if not np.array_equal(back, pixels):
            raise OSError(f"{target} does not read back as it was written; is the disk full or damaged?")
        os.replace(unfinished, target)
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)
