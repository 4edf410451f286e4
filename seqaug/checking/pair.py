"""One look at a pair, as work for an engine: each file is read and decoded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqaug.checking.masks import Fault, MaskCheck
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

# All rows of a batch are equally long: what a pair has to say is JSON, filled up with spaces.
_BYTES = 16_384
_LONGEST_TEXT = 400
_MOST_IDS = 400  # of a mask, more than are class ids

_DIGEST_BYTES = 16
_TURNED = 5  # EXIF orientations from here on exchange height and width


class PairInspector(RawRows):
    """What a check does to a pair, in the place of a `Pipeline`; safe to call from any thread.

    Args:
        pairs: paths of images and masks.
        labels: what masks should hold.
    """

    def __init__(self, pairs: Sequence[tuple[Path, Path]], labels: LabelSpec) -> None:
        self._pairs = pairs
        self._colored = labels.palette is not None
        self._check = MaskCheck(labels)

    def describe(self, index: int) -> str:
        """Name the files of a pair."""
        image, mask = self._pairs[index]
        return f"image {shown(image)}, mask {shown(mask)}"

    def sample(self, request: SampleRequest) -> dict[str, Array]:
        """Look at a pair.

        Returns:
            "said": what `understood` turns into a dict, (16384,), uint8.
        """
        try:
            look = self._look(*self._pairs[request.index])
        except Exception as error:  # one pair must not end the check of the others
            look = {"faults": [("both", "unreadable", {"problem": f"{type(error).__name__}: {error}"[:_LONGEST_TEXT]})]}
        said = json.dumps(look).encode()
        return {"said": np.frombuffer(said.ljust(_BYTES), np.uint8)}

    def _look(self, image_path: Path, mask_path: Path) -> dict[str, Any]:
        faults: list[tuple[str, str, dict[str, Any]]] = []  # which file, kind, details

        def read(which: str, path: Path, decode: Callable[[Path, bytes], Array]) -> tuple[bytes, Array | None]:
            data = b""
            try:
                data = read_bytes(path)
                return data, decode(path, data)
            except Exception as error:  # whatever a damaged file makes a decoder raise
                problem = error.problem if isinstance(error, ReadError) else f"{type(error).__name__}: {error}"
                faults.append((which, "unreadable", {"problem": problem[:_LONGEST_TEXT]}))
                return data, None

        image_data, image = read("image", image_path, lambda path, data: decode_image(path, data, "unchanged"))
        mask_data, mask = read("mask", mask_path, decode_mask_colors if self._colored else decode_mask)
        said: dict[str, Any] = {"faults": faults}
        if image is not None:
            said["image"] = _digest(image)
            said["size"] = image.shape[:2]
            said["channels"] = f"{image.shape[2]} x {image.dtype}"
            if image.dtype == np.uint16:
                said["greatest"] = int(image.max())
            pages = len(page_offsets(image_data)) if is_tiff(image_data) else 1
            if pages > 1:
                faults.append(("image", "several_pages", {"pages": pages}))
            orientation = exif_orientation(image_data)
            if orientation > 1:
                fits = "unknown" if mask is None else _fits(image.shape[:2], mask.shape[:2], orientation)
                faults.append(("image", "exif_orientation", {"orientation": orientation, "mask_fits": fits}))
            if mask is not None and mask.shape[:2] != image.shape[:2] and not (orientation > 1 and fits == "turned"):
                faults.append(("both", "size_mismatch", {"image": image.shape[:2], "mask": mask.shape[:2]}))
        if mask is not None:
            said["mask"] = _digest(mask)
            mask_faults, counts = self._look_at_mask(mask_data, mask)
            faults += [("mask", *fault) for fault in mask_faults]
            if counts is not None:
                listed = slice(_MOST_IDS)
                said["ids"] = [counts.ids[listed].tolist(), counts.pixels[listed].tolist(), counts.max_distinct]
        return said

    def _look_at_mask(self, data: bytes, mask: Array) -> tuple[list[Fault], IdCounts | None]:
        if not is_jpeg(data) or self._colored:
            return self._check.look(mask)
        if is_photograph(mask):
            return [Fault("photographs", {"problem": "a JPEG of a photograph"})], None
        problem = "a JPEG, whose compression changes the ids that were written"
        return [Fault("unusable_masks", {"problem": problem})], None


def understood(said: Array) -> dict[str, Any]:
    """Read an answer of `PairInspector`.

    Returns:
        "faults": a list of (which file: "image", "mask" or "both"; kind; details). Where the image could be read,
        "image": its digest, "size": (height, width) and "channels", and of 16 bits "greatest", its greatest value;
        where the mask could, "mask": its digest; where it holds ids, "ids": these, how many pixels each has, and how
        many there are.
    """
    answer: dict[str, Any] = json.loads(said.tobytes())
    return answer


def _digest(pixels: Array) -> str:
    hashed = hashlib.blake2b(f"{pixels.shape} {pixels.dtype}".encode(), digest_size=_DIGEST_BYTES)
    hashed.update(np.ascontiguousarray(pixels).data)
    return hashed.hexdigest()


def _fits(image: tuple[int, ...], mask: tuple[int, ...], orientation: int) -> str:
    as_stored = mask == image
    turned = mask == (image[::-1] if orientation >= _TURNED else image)
    if as_stored and turned:
        return "either"
    return "stored" if as_stored else "turned" if turned else "neither"
