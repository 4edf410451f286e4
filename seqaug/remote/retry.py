"""Tries to reach a remote file: again where that may help, and with an error that teaches where it does not."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from seqaug.core.user_warnings import warn_user
from seqaug.errors import ReadError
from seqaug.remote.urls import Url
from seqaug.utils.redaction import redacted, shown

Given = TypeVar("Given")

# Seconds before the second try and before the third. Packages such as s3fs try again by themselves; http does not.
_PAUSES = (0.5, 2.0)
_TRIED_AGAIN = (408, 429)  # request timeout, too many requests; and all above 499
_ACCESS_DENIED = (401, 403)
# The environment variables of limits, and their seconds where they are not set.
_CONNECT = ("SEQAUG_CONNECT_TIMEOUT", 10.0)
_READ = ("SEQAUG_READ_TIMEOUT", 60.0)
_ORDINALS = {2: "second", 3: "third"}
_SETTINGS = (
    "credentials and settings are fsspec's: ~/.config/fsspec, variables such as FSSPEC_S3_KEY, or what the package of "
    "the protocol looks for"
)


def attempt(url: str, action: Callable[[Any, str], Given], cure: str = "") -> Given:
    """Do something with a file system and the path in it that a URL stands for, again where that may help.

    Connections that fail or break off, time-outs and errors of the server (408, 429, 5xx) are tried three times. Of
    http(s), a connection may take 10 seconds, and an answer, and each further part of it, 60; the environment variables
    `SEQAUG_CONNECT_TIMEOUT` and `SEQAUG_READ_TIMEOUT` set other limits. Waiting that was in vain is warned of.

    Args:
        url: which file or folder.
        action: gets the file system of fsspec, and the path.
        cure: added to what is said where it fails.

    Raises:
        ReadError: it failed for good.
        ImportError: fsspec, or the package that it needs for the protocol, is missing.
    """
    for number, pause in enumerate((*_PAUSES, None), 2):
        try:
            with teaching(url):
                from fsspec.core import url_to_fs

                # Not kept: fsspec keeps file systems, and makes new ones in processes that were forked.
                filesystem, path = url_to_fs(url, **_limits(url))
            return action(filesystem, path)
        except (ImportError, ReadError):
            raise
        except Exception as error:
            if pause is None or not (_is_transient(error) or _may_be_transient(url, error)):
                # What it was caused by may name the URL in full.
                raise ReadError(url, _explained(url, error) + cure) from (None if shown(url) != url else error)
            if _is_timeout(error):
                _tell_of_wait(url, number)
        time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _limits(url: str) -> dict[str, Any]:
    """Give the arguments of fsspec that limit how long http(s) is waited for."""
    protocols = {"http", "https"} & set(Url.parse(url).protocols)
    if not protocols:
        return {}
    from aiohttp import ClientTimeout
    from fsspec.config import conf

    limits = ClientTimeout(total=None, sock_connect=_seconds(url, *_CONNECT), sock_read=_seconds(url, *_READ))
    # What the user set for fsspec comes first.
    own = {**conf.get("http", {}), **conf.get("https", {})}.get("client_kwargs", {})
    return {protocol: {"client_kwargs": {"timeout": limits, **own}} for protocol in protocols}


def _seconds(url: str, variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ReadError(url, f"cannot be fetched: the environment variable {variable} is {text!r}; expected seconds")
    return seconds


def _tell_of_wait(url: str, number: int) -> None:
    found = re.search(r"https?://([^/?]+)", shown(url), re.IGNORECASE)
    host = found[1] if found else shown(url)
    warn_user(
        f"{host} has not answered in time ({_waits(url)}); trying again, for the {_ORDINALS[number]} of "
        f"{len(_PAUSES) + 1} times"
    )


def _waits(url: str) -> str:
    connect, read = _seconds(url, *_CONNECT), _seconds(url, *_READ)
    return f"{connect:g} s to connect, {read:g} s to answer; {_CONNECT[0]} and {_READ[0]} set other limits"


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
            f'{shown(url)}: {redacted(str(error))}; pip install "seqaug[remote]" brings what http(s) needs; '
            "s3:// needs s3fs beside it, and gs:// gcsfs"
        ) from error
    except ValueError as error:
        raise ReadError(url, f"{error}; expected a URL that fsspec reads, such as s3://bucket/file") from error


def _is_transient(error: Exception) -> bool:
    status = _status(error)
    if status is not None:
        return status in _TRIED_AGAIN or status >= 500
    if isinstance(error, ConnectionError) or _is_timeout(error):
        return True
    aiohttp: Any = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError))


def _may_be_transient(url: str, error: Exception) -> bool:
    """Tell whether a cache of fsspec may have taken a failed request for a file that is not there."""
    parsed = Url.parse(url)
    return isinstance(error, FileNotFoundError) and parsed.is_http and bool(parsed.before)


def _is_timeout(error: Exception) -> bool:
    from asyncio import TimeoutError as AsyncTimeoutError  # another one than the built-in one up to Python 3.10

    return isinstance(error, TimeoutError | AsyncTimeoutError)


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
        unsure = ""
        if _may_be_transient(url, error):
            unsure = f" (or the server failed: {Url.parse(url).before} does not tell which)"
        return f"no such file or folder{unsure}; check the URL, and that it may be read"
    said = f"{type(error).__name__}: {error}" if status is None else f"HTTP {status} {getattr(error, 'message', '')}"
    if isinstance(error, PermissionError) or status in _ACCESS_DENIED:
        return f"access denied ({said}); {_SETTINGS}"
    if _is_timeout(error) and Url.parse(url).is_http:
        return f"cannot be fetched, in {len(_PAUSES) + 1} tries: no answer in time ({_waits(url)})"
    if _is_transient(error):
        return f"cannot be fetched, in {len(_PAUSES) + 1} tries ({said}); see whether the server can be reached"
    return f"cannot be fetched ({said}); check the URL; {_SETTINGS}"
