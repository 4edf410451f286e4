"""Attributes of a sequence: errors where a fixed one is set, or a missing one is read."""

from __future__ import annotations

import inspect
from typing import Any

_OF_EVERY_SEQUENCE = frozenset(
    {
        "batch_size",
        "class_names",
        "element_spec",
        "engine",
        "ignore_index",
        "max_queue_size",
        "num_classes",
        "palette",
        "repeats",
        "samples",
        "seed",
        "shard",
        "use_multiprocessing",
        "workers",
    }
)
_METHODS = frozenset({"cache_key", "load"})
# Set by the constructor, and read first by what is asked of a sequence: its length, a batch, its epoch.
_SET_BY_CONSTRUCTOR = frozenset(
    {"_cache", "_cursor", "_engine", "_has_masks", "_labels", "_proxies", "_loader", "_pipeline", "_scan", "_skipped"}
)


def refuse_change(sequence: Any, name: str, value: Any) -> None:
    """Refuse to set an argument of a sequence, which would have no effect; a subclass's own attributes may be set.

    Args:
        sequence: a constructed one.
        name: of the attribute.
        value: its new value.

    Raises:
        AttributeError: the attribute is fixed; the message says what to do.
    """
    kind = type(sequence)
    arguments = f"..., {name}=..." if name in inspect.signature(kind).parameters else "..."
    hint = f"make another sequence, {kind.__name__}({arguments}), or in a subclass give it to super().__init__()"
    if name == "epoch":
        hint = f"move it there by set_epoch({value!r})"
    elif name in _METHODS:
        hint = f"override {name}(self, index) in a subclass"
    elif name in _OF_EVERY_SEQUENCE:
        if _is_same(getattr(sequence, name, None), value):
            return
    elif not kind.__module__.startswith("seqaug.") or name not in inspect.signature(kind).parameters:
        return
    raise AttributeError(f"{name} of a sequence cannot be set: its batches would not change; {hint}")


def _is_same(before: Any, value: Any) -> bool:
    return before is value or (isinstance(value, int | str | list | tuple) and bool(before == value))


def missing_attribute(sequence: Any, name: str) -> Exception:
    """Return the error for an attribute that a sequence does not have."""
    kind = type(sequence).__name__
    is_constructed = "_is_constructed" in sequence.__dict__
    if name in _SET_BY_CONSTRUCTOR:
        # An AttributeError would be taken for a missing property or method: the one that reads this attribute.
        if is_constructed:
            return RuntimeError(
                f"{kind} was sent to a worker, which has what load() needs, and no batches, epochs or statistics"
            )
        return RuntimeError(
            f"{kind}.__init__ has not called super().__init__(...); expected that call in it, before the sequence is "
            "used"
        )
    message = f"{kind!r} object has no attribute {name!r}"
    if name in _OF_EVERY_SEQUENCE and not is_constructed:
        message += ", before super().__init__(...) was called"
    return AttributeError(message)
