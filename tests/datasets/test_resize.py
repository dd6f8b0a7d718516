"""Resizers: exact on simple cases, free of aliasing, named."""

import numpy as np
import pytest

from datasets.registry import UsageError
from datasets.resize import get_resizer

area = get_resizer("area-antialias")


def test_whole_factors_average_blocks():
    frame = np.random.default_rng(0).integers(0, 256, (24, 36, 3), dtype=np.uint8)
    expected = frame.reshape(12, 2, 12, 3, 3).mean((1, 3))
    assert np.abs(area(frame, 12) - expected).max() <= 0.5 + 1e-6


def test_same_size_is_a_copy():
    frame = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    resized = area(frame, 4)
    assert np.array_equal(resized, frame)
    assert not np.shares_memory(resized, frame)


@pytest.mark.parametrize("shape", [(37, 51), (20, 90), (10, 12), (64, 64), (3, 200)])
def test_a_flat_picture_stays_flat_to_its_border(shape):
    """The original's resizer darkened the outer rows."""
    frame = np.full((*shape, 3), 200, np.uint8)
    resized = area(frame, 16)
    assert resized.shape == (16, 16, 3) and resized.dtype == np.uint8
    assert (resized == 200).all()


def test_fine_stripes_become_grey():
    frame = np.zeros((256, 256, 3), np.uint8)
    frame[:, ::2] = 255
    assert np.abs(area(frame, 64).astype(int) - 128).max() <= 1


def test_a_slice_is_accepted():
    frame = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert np.array_equal(area(frame[4:24, 6:26], 10), area(frame[4:24, 6:26].copy(), 10))


def test_unknown_name_lists_the_known():
    with pytest.raises(UsageError, match="unknown resizer 'lanczos'; known: area-antialias"):
        get_resizer("lanczos")
