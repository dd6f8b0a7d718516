import cv2
import numpy as np
import pytest

from datasets.truth import Truth, flow_between
from datasets.worlds.sprites import keypoint_visibility, render
from datasets.worlds.vox import KEYPOINTS, NECK, VOX
from datasets.worlds.world import Motion

FRAMES = 24
NUMBER = {name: number for number, name in enumerate(VOX.part_names)}
CURVES = tuple(VOX.motion(np.random.default_rng(0), 2, 25.0).curves)


def still(frames=1, **values):
    """A motion that holds all curves at 0 but those that are given."""
    given = {name: np.full(frames, float(values.get(name, 0.0))) for name in CURVES}
    assert set(values) <= set(CURVES)
    return Motion(given)


def rng(*seed):
    return np.random.default_rng(seed)


def draw(identity, motion, background=None):
    background = background or VOX.background(rng(3))
    height, width = background.rgba.shape[:2]
    place = np.array([[1, 0, (160 - width) // 2], [0, 1, (128 - height) // 2]], np.float64)
    sprites = (background, *identity.sprites)
    frames, maps, affines, keypoints, visible = [], [], [], [], []
    for t in range(motion.frames):
        pose = VOX.pose(identity, motion, t)
        picture, part_map = render(sprites, pose, place, VOX.canvas)
        all_affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (len(sprites), 1, 1))
        all_affines[0] = place
        for placement in pose.placements:
            all_affines[placement.part] = placement.affine
        frames.append(picture)
        maps.append(part_map)
        affines.append(all_affines)
        keypoints.append(pose.keypoints)
        visible.append(keypoint_visibility(pose, part_map))
    truth = Truth(
        np.array(keypoints, np.float32), np.array(visible), np.array(maps), np.array(affines)
    )
    return np.stack(frames), truth


@pytest.fixture(scope="module")
def clip():
    return draw(VOX.identity(rng(1)), VOX.motion(rng(2), FRAMES, 25.0))


def interior(part_map):
    """Pixels whose 5 x 5 surroundings show one part."""
    kernel = np.ones((5, 5), np.uint8)
    return cv2.erode(part_map, kernel) == cv2.dilate(part_map, kernel)


def warp(picture, flow):
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    flow = np.nan_to_num(flow)
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)


@pytest.mark.parametrize(("target", "source"), [(12, 0), (23, 7), (3, 20)])
def test_the_exact_flow_reproduces_the_other_frame(clip, target, source):
    frames, truth = clip
    flow, visible = flow_between(truth, target, source)
    sure = warp(interior(truth.part_map[source]).astype(np.float32), flow) > 0.99
    sure &= visible & interior(truth.part_map[target]) & (truth.part_map[target] > 0)
    difference = np.abs(warp(frames[source].astype(np.float32), flow) - frames[target]).mean(-1)
    still_there = np.abs(frames[source].astype(float) - frames[target]).mean(-1)

    assert sure.sum() > 1000
    assert difference[sure].mean() < 2
    assert difference[sure].mean() < 0.3 * still_there[sure].mean()


def test_keypoints_lie_on_their_parts_when_visible():
    for seed in range(6):
        _, truth = draw(VOX.identity(rng(1, seed)), VOX.motion(rng(2, seed), 8, 8.0))
        for t in range(len(truth)):
            for k, owners in enumerate(KEYPOINTS.values()):
                x, y = np.rint(truth.keypoints[t, k]).astype(int)
                around = truth.part_map[t, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
                on_part = bool(np.isin(around, [NUMBER[o] for o in owners]).any())
                assert on_part == truth.visible[t, k]


def test_all_landmarks_of_the_face_are_seen_from_the_front():
    names = list(KEYPOINTS)
    seen = np.zeros(len(names))
    for seed in range(12):
        _, truth = draw(VOX.identity(rng(4, seed)), still())
        seen += truth.visible[0]
    rare = {names[k] for k in np.flatnonzero(seen < 12)}

    assert rare <= {"left ear", "right ear", "left brow", "right brow"}  # hair lies over them


@pytest.mark.parametrize(("yaw", "hidden"), [(0.6, "right ear"), (-0.6, "left ear")])
def test_the_far_ear_is_marked_hidden(yaw, hidden):
    for seed in range(5):
        _, truth = draw(VOX.identity(rng(5, seed)), still(yaw=yaw))
        assert not truth.visible[0, list(KEYPOINTS).index(hidden)]


def test_turning_slides_and_foreshortens_the_features():
    identity = VOX.identity(rng(1))
    front, turned = (VOX.pose(identity, still(yaw=yaw), 0) for yaw in (0.0, 0.6))
    index = {name: k for k, name in enumerate(KEYPOINTS)}

    def width(pose, eye):
        corners = [pose.keypoints[index[f"{eye} eye {side} corner"]] for side in ("outer", "inner")]
        return abs(corners[0][0] - corners[1][0])

    assert turned.keypoints[index["nose tip"], 0] > front.keypoints[index["nose tip"], 0] + 10
    assert width(turned, "right") < 0.8 * width(front, "right")
    assert width(turned, "right") < width(turned, "left")


def test_a_blink_covers_the_iris():
    identity = VOX.identity(rng(1))
    _, opened = draw(identity, still())
    _, closed = draw(identity, still(blink=1))
    irises = [NUMBER["left iris"], NUMBER["right iris"]]

    assert np.isin(opened.part_map, irises).sum() > 20
    assert np.isin(closed.part_map, irises).sum() == 0


def test_speech_opens_the_mouth():
    identity = VOX.identity(rng(1))
    shut, opened = (draw(identity, still(speak=s))[1].part_map for s in (0, 1))
    assert (opened == NUMBER["mouth"]).sum() > (shut == NUMBER["mouth"]).sum() + 20


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not():
    first, again, other = (
        draw(VOX.identity(rng(seed, 1)), VOX.motion(rng(seed, 2), 2, 25.0))[0] for seed in (7, 7, 8)
    )
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)


def test_motion_does_not_depend_on_who_moves_and_any_identity_takes_any_motion():
    motions = [VOX.motion(rng(2, seed), 3, 30.0) for seed in range(3)]
    for seed in range(4):
        identity = VOX.identity(rng(1, seed))
        for motion in motions:
            pose = VOX.pose(identity, motion, 2)
            assert pose.keypoints.shape == (len(VOX.keypoint_names), 2)
            assert np.isfinite(pose.keypoints).all()
            assert set(motion.curves) == set(CURVES)


def test_a_face_leaves_no_gap_between_head_neck_and_shoulders():
    for seed in range(6):
        _, truth = draw(VOX.identity(rng(1, seed)), VOX.motion(rng(2, seed), 6, 6.0))
        for part_map in truth.part_map:
            pieces, _, stats, _ = cv2.connectedComponentsWithStats((part_map > 0).astype(np.uint8))
            assert pieces == 2 or np.sort(stats[1:, cv2.CC_STAT_AREA])[-2] < 6


def test_every_map_can_be_inverted():
    wildest = {"yaw": 0.62, "pitch": 0.3, "roll": 0.25, "speak": 1, "blink": 1, "gaze_x": 1}
    for signs in (1, -1):
        values = {k: (v if k in ("speak", "blink") else signs * v) for k, v in wildest.items()}
        pose = VOX.pose(VOX.identity(rng(1)), still(**values), 0)
        for placement in pose.placements:
            assert abs(np.linalg.det(placement.affine[:, :2])) > 0.02, placement.part


def test_sprites_fit_the_protocol():
    assert len(VOX.part_names) <= 60
    assert NECK > 0
    for seed in range(4):
        identity = VOX.identity(rng(1, seed))
        assert len(identity.sprites) == len(VOX.part_names) - 1
        for sprite in identity.sprites:
            alpha = sprite.rgba[..., 3]
            border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
            assert sprite.rgba.dtype == np.float32
            assert 0 <= sprite.rgba.min() <= sprite.rgba.max() <= 1
            assert (border == 0).all()
            assert (sprite.rgba[..., :3] <= alpha[..., None] + 1e-6).all()
    background = VOX.background(rng(3)).rgba
    assert background.shape[0] >= 128 + 16
    assert background.shape[1] >= 160 + 16
    assert (background[..., 3] == 1).all()


def test_a_frozen_first_frame_is_a_bad_prediction():
    differences = []
    for seed in range(6):
        frames, truth = draw(
            VOX.identity(rng(1, seed)), VOX.motion(rng(2, seed), 8, 6.0), VOX.background(rng(seed))
        )
        ys, xs = np.nonzero(np.isin(truth.part_map, VOX.framed_parts).any(0))
        box = frames[:, ys.min() : ys.max(), xs.min() : xs.max()].astype(float) / 255
        differences.append(np.abs(box[1:] - box[0]).mean())
    assert np.mean(differences) > 0.07
