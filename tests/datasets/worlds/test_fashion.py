"""The fashion world: a figure that turns around on white, cones of exact facets."""

import numpy as np
import pytest

from datasets.worlds.cylinders import FACETS, Cone, facet_affines, facet_sprites
from datasets.worlds.fashion import FASHION
from datasets.worlds.skeleton import figure, project, turn
from datasets.worlds.sprites import Placement, Pose, Sprite, keypoint_visibility, render

BACKDROP = np.array([[1.0, 0.0, -16.0], [0.0, 1.0, -16.0]])


def film(seed, frames=range(0, 48, 4)):
    rng = np.random.default_rng
    performer = FASHION.identity(rng([4, seed]))
    motion = FASHION.motion(rng([5, seed]), 48, 25.0)
    sprites = (FASHION.background(rng([6, seed])), *performer.sprites)
    for frame in frames:
        pose = FASHION.pose(performer, motion, frame)
        picture, part_map = render(sprites, pose, BACKDROP, FASHION.canvas)
        yield picture, part_map, pose, figure(performer.body, motion, frame)


@pytest.mark.parametrize("seed", range(4))
def test_a_clip_covers_half_a_turn_to_a_full_one_from_the_front(seed):
    heading = FASHION.motion(np.random.default_rng(seed), 48, 30.0).curves["heading"]
    turned = np.abs(heading - heading[0]) / (2 * np.pi)
    assert abs(heading[0]) < 0.4
    assert 0.44 < turned[23] < 0.6
    assert 0.88 < turned[47] < 1.1


def test_the_nose_is_seen_from_the_front_and_hidden_from_behind():
    nose = FASHION.keypoint_names.index("nose")
    seen = {True: [], False: []}
    for seed in range(4):
        for _, part_map, pose, body in film(seed):
            facing = body.skull[2, 2]
            if abs(facing) > 0.4:
                seen[facing > 0].append(keypoint_visibility(pose, part_map)[nose])
    assert np.mean(seen[True]) > 0.9 and not any(seen[False])


def test_an_arm_behind_the_body_is_hidden():
    shoulders = {s: FASHION.keypoint_names.index(f"{s} shoulder") for s in ("left", "right")}
    hidden = []
    for seed in range(4):
        for _, part_map, pose, body in film(seed):
            visible = keypoint_visibility(pose, part_map)
            for side, k in shoulders.items():
                if body.joints[f"{side} shoulder"][2] < -0.95 * 9 and abs(body.chest[2, 2]) < 0.3:
                    hidden.append(not visible[k])
    assert len(hidden) >= 4 and np.mean(hidden) > 0.8


def test_no_white_shows_through_the_body():
    """From the chest to the pelvis and 3 pixels to each side everything is body."""
    neck, pelvis = (FASHION.keypoint_names.index(name) for name in ("neck", "pelvis"))
    for seed in range(3):
        for _, part_map, pose, _ in film(seed):
            start, end = pose.keypoints[neck], pose.keypoints[pelvis]
            for share in np.linspace(0.25, 1, 30):
                x, y = np.rint(start + share * (end - start)).astype(int)
                assert (part_map[y, x - 3 : x + 4] > 0).all()


def test_facets_leave_no_seams():
    """A cone in one colour is drawn in one colour, on white, in every direction."""
    cone = Cone(-10.0, 20.0, 8.0, 14.0, 0.7)
    sprites = facet_sprites("cone", cone, np.zeros((*cone.texture_shape(), 3), np.float32))
    white = Sprite("background", np.ones((60, 60, 4), np.float32))
    for yaw in np.linspace(0, 3, 25):
        facets = facet_affines(cone, turn(yaw=yaw), np.array([30.0, 30.0]))
        pose = Pose(tuple(Placement(k + 1, affine) for k, affine in facets), np.zeros((0, 2)), ())
        picture, _ = render((white, *sprites), pose, np.eye(2, 3), (60, 60))
        assert picture[24:46, 26:35].max() < 20


def test_the_background_is_white():
    picture, part_map, _, _ = next(film(0))
    assert (picture[part_map == 0][:, 0] > 100).mean() > 0.98
    assert (picture[:4] == 255).all() and (picture[:, :4] == 255).all()


@pytest.mark.parametrize("yaw", [0.0, 0.3, 1.2, 2.5, 4.0])
def test_facets_of_a_cone_meet_exactly_along_their_edges(yaw):
    """A corner of the cone has one place on the canvas, from whichever facet it is computed."""
    cone = Cone(-10.0, 20.0, 8.0, 14.0, 0.7)
    texture = np.full((*cone.texture_shape(), 3), 0.5, np.float32)
    sprites = facet_sprites("cone", cone, texture)
    frame, place = turn(yaw=yaw), np.array([50.0, 60.0])
    upper, lower = cone.rims()
    shown = facet_affines(cone, frame, place)
    assert FACETS // 2 - 1 <= len(shown) <= FACETS // 2
    for k, affine in shown:
        height, width = sprites[k].rgba.shape[:2]
        for rim, v in ((upper, 2), (lower, height - 4)):
            half = np.linalg.norm(rim[k + 1] - rim[k]) / 2 * 1.25
            for corner, side in ((rim[k], -1), (rim[k + 1], 1)):
                u = (width - 1) / 2 + side * half
                expected = project(frame @ corner, place)
                assert affine @ [u, v, 1.0] == pytest.approx(expected, abs=1e-9)


def test_facets_facing_away_are_not_drawn():
    cone = Cone(0.0, 10.0, 5.0, 5.0, 1.0)
    front = [k for k, _ in facet_affines(cone, np.eye(3), np.zeros(2))]
    back = [k for k, _ in facet_affines(cone, turn(yaw=np.pi), np.zeros(2))]
    assert 0 in front and FACETS // 2 not in front
    assert FACETS // 2 in back and 0 not in back
