"""The engines of a sequence, by the arguments that choose them."""

from __future__ import annotations

from typing import Any

ENGINES: dict[str, dict[str, Any]] = {
    "inline": {"workers": 0},
    "threads": {"workers": 3},
    "processes": {"workers": 2, "use_multiprocessing": True},
}
