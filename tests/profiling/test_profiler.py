"""Profiles of small data: what is measured, and relations that hold by a wide margin."""

from __future__ import annotations

from dataclasses import replace

import albumentations as A  # noqa: N812
import numpy as np
import pytest
from small_pairs import COLORS, Pairs

from seqaug import CopyPaste, Palette, SampleError, TransformError
from seqaug.palette.label_spec import LabelSpec
from seqaug.pipeline.builder import PipelineBuilder
from seqaug.profiling.profiler import _fewest_of_the_fastest, _worker_settings, profile
from seqaug.profiling.recommendations import recommend
from seqaug.profiling.results import Setting, Throughput
from seqaug.profiling.stage_timing import time_stages
from seqaug.sources.files import FilePairs
from seqaug.statistics.counts import ClassCounts

LABELS = LabelSpec(Palette(COLORS, ignore=("void",)), None, None)
LOADING = ["read", "decode image", "decode mask", "class ids"]


def made(
    pairs: Pairs, *transforms: A.BasicTransform, image_size: tuple[int, int] | None = None
) -> tuple[FilePairs, PipelineBuilder]:
    """Return a source, and the builder of its pipelines."""
    transform = A.Compose(list(transforms)) if transforms else None
    source = FilePairs(pairs.images, pairs.masks, color_mode="rgb", colored_masks=True)
    return source, PipelineBuilder(labels=LABELS, transform=transform, image_size=image_size, warns=False)


def test_every_stage_has_its_time(pairs: Pairs) -> None:
    stages = time_stages(*made(pairs, A.RandomCrop(16, 16), A.Rotate(p=1), image_size=(20, 20)), range(6), 10.0)
    assert list(stages.milliseconds) == [*LOADING, "RandomCrop", "Rotate", "composition", "resize", "write row"]
    assert all(milliseconds >= 0 for milliseconds in stages.milliseconds.values())
    assert (stages.transforms, stages.removable) == (["RandomCrop", "Rotate"], ["Rotate"])
    assert stages.loaded_bytes == 24 * 32 * 4
    assert stages.row_bytes == 20 * 20 * (3 * 4 + 1)
    assert stages.is_uint8
    assert list(time_stages(*made(pairs), range(6), 0).milliseconds) == [*LOADING, "write row"]
    assert not time_stages(*made(pairs, A.Normalize()), range(2), 0).is_uint8


def test_an_elastic_transform_is_the_bottleneck_and_is_left_out(pairs: Pairs) -> None:
    costly = made(pairs, A.Resize(128, 128), A.ElasticTransform(p=1), A.HorizontalFlip())
    results = profile(*costly, batch_size=3, max_workers=1, seconds=0.2)
    recommendation = recommend(results, required=1e9)
    assert recommendation.bottleneck == "ElasticTransform"
    assert recommendation.change == "ElasticTransform"
    assert recommendation.wait_fraction == pytest.approx(1)
    assert results.measured_samples == results.num_samples == 6
    assert set(results.throughput) == {Setting(0), Setting(1), Setting(1, True)}
    changed = [trial.setting._replace(workers=0, processes=False) for trial in results.trials]
    assert changed == [Setting(0, cache=True), Setting(0, uint8=True), Setting(0, without="ElasticTransform")]
    assert all(fast.samples_per_second > 0 and fast.first_batch_seconds > 0 for fast in results.throughput.values())
    assert results.memory.batch == 3 * 128 * 128 * (3 * 4 + 1)
    assert results.memory.cache == 6 * 24 * 32 * 4


def lamp_counts(pairs: Pairs) -> ClassCounts:
    """Count classes as if sample 3 alone had a lamp, class 2."""
    return ClassCounts.from_rows([[700, 68, 0] if index != 3 else [700, 58, 10] for index in range(len(pairs.ids))], 3)


def test_loading_partners_is_a_stage_of_its_own(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    mosaic = A.Mosaic(target_size=(24, 32), cell_shape=(24, 32), p=1)
    source, builder = made(pairs, mosaic, A.HorizontalFlip())
    read, seconds = source.load_image, [0.0]

    def load_image(index: int) -> np.ndarray:
        seconds[0] += 1
        return read(index)

    monkeypatch.setattr(source, "load_image", load_image)
    monkeypatch.setattr("seqaug.profiling.stage_timing.perf_counter", lambda: seconds[0])
    monkeypatch.setattr("seqaug.augmentation.timed.perf_counter", lambda: seconds[0])
    stages = time_stages(source, builder, range(6), 10.0)
    assert list(stages.milliseconds)[4:] == ["load partners", "Mosaic", "HorizontalFlip", "composition", "write row"]
    # By this clock, reading images takes a second, and nothing else takes any.
    took = {stage: milliseconds for stage, milliseconds in stages.milliseconds.items() if milliseconds}
    assert took == {"decode image": 1000, "load partners": 3000}


@pytest.mark.parametrize("mixing", [CopyPaste(["lamp"], p=1), CopyPaste(p=1), A.Mosaic(p=1)])
def test_few_samples_suffice_for_transforms_that_need_others(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch, mixing: A.BasicTransform
) -> None:
    monkeypatch.setattr("seqaug.profiling.profiler._affordable", lambda *_: 2)
    source, builder = made(pairs, mixing, A.Resize(24, 32))
    builder = replace(builder, count_classes=lambda source: lamp_counts(pairs))
    results = profile(source, builder, batch_size=1, max_workers=0, seconds=0.1)
    assert results.measured_samples == (4 if isinstance(mixing, A.Mosaic) else 3)
    assert "load partners" in results.stages
    assert recommend(results, required=None).bottleneck


def test_a_partner_that_cannot_be_read_is_named(pairs: Pairs) -> None:
    gone = made(pairs._replace(images=[pairs.images[0], *["gone.png"] * 5]), A.Mosaic(p=1))
    with pytest.raises(SampleError, match=r"sample \d \(image gone\.png.*no such file"):
        time_stages(*gone, [0], 10.0)


def test_a_sample_that_cannot_be_used_is_named(pairs: Pairs) -> None:
    gone = made(pairs._replace(images=[*pairs.images[:5], "gone.png"]))
    with pytest.raises(SampleError, match=r"sample 5 \(image gone\.png.*no such file"):
        time_stages(*gone, range(6), 10.0)
    with pytest.raises(TransformError, match=r"sample 0 \(image .*RandomCrop failed"):
        time_stages(*made(pairs, A.RandomCrop(99, 99)), range(6), 10.0)


def test_worker_settings() -> None:
    assert [setting.workers for setting in _worker_settings(6)] == [0, 1, 2, 4, 6, 1, 2, 4, 6]
    assert _worker_settings(0) == [Setting(0)]
    assert [setting.label for setting in _worker_settings(2)] == [
        "inline",
        "1 thread",
        "2 threads",
        "1 process",
        "2 processes",
    ]


def test_among_equally_fast_settings_the_fewest_workers_are_best() -> None:
    throughput = {
        Setting(0): Throughput(50, 0),
        Setting(2): Throughput(96, 0),
        Setting(2, True): Throughput(99, 0),
        Setting(4): Throughput(100, 0),
    }
    assert _fewest_of_the_fastest(throughput) == Setting(2)
