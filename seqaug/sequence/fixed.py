"""Attributes of a sequence that can be read and not set, and those that are not there."""

from __future__ import annotations

import inspect
from typing import Any

_OF_EVERY_SEQUENCE = frozenset(
    {
        "batch_size",
        "class_names",
        "ignore_index",
        "max_queue_size",
        "num_classes",
        "palette",
        "samples",
        "seed",
        "shard",
        "use_multiprocessing",
        "workers",
    }
)
_METHODS = frozenset({"cache_key", "load"})
# Made by the constructor, and asked for first by what a sequence is asked for: its length, a batch, its epoch.
_MADE_AT_CONSTRUCTION = frozenset(
    {"_cache", "_cursor", "_engine", "_has_masks", "_labels", "_lent", "_loader", "_pipeline", "_scan", "_skipped"}
)


def refuse_change(sequence: Any, name: str, value: Any) -> None:
    """Refuse to set what a sequence was made with, which would have no effect; a subclass's own may be set.

    Args:
        sequence: one that is made.
        name: of the attribute.
        value: that it would have.

    Raises:
        AttributeError: it is such a one; the message says what to do.
    """
    made = type(sequence)
    cure = f"make another sequence, {made.__name__}(..., {name}=...), or in a subclass give it to super().__init__()"
    if name == "epoch":
        cure = f"move it there by set_epoch({value!r})"
    elif name in _METHODS:
        cure = f"override {name}(self, index) in a subclass"
    elif name in _OF_EVERY_SEQUENCE:
        if _is_same(getattr(sequence, name, None), value):
            return
    elif not made.__module__.startswith("seqaug.") or name not in inspect.signature(made).parameters:
        return
    raise AttributeError(f"{name} of a sequence cannot be set: its batches would stay what they are; {cure}")


def _is_same(before: Any, value: Any) -> bool:
    return before is value or (isinstance(value, int | str | list | tuple) and bool(before == value))


def missing_attribute(sequence: Any, name: str) -> Exception:
    """Make the error of one that is asked for an attribute it does not have."""
    made = type(sequence).__name__
    is_made = "_is_constructed" in sequence.__dict__
    if name in _MADE_AT_CONSTRUCTION:
        # No AttributeError, which would be taken for the lack of the property or method that needed it.
        if is_made:
            return RuntimeError(
                f"{made} was sent to a process that makes its samples, and has there what load() needs, not batches, "
                "epochs or statistics"
            )
        return RuntimeError(
            f"{made}.__init__ has not called super().__init__(...), which makes the sequence; expected that call "
            "in it, before anything else is asked of the sequence"
        )
    said = f"{made!r} object has no attribute {name!r}"
    if name in _OF_EVERY_SEQUENCE and not is_made:
        said += ", before super().__init__(...) was called"
    return AttributeError(said)
