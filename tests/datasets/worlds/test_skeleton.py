"""Rotations, two-bone joints, key poses and limbs of the shared body."""

import numpy as np
import pytest

from datasets.worlds.skeleton import DENSITY, bone, ease, solid_limb, turn, tween, two_bones
from datasets.worlds.wardrobe import limb, limb_shape


def test_turns_are_rotations_with_the_documented_signs():
    top, front = np.array([0.0, -1, 0]), np.array([0.0, 0, 1])
    assert (turn(lean=0.2) @ top)[0] > 0
    assert (turn(bend=0.2) @ top)[2] > 0
    assert (turn(yaw=0.2) @ front)[0] > 0
    matrix = turn(lean=0.4, bend=-0.7, yaw=2.0)
    assert matrix @ matrix.T == pytest.approx(np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1)


@pytest.mark.parametrize(
    ("angles", "direction"),
    [((0, 0.3), (0, 1, 0)), ((90, 0), (1, 0, 0)), ((90, 90), (0, 0, 1)), ((180, 0), (0, -1, 0))],
)
def test_arm_angles(angles, direction):
    assert bone(1.0, *np.radians(angles)) == pytest.approx(direction, abs=1e-9)


def test_two_bones_keep_their_lengths_and_bend_towards_the_pole():
    start, end, pole = np.zeros(3), np.array([0.0, 30.0, 0.0]), np.array([0.0, 0.0, 1.0])
    knee = two_bones(start, end, (20.0, 18.0), pole)
    assert np.linalg.norm(knee) == pytest.approx(20)
    assert np.linalg.norm(end - knee) == pytest.approx(18)
    assert knee[2] > 5 and knee[0] == pytest.approx(0)


def test_two_bones_out_of_reach_are_stretched_in_line():
    knee = two_bones(np.zeros(3), np.array([0.0, 50.0, 0.0]), (20.0, 20.0), np.array([0, 0, 1.0]))
    assert knee == pytest.approx([0, 25, 0])


def test_tween_passes_through_the_keys_with_no_speed():
    times, keys = np.array([0.0, 1.0, 2.5]), np.array([[0.0], [4.0], [-2.0]])
    assert tween(times, keys, times)[:, 0] == pytest.approx([0, 4, -2])
    around = tween(times, keys, np.array([0.999, 1.0, 1.001]))[:, 0]
    assert np.ptp(around) < 1e-4
    assert tween(times, keys, np.array([0.5]))[0, 0] == pytest.approx(2)
    assert ease(np.array([-1.0, 0.5, 2.0])) == pytest.approx([0, 0.5, 1])


def test_a_limb_that_points_at_the_viewer_is_a_disc():
    height, width, margin = limb_shape(20.0, 4.0)
    sprite = limb("arm", np.ones((height, width, 3), np.float32), (4.0, 4.0))
    point = np.array([30.0, 30.0])
    flat = solid_limb(sprite, point, point)
    tips = [flat @ [(width - 1) / 2, v, 1.0] for v in (2, height - 3)]
    assert np.linalg.norm(tips[1] - tips[0]) == pytest.approx(2 * 4.0, abs=0.7)
    straight = solid_limb(sprite, point, point + np.array([20.0, 0.0]))
    assert straight @ [(width - 1) / 2, margin, 1.0] == pytest.approx(point, abs=0.6)
    assert np.linalg.norm(straight[:, 0]) == pytest.approx(1 / DENSITY)
