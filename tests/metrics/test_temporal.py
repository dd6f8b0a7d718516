"""dtSSD by hand: flicker costs, a constant offset and the first frame do not."""

import math

import numpy as np
import pytest

from metrics import METRICS

DTSSD = METRICS["dtssd"]
RNG = np.random.Generator(np.random.PCG64(14))
MOVING = RNG.integers(0, 200, (5, 6, 7, 3), dtype=np.uint8)


def in_time(*levels):
    return np.array(levels, np.uint8)[:, None, None, None]


def test_by_hand():
    truth = np.zeros((3, 1, 2, 3), np.uint8)
    truth[1, 0, 0] = 10  # the left pixel brightens by 10, then stays
    truth[2, 0, 0] = 10
    prediction = np.zeros_like(truth)  # nothing was predicted to change
    prediction[2, 0, 1, 0] = 6  # but for one channel of the right pixel, in the last frame
    first = math.sqrt((3 * 10**2) / 6)
    second = math.sqrt(6**2 / 6)
    partial = DTSSD.partial(truth, prediction)
    assert partial.value == pytest.approx((first + second) / 2 / 255, rel=1e-15)
    assert partial.weight == 2


def test_a_constant_offset_costs_nothing_and_flicker_does():
    assert DTSSD.score([MOVING], [MOVING + in_time(51, 51, 51, 51, 51)]) == 0
    flicker = DTSSD.score([MOVING], [MOVING + in_time(0, 51, 0, 51, 0)])
    assert flicker == pytest.approx(0.2, rel=1e-15)
    still = np.repeat(MOVING[:1], 5, axis=0)
    assert DTSSD.score([MOVING], [still]) > 0


def test_the_largest_value():
    black, white = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)
    truth, prediction = np.concatenate([black, white]), np.concatenate([white, black])
    assert DTSSD.score([truth], [prediction]) == DTSSD.bounds[1] == 2


def test_frame_0_is_not_counted_as_lost():
    partial = DTSSD.partial(MOVING, MOVING)
    assert (partial.weight, partial.skipped) == (len(MOVING) - 1, 0)


def test_a_clip_of_one_frame_has_no_value():
    partial = DTSSD.partial(MOVING[:1], MOVING[:1])
    assert (partial.weight, partial.skipped) == (0, 0)
    assert math.isnan(partial.value)
    both = [MOVING[:1], MOVING], [MOVING[:1], MOVING[::-1].copy()]
    assert DTSSD.score(*both) == DTSSD.score(both[0][1:], both[1][1:])


def test_it_is_symmetric_and_the_same_backwards():
    other = RNG.integers(0, 200, MOVING.shape, dtype=np.uint8)
    value = DTSSD.score([MOVING], [other])
    assert DTSSD.score([other], [MOVING]) == value
    assert DTSSD.score([MOVING[::-1]], [other[::-1]]) == value
