"""Slices of infinite streams."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqaug.sampling.epoch_stream import slice_class_stream, slice_stream

elements = st.integers(0, 60)


@given(elements, elements, st.integers(1, 20))
def test_a_slice_is_part_of_the_stream(first: int, length: int, pass_length: int) -> None:
    made = []

    def make_pass(pass_index: int) -> np.ndarray:
        made.append(pass_index)
        return np.arange(pass_index * pass_length, (pass_index + 1) * pass_length)

    assert slice_stream(first, length, pass_length, make_pass).tolist() == list(range(first, first + length))
    assert len(made) <= -(-length // pass_length) + 1, "no pass is made without need"


@given(st.sampled_from([1, 2, 3, 7, 4095, 4096, 5000]), st.integers(0, 2**40), st.integers(0, 300), elements)
def test_passes_over_a_class_hold_each_image_once(num_images: int, seed: int, class_id: int, first: int) -> None:
    stream = slice_class_stream(first * num_images, 3 * num_images, num_images, seed, class_id)
    assert (np.sort(stream.reshape(3, -1), axis=1) == np.arange(num_images)).all()
    later = slice_class_stream((first + 1) * num_images + 1, num_images - 1, num_images, seed, class_id)
    assert np.array_equal(later, stream[num_images + 1 : 2 * num_images])


def test_every_pass_class_and_seed_has_its_own_order() -> None:
    orders = {
        tuple(slice_class_stream(pass_index * 30, 30, 30, seed, class_id))
        for pass_index in range(200)
        for seed in range(3)
        for class_id in range(3)
    }
    assert len(orders) == 1800


def test_all_orders_of_a_pass_are_equally_likely() -> None:
    passes = slice_class_stream(0, 3 * 6000, 3, 0, 0).reshape(-1, 3)
    times = np.unique(passes, axis=0, return_counts=True)[1]
    # Chi-squared, 5 degrees of freedom; 20.5 is exceeded once in a thousand seeds.
    assert ((times - 1000) ** 2 / 1000).sum() < 20.5
