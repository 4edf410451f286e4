"""Examinations of small data: what is measured, and relations that hold by a wide margin."""

from __future__ import annotations

from dataclasses import replace

import albumentations as A  # noqa: N812
import pytest
from small_pairs import COLORS, Pairs

from seqaug import Palette, SampleError, TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.profiling.profiler import _fewest_of_the_fastest, _workforces, examine
from seqaug.profiling.recommendations import judge
from seqaug.profiling.results import Pace, Setting
from seqaug.profiling.stage_timing import measure_stages

LABELS = LabelSpec(Palette(COLORS, ignore=("void",)), None, None)
LOADING = ["read", "decode image", "decode mask", "class ids"]


def bench(pairs: Pairs, *transforms: A.BasicTransform, **arguments: tuple[int, int]) -> PipelineBuilder:
    transform = A.Compose(list(transforms)) if transforms else None
    return PipelineBuilder(pairs.images, pairs.masks, LABELS, transform, **arguments)


def test_every_stage_has_its_time(pairs: Pairs) -> None:
    stages = measure_stages(bench(pairs, A.RandomCrop(16, 16), A.Rotate(p=1), image_size=(20, 20)), range(6), 10.0)
    assert list(stages.milliseconds) == [*LOADING, "RandomCrop", "Rotate", "composition", "resize", "write row"]
    assert all(milliseconds >= 0 for milliseconds in stages.milliseconds.values())
    assert (stages.transforms, stages.dispensable) == (["RandomCrop", "Rotate"], ["Rotate"])
    assert stages.loaded_bytes == 24 * 32 * 4
    assert stages.row_bytes == 20 * 20 * (3 * 4 + 1)
    assert stages.is_uint8
    assert list(measure_stages(bench(pairs), range(6), 0).milliseconds) == [*LOADING, "write row"]
    assert not measure_stages(bench(pairs, A.Normalize()), range(2), 0).is_uint8


def test_an_elastic_transform_is_found_and_done_without(pairs: Pairs) -> None:
    costly = bench(pairs, A.Resize(128, 128), A.ElasticTransform(p=1), A.HorizontalFlip())
    findings = examine(costly, batch_size=2, most_workers=1, seconds=0.2)
    verdict = judge(findings, needed=1e9)
    assert verdict.bound == "ElasticTransform"
    assert verdict.change == "ElasticTransform"
    assert verdict.waits == pytest.approx(1)
    assert findings.tried_samples == findings.num_samples == 6
    assert set(findings.paces) == {Setting(0), Setting(1), Setting(1, True)}
    changed = [trial.setting._replace(workers=0, processes=False) for trial in findings.trials]
    assert changed == [Setting(0, cache=True), Setting(0, uint8=True), Setting(0, without="ElasticTransform")]
    assert all(pace.samples_per_second > 0 and pace.first_batch_seconds > 0 for pace in findings.paces.values())
    assert findings.memory.batch == 2 * 128 * 128 * (3 * 4 + 1)
    assert findings.memory.cache == 6 * 24 * 32 * 4


def test_a_sample_that_cannot_be_used_is_named(pairs: Pairs) -> None:
    gone = replace(bench(pairs), images=[*pairs.images[:5], "gone.png"])
    with pytest.raises(SampleError, match=r"sample 5 \(image gone\.png.*no such file"):
        measure_stages(gone, range(6), 10.0)
    with pytest.raises(TransformError, match=r"sample 0 \(image .*RandomCrop failed"):
        measure_stages(bench(pairs, A.RandomCrop(99, 99)), range(6), 10.0)


def test_workforces() -> None:
    assert [setting.workers for setting in _workforces(6)] == [0, 1, 2, 4, 6, 1, 2, 4, 6]
    assert _workforces(0) == [Setting(0)]
    assert [setting.workforce for setting in _workforces(2)] == [
        "inline",
        "1 thread",
        "2 threads",
        "1 process",
        "2 processes",
    ]


def test_of_those_that_are_alike_the_fewest_workers_are_best() -> None:
    paces = {Setting(0): Pace(50, 0), Setting(2): Pace(96, 0), Setting(2, True): Pace(99, 0), Setting(4): Pace(100, 0)}
    assert _fewest_of_the_fastest(paces) == Setting(2)
