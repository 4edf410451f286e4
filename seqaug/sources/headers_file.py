"""What headers of files say of images, and a file that keeps it beside the class counts."""

from __future__ import annotations

import os
import uuid
import zipfile
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqaug.core.user_warnings import warn_user
from seqaug.reading.georeference import StoredGeoreference, Transform
from seqaug.reading.sizes import Size
from seqaug.remote.urls import checked_local
from seqaug.sources.base import CacheKey
from seqaug.statistics.store import HEADER_FILES, mask_fingerprints

Array = np.ndarray[Any, Any]

_PER_SAMPLE = ("sizes", "transforms", "crs")
_OTHERS_KEPT = 2**20  # samples of other sequences that a file keeps: 72 MiB


class Headers(NamedTuple):
    """Sizes and places of the images of a data source, N of them.

    Attributes:
        sizes: heights and widths, (N, 2), int64.
        transforms: six numbers each, as in `StoredGeoreference`, (N, 6), float64; NaN where a file has none.
        crs: number of the reference system of each in `crs_names`, (N,), int32.
        crs_names: reference systems; "" stands for none.
    """

    sizes: Array
    transforms: Array
    crs: Array
    crs_names: list[str]

    @classmethod
    def unknown(cls, count: int) -> Headers:
        """Return those of files that are not read yet."""
        return cls(np.zeros((count, 2), np.int64), np.full((count, 6), np.nan), np.zeros(count, np.int32), [""])

    def georeference(self, index: int, top: int, left: int) -> StoredGeoreference:
        """Return where a window of an image lies, whose first pixel is in row `top` and column `left`."""
        a, b, c, d, e, f = self.transforms[index].tolist()
        moved: Transform = (a, b, a * left + b * top + c, d, e, d * left + e * top + f)
        return StoredGeoreference(self.crs_names[self.crs[index]] or None, None if np.isnan(a) else moved)

    def add(self, index: int, size: Size, georeference: StoredGeoreference | None) -> None:
        """Set what is known of an image."""
        self.sizes[index] = size
        if georeference is None:
            return
        if georeference.transform is not None:
            self.transforms[index] = georeference.transform
        name = georeference.crs or ""
        if name not in self.crs_names:
            self.crs_names.append(name)
        self.crs[index] = self.crs_names.index(name)


class HeadersFile:
    """Keeps sizes and places of images in a file, so that the headers of unchanged files are read only once.

    Samples are found by their cache keys, not by index: training and validation subsets share a file. It is written
    under a temporary name and then renamed; one that is damaged is ignored and replaced.

    Args:
        directory: of the file; created when first saved to.
        fingerprint: how samples are read; each way has a file of its own.

    Attributes:
        path: the file.

    Raises:
        ValueError: the directory is a URL.
    """

    def __init__(self, directory: str | os.PathLike[str], fingerprint: str) -> None:
        digest = blake2b(fingerprint.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self.path = Path(checked_local("statistics_dir", directory)) / HEADER_FILES.replace("*.*", f"{digest}.npz")

    @staticmethod
    def keys(cache_keys: Iterable[CacheKey | None]) -> Array:
        """Hash what identifies each sample, (N,), uint64; a sample without a key is never found again."""
        return mask_fingerprints(uuid.uuid4().hex if key is None else f"{key.name}\0{key.state}" for key in cache_keys)

    def load(self, keys: Array, headers: Headers) -> Array:
        """Set what is known of samples; return which are known, (N,) bool."""
        stored, names = self._read()
        if not len(stored["keys"]):
            return np.zeros(len(keys), bool)
        order = np.argsort(stored["keys"])
        places = order[np.searchsorted(stored["keys"], keys, sorter=order).clip(max=len(order) - 1)]
        known: Array = stored["keys"][places] == keys
        headers.crs_names[:] = names
        for name in _PER_SAMPLE:
            getattr(headers, name)[known] = stored[name][places[known]]
        return known

    def save(self, keys: Array, headers: Headers) -> None:
        """Write what is known of samples, all of them, and keep that of others; warn if it cannot be written."""
        stored, names = self._read()
        others = np.flatnonzero(~np.isin(stored["keys"], keys))[:_OTHERS_KEPT]
        all_names = list(dict.fromkeys([*headers.crs_names, *names]))
        numbers = np.array([all_names.index(name) for name in names], np.int32)
        stored["crs"] = numbers[stored["crs"]] if len(numbers) else stored["crs"]
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(headers, name), stored[name][others]]) for name in _PER_SAMPLE
        }
        arrays |= {"keys": np.concatenate([keys, stored["keys"][others]]), "crs_names": np.array(all_names, np.str_)}
        temporary = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb") as file:
                    np.savez(file, **arrays)
                os.replace(temporary, self.path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            warn_user(
                f"the sizes of images cannot be kept in {self.path.parent} ({error.strerror or error}), so the next "
                "run will read all headers again; expected a writable directory"
            )

    def _read(self) -> tuple[dict[str, Array], list[str]]:
        """Read the arrays of samples, and the names of reference systems."""
        try:
            with self.path.open("rb") as content, np.load(content, allow_pickle=False) as file:
                found = {name: file[name] for name in ("keys", *_PER_SAMPLE)}
                names = file["crs_names"].tolist()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # missing, or damaged
            return {"keys": np.empty(0, np.uint64), **_per_sample(Headers.unknown(0))}, []
        return found, names


def _per_sample(headers: Headers) -> dict[str, Array]:
    return {name: getattr(headers, name) for name in _PER_SAMPLE}
