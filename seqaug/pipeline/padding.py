"""The argument `pad_batches`: with what each array of a batch is padded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seqaug.augmentation.value_maps import ValueMaps
from seqaug.core.padding import Padding
from seqaug.palette.label_spec import LabelSpec
from seqaug.utils.validation import whole_number


def make_padding(
    pad_batches: bool | int | None,
    *,
    image_size: tuple[int, int] | None,
    ignore_index: int | None,
    mask_encoding: str | None,
    weights: Iterable[str],
    additional_targets: Mapping[str, str],
    values: ValueMaps,
    data_format: str,
) -> Padding | None:
    """Return how batches are padded: images with 0, masks as ignored pixels, weights with 0, values as filled pixels.

    Args:
        pad_batches: True; or a number, to a multiple of which sizes are rounded up; None or False: not at all.
        image_size: the size of all samples, or None.
        ignore_index: label of padded pixels, or None.
        mask_encoding: of the masks; None: there are none.
        weights: the names of the arrays of weights.
        additional_targets: kinds of further arrays, by name.
        values: those of them that hold numbers.
        data_format: of the batch.

    Raises:
        TypeError: `pad_batches` is no integer.
        ValueError: it is below 1, or beside `image_size`; or nothing says what padded pixels of an array are.
    """
    if pad_batches is None or pad_batches is False:
        return None
    multiple = whole_number("pad_batches", pad_batches, 1)
    given = f"pad_batches={pad_batches!r}"
    if image_size is not None:
        raise ValueError(
            f"{given} beside image_size={image_size}, which makes all samples one size; expected one of them"
        )
    fills = fills_of(
        given,
        ignore_index=ignore_index,
        mask_encoding=mask_encoding,
        additional_targets=additional_targets,
        values=values,
    )
    if mask_encoding == "one_hot":
        fills["mask"] = 0.0  # a row of zeros is an ignored pixel
    fills |= dict.fromkeys(weights, 0.0)
    return Padding(multiple, fills, channels_first=data_format == "channels_first")


def tile_fills(
    labels: LabelSpec,
    *,
    mask_encoding: str | None,
    has_weights: bool,
    additional_targets: Mapping[str, str],
    values: ValueMaps,
) -> dict[str, float]:
    """Return the value of padded pixels of each array of a tile, by name.

    Args:
        labels: the classes; their label of filled pixels is that of padded ones.
        mask_encoding: as for `fills_of`.
        has_weights: whether pixels have weights, of which padded ones have 0.
        additional_targets: as for `fills_of`.
        values: as for `fills_of`.

    Raises:
        ValueError: nothing says what padded pixels of an array are, or losses would take them for targets.
    """
    given = 'Tiles(edge="pad")'
    if mask_encoding == "binary":
        raise ValueError(
            f'{given} with mask_encoding="binary", which has no place for ignored pixels, so that losses would take '
            'padding for targets; expected edge="shift"; or mask_encoding="multi_label" with num_classes=1 and '
            'class_weights="uniform": targets (B, H, W, 1) too, and the weight 0 for padding'
        )
    is_overlapping = mask_encoding == "multi_label"
    if is_overlapping and not has_weights:
        raise ValueError(
            f'{given} with mask_encoding="multi_label" without weights, so that losses would take padding for targets; '
            'expected class_weights="uniform", which gives padded pixels the weight 0, or edge="shift"'
        )
    fills = fills_of(
        given,
        ignore_index=labels.ignore_index,
        mask_encoding=None if is_overlapping else mask_encoding,
        additional_targets=additional_targets,
        values=values,
    )
    return fills | dict.fromkeys(labels.map_names, float(labels.fill_label or 0)) if is_overlapping else fills


def fills_of(
    given: str,
    *,
    ignore_index: int | None,
    mask_encoding: str | None,
    additional_targets: Mapping[str, str],
    values: ValueMaps,
) -> dict[str, float]:
    """Return the value of padded pixels of each array of a sample, by name.

    Args:
        given: the argument that asks for padding, for messages.
        ignore_index: label of padded pixels, or None.
        mask_encoding: of the masks; None: there are none.
        additional_targets: kinds of further arrays, by name.
        values: those of them that hold numbers.

    Raises:
        ValueError: nothing says what padded pixels of an array are.
    """
    of_labels = [name for name, kind in additional_targets.items() if kind == "mask"]
    if mask_encoding is not None:
        of_labels.insert(0, "mask")
    if mask_encoding not in (None, "sparse", "one_hot"):
        raise ValueError(
            f'{given} with mask_encoding="{mask_encoding}", which has no place for ignored pixels, so that losses '
            'would take padding for targets; expected mask_encoding="sparse" or "one_hot", with ignore_index='
        )
    if of_labels and ignore_index is None:
        raise ValueError(
            f"{given} without ignore_index, which says which label padded pixels of {of_labels[0]!r} get; expected "
            "ignore_index=255, and a loss that skips it"
        )
    if values.unfilled:
        raise ValueError(
            f"{given} without value_fill, which says what padded pixels of {values.unfilled[0]!r} are; expected "
            'value_fill=0 or float("nan"), or one for each array'
        )
    fills = {"image": 0.0, **{name: 0.0 for name, kind in additional_targets.items() if kind == "image"}}
    fills |= {name: float(ignore_index or 0) for name in of_labels}
    return {**fills, **{name: values.fill(name) for name in values.names}}
