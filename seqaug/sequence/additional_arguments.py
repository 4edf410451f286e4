"""The arguments `additional` and `additional_targets`: further arrays of each sample, as inputs or targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqaug.utils.validation import target_kinds


def named_targets(
    additional: Mapping[str, Any] | None,
    additional_targets: Mapping[str, str] | None,
    *,
    has_images: bool,
    loads_itself: bool,
) -> dict[str, str]:
    """Validate both arguments, and return the kind of each further array by name.

    Args:
        additional: paths or arrays by name, or None.
        additional_targets: kinds by name, or None.
        has_images: whether there are images, beside which the arrays are read.
        loads_itself: whether a subclass overrides `load`, which may give further arrays.

    Raises:
        TypeError: `additional` is not a mapping.
        ValueError: a name is in one of them only, or reserved; a kind is unknown; or there are no images.
    """
    names = list(checked_additional(additional))
    targets = target_kinds(additional_targets)
    without_kind = [name for name in names if name not in targets]
    if without_kind:
        raise ValueError(
            f"additional names {', '.join(map(repr, without_kind))}, and additional_targets does not say what that is; "
            f'expected additional_targets={{{without_kind[0]!r}: ...}}: "image" (a picture), "mask" (labels), '
            '"value" (numbers, such as depth) or "value_nearest" (numbers with holes, or ids)'
        )
    unloaded = [name for name in targets if name not in names]
    if unloaded and not loads_itself:
        raise ValueError(
            f"additional_targets names {', '.join(map(repr, unloaded))}, and nothing loads these arrays; expected "
            f"additional={{{unloaded[0]!r}: paths or arrays}}, or a subclass that overrides load(self, index) and adds "
            "them to super().load(index)"
        )
    if names and not has_images:
        raise ValueError(
            f"additional names {', '.join(map(repr, names))} without images, beside which they are read; expected "
            "images too, or load(self, index) to give them"
        )
    return targets


def checked_additional(additional: Any) -> dict[str, Any]:
    """Return `additional` as a dict, empty for None.

    Raises:
        TypeError: it is not a mapping.
    """
    if additional is not None and not isinstance(additional, Mapping):
        raise TypeError(
            f"additional is a {type(additional).__name__}; expected a dict of paths or arrays by name, such as "
            '{"depth": paths}'
        )
    return dict(additional or {})


def batch_sides(targets: Mapping[str, str], *, has_masks: bool) -> tuple[list[str], list[str]]:
    """Return the names of a batch's inputs and of its targets: further images are inputs, all else are targets."""
    inputs = [name for name, kind in targets.items() if kind == "image"]
    outputs = [name for name, kind in targets.items() if kind != "image"]
    return ["image", *inputs], [*(["mask"] if has_masks else []), *outputs]
