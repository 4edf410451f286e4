"""`evaluate`: a model's predictions measured against masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np

from seqaug.augmentation.deterministic_part import is_random
from seqaug.core.user_warnings import warn_user
from seqaug.inference.compared_samples import compared_samples, name_of
from seqaug.inference.evaluation import BOUNDARY_TOLERANCE, ComparedImage, Evaluation, EvaluationSums
from seqaug.inference.model_output import (
    check_finite,
    check_from_logits,
    check_model,
    check_num_classes,
    check_output,
    class_ids,
    run_model,
)
from seqaug.inference.predictor import TiledPredictor
from seqaug.palette.class_map import ClassMapLike
from seqaug.palette.coercion import PaletteLike
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.rescale import DEFAULT_RESCALE
from seqaug.reading.images import ColorMode
from seqaug.sequence.arguments import Images
from seqaug.sequence.base import BatchSequence
from seqaug.sequence.each_sample import batches_of_each_sample
from seqaug.sequence.segmentation import SegmentationSequence
from seqaug.sources.tiled import TiledSource
from seqaug.utils.progress import progress_bar
from seqaug.utils.validation import positive_number

Array = np.ndarray[Any, Any]


def evaluate(
    model: Any,
    images: SegmentationSequence | Images,
    masks: Images | None = None,
    *,
    palette: PaletteLike | None = None,
    class_map: ClassMapLike | None = None,
    num_classes: int | None = None,
    ignore_index: int | None = None,
    color_mode: ColorMode | None = None,
    rescale: float | None = DEFAULT_RESCALE,
    from_logits: bool = False,
    output: str | None = None,
    boundary_tolerance: float | None = BOUNDARY_TOLERANCE,
    workers: int = 1,
) -> Evaluation:
    """Measure the predictions of a model against masks: confusion matrix, IoU, Dice, precision, recall, boundary F1.

    ```python
    print(seqaug.evaluate(model, val))  # at the size that the model was trained at
    predictor = seqaug.TiledPredictor.like(val, model)
    print(seqaug.evaluate(predictor, val))  # at the size of the files
    ```

    A model gets whole images, as the sequence gives them to `fit`: rescaled, after `prepare`, `transform` and
    `image_size`, and so do masks. A `TiledPredictor` gets the images as they are loaded, and does its own rescaling and
    transform; its predictions are measured against the masks as they are stored. Memory does not grow with the number
    of images, but for a few numbers of each; with a predictor, images of more than 2^24 pixels are read a few rows at a
    time, if windows of both files can be read (.npy; TIFF, with rasterio) and nothing is done to whole images.

    Args:
        model: a Keras model of one output, (B, H, W, K), or of a foreground, (B, H, W, 1); or a `TiledPredictor`.
        images: a `SegmentationSequence`, each sample of which counts once, whatever its `shuffle` and `oversample`; or
            paths or arrays, as for `SegmentationSequence`, of any sizes.
        masks: as many paths or arrays; None with a sequence.
        palette: the classes, as for `SegmentationSequence`; a sequence has its own.
        class_map: likewise.
        num_classes: likewise.
        ignore_index: likewise.
        color_mode: how image files are read, as for `SegmentationSequence`; None: "rgb", or what the predictor has.
        rescale: factor of integer images, as for `SegmentationSequence`; predictors and sequences have their own.
        from_logits: whether the single channel of a model is a logit, with its threshold at 0, or a probability, at
            0.5. With more channels, the largest is the same either way.
        output: name of the model's output, where it has several.
        boundary_tolerance: distance at which boundary F1 still counts a pixel as on the boundary, as a share of the
            image's diagonal; 0.0075 is that of Csurka et al. (2013). None: no boundary F1, which takes most of the time
            where a model is fast.
        workers: threads that read files; a sequence has its own workers.

    Returns:
        The measures, which print as a table; see `Evaluation`.

    Raises:
        TypeError: `model` is neither a model nor a predictor; or as for `SegmentationSequence`.
        ValueError: the number of classes is unknown or is not that of the model's channels; the model's output has
            another size than its input, or holds NaN; or as for `SegmentationSequence`.
        SampleError, TransformError: an image or mask cannot be used.
    """
    is_predictor = isinstance(model, TiledPredictor)
    if not is_predictor:
        check_model(model)
        check_from_logits(model, from_logits)
    elif from_logits or output is not None:
        raise ValueError("from_logits and output are arguments of the TiledPredictor; expected them there")
    if boundary_tolerance is not None:
        boundary_tolerance = positive_number("boundary_tolerance", boundary_tolerance, 1)
    if isinstance(images, SegmentationSequence):
        _refuse_beside_sequence(
            {
                "masks": masks,
                "palette": palette,
                "class_map": class_map,
                "num_classes": num_classes,
                "ignore_index": ignore_index,
            }
        )
        sequence = images
    else:
        if isinstance(images, BatchSequence):
            raise TypeError(
                f"evaluate() was given a {type(images).__name__}; expected a SegmentationSequence (of a Mixture, one "
                "of its parts), or images and masks"
            )
        if masks is None:
            raise ValueError("evaluate() compares predictions with masks, and masks is missing; expected one per image")
        sequence = SegmentationSequence(
            images,
            masks,
            palette=palette,
            class_map=class_map,
            num_classes=num_classes,
            ignore_index=ignore_index,
            color_mode=color_mode or (model.color_mode if is_predictor else "rgb"),
            rescale=rescale,
            batch_size=1,
            shuffle=False,
            workers=workers,
        )
    labels = sequence._labels
    if labels.num_classes is None:
        raise ValueError("the number of classes is unknown; expected palette=, or num_classes= for masks of ids")
    if labels.overlapping is not None:
        raise ValueError(
            'mask_encoding="multi_label" gives a pixel several classes, and evaluate() measures one class per pixel; '
            'expected "sparse", "one_hot" or "binary"'
        )
    if not sequence._has_masks:
        raise ValueError("the sequence has no masks to compare predictions with; expected masks in its constructor")
    sums = EvaluationSums(labels.num_classes, labels.ignore_index, boundary_tolerance)
    if is_predictor:
        model.check_num_classes(labels.num_classes, labels.class_names)
        if isinstance(sequence.samples, TiledSource):
            warn_user(
                "evaluate() was given a TiledPredictor and a sequence with tiles=: each tile is predicted without what "
                "lies around it, and pixels where tiles overlap count in each; expected a sequence without tiles=, or "
                "images and masks"
            )
        results = compared_samples(model, sequence)
    else:
        _warn_of_random(sequence)
        results = _by_model(model, sequence, labels, from_logits=from_logits, output=output)
    with (
        nullcontext() if images is sequence else sequence,
        progress_bar("Evaluating", len(sequence.samples)) as advance,
    ):
        for result in results:
            sums.add(result)
            advance(1)
    return sums.finish(labels.class_names, None if labels.palette is None else labels.palette.colors)


def _by_model(
    model: Any, sequence: SegmentationSequence, labels: LabelSpec, *, from_logits: bool, output: str | None
) -> Iterator[ComparedImage]:
    encoding, data_format = sequence._builder.mask_encoding, sequence._builder.data_format
    for batch in batches_of_each_sample(sequence, as_loaded=False):
        truths = _class_ids_of(_channels_last(batch["mask"], data_format), encoding, labels)
        assembled = sequence.assemble(batch)
        inputs = assembled[0] if isinstance(assembled, list | tuple) else assembled
        scores = _channels_last(run_model(model, inputs, output), data_format)
        check_output(scores, len(truths), truths.shape[1:])
        check_num_classes(scores.shape[-1], labels.num_classes, labels.class_names)
        check_finite(scores)
        if scores.shape[-1] == 1 and not from_logits and not (scores.min() >= 0 and scores.max() <= 1):
            raise ValueError(
                f"the model's single channel has values from {scores.min():.4g} to {scores.max():.4g}, which are no "
                "probabilities; expected from_logits=True if they are logits"
            )
        predicted = class_ids(scores, threshold=0.0 if from_logits else 0.5)
        for index, truth, ids in zip(batch["index"], truths, predicted, strict=True):
            yield ComparedImage(name_of(sequence, int(index)), truth.shape, [(truth, ids)])


def _channels_last(arrays: Array, data_format: str) -> Array:
    return np.moveaxis(arrays, 1, -1) if data_format == "channels_first" and arrays.ndim == 4 else arrays


def _class_ids_of(masks: Array, encoding: str, labels: LabelSpec) -> Array:
    """Turn the masks of a batch back into class ids, with `num_classes` or more where ignored."""
    if encoding == "sparse":
        return masks
    if encoding == "binary":
        return masks[..., 0].astype(np.uint8)
    ids: Array = masks.argmax(axis=-1)  # one-hot
    ids[~masks.any(axis=-1)] = labels.num_classes
    return ids


def _warn_of_random(sequence: SegmentationSequence) -> None:
    if is_random(sequence._builder.transform):
        warn_user(
            "evaluate() was given a sequence whose transform is random: it measures predictions on augmented images; "
            "expected a sequence without augmentation, such as the validation data"
        )


def _refuse_beside_sequence(arguments: Mapping[str, Any]) -> None:
    given = [name for name, value in arguments.items() if value is not None]
    if given:
        raise ValueError(f"{', '.join(given)} beside a sequence, which has its own; expected the sequence alone")
