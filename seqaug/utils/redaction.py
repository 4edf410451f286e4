"""Redaction of URLs' secrets in everything that is printed, logged or stored.

A presigned URL (`?X-Amz-Signature=`, Azure's SAS `?sig=`) or credentials (`https://user:password@host`) give readers of
a log the rights of its writer.
"""

from __future__ import annotations

import os
import re

HIDDEN = "***"

_SCHEME = r"\b[a-z][a-z0-9+.-]*://"
_WEB = r"\bhttps?://"
# What ends a URL in a sentence without being part of it.
_END = r"(?=[:,;.)\]}>]*(?:[\s'\"]|$))"
# On the web, a user name may be a token; in other schemes, a name before "@" may be a bucket or a container.
_CREDENTIALS = re.compile(rf"({_WEB})[^/\s?'\"]*@|({_SCHEME})[^/\s?'\"]*:[^/\s?'\"]*@", re.IGNORECASE)
_QUERY = re.compile(
    # After "?", text with a "="; on the web, also text long enough for a token: `x?.png` is a pattern.
    rf"({_WEB}[^\s?'\"]*\?)(?=[^\s'\"]*=|[^\s'\"]{{8}})[^\s'\"]+?{_END}|({_SCHEME}[^?'\"\n]*\?)[^\s'\"]*?=[^\s'\"]*?{_END}",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"((?:[a-z][a-z0-9+.-]*::)*https?://[^?\n]*\?)(?=.*=|.{8}).+", re.IGNORECASE | re.DOTALL)


def redacted(text: str) -> str:
    """Replace the queries and credentials of all URLs in a text by `***`."""
    if "://" not in text:
        return text
    text = _CREDENTIALS.sub(rf"\1\2{HIDDEN}@", text)
    return _QUERY.sub(rf"\1\2{HIDDEN}", text)


def shown(path: str | os.PathLike[str]) -> str:
    """Format a path or URL for display, without the query and credentials of a URL, whatever they contain."""
    text = os.fspath(path)
    if "://" not in text:
        return text
    return redacted(_WHOLE.sub(rf"\1{HIDDEN}", text))
