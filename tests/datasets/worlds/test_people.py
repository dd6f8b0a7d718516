"""What both human worlds promise: exact flow, honest keypoints, free combination."""

import cv2
import numpy as np
import pytest

from datasets.truth import Truth, flow_between
from datasets.worlds.fashion import FASHION
from datasets.worlds.skeleton import LIMB_ENDS, SIDES, figure, project
from datasets.worlds.sprites import keypoint_visibility, render
from datasets.worlds.taichi import TAICHI

BOTH = pytest.mark.parametrize("world", [TAICHI, FASHION], ids=lambda world: world.dataset)
BACKDROP = np.array([[1.0, 0.0, -16.0], [0.0, 1.0, -16.0]])


def actors(world, identity=0, motion=0, frames=40, fps=25.0):
    rng = np.random.default_rng
    return (
        world.identity(rng([1, identity])),
        world.motion(rng([2, motion]), frames, fps),
        world.background(rng([3, motion])),
    )


def shoot(world, frames, identity=0, motion=0):
    """Render some frames; return the pictures, their truth and the poses."""
    performer, performance, background = actors(world, identity, motion)
    sprites = (background, *performer.sprites)
    poses = [world.pose(performer, performance, frame) for frame in frames]
    shots = [render(sprites, pose, BACKDROP, world.canvas) for pose in poses]
    affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (len(frames), len(sprites), 1, 1))
    affines[:, 0] = BACKDROP
    for t, pose in enumerate(poses):
        for placement in pose.placements:
            affines[t, placement.part] = placement.affine
    truth = Truth(
        np.stack([pose.keypoints for pose in poses]).astype(np.float32),
        np.stack([keypoint_visibility(p, shot[1]) for p, shot in zip(poses, shots, strict=True)]),
        np.stack([part_map for _, part_map in shots]),
        affines,
    )
    return [picture for picture, _ in shots], truth, poses


def interior(part_map):
    """Return where the 3 x 3 pixels around show one and the same part."""
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate(part_map, kernel) == cv2.erode(part_map, kernel)


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_warping_by_the_exact_flow_reproduces_the_other_frame(world, seed):
    pictures, truth, _ = shoot(world, [0, 9], identity=seed, motion=seed)
    flow, visible = flow_between(truth, 1, 0)
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    there = np.nan_to_num(flow) + np.dstack([x, y])
    warped = cv2.remap(pictures[0], there[..., 0], there[..., 1], cv2.INTER_LINEAR)
    inside = cv2.remap(
        interior(truth.part_map[0]).astype(np.uint8),
        there[..., 0], there[..., 1], cv2.INTER_NEAREST,
    )  # fmt: skip
    body = visible & interior(truth.part_map[1]) & (inside > 0) & (truth.part_map[1] > 0)
    moved = np.abs(flow[body]).max()
    error = np.abs(warped.astype(float) - pictures[1]).mean(axis=2)
    unwarped = np.abs(pictures[0].astype(float) - pictures[1]).mean(axis=2)
    assert body.sum() > 150 and moved > 3
    assert error[body].mean() < 2.0
    assert unwarped[body].mean() > 4 * error[body].mean()


@BOTH
def test_visible_keypoints_lie_on_their_parts_and_others_do_not(world):
    _, truth, poses = shoot(world, range(0, 40, 4), identity=3, motion=4)
    size = np.array(world.canvas)
    for t, pose in enumerate(poses):
        for k, owners in enumerate(pose.owners):
            column, row = np.rint(truth.keypoints[t, k]).astype(int)
            assert (np.array([column, row]) >= (0, 0)).all() and ((column, row) < size).all()
            near = truth.part_map[t, row - 1 : row + 2, column - 1 : column + 2]
            assert np.isin(near, owners).any() == truth.visible[t, k]
    assert truth.visible.mean() > 0.7


@BOTH
def test_the_owners_of_a_keypoint_are_parts_of_its_name(world):
    pose = world.pose(*actors(world)[:2], 0)
    assert len(pose.owners) == len(world.keypoint_names) == len(pose.keypoints)
    elbow = world.keypoint_names.index("left elbow")
    names = {world.part_names[part] for part in pose.owners[elbow]}
    assert names == {"left upper arm", "left forearm"}


@BOTH
def test_same_seed_same_bytes_other_seed_other_bytes(world):
    first, again, other = (shoot(world, [7], identity=i)[0][0] for i in (5, 5, 6))
    assert first.tobytes() == again.tobytes() != other.tobytes()


@BOTH
def test_any_identity_performs_any_motion_with_the_same_movement(world):
    paths = []
    for identity in range(3):
        performer, motion, _ = actors(world, identity, motion=9)
        wrist = world.keypoint_names.index("right wrist")
        path = np.array([world.pose(performer, motion, t).keypoints[wrist] for t in range(40)])
        paths.append(path - path.mean(0))
    spread = np.std(paths[0], axis=0).max()
    assert spread > 3
    for path in paths[1:]:
        assert np.corrcoef(path.ravel(), paths[0].ravel())[0, 1] > 0.97


@BOTH
@pytest.mark.parametrize("frames", [24, 48, 200])
def test_motions_have_any_length_and_stay_in_the_canvas(world, frames):
    performer, motion, _ = actors(world, 2, 11, frames, 30.0)
    assert motion.frames == frames
    points = np.array([world.pose(performer, motion, t).keypoints for t in range(0, frames, 5)])
    assert (points >= 3).all() and (points <= np.array(world.canvas) - 4).all()


@BOTH
def test_limbs_are_connected_at_their_joints(world):
    """Of every limb the picture covers both of its joints, so neighbours meet."""
    performer, motion, _ = actors(world, 1, 2)
    index = {name: number for number, name in enumerate(world.part_names)}
    for frame in range(0, 40, 5):
        body = figure(performer.body, motion, frame)
        affines = {p.part: p.affine for p in world.pose(performer, motion, frame).placements}
        for side, _ in SIDES:
            for limb, ends in LIMB_ENDS.items():
                part = index[f"{side} {limb}"]
                alpha = performer.sprites[part - 1].rgba[..., 3]
                inverse = cv2.invertAffineTransform(affines[part])
                for end in ends:
                    joint = project(body.joints[f"{side} {end}"], motion.curves["place"][frame])
                    u, v = np.rint(inverse[:, :2] @ joint + inverse[:, 2]).astype(int)
                    assert alpha[v, u] > 0.5, (frame, side, limb, end)


@BOTH
def test_bones_keep_their_lengths(world):
    performer, motion, _ = actors(world, 1, 2)
    for frame in range(0, 40, 3):
        joints = figure(performer.body, motion, frame).joints
        for side, _ in SIDES:
            for bone in ("upper arm", "forearm", "thigh", "shin"):
                first, second = (joints[f"{side} {end}"] for end in LIMB_ENDS[bone])
                length = np.linalg.norm(second - first)
                assert length == pytest.approx(performer.body[bone], abs=1e-6)


@BOTH
def test_affines_can_be_inverted_and_parts_fit_the_part_map(world):
    performer, motion, background = actors(world, 4, 5)
    assert len(world.part_names) == len(performer.sprites) + 1 <= 60
    for frame in range(40):
        pose = world.pose(performer, motion, frame)
        parts = [placement.part for placement in pose.placements]
        assert len(set(parts)) == len(parts) and min(parts) >= 1
        scales = [np.linalg.svd(p.affine[:, :2], compute_uv=False) for p in pose.placements]
        assert np.isfinite(scales).all() and np.min(scales) > 0.05
    assert background.rgba[..., 3].min() == 1
    assert background.rgba.shape[1] >= world.canvas[0] + 16


@BOTH
def test_sprites_carry_the_names_of_the_parts_and_end_transparent(world):
    performer = actors(world, 8)[0]
    for sprite, name in zip(performer.sprites, world.part_names[1:], strict=True):
        assert sprite.name == name
        alpha = sprite.rgba[..., 3]
        edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        assert edge.max() == 0, name
        assert sprite.rgba.dtype == np.float32 and 0 <= sprite.rgba.min() <= sprite.rgba.max() <= 1
        assert (sprite.rgba[..., :3] <= alpha[..., None] + 1e-6).all()
