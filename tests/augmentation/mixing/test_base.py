"""The protocol of mixing transforms, and what those see that forget it."""

from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from mixing_transforms import OfClass, TopRows, TwoPartners

from seqaug.augmentation.mask_safety import make_mask_safe
from seqaug.augmentation.mixing.base import MixingTransform, PartnerRequest, partner_request
from seqaug.errors import SeqaugWarning


def test_what_a_transform_needs() -> None:
    assert partner_request(A.Mosaic(grid_yx=(2, 3), metadata_key="tiles")) == ("Mosaic", "tiles", 5, None)
    assert partner_request(TwoPartners()) == PartnerRequest("TwoPartners", "both", 2, None)
    assert partner_request(OfClass([1, "wall"])) == ("OfClass", "partners", 1, [1, "wall"])
    assert partner_request(A.HorizontalFlip()) is None


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("num_partners", 0, r"TopRows.num_partners=0; expected how many other samples it needs"),
        ("num_partners", "two", r"TopRows.num_partners='two'"),
        ("num_partners", True, r"TopRows.num_partners=True"),
        ("partners_key", "image", r"TopRows.partners_key='image'; expected a name that no array"),
        ("partners_key", 3, r"TopRows.partners_key=3"),
    ],
)
def test_a_protocol_that_is_not_followed(attribute: str, value: Any, message: str) -> None:
    leaf = TopRows()
    setattr(leaf, attribute, value)
    with pytest.raises(ValueError, match=message):
        make_mask_safe(leaf, {}, 255)


def test_a_mosaic_whose_key_is_an_array() -> None:
    with pytest.raises(ValueError, match=r"Mosaic.metadata_key='image'; expected a name that no array of a sample has"):
        make_mask_safe(A.Mosaic(metadata_key="image"), {}, 255)


def test_a_transform_that_forgets_the_protocol() -> None:
    class Forgetful(A.DualTransform):
        @property
        def targets_as_params(self) -> list[str]:
            return ["others"]

        def apply(self, img: np.ndarray, **_: Any) -> np.ndarray:
            return img

    with pytest.raises(ValueError, match=r"Forgetful needs 'others', .* derives from seqaug\.MixingTransform"):
        make_mask_safe(A.Compose([A.OneOf([Forgetful(), A.VerticalFlip()])]), {}, 255)
    with pytest.raises(ValueError, match=r"OverlayElements needs 'overlay_metadata'"):
        make_mask_safe(A.OverlayElements(), {}, 255)


def test_a_transform_without_apply_or_its_base_class_s_init() -> None:
    class Empty(MixingTransform):
        pass

    class Unprepared(MixingTransform):
        def __init__(self) -> None:
            self.strength = 1

    with pytest.raises(TypeError, match=r"Empty has no apply; expected apply\(self, img, partners, \*\*params\)"):
        make_mask_safe(A.Compose([Empty()]), {}, 255)
    with pytest.raises(TypeError, match=r"Unprepared.__init__ does not call super\(\).__init__\(p=...\)"):
        make_mask_safe(Unprepared(), {}, 255)


def test_outside_of_a_sequence_the_caller_hands_partners_over() -> None:
    image, mask = np.zeros((8, 6, 3), np.uint8), np.zeros((8, 6), np.uint8)
    result = A.Compose([TopRows(p=1)])(image=image, mask=mask, partners=[{"image": image + 1, "mask": mask + 2}])
    assert result["image"][:4].min() == 1
    assert result["image"][4:].max() == 0
    assert result["mask"][:4].min() == 2
    with pytest.raises(ValueError, match=r"partners\[0\] has no 'mask', which the sample has"):
        A.Compose([TopRows(p=1)])(image=image, mask=mask, partners=[{"image": image}])


def test_masks_that_are_averaged_or_filled_are_warned_about() -> None:
    class Averaging(TopRows):
        def _mixed(self, own: np.ndarray, other: np.ndarray) -> np.ndarray:
            return ((own.astype(np.uint16) + other) // 2).astype(own.dtype)

    class Filling(TopRows):
        def _mixed(self, own: np.ndarray, other: np.ndarray) -> np.ndarray:
            mixed = super()._mixed(own, other)
            mixed[:, :2] = 0
            return mixed

    with pytest.warns(SeqaugWarning, match="Averaging changes the labels of masks"):
        make_mask_safe(Averaging(), {}, 255)
    with pytest.warns(SeqaugWarning, match="Filling can fill pixels of a mask and labels them 0 instead of ignore_ind"):
        make_mask_safe(Filling(), {}, 255)
    with pytest.warns(SeqaugWarning, match=r"Filling can fill pixels .* labels them 0, which is a class"):
        make_mask_safe(Filling(), {}, None)
    make_mask_safe(A.Compose([TopRows(), TwoPartners()]), {}, None)


def test_a_mosaic_that_fills_needs_an_ignore_index() -> None:
    with pytest.warns(SeqaugWarning, match="Mosaic can fill pixels of a mask"):
        make_mask_safe(A.Mosaic(fit_mode="contain"), {}, None)
    make_mask_safe(A.Mosaic(), {}, None)
    safe = make_mask_safe(A.Mosaic(fit_mode="contain"), {}, 77)
    assert safe[0].fill_mask == 77
    with pytest.raises(ValueError, match=r"Mosaic can fill pixels .* no value_fill says with what in 'depth'"):
        make_mask_safe(A.Mosaic(fit_mode="contain"), {"depth": "value"}, 77)
