"""A sequence's arguments as JSON, and a sequence of them again."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from seqaug.augmentation.serialization import transform_from_json, transform_to_json
from seqaug.core.user_warnings import warn_user
from seqaug.palette.class_map import ClassMap
from seqaug.palette.palette import Palette
from seqaug.pipeline.rescale import DefaultRescale
from seqaug.sampling.class_uniform import ClassUniform
from seqaug.sampling.rare_class import RareClass
from seqaug.sampling.repeat_factor import RepeatFactor
from seqaug.sequence.versions import versions
from seqaug.sources.annotated import Annotations
from seqaug.sources.coco import CocoMasks
from seqaug.sources.discovery.pair_warnings import PairedPaths
from seqaug.sources.run_lengths import RunLengthMasks
from seqaug.sources.tiles import Tiles
from seqaug.statistics.class_weights import ClassWeights
from seqaug.utils.redaction import redacted, shown

_TRANSFORMS: Final = ("prepare", "transform")
# Batches do not depend on them, and they belong to a process.
_LEFT_OUT: Final = ("executor",)
_DATACLASSES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (ClassUniform, RareClass, RepeatFactor, ClassWeights, Tiles)
}
# What is drawn in masks, by the names in configs.
_ANNOTATIONS: Final[dict[str, type[Annotations]]] = {kind.__name__: kind for kind in (CocoMasks, RunLengthMasks)}
_MAX_CHARACTERS: Final = 2**26  # of annotations: those of all of COCO are no setting
_REQUIRED: Final = "__required__"
_KEYS: Final = ("arguments", "num_samples", "order", "versions")
_MAX_VALUES: Final = 1_000_000  # of a one-dimensional array; more are data, not a setting


def given_arguments(kind: type[Any], arguments: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arguments of a constructor by name; None if they do not fit, which Python then says itself."""
    signature = inspect.signature(kind.__init__)
    try:
        bound = signature.bind(None, *arguments, **named).arguments
    except TypeError:
        return None
    given: dict[str, Any] = {}
    for position, (name, value) in enumerate(bound.items()):
        if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given |= value
        elif position:
            given[name] = value
    return given


def make_config(sequence: Any, given: Mapping[str, Any], order: str) -> dict[str, Any]:
    """Return the config of a sequence; see `SequenceParts.get_config`."""
    arguments = {
        name: _encoded_argument(name, value)
        for name, value in given.items()
        if name not in _LEFT_OUT and not isinstance(value, DefaultRescale)
    }
    return {
        "class_name": _name_of(type(sequence)),
        "arguments": {**arguments, "seed": sequence.seed},
        "num_samples": len(sequence.samples),
        "order": order,
        "versions": versions(),
    }


def arguments_in(kind: type[Any], config: Any, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a config, with others in the place of some, and warn of other versions and data.

    Raises:
        TypeError: the config is not a mapping.
        ValueError: it is not a result of `get_config`, an argument is required, or a transform is unknown here.
    """
    if not isinstance(config, Mapping):
        raise TypeError(f"from_config({type(config).__name__}); expected the dict that get_config() gave")
    missing = [name for name in _KEYS if name not in config]
    if missing:
        raise ValueError(f"from_config(): the config has no {missing[0]!r}; expected the dict that get_config() gave")
    required = {name: value for name, value in config["arguments"].items() if _is_required(value)}
    absent = [f"{name}= ({required[name]['shown']})" for name in required if name not in overrides]
    if absent:
        raise ValueError(
            f"{kind.__name__}.from_config(config) needs what the config cannot hold: {', '.join(absent)}; expected "
            f"from_config(config, {', '.join(f'{name}=...' for name in required if name not in overrides)})"
        )
    for name, marker in required.items():
        digest = marker.get("digest")
        if digest is not None and digest != _digest(overrides[name]):
            warn_user(f"{name}= are not the arrays of the config ({marker['shown']}): their content differs")
    _warn_of_versions(config["versions"])
    kept = {name: value for name, value in config["arguments"].items() if name not in overrides}
    return {**{name: _decoded(name, value) for name, value in kept.items()}, **overrides}


def warn_of_order(config: Mapping[str, Any], num_samples: int, order: str) -> None:
    """Warn where a sequence of a config has other samples, or another order, than the one that gave it."""
    if num_samples != config["num_samples"]:
        warn_user(f"the config is of {config['num_samples']} samples, and these are {num_samples}: batches differ")
    elif order != config["order"]:
        warn_user(
            "the order of samples differs from that of the config, so that batches differ: arguments that decide it "
            "were given anew, or the classes in the masks have changed"
        )


def _encoded_argument(name: str, value: Any) -> Any:
    if name in _TRANSFORMS and value is not None:
        try:
            return {"class_name": "Transform", "config": transform_to_json(value)}
        except ValueError as error:
            return _required(f"{_name_of(value)}: {redacted(str(error))}")
    try:
        # A subclass may need the type; lists of paths are long, and any sequence takes them as text.
        return {"class_name": "Path", "config": _encoded(value)} if isinstance(value, Path) else _encoded(value)
    except _NotSerializableError as error:
        return _required(str(error), _digest(value))


class _NotSerializableError(Exception):
    """The value cannot be kept in a config; the message describes it."""


def _encoded(value: Any) -> Any:
    """Encode a value as JSON; decoding gives an equal one.

    Raises:
        _NotSerializableError: there is no way to.
    """
    if value is None or (isinstance(value, bool | int | float) and type(value) in (bool, int, float)):
        return value
    if isinstance(value, str | os.PathLike):
        text = os.fspath(value)
        if not isinstance(text, str):
            raise _NotSerializableError("paths of bytes")
        if shown(text) != text:
            raise _NotSerializableError(f"URLs with credentials, which are left out: {shown(text)}")
        return text
    if isinstance(value, np.generic):
        return _encoded(value.item())
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.size > _MAX_VALUES or value.dtype.kind not in "biuf":
            raise _NotSerializableError(_describe_arrays(value))
        return {"class_name": "array", "config": {"dtype": str(value.dtype), "values": value.tolist()}}
    if isinstance(value, Palette):
        return {"class_name": "Palette", "config": _palette_config(value)}
    if isinstance(value, ClassMap):
        ids: dict[int | str, int | None] = {}
        ids.update(value._ids.items())
        if value.has_default:
            ids["default"] = value._default
        return {"class_name": "ClassMap", "config": {"ids": _encoded(ids), "name": value.name}}
    if type(value).__name__ in _DATACLASSES and type(value) is _DATACLASSES[type(value).__name__]:
        fields = {field.name: _encoded(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"class_name": type(value).__name__, "config": fields}
    if type(value) in _ANNOTATIONS.values():
        return {"class_name": type(value).__name__, "config": _annotations_config(value)}
    if isinstance(value, Mapping):
        # As pairs: keys of JSON are strings, and ids are not.
        return {"class_name": "dict", "config": [[_encoded(key), _encoded(part)] for key, part in value.items()]}
    if isinstance(value, tuple):
        return {"class_name": "tuple", "config": [_encoded(part) for part in value]}
    if isinstance(value, PairedPaths):  # whose pairs are known, so that their names need no check
        return {"class_name": "PairedPaths", "config": [_encoded(path) for path in value]}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        if len(value) and isinstance(value[0], np.ndarray):
            raise _NotSerializableError(_describe_arrays(value))
        return [_encoded(part) for part in value]
    raise _NotSerializableError(_name_of(value))


def _decoded(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(name, part) for part in value]
    if not isinstance(value, Mapping):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "Transform":
        try:
            return transform_from_json(config)  # type: ignore[arg-type]
        except Exception as error:
            raise ValueError(
                f"from_config(): {name} cannot be created: {type(error).__name__}: {error}; import the module of the "
                f"transforms of your own first, or give {name}="
            ) from error
    if kind == "dict":
        return {_decoded(name, key): _decoded(name, part) for key, part in config}  # type: ignore[union-attr]
    if kind == "Path":
        return Path(str(config))
    if kind == "tuple":
        return tuple(_decoded(name, part) for part in config)  # type: ignore[union-attr]
    if kind == "PairedPaths":
        return PairedPaths(config or ())
    if kind == "array":
        return np.array(config["values"], config["dtype"])  # type: ignore[index]
    fields = {key: _decoded(name, part) for key, part in (config or {}).items()}
    if kind == "Palette":
        return Palette(**fields)
    if kind == "ClassMap":
        return ClassMap(**fields)
    if kind in _ANNOTATIONS:
        return _ANNOTATIONS[kind](**fields)
    if kind in _DATACLASSES:
        return _DATACLASSES[kind](**fields)
    raise ValueError(f"from_config(): {name} is a {kind!r}, which this version does not know")


def _palette_config(palette: Palette) -> dict[str, Any]:
    colors = {name: [[int(part) for part in color] for color in several] for name, several in palette._all.items()}
    return {"colors": _encoded(colors), "ignore": sorted(palette._ignored), "unknown": palette._unknown}


def _annotations_config(annotations: Annotations) -> dict[str, Any]:
    texts = [annotations[index] for index in range(len(annotations))]
    if sum(map(len, texts)) > _MAX_CHARACTERS:
        raise _NotSerializableError(f"annotations of {len(texts)} images, {sum(map(len, texts)):,} characters")
    return {"texts": texts, "has_ignored": annotations.has_ignored}


def _required(description: str, digest: str | None = None) -> dict[str, Any]:
    return {"class_name": _REQUIRED, "shown": description, **({} if digest is None else {"digest": digest})}


def _is_required(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == _REQUIRED


def _name_of(value: Any) -> str:
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def _describe_arrays(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    return f"{len(value)} arrays, the first of {value[0].dtype} {value[0].shape}"


def _digest(value: Any) -> str | None:
    """Return a digest of an array or of several; None for anything else."""
    if isinstance(value, np.ndarray):
        value = [value] if value.ndim == 0 else value
    elif not (isinstance(value, Sequence) and len(value) and isinstance(value[0], np.ndarray)):
        return None
    digest = hashlib.blake2b(digest_size=8)
    for part in value:
        array = np.asarray(part)
        if array.dtype.hasobject:
            return None
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _warn_of_versions(then: Mapping[str, str]) -> None:
    now = versions()
    names = ("seqaug", "opencv", "albumentations", "numpy", "keras")
    differing = [f"{name} {then.get(name)} then and {now[name]} now" for name in names if then.get(name) != now[name]]
    if differing:
        warn_user(
            f"the config is of other versions: {', '.join(differing)}; transformed pixels may differ slightly: install "
            "the versions of the config for identical batches"
        )
