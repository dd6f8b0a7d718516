"""What lies before and behind the networks gives what the 2019 scripts gave, and has its edges."""

from __future__ import annotations

import json

import numpy as np
import pytest

from metrics.extractors.paper import body_maps, openface, reid
from metrics.extractors.paper.body_peaks import kept, peaks
from metrics.extractors.paper.face_crop import CROP, Place, crop, in_heat_maps, landmarks, place
from tests.vectors import find, rng

PACKAGE = "metrics"
EXPECTED = json.loads(find("expected.json", PACKAGE).read_text())


def load(name):
    with np.load(find(f"{name}.npz", PACKAGE)) as stored:
        return dict(stored)


# --- body keypoints


def test_body_input_and_averaging():
    golden, expected = load("body_prepost"), EXPECTED["body_prepost"]
    found, inner = body_maps.net_input(golden["image_bgr"][..., ::-1])
    assert list(found.shape) == expected["net_input_shape"]
    assert list(inner) == expected["real_shape"][:2]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, ::16, ::16], golden["net_input_sub"])
    assert found.mean() == pytest.approx(expected["net_input_mean"], abs=1e-6)
    assert found.std() == pytest.approx(expected["net_input_std"], abs=1e-6)
    mean = body_maps.averaged(golden["heat"], golden["heat_flip"])
    np.testing.assert_array_equal(mean, golden["mean_heat"])


def test_body_input_that_is_not_square():
    expected = EXPECTED["body_prepost_non_square"]
    frame = rng(1).integers(1, 256, (*expected["input"], 3), dtype=np.uint8)
    found, inner = body_maps.net_input(frame)
    assert list(found.shape[1:]) == expected["net_hw"]
    assert list(inner) == expected["real"]
    assert (found[:, :, inner[1] :] == -0.5).all()
    assert (found[:, :, : inner[1]] > -0.5).all()
    tall, inner = body_maps.net_input(frame.transpose(1, 0, 2))
    assert list(tall.shape[1:]) == expected["net_hw"][::-1]
    assert (tall[:, inner[0] :] == -0.5).all()


def test_body_input_is_blue_first():
    frame = np.full((8, 8, 3), (255, 128, 0), np.uint8)
    found, _ = body_maps.net_input(frame)
    np.testing.assert_array_equal(found[:, 5, 5], np.float32([-0.5, 0.0, 255 / 256 - 0.5]))


def test_body_maps_return_to_their_place():
    """A blob in the maps of a padded picture ends where the same place of the frame is."""
    frame = np.zeros((250, 301, 3), np.uint8)
    x, inner = body_maps.net_input(frame)
    maps = np.zeros((19, x.shape[1] // 8, x.shape[2] // 8), np.float32)
    maps[4, 10, 40] = 1
    large = body_maps.frame_maps(maps, inner, frame.shape[:2])
    assert large.shape == (250, 301, 19)
    assert large.dtype == np.float64
    y, x = np.unravel_index(large[..., 4].argmax(), large.shape[:2])
    factor = 250 / 368
    assert (x, y) == pytest.approx((40.5 * 8 * factor, 10.5 * 8 * factor), abs=1)
    assert not large[..., [3, 5]].any()


def test_body_maps_are_enlarged_bicubically():
    """With OpenCV's a = -0.75; pixel 20 of the large map lies at 2.0625 of the small one."""
    maps = rng(2).random((19, 5, 5)).astype(np.float32)
    large = body_maps.frame_maps(maps, (40, 40), (40, 40))
    weights = np.array([far(1.0625), near(0.0625), near(0.9375), far(1.9375)])
    assert weights.sum() == pytest.approx(1)
    expected = np.einsum("chw,h,w->c", maps[:, 1:5, 1:5], weights, weights)
    np.testing.assert_allclose(large[20, 20], expected, atol=1e-5)


def near(distance):
    return 1.25 * distance**3 - 2.25 * distance**2 + 1


def far(distance):
    return -0.75 * distance**3 + 3.75 * distance**2 - 6 * distance + 3


def test_body_decoding():
    golden = load("body_decode")
    found = peaks(golden["heatmaps"])
    assert len(found) == EXPECTED["body_decode"]["peaks"]
    np.testing.assert_array_equal(found, golden["joint_list"][:, [0, 1, 4]])
    joints = kept(found)
    assert np.isfinite(joints).all(1).sum() == EXPECTED["body_decode"]["joints_found"]
    np.testing.assert_array_equal(np.nan_to_num(joints, nan=-1), golden["keypoints"])


def test_of_many_peaks_the_last_is_kept():
    golden, expected = load("body_many_peaks"), EXPECTED["body_many_peaks"]
    joints = kept(golden["joint_list"][:, [0, 1, 4]])
    np.testing.assert_array_equal(np.nan_to_num(joints, nan=-1), golden["kept"])
    assert joints[0].tolist() == expected["kept_joint0"]
    assert joints[3].tolist() == expected["kept_joint3"]


def heat_of(**places):
    """Heat maps with single values: j3={(y, x): value}."""
    heat = np.zeros((9, 12, 19))
    for joint, values in places.items():
        for place_, value in values.items():
            heat[(*place_, int(joint[1:]))] = value
    return heat


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({(4, 5): 0.1}, []),  # not above the threshold
        ({(4, 5): 0.2, (7, 2): 0.15}, [(5, 4), (2, 7)]),  # the weaker, lower one is kept
        ({(0, 0): 0.2, (8, 11): 0.3}, [(0, 0), (11, 8)]),  # corners
        ({(4, 5): 0.2, (4, 6): 0.2}, [(5, 4), (5, 4)]),  # a plateau, each moved to its first
        ({(4, 5): 0.2, (5, 6): 0.3}, [(6, 5), (6, 5)]),  # a diagonal is no neighbour
        ({(4, 5): 0.2, (4, 8): 0.3}, [(5, 4), (8, 4)]),  # three pixels off are out of reach
        ({(4, 5): np.nan, (7, 2): 0.2}, [(2, 7)]),
    ],
)
def test_peaks(values, expected):
    found = peaks(heat_of(j3=values, j18={(2, 2): 1.0}))
    assert found.tolist() == [[x, y, 3] for x, y in expected]
    joints = kept(found)
    assert np.isnan(joints[[0, 1, 2, *range(4, 18)]]).all()
    if expected:
        assert tuple(joints[3]) == expected[-1]


# --- face identity and body identity


def test_openface_input_is_that_of_the_old_library():
    golden, expected = load("identity_inputs"), EXPECTED["identity_inputs"]
    found = openface.net_input(golden["image_rgb"])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, ::4, ::4], golden["openface_in_old"], atol=1e-7)
    assert np.abs(found[:, ::4, ::4] - golden["openface_in_new"]).max() > 0.1
    assert found.mean() == pytest.approx(expected["openface_old_mean"], abs=1e-6)
    assert found.std() == pytest.approx(expected["openface_old_std"], abs=1e-6)


@pytest.mark.parametrize("size", [(256, 256), (64, 64), (97, 31), (96, 96), (1, 1), (300, 50)])
@pytest.mark.parametrize("lowest", [0, 100])
def test_openface_input_is_scikit_images(size, lowest):
    """Today's library with the old settings; enlarged, the border mixes with the 0 outside."""
    transform = pytest.importorskip("skimage.transform")
    frame = rng(3).integers(lowest, 256, (*size, 3), dtype=np.uint8)
    expected = transform.resize(
        frame[..., ::-1], (96, 96), order=1, mode="constant", cval=0, anti_aliasing=False
    )
    found = openface.net_input(frame)
    np.testing.assert_allclose(found, expected.transpose(2, 0, 1), atol=1e-6)


def test_reid_input_is_divided_once_or_twice():
    golden, expected = load("identity_inputs"), EXPECTED["identity_inputs"]
    for divisions, name in ((2, "reid_in_ref"), (1, "reid_in_once")):
        found = reid.net_input(golden["image_rgb"], divisions=divisions)
        assert found.shape == (3, 288, 144)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found[:, ::8, ::8], golden[name])
        extremes = expected[f"reid_{name.removeprefix('reid_in_')}_minmax"]
        assert [found.min(), found.max()] == pytest.approx(extremes, abs=1e-7)
    twice = reid.net_input(golden["image_rgb"], divisions=2)
    spread = twice.max((1, 2)) - twice.min((1, 2))
    assert spread == pytest.approx(expected["reid_ref_channel_spread"], abs=1e-6)


# --- face landmarks


@pytest.fixture(scope="module")
def face():
    golden = load("face_decode")
    return golden, place(golden["box"])


def test_place_of_a_face(face):
    golden, found = face
    np.testing.assert_array_equal(found.centre, golden["center"])
    assert found.scale == float(golden["scale"])


def test_crop_of_a_face(face):
    golden, found = face
    cropped = crop(golden["image_rgb"], found)
    np.testing.assert_array_equal(cropped[::8, ::8], golden["crop_sub"])
    assert cropped.sum() == EXPECTED["face_decode"]["crop_sum"]


def test_landmarks_of_a_face(face):
    golden, found = face
    np.testing.assert_array_equal(in_heat_maps(golden["heatmaps"][0]), golden["preds_hm"][0])
    points = landmarks(golden["heatmaps"][0], found)
    np.testing.assert_array_equal(points, golden["landmarks"][0])
    assert points[:3].tolist() == EXPECTED["face_decode"]["first"]


def test_place_by_hand():
    found = place(np.array([10, 20, 88, 137], np.float32))
    assert found.centre == pytest.approx([49, 78.5 - 0.12 * 117])
    assert found.scale == 1


def gradient(height, width):
    y, x = np.mgrid[:height, :width].astype(np.uint8)
    return np.stack([x, y, np.full_like(x, 255)], axis=2)


@pytest.mark.parametrize("centre", [(128, 128), (20, 128), (250, 10), (-300, 50), (60, 900)])
def test_a_crop_takes_the_pixels_around_its_centre(centre):
    """Scale 1.28 is a square of 256 pixels, so hardly anything is resized."""
    frame = gradient(200, 256)
    cropped = crop(frame, Place(np.array(centre, np.float32), 1.28))
    assert cropped.shape == (CROP, CROP, 3)
    left, top = centre[0] - 127.5, centre[1] - 127.5
    y, x = np.mgrid[:CROP, :CROP] + np.array([top, left])[:, None, None]
    edge = 1.5  # where a pixel mixes with what is beside the frame
    inside = (x > edge) & (x < 255 - edge) & (y > edge) & (y < 199 - edge)
    outside = (x < -edge) | (x > 255 + edge) | (y < -edge) | (y > 199 + edge)
    assert (cropped[inside, 2] == 255).all()
    np.testing.assert_allclose(cropped[inside, 0], x[inside], rtol=0, atol=1.5)
    np.testing.assert_allclose(cropped[inside, 1], y[inside], rtol=0, atol=1.5)
    assert not cropped[outside].any()
    assert inside.any() == (centre[0] > 0 and centre[1] < 300)


def test_faces_of_no_size_or_place_are_refused():
    frame = gradient(40, 40)
    with pytest.raises(ValueError, match="smaller than a pixel"):
        crop(frame, Place(np.array([9.5, 9.5], np.float32), 1e-4))
    with pytest.raises(ValueError, match="no finite place"):
        crop(frame, Place(np.array([9, np.nan], np.float32), 1.0))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({(10, 20): 1.0}, (20.5, 10.5)),  # equal neighbours: no step
        ({(10, 20): 1.0, (10, 21): 0.5}, (20.75, 10.5)),
        ({(10, 20): 1.0, (10, 19): 0.5, (11, 20): 0.1}, (20.25, 10.75)),
        ({(0, 20): 1.0, (0, 21): 0.5}, (20.5, 0.5)),  # no step at the border, on either axis
        ({(10, 63): 1.0, (9, 63): 0.5}, (63.5, 10.5)),
        ({(10, 20): 1.0, (30, 5): 1.0}, (20.5, 10.5)),  # the first of two
    ],
)
def test_steps_of_a_quarter(values, expected):
    heats = np.zeros((1, 64, 64), np.float32)
    for place_, value in values.items():
        heats[(0, *place_)] = value
    assert tuple(in_heat_maps(heats)[0]) == expected


def test_landmarks_are_truncated_towards_zero():
    heats = np.zeros((2, 64, 64), np.float32)
    heats[0, 0, 0] = heats[1, 63, 63] = 1
    points = landmarks(heats, Place(np.array([1.2, 1.2], np.float32), 0.04))  # 8 pixels
    np.testing.assert_array_equal(points, [[-2, -2], [5, 5]])  # -2.74, 5.14
