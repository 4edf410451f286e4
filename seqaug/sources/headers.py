"""What the headers of a data set's files say: sizes, and where on earth images lie."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from seqaug.errors import SampleError
from seqaug.reading.georeference import StoredGeoreference, check_aligned
from seqaug.reading.sizes import Size
from seqaug.sources.additional import AdditionalSource
from seqaug.sources.base import DataSource
from seqaug.sources.files import FilePairs, ImageFiles
from seqaug.sources.headers_file import Headers, HeadersFile
from seqaug.sources.sizes import check_sizes, stored_sizes

Array = np.ndarray[Any, Any]

_THREADS = 16


def read_headers(source: DataSource, file: HeadersFile | None = None) -> Headers:
    """Read the headers of all files, in parallel.

    Args:
        source: the samples.
        file: where headers are kept between runs: only those of new and changed files are read.

    Raises:
        SampleError: a sample cannot be read, or a mask or a further array has another size than its image, or lies
            elsewhere.
    """

    def read(index: int) -> tuple[Size, StoredGeoreference | None]:
        try:
            sizes = stored_sizes(source, index)
            check_sizes(sizes)
            image, mask = georeferences(source, index)
            check_aligned(image, mask, sizes["image"])
        except Exception as error:
            raise SampleError.of(index, source.describe(index), error) from error
        return sizes["image"], image

    headers, keys = Headers.unknown(len(source)), np.empty(0, np.uint64)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="seqaug-headers") as pool:
        missing = np.arange(len(source))
        if file is not None:
            keys = file.keys(pool.map(source.cache_key, range(len(source))))
            missing = np.flatnonzero(~file.load(keys, headers))
        for index, found in zip(missing.tolist(), pool.map(read, missing.tolist()), strict=True):
            headers.add(index, *found)
    if file is not None and len(missing):
        file.save(keys, headers)
    return headers


def georeferences(source: DataSource, index: int) -> tuple[StoredGeoreference | None, StoredGeoreference | None]:
    """Return where image and mask lie."""
    if isinstance(source, AdditionalSource):
        return georeferences(source.source, index)
    return source.georeferences(index) if isinstance(source, FilePairs | ImageFiles) else (None, None)
