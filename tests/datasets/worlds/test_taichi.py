"""The tai chi world: large motions, arms that cross the trunk."""

import cv2
import numpy as np

from datasets.worlds.skeleton import figure
from datasets.worlds.sprites import keypoint_visibility, render
from datasets.worlds.taichi import TAICHI

BACKDROP = np.array([[1.0, 0.0, -16.0], [0.0, 1.0, -16.0]])


def film(seed, frames=range(0, 36, 5)):
    rng = np.random.default_rng
    performer = TAICHI.identity(rng([4, seed]))
    motion = TAICHI.motion(rng([5, seed]), 36, 25.0)
    sprites = (TAICHI.background(rng([6, seed])), *performer.sprites)
    for frame in frames:
        pose = TAICHI.pose(performer, motion, frame)
        yield (
            *render(sprites, pose, BACKDROP, TAICHI.canvas),
            pose,
            figure(performer.body, motion, frame),
        )


def test_an_arm_behind_the_body_is_hidden_and_one_before_it_is_seen():
    wrists = {side: TAICHI.keypoint_names.index(f"{side} wrist") for side in ("left", "right")}
    trunk = [TAICHI.part_names.index(name) for name in ("torso", "pelvis")]
    hidden = shown = 0
    for seed in range(12):
        for _, part_map, pose, body in film(seed):
            visible = keypoint_visibility(pose, part_map)
            for side, k in wrists.items():
                x, y = np.rint(pose.keypoints[k]).astype(int)
                depth = (body.joints[f"{side} wrist"] - body.joints["neck"]) @ body.chest[:, 2]
                on_trunk = np.isin(part_map[y - 1 : y + 2, x - 1 : x + 2], trunk).all()
                hidden += bool(depth < -5 and on_trunk and not visible[k])
                shown += bool(depth > 5 and visible[k])
                assert not (depth < -5 and on_trunk and visible[k])
                assert not (depth > 5 and on_trunk)
    assert hidden >= 3 and shown >= 30


def test_copying_the_first_frame_is_a_bad_prediction():
    losses = []
    for seed in range(12):
        shots = [(picture, part_map) for picture, part_map, _, _ in film(seed)]
        rows, columns = np.nonzero(np.any([part_map > 0 for _, part_map in shots], axis=0))
        crops = [
            cv2.resize(
                picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1],
                (64, 64), interpolation=cv2.INTER_AREA,
            ).astype(float) / 255
            for picture, _ in shots
        ]  # fmt: skip
        losses.append(np.mean([np.abs(crop - crops[0]).mean() for crop in crops[1:]]))
    assert np.mean(losses) > 0.075 and min(losses) > 0.025


def test_the_body_shifts_its_weight_and_sinks():
    moves = []
    pelvis = TAICHI.keypoint_names.index("pelvis")
    for seed in range(8):
        path = np.array([pose.keypoints[pelvis] for _, _, pose, _ in film(seed)])
        moves.append(np.ptp(path, axis=0))
    assert np.median(moves, axis=0)[0] > 15
    assert np.median(moves, axis=0)[1] > 5


def test_feet_on_the_ground_do_not_slide():
    """In every frame at least one ankle is where it was a frame ago."""
    rng = np.random.default_rng
    performer, motion = TAICHI.identity(rng(0)), TAICHI.motion(rng(1), 60, 25.0)
    ankles = [TAICHI.keypoint_names.index(f"{side} ankle") for side in ("left", "right")]
    paths = np.array([TAICHI.pose(performer, motion, t).keypoints[ankles] for t in range(60)])
    steps = np.linalg.norm(np.diff(paths, axis=0), axis=2)
    assert steps.min(axis=1).max() < 1e-9
    assert steps.max() > 1
