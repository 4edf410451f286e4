"""Secrets of URLs kept out of all that people read or that ends on a disk.

A presigned URL (`?X-Amz-Signature=`, Azure's SAS `?sig=`) and credentials (`https://user:password@host`) give whoever
reads a log the rights of whoever wrote it.
"""

from __future__ import annotations

import os
import re

HIDDEN = "***"

_SCHEME = r"\b[a-z][a-z0-9+.-]*://"
_WEB = r"\bhttps?://"
# What ends a URL in a sentence, and is no part of it.
_END = r"(?=[:,;.)\]}>]*(?:[\s'\"]|$))"
# A user may be a token on the web; elsewhere, what stands before "@" alone may be a bucket or a container.
_CREDENTIALS = re.compile(rf"({_WEB})[^/\s?'\"]*@|({_SCHEME})[^/\s?'\"]*:[^/\s?'\"]*@", re.IGNORECASE)
_QUERY = re.compile(
    # What stands behind "?" and has a "="; on the web, all that is long enough for a token: `x?.png` is a pattern.
    rf"({_WEB}[^\s?'\"]*\?)(?=[^\s'\"]*=|[^\s'\"]{{8}})[^\s'\"]+?{_END}|({_SCHEME}[^?'\"\n]*\?)[^\s'\"]*?=[^\s'\"]*?{_END}",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"((?:[a-z][a-z0-9+.-]*::)*https?://[^?\n]*\?)(?=.*=|.{8}).+", re.IGNORECASE | re.DOTALL)


def redacted(text: str) -> str:
    """Give a text with the queries and credentials of the URLs in it hidden; the same text where there are none."""
    if "://" not in text:
        return text
    text = _CREDENTIALS.sub(rf"\1\2{HIDDEN}@", text)
    return _QUERY.sub(rf"\1\2{HIDDEN}", text)


def shown(path: str | os.PathLike[str]) -> str:
    """Give a path or URL as it is shown: without what a URL's query and credentials say, whatever stands in them."""
    text = os.fspath(path)
    if "://" not in text:
        return text
    return redacted(_WHOLE.sub(rf"\1{HIDDEN}", text))
