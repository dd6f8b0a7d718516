"""Boxes from landmarks: hand-made bodies, windows of pictures, doubles."""

import numpy as np
import pytest

from datasets.track_boxes import distinct, face, inner_box, person, windows
from datasets.tracking import Detection

SIZE = (1280, 720)


def body(places=None, visibility=1.0):
    """33 landmarks: eyes, mouth and feet set apart, all others at one point of the chest."""
    marks = np.tile([500.0, 300.0, visibility], (33, 1))
    marks[[2, 5], :2] = [[495, 200], [505, 200]]
    marks[[9, 10], :2] = [[495, 220], [505, 220]]
    marks[[27, 28], :2] = [[480, 590], [520, 590]]
    marks[[31, 32], :2] = [[470, 600], [530, 600]]
    for index, place in (places or {}).items():
        marks[index] = place
    return marks


def test_a_person_is_all_landmarks_and_the_crown_and_a_margin():
    # the crown: 2 * 20 above the eyes, y = 160; 440 high, so 22 of margin
    found = person(body(), 0.97, size=SIZE)
    assert found == Detection((448, 138, 552, 622), 0.97, 1.0, 1.0)


def test_hidden_landmarks_and_those_outside_are_left_out():
    found = person(body({15: (900, 300, 0.4), 16: (-40, 300, 0.99)}), 0.97, size=SIZE)
    assert found == person(body(), 0.97, size=SIZE)
    wide = person(body({15: (900, 300, 0.5)}), 0.97, size=SIZE)
    assert wide.box[2] == 922


def test_ankles_below_the_picture_are_not_visible():
    low = dict.fromkeys((27, 28, 29, 30, 31, 32), (500, 730, 0.99))
    found = person(body(low), 0.97, size=SIZE)
    assert found.ankle == 0
    assert found.head == 1
    assert found.box[3] == 307  # the chest, and 5 % of 140


def test_head_and_ankles_are_the_most_visible_point_of_each():
    marks = body(visibility=0.6)
    marks[8, 2], marks[28, 2] = 0.9, 0.8
    found = person(marks, 0.97, size=SIZE)
    assert (found.head, found.ankle) == (0.9, 0.8)


def test_without_a_face_there_is_no_crown():
    assert person(body({9: (495, 220, 0.1)}), 0.9, size=SIZE).box[1] == 180  # the eyes, 20 above


def test_a_box_ends_at_the_edge_of_the_picture():
    assert person(body(), 0.97, size=(540, 610)).box == (448, 138, 539, 609)
    assert inner_box((-5.5, 2.2), (10.1, 700), size=(100, 50)) == (0, 2, 11, 49)
    assert inner_box((-50, 2), (-1, 30), size=(100, 50)) is None
    assert person(body(visibility=0.2), 0.97, size=SIZE) is None


def test_a_face_gets_an_eighth_above_the_brow():
    assert face((100, 180, 260, 340), 0.8, size=SIZE) == Detection((100, 160, 260, 340), 0.8)
    assert face((1300, 0, 1400, 100), 0.8, size=SIZE) is None


def test_of_doubles_the_best_stays():
    a, b, c = (0, 0, 99, 99), (10, 0, 109, 99), (90, 0, 189, 99)
    found = distinct([Detection(b, 0.7), Detection(c, 0.6), Detection(a, 0.9)], overlap=0.6)
    assert [one.box for one in found] == [a, c]


@pytest.mark.parametrize(
    ("size", "count"),
    [((1280, 720), 4), ((720, 1280), 4), ((640, 480), 2 + 1), ((512, 512), 1), ((3840, 1080), 9)],
)
def test_windows_cover_the_picture_and_what_is_small_lies_whole_in_one(size, count):
    found = windows(*size)
    assert len(found) == count
    assert found[0] == (0, 0, *size)
    side = min(size)
    assert all((r - x, b - y) == (side, side) for x, y, r, b in found[1:])
    along = 0 if size[0] > size[1] else 1
    for start in range(max(size) - int(0.6 * side)):
        stop = start + int(0.6 * side)
        assert any(window[along] <= start and stop <= window[along + 2] for window in found)
