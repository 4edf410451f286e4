"""Which samples a sample is mixed with."""

from collections import Counter

import numpy as np
import pytest

from seqaug.augmentation.mixing.base import PartnerRequest
from seqaug.core.sample_request import SampleRequest
from seqaug.errors import SeqaugWarning
from seqaug.palette.label_spec import LabelSpec
from seqaug.palette.palette import Palette
from seqaug.pipeline.partners import PartnerSampler
from seqaug.statistics.counts import ClassCounts

COUNTS = ClassCounts.from_rows([[9, 1, 0, 0], [9, 0, 2, 0], [5, 0, 5, 0], [9, 0, 0, 0]], 4)
LABELS = LabelSpec(Palette({"road": (0, 0, 0), "lamp": (1, 0, 0), "sign": (2, 0, 0), "cat": (3, 0, 0)}), None, 255)


def sampler(*requests: PartnerRequest, num_samples: int = 4, seed: int = 3) -> PartnerSampler:
    return PartnerSampler(requests, num_samples, seed, LABELS, lambda purpose: COUNTS)


def three(classes: object = None, number: int = 3) -> PartnerRequest:
    return PartnerRequest("Mix", "partners", number, classes)


def test_partners_differ_from_each_other_and_from_the_sample() -> None:
    drawn = sampler(three(), num_samples=5)
    seen: Counter[int] = Counter()
    for position in range(200):
        partners = drawn.draw(SampleRequest(2, 0, position), 0, 0)
        indices = [partner.index for partner in partners]
        assert len({2, *indices}) == 4
        seen.update(indices)
        assert [partner.partner for partner in partners] == [(0, 0, 0), (0, 0, 1), (0, 0, 2)]
    assert set(seen) == {0, 1, 3, 4}
    assert max(seen.values()) < 1.2 * min(seen.values())


def test_they_depend_on_seed_epoch_position_place_and_call() -> None:
    many = sampler(three(), three(), num_samples=10**6)

    def indices(request: SampleRequest, place: int = 0, call: int = 0, of: PartnerSampler = many) -> list[int]:
        return [partner.index for partner in of.draw(request, place, call)]

    first = indices(SampleRequest(7, 1, 2))
    assert first == indices(SampleRequest(7, 1, 2)) == indices(SampleRequest(8, 1, 2))
    others = [
        indices(SampleRequest(7, 2, 2)),
        indices(SampleRequest(7, 1, 3)),
        indices(SampleRequest(7, 1, 2), place=1),
        indices(SampleRequest(7, 1, 2), call=1),
        indices(SampleRequest(7, 1, 2), of=sampler(three(), num_samples=10**6, seed=4)),
    ]
    assert len({tuple(found) for found in (first, *others)}) == 6
    assert list(many.possible(SampleRequest(7, 1, 2))) == [*first, *others[2]]


def test_unusable_samples_are_left_out() -> None:
    drawn = sampler(three(number=2), num_samples=5)
    for position in range(20):
        found = {partner.index for partner in drawn.draw(SampleRequest(0, 0, position, unusable=(1, 4)), 0, 0)}
        assert found == {2, 3}
    with pytest.raises(ValueError, match="all other samples that it could be mixed with cannot be used"):
        drawn.draw(SampleRequest(0, 0, 0, unusable=(1, 2, 4)), 0, 0)


def test_partners_of_a_class_contain_it() -> None:
    drawn = sampler(three(["sign", 1], number=1))
    seen: Counter[tuple[int | None, int]] = Counter()
    for position in range(300):
        (partner,) = drawn.draw(SampleRequest(3, 0, position), 0, 0)
        seen[partner.class_id, partner.index] += 1
    assert set(seen) == {(1, 0), (2, 1), (2, 2)}
    assert 110 < seen[1, 0] < 190
    # The only sample with a class is its own partner.
    assert {partner.index for p in range(30) for partner in drawn.draw(SampleRequest(0, 0, p), 0, 0)} == {0, 1, 2}


def test_another_class_is_drawn_where_no_sample_with_one_is_usable() -> None:
    drawn = sampler(three([1, 2], number=1))
    for position in range(20):
        (partner,) = drawn.draw(SampleRequest(3, 0, position, unusable=(0,)), 0, 0)
        assert partner.class_id == 2
    with pytest.raises(ValueError, match="all samples that it could be mixed with cannot be used"):
        drawn.draw(SampleRequest(3, 0, 0, unusable=(0, 1, 2)), 0, 0)


def test_rare_classes_are_the_rarer_half_of_those_that_occur() -> None:
    drawn = sampler(three("rare", number=1))
    assert {drawn.draw(SampleRequest(3, 0, p), 0, 0)[0].class_id for p in range(30)} == {1}


def test_bad_requests() -> None:
    with pytest.raises(ValueError, match="Mix mixes each sample with 3 others, and there are 3 in all; expected at le"):
        sampler(three(), num_samples=3)
    with pytest.raises(ValueError, match="Mix mixes each sample with another one, and there is 1 in all"):
        sampler(three(number=1), num_samples=1)
    with pytest.raises(ValueError, match="the class 'dog' is unknown; expected one of 'road', 'lamp', 'sign', 'cat'"):
        sampler(three(["dog"]))
    with pytest.raises(ValueError, match="the class 4 is unknown; expected ids from 0 to 3"):
        sampler(three([4]))
    with pytest.raises(ValueError, match=r"the class 255 is unknown; .* other than ignore_index=255"):
        sampler(three([255]))
    with pytest.raises(ValueError, match=r"1\.5 is no class"):
        sampler(three([1.5]))
    with pytest.raises(ValueError, match=r"the classes \[3\], and no mask contains any of them"):
        sampler(three(["cat"]))
    with pytest.warns(SeqaugWarning, match=r"the classes \[3\] too, and no mask contains them"):
        sampler(three([3, np.int64(1)]))
    with pytest.raises(ValueError, match="Mix looks for classes in masks, and the samples have none"):
        PartnerSampler([three([1])], 4, 0)
