"""URLs: detection, parsing, joining and identity."""

from __future__ import annotations

import os
import posixpath
import re
from hashlib import blake2b
from typing import NamedTuple

from seqaug.utils.redaction import HIDDEN, shown

# Schemes of one letter are Windows drives.
_SCHEME = r"[a-z][a-z0-9+.-]+"
_URL = re.compile(
    rf"(?P<before>(?:{_SCHEME}::)*)(?P<scheme>{_SCHEME})://(?P<path>.*?)(?P<after>::.*)?", re.IGNORECASE | re.DOTALL
)
# Parameters of signed requests, by the signature's name: Amazon S3, Google Cloud Storage (version 2) and CloudFront;
# Azure's shared access signatures.
_SIGNATURES = {
    "signature": {"signature", "expires", "awsaccesskeyid", "googleaccessid", "key-pair-id", "policy"},
    "sig": {
        *("sig", "sv", "ss", "srt", "sr", "sp", "st", "se", "spr", "sip", "si"),
        *("skoid", "sktid", "skt", "ske", "sks", "skv"),
    },
}
_LOST_SLASH = re.compile(rf"(?P<scheme>{_SCHEME}):[/\\](?![/\\])", re.IGNORECASE)


class Url(NamedTuple):
    """A URL in parts: `simplecache::https://host/a.png?key=1`, or `zip://a.png::s3://bucket/b.zip`.

    Attributes:
        before: leading links of a chain that have no path, such as "simplecache::".
        scheme: scheme of the first link with a path, in lower case.
        path: the part after "://", without the query.
        query: for http and https, the part from "?" on.
        after: further links of the chain, such as "::s3://bucket/b.zip".
    """

    before: str
    scheme: str
    path: str
    query: str
    after: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Parse a URL, for which `is_url` holds."""
        match = _URL.fullmatch(text)
        assert match is not None
        scheme, path, query = match["scheme"].lower(), match["path"], ""
        if scheme in ("http", "https") and "?" in path:
            at = path.index("?")
            path, query = path[:at], path[at:]
        return cls(match["before"], scheme, path, query, match["after"] or "")

    def __str__(self) -> str:
        return f"{self.before}{self.scheme}://{self.path}{self.query}{self.after}"

    @property
    def is_http(self) -> bool:
        """Whether the scheme is http(s): names are percent-encoded, and "?" starts a query."""
        return self.scheme in ("http", "https")

    @property
    def protocols(self) -> list[str]:
        """The protocols that fsspec must support, link by link."""
        return [*filter(None, self.before.split("::")), self.scheme, *re.findall(rf"::({_SCHEME})", self.after)]

    @property
    def parent(self) -> Url:
        """The folder that contains it; the query stays, because it mostly grants access to the folder."""
        return self._replace(path=self.path.rstrip("/").rpartition("/")[0])

    def below(self, relative: str) -> Url:
        """Append a relative path; `.` and `..` are resolved, because servers and object stores may not do so."""
        path = f"{self.path.rstrip('/')}/{relative}" if self.path else relative
        if {".", ".."} & set(relative.split("/")):
            path = posixpath.normpath(path)
        return self._replace(path=path)


def is_url(path: object) -> bool:
    """Return whether a path, a string or path-like object, is a URL."""
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
    return "://" in text and _URL.fullmatch(text) is not None


def join(root: str | os.PathLike[str] | None, path: str | os.PathLike[str]) -> str:
    """Join a root with a path; URLs and absolute paths ignore the root."""
    text = os.fspath(path)
    if is_url(text):
        return text
    if root is None or not is_url(root) or os.path.isabs(text):
        return os.path.join(root or "", text)
    return str(Url.parse(os.fspath(root)).below(text))


def absolute(path: str) -> str:
    """Return the absolute path; URLs are returned as they are."""
    return path if is_url(path) else os.path.abspath(path)


def identity(path: str) -> str:
    """Return a name for a path or URL that stays valid across runs and working directories.

    Credentials of a URL are removed, and its query becomes a digest, because queries may select content (`?id=7`).
    Parameters that only sign a request (`X-Amz-...`, `X-Goog-...`, those of CloudFront and Azure) are removed, so that
    a URL signed again keeps its identity.
    """
    return "::".join(map(_link_identity, path.split("::"))) if is_url(path) else os.path.abspath(path)


def _link_identity(link: str) -> str:
    if shown(link) == link:
        return link
    name, _, query = link.partition("?")
    name = shown(name).replace(f"{HIDDEN}@", "")
    parts = [part for part in query.split("&") if part]
    names = [part.partition("=")[0].lower() for part in parts]
    signing = {name for sign, used in _SIGNATURES.items() if sign in names for name in used}
    selecting = "&".join(
        part
        for part, name in zip(parts, names, strict=True)
        if name not in signing and not name.startswith(("x-amz-", "x-goog-"))
    )
    digest = blake2b(selecting.encode(errors="surrogateescape"), digest_size=16).hexdigest()
    return f"{name}?{digest}" if selecting else name


def checked_local(argument: str, path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return a path that will be written to.

    Raises:
        ValueError: the path is a URL.
    """
    if is_url(path):
        raise ValueError(f"{argument}={shown(path)!r} is a URL, but URLs are read-only; expected a local path")
    return path


def pathlib_hint(path: str | os.PathLike[str]) -> str:
    """Return what to do if a missing path is a URL that lost a slash to pathlib; else ""."""
    text = os.fspath(path)
    match = _LOST_SLASH.match(text)
    if match is None:
        return ""
    url = shown(f"{match['scheme']}://{text[match.end() :].replace(os.sep, '/')}")
    return f"; pathlib.Path removes a slash from URLs: pass {url!r} as a string"
