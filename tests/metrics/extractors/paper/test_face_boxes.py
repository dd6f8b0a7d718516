"""Boxes of S3FD, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from metrics.extractors.paper.face_boxes import candidates, faces, suppressed


def levels(*cells):
    """Six levels of 4x5 cells that score 0, but for (level, row, column, score, offsets)."""
    scores = np.zeros((6, 4, 5), np.float32)
    offsets = np.zeros((6, 4, 4, 5), np.float32)
    for level, row, column, score, offset in cells:
        scores[level, row, column] = score
        offsets[level, :, row, column] = offset
    return list(zip(scores, offsets, strict=True))


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 5)


STILL = (0, 0, 0, 0)


@pytest.mark.parametrize(("level", "stride"), list(enumerate((4, 8, 16, 32, 64, 128))))
def test_a_prior_is_a_square_of_four_strides_around_its_cell(level, stride):
    found = candidates(levels((level, 2, 3, 0.75, STILL)))
    x, y = 3.5 * stride, 2.5 * stride
    reach = 2 * stride
    np.testing.assert_array_equal(found, boxes((x - reach, y - reach, x + reach, y + reach, 0.75)))
    assert found.dtype == np.float32


def test_offsets_shift_by_tenths_and_scale_by_fifths_of_a_log():
    offset = (1, -2, 5 * math.log(2), -5 * math.log(4))
    found = candidates(levels((1, 0, 0, 0.5, offset)))  # prior: 32 pixels around (4, 4)
    x, y, width, height = 4 + 3.2, 4 - 6.4, 64, 8
    expected = (x - width / 2, y - height / 2, x + width / 2, y + height / 2, 0.5)
    np.testing.assert_allclose(found, boxes(expected), rtol=1e-6)


def test_candidates_score_over_a_twentieth_in_the_order_of_levels():
    cells = [(3, 1, 1, 0.06, STILL), (0, 2, 0, 0.9, STILL), (0, 1, 4, 0.2, STILL)]
    found = candidates(levels(*cells, (2, 0, 0, np.float32(0.05), STILL)))
    np.testing.assert_array_equal(found[:, 4], np.float32([0.2, 0.9, 0.06]))
    assert candidates(levels()).shape == (0, 5)


def test_of_overlapping_boxes_the_best_is_left():
    one = (0, 0, 9, 9, 0.6)  # 100 pixels, both ends included
    better = (0, 5, 9, 14, 0.8)  # shares 50 with it: 50 / 150
    apart = (0, 20, 9, 29, 0.7)
    np.testing.assert_array_equal(suppressed(boxes(one, better, apart)), boxes(better, apart))


def test_overlap_counts_whole_pixels_and_may_be_three_tenths():
    """10x13 pixels against 10x13 that share 10x6: 60 / 200 = 0.3, which stays; 10x7 do not."""
    one, other = (0, 0, 9, 12, 0.9), (0, 7, 9, 19, 0.8)
    np.testing.assert_array_equal(suppressed(boxes(one, other)), boxes(one, other))
    nearer = (0, 6, 9, 18, 0.8)
    np.testing.assert_array_equal(suppressed(boxes(one, nearer)), boxes(one))
    touching = (9, 0, 18, 12, 0.8)  # one column in common
    np.testing.assert_array_equal(suppressed(boxes(one, touching)), boxes(one, touching))


def test_what_is_suppressed_suppresses_nothing():
    chain = [(0, 0, 9, 9, 0.9), (0, 4, 9, 13, 0.8), (0, 8, 9, 17, 0.7)]
    np.testing.assert_array_equal(suppressed(boxes(*chain)), boxes(chain[0], chain[2]))


def test_of_equal_scores_the_later_comes_first():
    one, other = (0, 0, 9, 9, 1.0), (50, 0, 59, 9, 1.0)
    np.testing.assert_array_equal(suppressed(boxes(one, other)), boxes(other, one))


def test_faces_score_over_a_half_best_first():
    one, other, half = (0, 0, 9, 9, 0.6), (50, 0, 59, 9, 0.9), (0, 50, 9, 59, 0.5)
    np.testing.assert_array_equal(faces(boxes(one, half, other)), boxes(other, one))
    assert faces(boxes()).shape == (0, 5)
