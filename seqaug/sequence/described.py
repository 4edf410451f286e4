"""What a sequence says of itself: its engine, the shapes of its batches, `repr` and `summary()`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from seqaug.engines.base import EngineStatus
from seqaug.errors import SampleError
from seqaug.loader.data_loader import request_at
from seqaug.reading.png_decoders import png_decoder_name
from seqaug.sequence.construction import SequenceParts
from seqaug.sequence.description import class_lines, html_table
from seqaug.sequence.element_spec import find_element_spec, spec_bytes
from seqaug.sequence.versions import versions
from seqaug.utils.validation import format_bytes

Array = np.ndarray[Any, Any]


class DescribedSequence(SequenceParts):
    """Describes a sequence, for people and for other code."""

    def assemble(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch as the model takes it."""
        raise NotImplementedError

    def _assembled(self, batch: dict[str, Array]) -> Any:
        """Assemble a batch of the loader's as the model takes it."""
        return self.assemble(batch)

    @property
    def engine(self) -> EngineStatus:
        """Who makes the batches: kind, number of workers, whether they have started, and their process ids."""
        return self._engine.status

    @property
    def element_spec(self) -> Any:
        """Shapes and dtypes of batches, in the structure of a batch.

        ```python
        >>> train.element_spec
        (ArraySpec((None, 96, 96, 3), float32), ArraySpec((None, 96, 96), uint8))
        ```

        Of a subclass, it is the structure that `assemble` returns, with tuples for lists. The first access makes one
        sample, of the current epoch, in this process, and calls `assemble` with batches of copies of it.

        Returns:
            A structure of `seqaug.sequence.element_spec.ArraySpec`, with `shape` and `dtype`. The batch dimension is
            `batch_size` if all batches are full, else None. Height and width are those of the sample; None with
            `batch_size=1` and without `image_size`, or with `pad_batches`, where each batch may have its own.

        Raises:
            SampleError, TransformError, ValueError: as for batches.
        """
        if self._element_spec is None:
            self._element_spec = self._find_element_spec()
        return self._element_spec

    def _find_element_spec(self) -> Any:
        epoch, batch_sampler = self.epoch, self._loader.batch_sampler
        positions = batch_sampler.positions(0)
        order = self._loader.indices(epoch)
        batches_are_full = len(batch_sampler.positions(len(self) - 1)) == self.batch_size
        for position in range(positions.start, len(order.samples)):
            try:
                return find_element_spec(
                    self._pipeline,
                    request_at(order, epoch, position),
                    self._assembled,
                    batch_size=self.batch_size if batches_are_full else None,
                    size_is_known=not self._sizes_differ,
                )
            except SampleError as error:  # noqa: PERF203
                if not self._skips:
                    raise
                self._skipped.note(error)
        raise ValueError("element_spec needs a sample, and none of the epoch's can be used; see seq.skipped")

    @property
    def _sizes_differ(self) -> bool:
        """Whether heights and widths may differ between batches.

        Stacked images show that sizes are equal; batches of one image do not, and those that are padded.
        """
        has_one = self.batch_size == 1 and not self._pipeline.size_is_fixed
        return has_one or self._pipeline.padding is not None

    def __repr__(self) -> str:
        """Describe the sequence and its batches in one screen, with the range of the first batch's images."""
        if not self._is_constructed or "_recipe" not in self.__dict__:
            return object.__repr__(self)
        return "\n  ".join([self._title(), *self._lines()])

    def summary(self, print_fn: Callable[[str], object] | None = None) -> None:
        """Print what `repr` says, and more: shapes, memory, all classes, the whole transform, versions.

        It makes one sample, see `element_spec`. Shares of classes are printed if they have been counted.

        Args:
            print_fn: prints a line; None: `print`.

        Raises:
            SampleError, TransformError, ValueError: as for `element_spec`.
        """
        for line in (self._title(), *(f"  {line}" for line in (*self._lines(), *self._more_lines()))):
            (print if print_fn is None else print_fn)(line)

    def _repr_html_(self) -> str:
        """Show a table in notebooks, with a picture of the first batch once there is one."""
        picture = self._first_images.picture(getattr(self, "palette", None), getattr(self, "ignore_index", None))
        return html_table(self._title(), self._lines(), picture)

    def _title(self) -> str:
        return (
            f"{type(self).__name__} of {len(self.samples)} samples, {len(self)} batches of {self.batch_size}, epoch "
            f"{self.epoch}"
        )

    def _lines(self) -> list[str]:
        images, *others = self._batch_lines
        first = [] if self._first_images.summary is None else [f"   the first batch was {self._first_images.summary}"]
        own = [] if type(self).assemble.__module__.startswith("seqaug.") else ["assembled by its own assemble()"]
        cache = "none" if self._recipe.cache.cache is None else repr(os.fspath(self._recipe.cache.cache))
        return [
            images,
            *first,
            *others,
            *own,
            self._order_line,
            f"workers: {self._workers_line()}, cache: {cache}",
            *self._decoder_line(),
        ]

    def _decoder_line(self) -> list[str]:
        recipe = self._recipe
        # The hosts of an executor may have other packages than this one.
        if recipe.executor is not None or not len(self.samples) or ".png" not in self.samples.describe(0).lower():
            return []
        are_threads = not self._has_processes and self._engine.workers > 1
        return [f"PNG decoder: {png_decoder_name(is_parallel=are_threads)}"]

    def _more_lines(self) -> list[str]:
        spec, status, scan = self.element_spec, self.engine, self.__dict__.get("_scan")
        pids = f", processes {', '.join(map(str, status.pids))}" if status.pids else ""
        return [
            f"batch: {spec}, {format_bytes(spec_bytes(spec, self.batch_size))}",
            f"first sample: {self.samples.describe(0)}",
            *([] if self.shard == (0, 1) else [f"shard: {self.shard[0]} of {self.shard[1]}"]),
            *class_lines(self.class_names, None if scan is None else scan.known_counts),
            *([] if self._transform is None else f"whole transform: {self._transform!r}".splitlines()),
            f"engine: {status.kind}, {'running' if status.is_running else 'not started'}{pids}",
            *([f"skipped: {len(self._skipped.by_index())} samples"] if self._skips else []),
            f"versions: {', '.join(f'{name} {version}' for name, version in versions().items())}",
        ]
