"""Where a run stands, in a form that outlives it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2

from seqaug.augmentation.albumentations import albumentations_version
from seqaug.core.user_warnings import warn_user
from seqaug.sampling.samplers import EpochIndices


class Position(NamedTuple):
    """Where a loop over the epochs stands.

    Attributes:
        epoch: the current one, from 0.
        batch: of which the loop takes next, from 0; the number of batches at the epoch's end.
    """

    epoch: int
    batch: int


class RunFingerprint(NamedTuple):
    """What an epoch goes through: where this differs, the same place is not in the same run.

    Attributes:
        seed: of the sequence.
        samples: how many there are.
        positions: in an epoch.
        samples_per_step: samples in a batch, of all hosts together.
        order: a digest of what stands at the positions of the place's epoch.
    """

    seed: int
    samples: int
    positions: int
    samples_per_step: int
    order: str


class Versions(NamedTuple):
    """What the bytes of batches depend on beside samples, transform and course.

    Attributes:
        opencv: the version of OpenCV.
        albumentations: of Albumentations.
    """

    opencv: str
    albumentations: str


VERSIONS = Versions(cv2.__version__, albumentations_version)


def order_digest(order: EpochIndices) -> str:
    """Give a digest of the samples of an epoch, in their order, and of the classes they were drawn for."""
    digest = hashlib.blake2b(order.samples.astype("<i8").tobytes(), digest_size=8)
    if order.classes is not None:
        digest.update(order.classes.astype("<i4").tobytes())
    return digest.hexdigest()


def state_of(place: Position, course: RunFingerprint) -> dict[str, Any]:
    """Give a dict that `json.dumps` takes."""
    return {**place._asdict(), **course._asdict(), **VERSIONS._asdict()}


def position_in(state: Mapping[str, Any]) -> Position:
    """Take the place out of a state.

    Raises:
        TypeError: it is no mapping.
        ValueError: it is not what `state_of` gives.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"load_state_dict({type(state).__name__}); expected the dict that seq.state_dict() gave")
    missing = [name for name in (*Position._fields, *RunFingerprint._fields, *Versions._fields) if name not in state]
    epoch, batch = state.get("epoch"), state.get("batch")
    if missing or type(epoch) is not int or type(batch) is not int or epoch < 0 or batch < 0:
        raise ValueError(f"load_state_dict({dict(state)!r}); expected the dict that seq.state_dict() gave")
    return Position(epoch, batch)


def check_fingerprint(state: Mapping[str, Any], place: Position, course: RunFingerprint, num_batches: int) -> None:
    """Check that a place is one of this run.

    Raises:
        ValueError: it is of another one; the message says what differs.
    """
    found = {name: state[name] for name in RunFingerprint._fields}
    expected = course._asdict()
    if not place.batch:
        # Between two epochs, the size of a step may change, as with the number of hosts.
        del found["samples_per_step"], expected["samples_per_step"]
    differing = [name for name in expected if found[name] != expected[name]]
    # A digest says nothing to anyone where something else already explains it.
    named = [name for name in differing if name != "order"]
    if named:
        listed = ", ".join(f"{name} {found[name]!r} then and {expected[name]!r} now" for name in named)
        raise ValueError(f"the state is of another run: {listed}; expected a sequence made with the same arguments")
    if differing:
        raise ValueError(
            f"the state is of another run: epoch {place.epoch} had another order; expected the same shuffle and "
            "oversample, and the same classes in the data"
        )
    if place.batch > num_batches:
        raise ValueError(f"the state is at batch {place.batch} of {num_batches}; expected the same drop_remainder")


def warn_of_versions(state: Mapping[str, Any]) -> None:
    """Warn where a state was made with other versions than those that are here.

    Between OpenCV 4.11 and 5.0, `A.Rotate` differs in 8.7 % of an image's values, by up to 4/255, and in 0.006 % of
    labels; order, decoding, crops, flips and resizing agree.
    """
    names = {"opencv": "OpenCV", "albumentations": "Albumentations"}
    here = VERSIONS._asdict()
    differing = [f"{names[name]} {state[name]} then and {here[name]} now" for name in here if state[name] != here[name]]
    if differing:
        warn_user(
            f"the state is of other versions: {', '.join(differing)}; the order of samples is the same, but what "
            "transforms make of them may differ in small ways: install the versions of the state for the same bytes"
        )
