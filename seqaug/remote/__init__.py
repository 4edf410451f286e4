"""Files elsewhere: URLs that fsspec reads, wherever a path of a file on this machine would do.

fsspec is imported when a URL is first seen, and nowhere but here.
"""

from seqaug.remote.files import content_state, fetch, require
from seqaug.remote.listing import list_below, listing_cure
from seqaug.remote.urls import Url, absolute, checked_local, identity, is_url, join, pathlib_hint

__all__ = [
    "Url",
    "absolute",
    "checked_local",
    "content_state",
    "fetch",
    "identity",
    "is_url",
    "join",
    "list_below",
    "listing_cure",
    "pathlib_hint",
    "require",
]
