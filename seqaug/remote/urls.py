"""URLs as text: what is one, its parts, and what lies beside and below it."""

from __future__ import annotations

import os
import posixpath
import re
from hashlib import blake2b
from typing import NamedTuple

from seqaug.utils.redaction import HIDDEN, shown

# Schemes of one letter are drives of Windows.
_SCHEME = r"[a-z][a-z0-9+.-]+"
_URL = re.compile(
    rf"(?P<before>(?:{_SCHEME}::)*)(?P<scheme>{_SCHEME})://(?P<path>.*?)(?P<after>::.*)?", re.IGNORECASE | re.DOTALL
)
# Parameters that sign a request, by the one that is the signature: of Amazon S3 and Google Cloud Storage (version 2)
# and CloudFront, and of Azure's shared access signatures.
_SIGNED = {
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
        before: the links of a chain that have no path, such as "simplecache::".
        scheme: of the link whose path it is, in lower case.
        path: what stands behind "://", without the query.
        query: of http and https, from "?" on.
        after: the links of a chain below, such as "::s3://bucket/b.zip".
    """

    before: str
    scheme: str
    path: str
    query: str
    after: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Take a URL apart."""
        found = _URL.fullmatch(text)
        assert found is not None  # is_url has been asked
        scheme, path, query = found["scheme"].lower(), found["path"], ""
        if scheme in ("http", "https") and "?" in path:
            at = path.index("?")
            path, query = path[:at], path[at:]
        return cls(found["before"], scheme, path, query, found["after"] or "")

    def __str__(self) -> str:
        return f"{self.before}{self.scheme}://{self.path}{self.query}{self.after}"

    @property
    def is_http(self) -> bool:
        """Whether it is a page of the web, whose names are percent-encoded and whose "?" is no wildcard."""
        return self.scheme in ("http", "https")

    @property
    def protocols(self) -> list[str]:
        """What fsspec must know to read it, link by link."""
        return [*filter(None, self.before.split("::")), self.scheme, *re.findall(rf"::({_SCHEME})", self.after)]

    @property
    def parent(self) -> Url:
        """The folder that it lies in; the query stays, as what it grants is mostly granted for the folder."""
        return self._replace(path=self.path.rstrip("/").rpartition("/")[0])

    def below(self, relative: str) -> Url:
        """Give what lies below it; `.` and `..` are followed, as servers and object stores may not do it."""
        path = f"{self.path.rstrip('/')}/{relative}" if self.path else relative
        if {".", ".."} & set(relative.split("/")):
            path = posixpath.normpath(path)
        return self._replace(path=path)


def is_url(path: object) -> bool:
    """Tell whether a path is a URL, as text or as an object that stands for text."""
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
    return "://" in text and _URL.fullmatch(text) is not None


def join(root: str | os.PathLike[str] | None, path: str | os.PathLike[str]) -> str:
    """Say where a path leads from a root: URLs and absolute paths are where they are, with any root."""
    text = os.fspath(path)
    if is_url(text):
        return text
    if root is None or not is_url(root) or os.path.isabs(text):
        return os.path.join(root or "", text)
    return str(Url.parse(os.fspath(root)).below(text))


def absolute(path: str) -> str:
    """Give a path that means the same from any working directory; URLs do."""
    return path if is_url(path) else os.path.abspath(path)


def identity(path: str) -> str:
    """Say what a path or URL names, from any working directory, for keys that outlive a run.

    Of a URL, credentials are left out and a query is there as a digest. A query may select the content (`?id=7`), so
    URLs that differ in it are two files. What only signs a request (`X-Amz-...`, `X-Goog-...`, the signatures of
    CloudFront and Azure) is left out, so that a URL that is signed anew is the same file.
    """
    return "::".join(map(_identity_of_link, path.split("::"))) if is_url(path) else os.path.abspath(path)


def _identity_of_link(link: str) -> str:
    if shown(link) == link:
        return link
    name, _, query = link.partition("?")
    name = shown(name).replace(f"{HIDDEN}@", "")
    parts = [part for part in query.split("&") if part]
    names = [part.partition("=")[0].lower() for part in parts]
    signed = {name for sign, signed in _SIGNED.items() if sign in names for name in signed}
    selecting = "&".join(
        part
        for part, name in zip(parts, names, strict=True)
        if name not in signed and not name.startswith(("x-amz-", "x-goog-"))
    )
    digest = blake2b(selecting.encode(errors="surrogateescape"), digest_size=16).hexdigest()
    return f"{name}?{digest}" if selecting else name


def checked_local(argument: str, path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Give a path that is to be written to.

    Raises:
        ValueError: it is a URL.
    """
    if is_url(path):
        raise ValueError(
            f"{argument}={shown(path)!r} is a URL, which are read from and not written to; expected a path "
            "on this machine"
        )
    return path


def pathlib_hint(path: str | os.PathLike[str]) -> str:
    """Say what to do where a path that leads nowhere was a URL before pathlib made one slash of two; else ""."""
    text = os.fspath(path)
    lost = _LOST_SLASH.match(text)
    if lost is None:
        return ""
    url = shown(f"{lost['scheme']}://{text[lost.end() :].replace(os.sep, '/')}")
    return f"; pathlib.Path takes a slash out of URLs: give {url!r} as text"
