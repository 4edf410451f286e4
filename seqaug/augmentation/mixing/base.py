"""`MixingTransform`: the protocol of transforms that need other samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from seqaug.augmentation.albumentations import BasicTransform, DualTransform, Mosaic, Targets

Array = np.ndarray[Any, Any]
Partner = Mapping[str, Any]


class PartnerRequest(NamedTuple):
    """The other samples, or partners, that a transform needs.

    Attributes:
        name: of the transform, for messages.
        key: the key of a call's data under which they are handed over.
        number: how many.
        classes: as `MixingTransform.partner_classes`.
    """

    name: str
    key: str
    number: int
    classes: Any


class MixingTransform(DualTransform):
    """Base class of transforms that mix a sample with others, its partners: `CutMix`, `CopyPaste`, or your own.

    A subclass says how many partners it needs; the sequence draws them from (seed, epoch, position), loads them through
    the cache, and hands them over as they are before augmentation. It does so only where the transform is applied,
    inside `A.OneOf` and with `p` too.

    ```python
    class Average(seqaug.MixingTransform):
        num_partners = 1

        def apply(self, img, partners, **params):
            return ((img.astype(np.uint16) + partners[0]) // 2).astype(img.dtype)

        def apply_to_mask(self, mask, partners, **params):
            return np.where(partners[0] == 3, partners[0], mask)
    ```

    `apply` and `apply_to_mask` get, as `partners`, the arrays of the partners that belong to their target: images for
    "image", masks for "mask", and for an additional target those of its name. `get_params_dependent_on_data(params,
    data)` finds the whole partners in `data[self.partners_key]`: a sequence of dicts like the sample, each with
    "class_id" too, the class that it was drawn for, or None. A partner is loaded when it is first indexed. Partners may
    have other heights and widths than the sample; channels and dtypes are equal. They may be read-only.

    Outside of a sequence the caller hands them over:
    `A.Compose([CutMix()])(image=image, mask=mask, partners=[{"image": other, "mask": other_mask}])`.

    Attributes:
        num_partners: how many other samples the transform needs, 1 or more.
        partner_classes: None: partners are any other samples. "rare": each is drawn for one of the rarer half of the
            classes, by pixels in all masks. Or ids or names of classes: for one of these. Drawn for a class means:
            first a class, all with equal probability; then a sample that contains it.
        partners_key: key of a call's data under which they are handed over.
        needs_mask: whether it works only with masks.
        label_mixing: how labels mix in a `ClassificationSequence`. None: not at all, and it is refused there. "area":
            as the images share the area in the end, whatever crops follow; it is found by `apply_to_mask`. "weights":
            as `label_shares` says.
    """

    _targets = (Targets.IMAGE, Targets.MASK)

    num_partners: int = 1
    partner_classes: Any = None
    partners_key: str = "partners"
    needs_mask: bool = False
    label_mixing: str | None = None

    @classmethod
    def get_class_fullname(cls) -> str:
        """Return the class's name in saved pipelines: the public import path, which stays when files move."""
        is_own = cls.__module__.startswith("seqaug.")
        return f"seqaug.{cls.__name__}" if is_own else str(super().get_class_fullname())

    @property
    def targets_as_params(self) -> list[str]:
        """Keys that a call's data must have."""
        return [self.partners_key, *(["mask"] if self.needs_mask else [])]

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw parameters; `data[self.partners_key]` holds the partners."""
        return {}

    def label_shares(self, params: Mapping[str, Any]) -> Sequence[float]:
        """Return the share of each partner in the label, with `label_mixing="weights"`.

        Args:
            params: the parameters of the call, as drawn.
        """
        raise NotImplementedError(f"{type(self).__name__}.label_shares, which label_mixing='weights' asks for")

    def apply_with_params(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Apply the transform to each target, with the partners' arrays of the same name."""
        partners = kwargs[self.partners_key]
        result = {}
        for name, array in kwargs.items():
            if name not in self._key2func or array is None:
                result[name] = array
                continue
            missing = [number for number, partner in enumerate(partners) if name not in partner]
            if missing:
                raise ValueError(f"{self.partners_key}[{missing[0]}] has no {name!r}, which the sample has")
            others = [partner[name] for partner in partners]
            changed = self._key2func[name](np.ascontiguousarray(array), partners=others, **params)
            result[name] = np.ascontiguousarray(changed)
        return result


def partner_request(leaf: Any) -> PartnerRequest | None:
    """Return which other samples a transform needs; None for other transforms.

    Raises:
        TypeError, ValueError: a `MixingTransform` does not say it as its protocol demands.
    """
    name = type(leaf).__name__
    if isinstance(leaf, Mosaic):
        rows, columns = leaf.grid_yx
        _check_key(leaf, "metadata_key")
        return PartnerRequest(name, leaf.metadata_key, rows * columns - 1, None)
    if not isinstance(leaf, MixingTransform):
        return None
    number: Any = leaf.num_partners
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"{name}.num_partners={number!r}; expected how many other samples it needs, 1 or more")
    _check_key(leaf, "partners_key")
    kind = type(leaf)
    if kind.apply is MixingTransform.apply and kind.apply_with_params is MixingTransform.apply_with_params:
        raise TypeError(
            f"{name} has no apply; expected apply(self, img, partners, **params), which returns the mixed image, and "
            "apply_to_mask, the same for masks"
        )
    if leaf.label_mixing not in (None, "area", "weights"):
        raise ValueError(f'{name}.label_mixing={leaf.label_mixing!r}; expected None, "area" or "weights"')
    return PartnerRequest(name, leaf.partners_key, number, leaf.partner_classes)


def _check_key(leaf: Any, attribute: str) -> None:
    key = getattr(leaf, attribute)
    if not isinstance(key, str) or not key.isidentifier() or key in leaf.available_keys:
        raise ValueError(
            f"{type(leaf).__name__}.{attribute}={key!r}; expected a name that no array of a sample has, such as "
            "'partners'"
        )


def is_mixing(leaf: Any) -> bool:
    """Tell whether a single transform needs other samples."""
    return isinstance(leaf, MixingTransform | Mosaic)


def check_known_keys(leaf: BasicTransform, known: set[str]) -> None:
    """Refuse a transform that needs keys which nobody hands over.

    Args:
        leaf: a single transform.
        known: the names of a sample's arrays.

    Raises:
        ValueError: it does.
    """
    request = partner_request(leaf)
    handed_over = () if request is None else (request.key,)
    unknown = [key for key in leaf.targets_as_params if key not in (*known, *handed_over)]
    if unknown:
        raise ValueError(
            f"{type(leaf).__name__} needs {unknown[0]!r}, which samples do not have; expected a transform of "
            f"{', '.join(map(repr, sorted(known - {'class_id'})))}; one of your own that needs other samples derives "
            "from seqaug.MixingTransform, which hands them over"
        )
