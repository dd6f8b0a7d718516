import cv2
import numpy as np
import pytest

from datasets.truth import Truth, flow_between
from datasets.worlds.mgif import KEYPOINTS, MGIF
from datasets.worlds.mgif_species import SPECIES
from datasets.worlds.sprites import keypoint_visibility, render
from datasets.worlds.world import Motion

FRAMES = 24
NUMBER = {name: number for number, name in enumerate(MGIF.part_names)}
INDEX = {name: number for number, name in enumerate(KEYPOINTS)}


def rng(*seed):
    return np.random.default_rng(seed)


def draw(identity, motion):
    background = MGIF.background(rng(3))
    height, width = background.rgba.shape[:2]
    place = np.array([[1, 0, (160 - width) // 2], [0, 1, (120 - height) // 2]], np.float64)
    sprites = (background, *identity.sprites)
    frames, maps, affines, keypoints, visible = [], [], [], [], []
    for t in range(motion.frames):
        pose = MGIF.pose(identity, motion, t)
        picture, part_map = render(sprites, pose, place, MGIF.canvas)
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


@pytest.fixture(scope="module", params=[1, 2, 3])
def clip(request):
    return draw(MGIF.identity(rng(1, request.param)), MGIF.motion(rng(2, request.param), 24, 25.0))


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

    assert sure.sum() > 150
    assert difference[sure].mean() < 2


def test_keypoints_lie_on_their_parts_when_visible(clip):
    _, truth = clip
    for t in range(0, FRAMES, 3):
        for k, owners in enumerate(KEYPOINTS.values()):
            x, y = np.rint(truth.keypoints[t, k]).astype(int)
            around = truth.part_map[t, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            on_part = bool(np.isin(around, [NUMBER[o] for o in owners]).any())
            assert on_part == truth.visible[t, k]


def test_near_side_is_seen_and_far_side_sometimes_hidden():
    seen = np.zeros(len(KEYPOINTS))
    for seed in range(16):
        _, truth = draw(MGIF.identity(rng(1, seed)), MGIF.motion(rng(2, seed), 6, 12.0))
        seen += truth.visible.mean(0) / 16
    for name in ("nose", "eye", "hip", "near fore foot", "near hind foot", "near fore knee"):
        assert seen[INDEX[name]] > 0.93, name
    for name in ("far fore knee", "far hind knee", "far fore foot", "far hind foot"):
        assert 0.3 < seen[INDEX[name]] < 0.97, name


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not():
    first, again, other = (
        draw(MGIF.identity(rng(seed, 1)), MGIF.motion(rng(seed, 2), 2, 25.0))[0]
        for seed in (7, 7, 8)
    )
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)


def test_any_identity_takes_any_motion_and_stays_on_the_canvas():
    motions = [MGIF.motion(rng(2, seed), 6, 6.0) for seed in range(6)]
    for seed in range(12):
        identity = MGIF.identity(rng(1, seed))
        for motion in motions:
            for t in range(0, 6, 2):
                points = MGIF.pose(identity, motion, t).keypoints
                assert np.isfinite(points).all()
                assert (points > -4).all()
                assert (points < (163, 123)).all()


def test_animals_differ_in_kind_and_proportions():
    bodies = [MGIF.identity(rng(9, seed)).body for seed in range(20)]
    assert len(SPECIES) >= 8
    assert len({body["length"] for body in bodies}) == 20
    assert {body["trunk"] > 0 for body in bodies} == {True, False}


def test_facing_left_is_the_mirror_image_of_facing_right():
    identity, motion = MGIF.identity(rng(1)), MGIF.motion(rng(2), 3, 25.0)
    left, right = (
        draw(identity, Motion({**motion.curves, "facing": np.full(3, sign)}))
        for sign in (-1.0, 1.0)
    )
    difference = np.abs(left[0].astype(int) - right[0][:, :, ::-1])

    assert difference.mean() < 0.1
    mirrored = 159 - left[1].keypoints[..., 0]
    np.testing.assert_allclose(mirrored, right[1].keypoints[..., 0], atol=1e-4)


def test_the_animal_is_in_one_piece():
    for seed in range(12):
        _, truth = draw(MGIF.identity(rng(1, seed)), MGIF.motion(rng(2, seed), 6, 12.0))
        for part_map in truth.part_map:
            pieces, _, stats, _ = cv2.connectedComponentsWithStats((part_map > 0).astype(np.uint8))
            assert pieces == 2 or np.sort(stats[1:, cv2.CC_STAT_AREA])[-2] < 6


def test_lowest_foot_stands_on_the_ground_when_there_is_no_hop():
    identity, motion = MGIF.identity(rng(1)), MGIF.motion(rng(2), 20, 25.0)
    flat = Motion({**motion.curves, "hop": np.zeros(20)})
    feet = [INDEX[name] for name in KEYPOINTS if name.endswith("foot")]
    lowest = [MGIF.pose(identity, flat, t).keypoints[feet, 1].max() for t in range(20)]
    assert np.ptp(lowest) < 2.5


def test_every_map_can_be_inverted(clip):
    _, truth = clip
    assert (np.abs(np.linalg.det(truth.part_affines[..., :2])) > 0.05).all()


def test_sprites_fit_the_protocol():
    assert len(MGIF.part_names) <= 60
    for seed in range(12):
        identity = MGIF.identity(rng(1, seed))
        assert len(identity.sprites) == len(MGIF.part_names) - 1
        for sprite in identity.sprites:
            alpha = sprite.rgba[..., 3]
            border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
            assert sprite.rgba.dtype == np.float32
            assert 0 <= sprite.rgba.min() <= sprite.rgba.max() <= 1
            assert (border == 0).all()
    background = MGIF.background(rng(3)).rgba
    assert background.shape[0] >= 120 + 16
    assert background.shape[1] >= 160 + 16
    assert (background == 1).all()


def test_motion_is_large(clip):
    frames, _ = clip
    assert np.abs(frames[1:].astype(float) - frames[0]).mean() / 255 > 0.02
