"""Remote access with retries, time-outs and errors that say what to do."""

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

Result = TypeVar("Result")

# Seconds before the second and the third attempt. Packages such as s3fs retry by themselves; http does not.
_DELAYS = (0.5, 2.0)
_RETRIED = (408, 429)  # request timeout, too many requests; and all from 500
_ACCESS_DENIED = (401, 403)
# Environment variables of time-outs, and their defaults in seconds.
_CONNECT = ("SEQAUG_CONNECT_TIMEOUT", 10.0)
_READ = ("SEQAUG_READ_TIMEOUT", 60.0)
_ORDINALS = {2: "second", 3: "third"}
_SETTINGS = (
    "credentials and settings are fsspec's: ~/.config/fsspec, variables such as FSSPEC_S3_KEY, or those of the "
    "protocol's package"
)


def with_retries(url: str, action: Callable[[Any, str], Result], hint: str = "") -> Result:
    """Call an action with a URL's file system and path, up to three times.

    Failed and dropped connections, time-outs and server errors (408, 429, 5xx) are retried. For http(s), connecting
    times out after 10 seconds, and waiting for the response or its next part after 60; the environment variables
    `SEQAUG_CONNECT_TIMEOUT` and `SEQAUG_READ_TIMEOUT` set other limits. Each time-out gives a warning.

    Args:
        url: a file or folder.
        action: takes fsspec's file system and the path in it.
        hint: appended to the error message.

    Raises:
        ReadError: the last attempt failed, or the error is permanent.
        ImportError: fsspec, or the package it needs for the protocol, is not installed.
    """
    for next_attempt, delay in enumerate((*_DELAYS, None), 2):
        try:
            with explain_setup_errors(url):
                from fsspec.core import url_to_fs

                # Not stored: fsspec caches file systems, and replaces them in forked processes.
                filesystem, path = url_to_fs(url, **_timeouts(url))
            return action(filesystem, path)
        except (ImportError, ReadError):
            raise
        except Exception as error:
            if delay is None or not (_is_transient(error) or _may_be_transient(url, error)):
                # The cause may contain the full URL.
                raise ReadError(url, _explain(url, error) + hint) from (None if shown(url) != url else error)
            if _is_timeout(error):
                _warn_of_timeout(url, next_attempt)
        time.sleep(delay)
    raise AssertionError("the last attempt returns or raises")


def _timeouts(url: str) -> dict[str, Any]:
    """Return the arguments of fsspec that set the time-outs of http(s)."""
    protocols = {"http", "https"} & set(Url.parse(url).protocols)
    if not protocols:
        return {}
    from aiohttp import ClientTimeout
    from fsspec.config import conf

    timeout = ClientTimeout(total=None, sock_connect=_seconds(url, *_CONNECT), sock_read=_seconds(url, *_READ))
    # The user's fsspec configuration takes precedence.
    configured = {**conf.get("http", {}), **conf.get("https", {})}.get("client_kwargs", {})
    return {protocol: {"client_kwargs": {"timeout": timeout, **configured}} for protocol in protocols}


def _seconds(url: str, variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ReadError(
            url, f"cannot be fetched: the environment variable {variable} is {text!r}; expected seconds above 0"
        )
    return seconds


def _warn_of_timeout(url: str, next_attempt: int) -> None:
    found = re.search(r"https?://([^/?]+)", shown(url), re.IGNORECASE)
    host = found[1] if found else shown(url)
    warn_user(
        f"{host} has not responded in time ({_describe_timeouts(url)}); starting the {_ORDINALS[next_attempt]} of "
        f"{len(_DELAYS) + 1} attempts"
    )


def _describe_timeouts(url: str) -> str:
    connect, read = _seconds(url, *_CONNECT), _seconds(url, *_READ)
    return f"{connect:g} s to connect, {read:g} s to respond; {_CONNECT[0]} and {_READ[0]} set other limits"


@contextmanager
def explain_setup_errors(url: str) -> Iterator[None]:
    """Replace errors of missing packages and unknown protocols with ones that say what to do.

    Raises:
        ImportError: a package is missing; the message says what to install.
        ReadError: fsspec does not know the protocol.
    """
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f'{shown(url)}: {redacted(str(error))}; pip install "seqaug[remote]" provides http(s); '
            "s3:// also needs s3fs, and gs:// gcsfs"
        ) from error
    except ValueError as error:
        raise ReadError(url, f"{error}; expected a URL that fsspec reads, such as s3://bucket/file") from error


def _is_transient(error: Exception) -> bool:
    status = _status(error)
    if status is not None:
        return status in _RETRIED or status >= 500
    if isinstance(error, ConnectionError) or _is_timeout(error):
        return True
    aiohttp: Any = sys.modules.get("aiohttp")
    return aiohttp is not None and isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError))


def _may_be_transient(url: str, error: Exception) -> bool:
    """Return whether an fsspec cache may have reported a failed request as a missing file."""
    parsed = Url.parse(url)
    return isinstance(error, FileNotFoundError) and parsed.is_http and bool(parsed.before)


def _is_timeout(error: Exception) -> bool:
    from asyncio import TimeoutError as AsyncTimeoutError  # not the built-in one until Python 3.11

    return isinstance(error, TimeoutError | AsyncTimeoutError)


def _status(error: Exception) -> int | None:
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else None


def _explain(url: str, error: Exception) -> str:
    status = _status(error)
    if isinstance(error, FileNotFoundError):
        if "memory" in Url.parse(url).protocols:
            return (
                "no such file or folder; memory:// belongs to one process, and worker processes do not see its files: "
                "use threads (use_multiprocessing=False)"
            )
        doubt = ""
        if _may_be_transient(url, error):
            doubt = f" (or the server failed: {Url.parse(url).before} does not say which)"
        return f"no such file or folder{doubt}; check the URL, and that it is readable"
    detail = f"{type(error).__name__}: {error}" if status is None else f"HTTP {status} {getattr(error, 'message', '')}"
    if isinstance(error, PermissionError) or status in _ACCESS_DENIED:
        return f"access denied ({detail}); {_SETTINGS}"
    if _is_timeout(error) and Url.parse(url).is_http:
        return f"cannot be fetched in {len(_DELAYS) + 1} attempts: no response in time ({_describe_timeouts(url)})"
    if _is_transient(error):
        return f"cannot be fetched in {len(_DELAYS) + 1} attempts ({detail}); check that the server is reachable"
    return f"cannot be fetched ({detail}); check the URL; {_SETTINGS}"
