"""Samples drawn for classes, beside samples that are drawn plainly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqaug.chance import mixture_generator, rounding_generator
from seqaug.sampling.order import Drawn, ShuffledOrder
from seqaug.sampling.passes import class_window
from seqaug.sampling.quotas import Quotas
from seqaug.statistics import SamplesByClass


class ClassOrder:
    """A class in proportion to its weight, then a sample of it; the rest plain shuffled passes over all samples.

    A class's samples come in shuffled passes that go on from epoch to epoch: none of them comes again for the class
    before all have come. The plain part's passes go on likewise.

    Args:
        images: the samples that may be drawn for each class.
        weights: of the classes, whole numbers, 0 for a class without samples, at least one above 0.
        num_samples: how many samples there are.
        for_classes: how many positions of an epoch are drawn for classes.
        length: positions in an epoch.
        seed: of the draws.
        shuffle: whether the drawn samples are shuffled, or stand in their own order.
    """

    def __init__(
        self,
        images: SamplesByClass,
        weights: Sequence[int],
        *,
        num_samples: int,
        for_classes: int,
        length: int,
        seed: int,
        shuffle: bool,
    ) -> None:
        self._images = images
        self._quotas = Quotas(weights, for_classes, int(rounding_generator(seed).integers(sum(weights))))
        self._plain = ShuffledOrder(num_samples, length - for_classes, seed)
        self._seed = seed
        self._shuffle = shuffle

    def __call__(self, epoch: int) -> Drawn:
        """Give the order of an epoch."""
        firsts, lasts = self._quotas.before(epoch), self._quotas.before(epoch + 1)
        plain = self._plain(epoch).samples
        drawn, drawn_for = [plain], [np.full(len(plain), -1, np.int32)]
        for class_id, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
            if last > first:
                images = self._images[class_id]
                places = class_window(first, last - first, len(images), self._seed, class_id)
                drawn.append(images[places].astype(np.int64))
                drawn_for.append(np.full(last - first, class_id, np.int32))
        samples, classes = np.concatenate(drawn), np.concatenate(drawn_for)
        if self._shuffle:
            arranged = mixture_generator(self._seed, epoch).permutation(len(samples))
        else:
            arranged = np.argsort(samples, kind="stable")
        return Drawn(samples[arranged], classes[arranged])
