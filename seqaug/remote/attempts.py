"""Tries to reach a remote file: again where that may help, and with an error that teaches where it does not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from seqaug.errors import ReadError
from seqaug.remote.urls import Url

Given = TypeVar("Given")

# Seconds before the second try and before the third. Packages such as s3fs try again by themselves; http does not.
_PAUSES = (0.5, 2.0)
_TRIED_AGAIN = (408, 429)  # request timeout, too many requests; and all above 499
_ACCESS_DENIED = (401, 403)
_SETTINGS = (
    "credentials and settings are fsspec's: ~/.config/fsspec, variables such as FSSPEC_S3_KEY, or what the package of "
    "the protocol looks for"
)


def attempt(url: str, action: Callable[[Any, str], Given], cure: str = "") -> Given:
    """Do something with a file system and the path in it that a URL stands for, again where that may help.

    Connections that fail or break off, time-outs and errors of the server (408, 429, 5xx) are tried three times.

    Args:
        url: which file or folder.
        action: gets the file system of fsspec, and the path.
        cure: added to what is said where it fails.

    Raises:
        ReadError: it failed for good.
        ImportError: fsspec, or the package that it needs for the protocol, is missing.
    """
    for pause in (*_PAUSES, None):
        try:
            with teaching(url):
                from fsspec.core import url_to_fs

                # Not kept: fsspec keeps file systems, and makes new ones in processes that were forked.
                filesystem, path = url_to_fs(url)
            return action(filesystem, path)
        except (ImportError, ReadError):
            raise
        except Exception as error:
            if pause is None or not _is_transient(error):
                raise ReadError(url, _explained(url, error) + cure) from error
        time.sleep(pause)
    raise AssertionError("the last try returns or raises")


@contextmanager
def teaching(url: str) -> Iterator[None]:
    """Say what to install where a package is missing, and what is expected where fsspec does not know the protocol.

    Raises:
        ImportError, ReadError: in place of what fsspec says.
    """
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f'{url}: {error}; pip install "seqaug[remote]" brings what http(s) needs; s3:// needs s3fs beside it, and '
            "gs:// gcsfs"
        ) from error
    except ValueError as error:
        raise ReadError(url, f"{error}; expected a URL that fsspec reads, such as s3://bucket/file") from error


def _is_transient(error: Exception) -> bool:
    status = _status(error)
    if status is not None:
        return status in _TRIED_AGAIN or status >= 500
    from asyncio import TimeoutError as AsyncTimeoutError  # another one than the built-in one up to Python 3.10

    if isinstance(error, ConnectionError | TimeoutError | AsyncTimeoutError):
        return True
    aiohttp: Any = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError))


def _status(error: Exception) -> int | None:
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else None


def _explained(url: str, error: Exception) -> str:
    status = _status(error)
    if isinstance(error, FileNotFoundError):
        if "memory" in Url.parse(url).protocols:
            return (
                "no such file or folder; memory:// is of one process, and workers that are processes do not see what "
                "this one has there: use threads (use_multiprocessing=False)"
            )
        return "no such file or folder; check the URL, and that it may be read"
    said = f"{type(error).__name__}: {error}" if status is None else f"HTTP {status} {getattr(error, 'message', '')}"
    if isinstance(error, PermissionError) or status in _ACCESS_DENIED:
        return f"access denied ({said}); {_SETTINGS}"
    if _is_transient(error):
        return f"cannot be fetched, in {len(_PAUSES) + 1} tries ({said}); see whether the server can be reached"
    return f"cannot be fetched ({said}); check the URL; {_SETTINGS}"
