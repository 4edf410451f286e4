"""What the constructors of both sequences, such as `from_directory`, have in common."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import FunctionType
from typing import Any

from seqaug.sequence.migration_hints import raise_migration_hint
from seqaug.sequence.split_arguments import Indices, Split

_Kind = inspect.Parameter


class Constructors:
    """Gives class methods that end with `**arguments` signatures that show the arguments of the class.

    `inspect.signature` and `help` then list those of a split and of `__init__`, with defaults. A subclass with an
    `__init__` of its own gets signatures of its own.
    """

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if "__init__" not in vars(cls):
            return
        for name in dir(cls):
            method = inspect.getattr_static(cls, name)
            if isinstance(method, classmethod) and not name.startswith("_"):
                function = inspect.unwrap(method.__func__)
                # A user's own constructor may take other arguments than the class.
                if function.__module__.startswith("seqaug.") and _last_kind(function) is _Kind.VAR_KEYWORD:
                    setattr(cls, name, classmethod(_with_arguments_of(cls, function)))

    @classmethod
    def _take_split(cls, subset: Any, arguments: Any) -> Split:
        """Take the arguments of a split out of those of a constructor; the others are the class's.

        Raises:
            TypeError: one is unknown, and called otherwise by another library.
        """
        names = [field.name for field in fields(Split)]
        taken = {name: arguments.pop(name) for name in names if name in arguments}
        raise_migration_hint(cls, arguments)
        split = Split(subset=subset, **taken)
        split.check_transforms(arguments)
        return split

    @staticmethod
    def _make_subsets(
        split: Split,
        subsets: tuple[Indices, Indices],
        make: Callable[[Indices, Mapping[str, Any]], Any],
        arguments: Any,
    ) -> Any:
        """Make the sequence, or the pair of sequences, that a split asks for.

        Args:
            split: the split.
            subsets: indices of the training and the validation subset.
            make: makes the sequence of some samples, with these arguments.
            arguments: those of the class.
        """
        training, validation = subsets
        if split.subset != "both":
            return make(training if split.subset == "training" else validation, arguments)
        first = make(training, arguments)
        return first, make(validation, split.validation_arguments(arguments, first))


def _with_arguments_of(kind: Any, function: Any) -> Callable[..., Any]:
    """Copy a constructor, with the signature that it has for a class."""
    twin = FunctionType(function.__code__, function.__globals__, None, function.__defaults__, function.__closure__)
    functools.update_wrapper(twin, function)
    twin.__kwdefaults__ = function.__kwdefaults__
    *own, _ = inspect.signature(function).parameters.values()
    _self, *of_class = inspect.signature(kind.__init__).parameters.values()
    # The constructor gives the first two itself: images, and masks or labels.
    given = [parameter for parameter in of_class[:2] if parameter.kind is _Kind.POSITIONAL_OR_KEYWORD]
    shown = {parameter.name: parameter for parameter in own}
    for parameter in (*inspect.signature(Split).parameters.values(), *of_class[len(given) :]):
        if parameter.kind is _Kind.POSITIONAL_OR_KEYWORD:
            parameter = parameter.replace(kind=_Kind.KEYWORD_ONLY)
        if parameter.kind is not _Kind.VAR_POSITIONAL:
            shown.setdefault(parameter.name, parameter)
    twin.__signature__ = inspect.Signature(list(shown.values()))  # type: ignore[attr-defined]
    return twin


def _last_kind(function: Any) -> Any:
    return [_Kind.POSITIONAL_ONLY, *(p.kind for p in inspect.signature(function).parameters.values())][-1]
