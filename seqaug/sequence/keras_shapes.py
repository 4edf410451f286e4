"""What Keras assumes of the shapes of batches, and where it would assume wrongly."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from seqaug.callbacks.keras_resets import Caller
from seqaug.sequence.tf_data import without_sizes


def layout_warning(model: Any, data_format: str) -> str | None:
    """Return a warning if the layers of a model expect the other order of axes; None if they do not.

    Args:
        model: given to `fit`, `evaluate` or `predict`.
        data_format: of the sequence.
    """
    layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else getattr(model, "layers", ())
    expected = {format_: layer.name for layer in layers if isinstance(format_ := _data_format(layer), str)}
    if not expected or data_format in expected:
        return None
    other, layer = next(iter(expected.items()))
    return (
        f"the batches have {data_format.replace('_', ' ')}, and layers of the model, such as {layer!r}, have "
        f'data_format="{other}"; expected data_format="{other}" of the sequence, or layers that have '
        f'data_format="{data_format}"'
    )


def _data_format(layer: Any) -> Any:
    with suppress(Exception):  # whatever a property of the user's raises
        return layer.data_format
    return None


def tell_sizes_differ(adapter: Any, data_format: str) -> None:
    """Tell a Keras adapter that is about to make its `tf.data.Dataset` that sizes differ between batches.

    Keras takes the shapes of the first two batches for those of all, so that `fit` on TensorFlow fails at the third
    where these are equal by chance.

    Args:
        adapter: of Keras 3.8 to 3.16; another one is left as it is.
        data_format: of the batches.
    """
    if getattr(adapter, "_output_signature", ()) is not None:
        return
    with suppress(AttributeError):
        utils: Any = sys.modules[type(adapter).__module__].data_adapter_utils
        count = min(utils.NUM_BATCHES_FOR_TENSOR_SPEC, len(adapter.py_dataset))
        batches = [adapter._standardize_batch(adapter.py_dataset[number]) for number in range(count)]
        adapter._output_signature = without_sizes(utils.get_tensor_spec(batches), data_format)


class OutputSizes:
    """Refuses batches of other sizes than the first one's where `predict` cannot join their outputs.

    On TensorFlow, Keras joins them as a `tf.RaggedTensor`; elsewhere NumPy fails, after all of the work, with a message
    of its own.

    Args:
        model: predicts.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._first: Any = None

    @classmethod
    def of(cls, caller: Caller | None) -> OutputSizes | None:
        """Return the check of a call; None where it needs none."""
        if caller is None or caller.method != "predict":
            return None
        return None if sys.modules["keras"].backend.backend() == "tensorflow" else cls(caller.model)

    def check(self, batch: Any) -> None:
        """Compare a batch with the first one, by any thread.

        Raises:
            ValueError: their outputs have different sizes.
        """
        inputs = batch[0] if isinstance(batch, tuple) else batch
        shapes = sys.modules["keras"].tree.map_structure(lambda array: (None, *array.shape[1:]), inputs)
        if self._first is None:
            self._first = shapes
        if shapes != self._first and self._outputs_differ(shapes):
            raise ValueError(
                f"predict() joins the outputs of batches, whose sizes differ: inputs are {self._first} in one and "
                f"{shapes} in another; expected equal sizes, such as by image_size=, or "
                "[model.predict_on_batch(seq[i]) for i in range(len(seq))]"
            )

    def _outputs_differ(self, shapes: Any) -> bool:
        with suppress(Exception):  # of a model whose shapes Keras cannot compute: its own error comes later
            outputs = self._model.compute_output_shape
            return bool(outputs(shapes) != outputs(self._first))
        return False
