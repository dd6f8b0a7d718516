"""Pictures into the square and back: aspects, evenness, identity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fomm.media.errors import MediaError
from fomm.media.fit import content_box, fit, unfit

SIDES = st.integers(1, 128).map(lambda half: 2 * half)
EDGES = st.integers(1, 400)
WAYS = st.sampled_from(["pad", "crop", "stretch"])


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(EDGES, EDGES, SIDES, WAYS)
def test_the_box_lies_in_the_square_and_is_even(height, width, side, how):
    top, left, tall, wide = content_box(height, width, side, how)
    assert tall % 2 == wide % 2 == 0
    assert tall >= 2 and wide >= 2
    assert top >= 0 and left >= 0
    assert top + tall <= side and left + wide <= side
    assert abs((side - tall) - 2 * top) <= 1 and abs((side - wide) - 2 * left) <= 1  # centred
    assert side in (tall, wide)


@given(EDGES, EDGES, SIDES)
def test_padding_keeps_the_aspect(height, width, side):
    """Within 1 pixel, as even numbers allow; only the thinnest pictures become thicker."""
    _, _, tall, wide = content_box(height, width, side, "pad")
    scale = side / max(height, width)
    assert abs(tall - max(2, height * scale)) <= 1
    assert abs(wide - max(2, width * scale)) <= 1


@settings(max_examples=40)
@given(EDGES, EDGES, SIDES, WAYS)
def test_fit_then_unfit(height, width, side, how):
    square = fit(noise(height, width), side, how)
    assert square.shape == (side, side, 3) and square.dtype == np.uint8
    box = content_box(height, width, side, how)
    inner = unfit(square, box)
    assert inner.shape == (*box[2:], 3)
    assert inner.flags.c_contiguous


@given(SIDES, WAYS)
def test_a_square_of_that_size_is_left_alone(side, how):
    picture = noise(side, side)
    assert np.array_equal(fit(picture, side, how), picture)
    assert np.array_equal(unfit(picture, content_box(side, side, side, how)), picture)


def test_padding_repeats_the_edges():
    picture = noise(16, 32)
    square = fit(picture, 32, "pad")
    assert content_box(16, 32, 32, "pad") == (8, 0, 16, 32)
    assert np.array_equal(square[8:24], picture)
    assert (square[:8] == picture[0]).all() and (square[24:] == picture[-1]).all()


def test_crop_takes_the_centre_and_stretch_everything():
    picture = np.zeros((20, 60, 3), np.uint8)
    picture[:, 20:40] = 200
    assert (fit(picture, 20, "crop") == 200).all()
    stretched = fit(picture, 20, "stretch")
    assert (stretched[:, 8:12] == 200).all() and (stretched[:, :5] == 0).all()


def test_shrinking_averages_even_where_the_other_edge_grows():
    picture = np.zeros((8, 64, 3), np.uint8)
    picture[:, ::4] = 200
    assert (fit(picture, 16, "stretch") == 50).all()


def test_a_flat_picture_stays_flat_at_any_size():
    for height, width in ((1, 1), (3, 500), (500, 3), (31, 17)):
        for how in ("pad", "crop", "stretch"):
            assert (fit(np.full((height, width, 3), 93, np.uint8), 64, how) == 93).all()


def test_slices_and_views_are_taken():
    picture = noise(40, 40)
    assert np.array_equal(fit(picture[::2, ::-2], 20), picture[::2, ::-2])
    assert np.array_equal(fit(picture[:, ::-1], 20), fit(picture[:, ::-1].copy(), 20))


@pytest.mark.parametrize("side", [0, 1, 255, -2])
def test_bad_sides(side):
    with pytest.raises(MediaError, match="even"):
        content_box(10, 10, side)


def test_bad_pictures_and_ways():
    with pytest.raises(MediaError, match="pad, crop, stretch"):
        fit(noise(4, 4), 4, "squeeze")
    with pytest.raises(MediaError, match="empty"):
        content_box(0, 4, 4)
    for bad in (noise(4, 4)[..., 0], noise(4, 4).astype(np.float32), noise(4, 4)[:0]):
        with pytest.raises(MediaError, match=r"uint8 \(H, W, 3\)"):
            fit(bad, 4)
