"""Arrays in NumPy's files, .npy and .npz, read without unpickling anything."""

from __future__ import annotations

import io
import math
import os
import zipfile
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy_format

from seqaug.errors import ReadError
from seqaug.reading.dimensions import check_pixels

NUMPY_SUFFIXES: Final = (".npy", ".npz")

_MAGIC = b"\x93NUMPY"
_ZIP_MAGIC = b"PK\x03\x04"
_HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
# More channels in the last dimension than in a first one of 1 to 4: channels come first.
_FEW_CHANNELS, _MANY_CHANNELS = 4, 16

Array = np.ndarray[Any, Any]


def is_numpy(data: bytes) -> bool:
    """Return whether the bytes start like a .npy or .npz file."""
    return data.startswith((_MAGIC, _ZIP_MAGIC))


def decode_numpy(path: str | os.PathLike[str], data: bytes, name: str) -> Array:
    """Decode a .npy file, or one array of a .npz file.

    Args:
        path: the file, for messages.
        data: its content.
        name: which array of a .npz that holds several: "image", "mask", or the name of an additional target. The only
            array of a file may have any name.

    Returns:
        (H, W) or (H, W, C), of bool, integers or floats in the machine's byte order; possibly read-only.

    Raises:
        ReadError: the file is damaged, too large (see `seqaug.reading.dimensions`), lacks the array, or holds objects
            or another number of dimensions.
    """
    try:
        return _decoded(path, data, name)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # whatever NumPy, zipfile or zlib raise on damaged files
        raise ReadError(path, f"not an intact NumPy file ({error}); save it again by numpy.save") from error


def npy_size(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return the (height, width) of a .npy file by its header; None if `decode_numpy` refuses it."""
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return (array.shape[0], array.shape[1]) if array.ndim in (2, 3) and array.size else None


def _decoded(path: str | os.PathLike[str], data: bytes, name: str) -> Array:
    if data.startswith(_MAGIC):
        return _read_array(path, io.BytesIO(data), len(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        if len(members) != 1 and name not in members:
            raise ReadError(
                path,
                f"holds the arrays {', '.join(map(repr, members)) or 'none'}, and none named {name!r}; expected one "
                f"array, or one of that name; read_image= or read_mask= reads any other file",
            )
        member = members[name] if name in members else next(iter(members.values()))
        with archive.open(member) as file:
            return _read_array(path, file, member.file_size)


def _read_array(path: str | os.PathLike[str], file: Any, size: int) -> Array:
    """Read an array whose header agrees with the size of its file, which bounds what is allocated."""
    version = npy_format.read_magic(file)
    if version not in _HEADERS:
        raise ReadError(path, f"a .npy file of version {version}; expected plain numbers, saved by numpy.save")
    shape, is_fortran, dtype = _HEADERS[version](file)
    if dtype.hasobject or dtype.kind not in "biuf":
        hint = ", a file for each sample: object arrays are pickled, and never loaded" if dtype.hasobject else ""
        raise ReadError(path, f"an array of {dtype}; expected numbers{hint}")
    if len(shape) not in (2, 3) or not math.prod(shape):
        hint = "; an array of all samples goes to from_arrays(numpy.load(...))" if len(shape) > 3 else ""
        raise ReadError(
            path,
            f"an array of shape {shape}; expected one sample: (height, width) or (height, width, channels){hint}",
        )
    if len(shape) == 3 and shape[0] <= _FEW_CHANNELS and shape[2] > _MANY_CHANNELS:
        raise ReadError(
            path,
            f"an array of shape {shape}, whose channels seem to come first; expected (height, width, channels): save "
            "numpy.moveaxis(array, 0, -1)",
        )
    check_pixels(path, shape[0] * shape[1], 1 if len(shape) == 2 else shape[2])
    wanted = math.prod(shape) * dtype.itemsize
    content = file.read(wanted)
    if len(content) != wanted or file.read(1):
        raise ReadError(
            path,
            f"the file is truncated or damaged: its header declares {shape} of {dtype}, {wanted} bytes, and it has "
            f"{size} with the header; copy or save it again",
        )
    flat = np.frombuffer(content, dtype)
    array = flat.reshape(shape[::-1]).transpose() if is_fortran else flat.reshape(shape)
    return np.ascontiguousarray(array, dtype.newbyteorder("="))
