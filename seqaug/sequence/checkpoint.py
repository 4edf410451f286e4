"""The position of a run, as a dict that outlives it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cv2

from seqaug.augmentation.albumentations import albumentations_version
from seqaug.core.user_warnings import warn_user
from seqaug.sampling.factory import checked_sample_weights
from seqaug.sampling.samplers import EpochIndices
from seqaug.sampling.scheduled import ScheduledWeights
from seqaug.utils.validation import whole_number


class Position(NamedTuple):
    """The position of a run.

    Attributes:
        epoch: the current epoch, from 0.
        batch: index of the batch that a loop takes next; the number of batches at the epoch's end.
    """

    epoch: int
    batch: int


class RunFingerprint(NamedTuple):
    """Identifies a run: a position means the same in two runs of the same fingerprint only.

    Attributes:
        seed: of the sequence.
        samples: number of samples.
        positions: positions per epoch.
        repeats: positions of each sample that is read.
        samples_per_step: samples per batch, of all hosts together.
        order: digest of the indices of the position's epoch.
        prepare: digest of the argument `prepare`; "" without it.
    """

    seed: int
    samples: int
    positions: int
    repeats: int
    samples_per_step: int
    order: str
    prepare: str


class Versions(NamedTuple):
    """Versions of the libraries that the pixels of a batch depend on.

    Attributes:
        opencv: version of OpenCV.
        albumentations: version of Albumentations.
    """

    opencv: str
    albumentations: str


VERSIONS = Versions(cv2.__version__, albumentations_version)


def digest_of(indices: EpochIndices) -> str:
    """Return a digest of the samples of an epoch, in their order, and of the classes that they were drawn for."""
    digest = hashlib.blake2b(indices.samples.astype("<i8").tobytes(), digest_size=8)
    if indices.classes is not None:
        digest.update(indices.classes.astype("<i4").tobytes())
    return digest.hexdigest()


def make_state(position: Position, fingerprint: RunFingerprint, schedule: Sequence[ScheduledWeights]) -> dict[str, Any]:
    """Return a dict that `json.dumps` takes."""
    weights = [[epoch, None if given is None else given.tolist()] for epoch, given in schedule]
    return {**position._asdict(), **fingerprint._asdict(), **VERSIONS._asdict(), "weights": weights}


def schedule_in(state: Mapping[str, Any], num_samples: int) -> list[ScheduledWeights]:
    """Return the weights in a state; none where they are of another number of samples, which the fingerprint shows.

    Raises:
        ValueError: they are not those of `make_state`.
    """
    schedule = []
    for epoch, weights in state["weights"]:
        if weights is not None and len(weights) != num_samples:
            return []
        checked = (
            None if weights is None else checked_sample_weights(weights, num_samples, "load_state_dict(): weights")
        )
        schedule.append(ScheduledWeights(whole_number("load_state_dict(): epoch", epoch, 0), checked))
    return schedule


def position_in(state: Mapping[str, Any]) -> Position:
    """Return the position in a state.

    Raises:
        TypeError: the state is not a mapping.
        ValueError: the state is not a result of `make_state`.
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"load_state_dict({type(state).__name__}); expected the dict that seq.state_dict() gave")
    names = (*Position._fields, *RunFingerprint._fields, *Versions._fields, "weights")
    missing = [name for name in names if name not in state]
    epoch, batch = state.get("epoch"), state.get("batch")
    if missing or type(epoch) is not int or type(batch) is not int or epoch < 0 or batch < 0:
        raise ValueError(f"load_state_dict({dict(state)!r}); expected the dict that seq.state_dict() gave")
    return Position(epoch, batch)


def check_fingerprint(
    state: Mapping[str, Any], position: Position, fingerprint: RunFingerprint, num_batches: int
) -> None:
    """Check that a state belongs to this run.

    Args:
        state: of `make_state`.
        position: the position in it.
        fingerprint: of this run.
        num_batches: batches per epoch of this run.

    Raises:
        ValueError: it belongs to another one; the message says what differs.
    """
    found = {name: state[name] for name in RunFingerprint._fields}
    expected = fingerprint._asdict()
    if not position.batch:
        # At the start of an epoch the size of a step may change, as with the number of hosts.
        del found["samples_per_step"], expected["samples_per_step"]
    differing = [name for name in expected if found[name] != expected[name]]
    # Where something else differs, it explains the other digest.
    named = [name for name in differing if name != "order"]
    if named:
        listed = ", ".join(f"{name} {found[name]!r} then and {expected[name]!r} now" for name in named)
        raise ValueError(f"the state is of another run: {listed}; expected a sequence made with the same arguments")
    if differing:
        raise ValueError(
            f"the state is of another run: epoch {position.epoch} had another order; expected the same shuffle and "
            "oversample, and the same classes in the data"
        )
    if position.batch > num_batches:
        raise ValueError(f"the state is at batch {position.batch} of {num_batches}; expected the same drop_remainder")


def warn_of_versions(state: Mapping[str, Any]) -> None:
    """Warn where a state comes from other versions than the installed ones.

    Between OpenCV 4.11 and 5.0, `A.Rotate` differs in 8.7 % of an image's values, by up to 4/255, and in 0.006 % of
    labels; order, decoding, crops, flips and resizing agree.
    """
    names = {"opencv": "OpenCV", "albumentations": "Albumentations"}
    here = VERSIONS._asdict()
    differing = [f"{names[name]} {state[name]} then and {here[name]} now" for name in here if state[name] != here[name]]
    if differing:
        warn_user(
            f"the state is of other versions: {', '.join(differing)}; the order of samples is the same, but "
            "transformed pixels may differ slightly: install the versions of the state for identical batches"
        )
