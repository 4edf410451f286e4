"""The first law: a batch depends on the samples, the transform, the seed, the epoch and its index alone."""

import random
import threading
import zlib
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_pairs import COLORS, Pairs, write_pairs
from strategies import compositions

import albumentations as A  # noqa: N812 isort: skip

from seqaug import Palette, SegmentationSequence

PALETTE = Palette(COLORS, ignore=("void",))
# Each example makes and copies compositions, and starts threads, which takes its time.
LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return write_pairs(tmp_path_factory.mktemp("laws"), 10, height=48, width=64)


def make(data: Pairs, transform: Any, seed: int, workers: int = 0) -> SegmentationSequence:
    return SegmentationSequence(
        data.images,
        data.masks,
        palette=PALETTE,
        transform=transform,
        image_size=(32, 32),
        batch_size=4,
        seed=seed,
        workers=workers,
    )


def as_bytes(batch: Any) -> tuple[bytes, bytes]:
    return batch[0].tobytes(), batch[1].tobytes()


@LAW
@given(
    compositions(),
    st.integers(0, 2**32),
    st.permutations([(epoch, number) for epoch in range(3) for number in range(3)]),
)
def test_the_same_bytes_in_any_order_and_with_any_number_of_threads(
    data: Pairs, transform: Any, seed: int, order: list[tuple[int, int]]
) -> None:
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    expected: dict[tuple[int, int], Any] = {}
    inline = make(data, transform, seed)
    for epoch in range(3):
        inline.set_epoch(epoch)
        expected |= {(epoch, number): as_bytes(batch) for number, batch in enumerate(inline)}
    for workers in (0, 1, 4):
        with make(data, transform, seed, workers) as sequence:
            shown = {}
            for epoch, number in order:
                sequence.set_epoch(epoch)
                shown[epoch, number] = as_bytes(sequence[number])
            assert shown == expected
            for epoch in range(3):
                sequence.set_epoch(epoch)
                assert [as_bytes(batch) for batch in sequence] == [expected[epoch, number] for number in range(3)]
    assert states == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@LAW
@given(compositions(), st.integers(0, 2**32))
def test_no_label_is_invented(data: Pairs, transform: Any, seed: int) -> None:
    sequence = make(data, transform, seed)
    for _, y in sequence:
        assert set(np.unique(y)) <= {0, 1, 2, 255}


def test_every_seed_and_every_epoch_differ(data: Pairs) -> None:
    transform = A.Compose([A.RandomCrop(20, 20), A.HorizontalFlip(), A.RandomBrightnessContrast(p=1)])
    shown = set()
    for seed in range(3):
        sequence = make(data, transform, seed)
        for epoch in range(3):
            sequence.set_epoch(epoch)
            shown |= {as_bytes(batch) for batch in sequence}
    assert len(shown) == 27


def test_an_oversampled_image_differs_each_time(data: Pairs) -> None:
    sequence = SegmentationSequence(
        data.images,
        data.masks,
        palette=PALETTE,
        transform=A.Compose([A.RandomCrop(20, 20), A.RandomBrightnessContrast(p=1)]),
        oversample=np.arange(10) == 3,
        batch_size=10,
    )
    assert len({x.tobytes() for x in sequence[0][0]}) == 10


def test_many_threads_may_ask_at_once(data: Pairs) -> None:
    """As Keras' enqueuer does."""
    transform = A.Compose([A.Rotate(60, p=1), A.ElasticTransform(p=1), A.RandomBrightnessContrast(p=1)])
    expected = [as_bytes(batch) for batch in make(data, transform, 0)]
    sequence = make(data, transform, 0, workers=2)
    shown: dict[int, Any] = {}
    barrier = threading.Barrier(6)

    def ask(which: int) -> None:
        barrier.wait()
        shown[which] = as_bytes(sequence[which % 3])

    threads = [threading.Thread(target=ask, args=(which,)) for which in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sequence.close()
    assert [shown[which] for which in range(6)] == expected * 2


def test_global_chance_is_neither_read_nor_changed(data: Pairs) -> None:
    transform = A.Compose([A.Rotate(60), A.GaussNoise(p=1), A.CoarseDropout(p=1)])
    shown, drawn = [], []
    for seed in (1, 1, 2):
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        python, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        if drawn:  # the first time, Keras draws without a sequence before
            with make(data, transform, 0, workers=2) as sequence:
                shown.append([as_bytes(batch) for batch in sequence])
        assert random.getstate() == python
        assert np.array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002
        drawn.append(keras.ops.convert_to_numpy(keras.random.normal((3,))).tolist())
    assert shown[0] == shown[1]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_batch_that_is_kept_never_changes(data: Pairs) -> None:
    with make(data, A.Compose([A.HorizontalFlip()]), 0, workers=2) as sequence:
        kept = list(sequence)
        before = [as_bytes(batch) for batch in kept]
        for _ in range(3):
            sequence.on_epoch_end()
            list(sequence)
        assert [as_bytes(batch) for batch in kept] == before


def test_the_bytes_are_frozen() -> None:
    """A change of this figure changes what everybody's seed means: their runs could not be repeated."""
    pixels = np.arange(6 * 8 * 8 * 3, dtype=np.uint32).reshape(6, 8, 8, 3)
    images = (pixels * 2654435761 % 256).astype(np.uint8)
    sequence = SegmentationSequence(
        images,
        images[..., 0] % 3,
        num_classes=3,
        transform=A.Compose([A.RandomCrop(4, 4), A.HorizontalFlip(), A.Transpose()]),
        rescale=None,
        batch_size=3,
        seed=7,
    )
    sequence.set_epoch(2)
    x, y = sequence[1]
    assert (zlib.crc32(x.tobytes()), zlib.crc32(y.tobytes())) == (858012493, 1378301888)
