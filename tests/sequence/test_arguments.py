"""The types of arguments agree with the sequences' own signatures, and with the values that are checked."""

import inspect
from typing import Any, get_args, get_type_hints

import pytest

from seqaug import ClassificationSequence, SegmentationSequence
from seqaug.palette.builtin import BUILT_IN_NAMES
from seqaug.palette.class_map import NAMED_MAPS, MapName
from seqaug.palette.coercion import BuiltInName
from seqaug.sampling.factory import StrategyName, resolve_strategy
from seqaug.sequence import arguments
from seqaug.sequence.split_arguments import Split


@pytest.mark.parametrize(
    ("kind", "types", "positional"),
    [
        (SegmentationSequence, arguments.SegmentationArguments, {"images", "masks"}),
        (ClassificationSequence, arguments.ClassificationArguments, {"images", "labels"}),
    ],
)
def test_types_of_arguments_are_those_of_the_class(kind: type, types: Any, positional: set[str]) -> None:
    expected = get_type_hints(kind.__init__)  # type: ignore[misc]
    for name in {*positional, "return"}:
        del expected[name]
    assert get_type_hints(types) == expected
    assert {
        name
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    } == positional


def test_types_of_a_split_are_those_of_its_class() -> None:
    expected = get_type_hints(Split)
    assert expected.pop("subset") == arguments.Subset | arguments.BothSubsets | None
    assert get_type_hints(arguments.SplitArguments) == expected


def test_names_that_editors_propose_are_those_that_exist() -> None:
    assert set(get_args(BuiltInName)) == set(BUILT_IN_NAMES)
    assert set(get_args(MapName)) == set(NAMED_MAPS)
    for name in get_args(StrategyName):
        assert resolve_strategy(name) is not None
