"""Inspection of one pair, run by an engine: each file is read and decoded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqaug.checking.masks import MaskCheck, MaskIssue
from seqaug.checking.near_duplicates import difference_hash
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import ReadError
from seqaug.palette.id_counts import IdCounts
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.raw_rows import RawRows
from seqaug.reading.exif import exif_orientation
from seqaug.reading.file_bytes import is_jpeg, read_bytes
from seqaug.reading.images import decode_image
from seqaug.reading.masks import decode_mask, decode_mask_colors
from seqaug.reading.photographs import is_photograph
from seqaug.reading.tiff_directory import is_tiff, page_offsets
from seqaug.utils.redaction import shown

Array = np.ndarray[Any, Any]
Path = str

# Rows of a batch have one length: a pair's result is JSON, padded with spaces.
_RESULT_BYTES = 16_384
_MAX_TEXT_LENGTH = 400
_MAX_IDS = 400  # of a mask; more are no class ids

_DIGEST_BYTES = 16
_FIRST_TRANSPOSED = 5  # EXIF orientations from here on swap height and width


class PairInspector(RawRows):
    """Inspects a pair, as a `SampleProcessor`; thread-safe.

    Args:
        pairs: paths of images and masks.
        labels: what masks should hold.
    """

    def __init__(self, pairs: Sequence[tuple[Path, Path]], labels: LabelSpec) -> None:
        self._pairs = pairs
        self._colored = labels.colored_masks
        self._check = MaskCheck(labels)

    def describe(self, index: int) -> str:
        """Name the files of a pair."""
        image, mask = self._pairs[index]
        return f"image {shown(image)}, mask {shown(mask)}"

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Inspect a pair.

        Returns:
            "json": the result for `parse_result`, (16384,), uint8.
        """
        try:
            result = self._inspect(*self._pairs[request.index])
        except Exception as error:  # one pair must not stop the check of the others
            problem = f"{type(error).__name__}: {error}"[:_MAX_TEXT_LENGTH]
            result = {"issues": [("both", "unreadable", {"problem": problem})]}
        return {"json": np.frombuffer(json.dumps(result).encode().ljust(_RESULT_BYTES), np.uint8)}

    def _inspect(self, image_path: Path, mask_path: Path) -> dict[str, Any]:
        issues: list[tuple[str, str, dict[str, Any]]] = []  # file, type, details

        def read(file: str, path: Path, decode: Callable[[Path, bytes], Array]) -> tuple[bytes, Array | None]:
            data = b""
            try:
                data = read_bytes(path)
                return data, decode(path, data)
            except Exception as error:  # decoders raise all kinds on damaged files
                problem = error.problem if isinstance(error, ReadError) else f"{type(error).__name__}: {error}"
                issues.append((file, "unreadable", {"problem": problem[:_MAX_TEXT_LENGTH]}))
                return data, None

        image_data, image = read("image", image_path, lambda path, data: decode_image(path, data, "unchanged"))
        mask_data, mask = read("mask", mask_path, decode_mask_colors if self._colored else decode_mask)
        result: dict[str, Any] = {"issues": issues}
        if image is not None:
            result["image"] = _digest(image)
            look = difference_hash(image)
            if look is not None:
                result["look"] = look
            result["size"] = image.shape[:2]
            result["channels"] = f"{image.shape[2]} x {image.dtype}"
            if image.dtype == np.uint16:
                result["max"] = int(image.max())
            pages = len(page_offsets(image_data)) if is_tiff(image_data) else 1
            if pages > 1:
                issues.append(("image", "multiple_pages", {"pages": pages}))
            orientation = exif_orientation(image_data)
            if orientation > 1:
                fits = "unknown" if mask is None else _fits(image.shape[:2], mask.shape[:2], orientation)
                issues.append(("image", "exif_orientation", {"orientation": orientation, "mask_fits": fits}))
            if mask is not None and mask.shape[:2] != image.shape[:2] and not (orientation > 1 and fits == "rotated"):
                issues.append(("both", "size_mismatch", {"image": image.shape[:2], "mask": mask.shape[:2]}))
        if mask is not None:
            result["mask"] = _digest(mask)
            mask_issues, counts = self._inspect_mask(mask_data, mask)
            issues += [("mask", *issue) for issue in mask_issues]
            if counts is not None:
                listed = slice(_MAX_IDS)
                result["ids"] = [counts.ids[listed].tolist(), counts.pixels[listed].tolist(), counts.max_distinct]
        return result

    def _inspect_mask(self, data: bytes, mask: Array) -> tuple[list[MaskIssue], IdCounts | None]:
        if not is_jpeg(data) or self._colored:
            return self._check.inspect(mask)
        if is_photograph(mask):
            return [MaskIssue("photographs", {"problem": "a JPEG of a photograph"})], None
        problem = "a JPEG, whose compression changes the ids that were written"
        return [MaskIssue("unusable_masks", {"problem": problem})], None


def parse_result(encoded: Array) -> dict[str, Any]:
    """Parse the "json" of `PairInspector.sample`.

    Returns:
        "issues": list of (file: "image", "mask" or "both"; type; details). If the image is readable, "image": its
        digest, "look": its difference hash, unless it is flat, "size": (height, width), "channels": text, and for
        uint16 "max": its largest value. If the mask is readable, "mask": its digest, and if it holds ids, "ids": [the
        ids, the pixels of each, the number of distinct ids].
    """
    result: dict[str, Any] = json.loads(encoded.tobytes())
    return result


def _digest(pixels: Array) -> str:
    hashed = hashlib.blake2b(f"{pixels.shape} {pixels.dtype}".encode(), digest_size=_DIGEST_BYTES)
    hashed.update(np.ascontiguousarray(pixels).data)
    return hashed.hexdigest()


def _fits(image: tuple[int, ...], mask: tuple[int, ...], orientation: int) -> str:
    as_stored = mask == image
    rotated = mask == (image[::-1] if orientation >= _FIRST_TRANSPOSED else image)
    if as_stored and rotated:
        return "either"
    return "stored" if as_stored else "rotated" if rotated else "neither"
