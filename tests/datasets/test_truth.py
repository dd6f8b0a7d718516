"""Ground truth: flow and visibility by hand on tiny scenes, and what cropping does to them."""

import numpy as np
import pytest

from datasets.truth import (
    Truth,
    crop_truth,
    flow_between,
    flow_to_first,
    load_truth,
    save_truth,
)

STILL = np.array([[1.0, 0, 0], [0, 1, 0]])


def shift(x, y):
    return np.array([[1.0, 0, x], [0, 1, y]])


def make(part_maps, affines, keypoints=None, visible=None):
    frames = len(part_maps)
    keypoints = np.zeros((frames, 1, 2)) if keypoints is None else np.array(keypoints)
    visible = np.ones(keypoints.shape[:2], bool) if visible is None else np.array(visible)
    return Truth(
        keypoints.astype(np.float32),
        visible,
        np.array(part_maps, np.uint8),
        np.array(affines, np.float64),
    )


def square(left, top, side=2, size=8):
    part_map = np.zeros((size, size), np.uint8)
    part_map[top : top + side, left : left + side] = 1
    return part_map


def test_translation_and_background_that_is_covered():
    truth = make([square(1, 1), square(4, 3)], [[STILL, shift(1, 1)], [STILL, shift(4, 3)]])
    flow, visible = flow_between(truth, 1, 0)
    assert flow.dtype == np.float32 and flow.shape == (8, 8, 2)
    assert (flow[3:5, 4:6] == [-3, -2]).all()
    assert visible[3:5, 4:6].all()
    background = square(4, 3) == 0
    assert (flow[background] == 0).all()
    assert np.array_equal(visible, ~(background & (square(1, 1) == 1)))


def test_same_frame_does_not_move():
    truth = make([square(1, 1)], [[STILL, shift(1, 1)]])
    flow, visible = flow_between(truth, 0, 0)
    assert (flow == 0).all() and visible.all()


def test_rotation_by_a_quarter_turn_about_a_point():
    """Part coordinates (u, v) turn about pixel (4, 4): target (4, 4 + r) comes from (4 + r, 4)."""
    turn = np.array([[0.0, -1, 4], [1, 0, 4]])
    part_map = np.ones((9, 9), np.uint8)
    truth = make([part_map, part_map], [[STILL, shift(4, 4)], [STILL, turn]])
    flow, visible = flow_between(truth, 1, 0)
    assert np.allclose(flow[4, 4], 0)
    assert np.allclose(flow[7, 4], [3, -3])
    assert np.allclose(flow[4, 1], [3, 3])
    assert visible.all()


def test_scaling_has_sub_pixel_flow():
    grown = np.array([[2.0, 0, 0], [0, 2, 0]])
    part_map = np.ones((6, 6), np.uint8)
    truth = make([part_map, part_map], [[STILL, STILL], [STILL, grown]])
    flow, _ = flow_between(truth, 1, 0)
    assert np.allclose(flow[3, 5], [-2.5, -1.5])


def test_out_of_frame_is_invisible():
    part_map = np.zeros((4, 6), np.uint8)
    truth = make([part_map] * 2, [[STILL], [shift(2, 0)]])
    flow, visible = flow_between(truth, 1, 0)
    assert (flow == [-2, 0]).all()
    assert np.array_equal(visible, np.tile(np.arange(6) >= 2, (4, 1)))


@pytest.mark.parametrize(("step", "inside"), [(0.5, True), (0.51, False)])
def test_half_a_pixel_beyond_the_edge_still_rounds_inside(step, inside):
    part_map = np.zeros((1, 4), np.uint8)
    truth = make([part_map] * 2, [[STILL], [shift(step, 0)]])
    assert flow_between(truth, 1, 0)[1][0, 0] == inside


def test_part_hidden_by_another_part_in_the_source():
    source, target = square(2, 2), square(2, 2)
    source[2, 2] = 2  # part 2 lies over one corner of part 1 in the source only
    affines = [[STILL, STILL, STILL]] * 2
    visible = flow_between(make([source, target], affines), 1, 0)[1]
    assert not visible[2, 2]
    assert visible.sum() == 63


def test_part_seen_edge_on_has_no_flow():
    flat = np.array([[0.0, 0, 1], [0, 1, 1]])
    truth = make([square(1, 1)] * 2, [[STILL, STILL], [STILL, flat]])
    flow, visible = flow_between(truth, 1, 0)
    assert np.isnan(flow[1:3, 1:3]).all() and not visible[1:3, 1:3].any()
    assert np.isfinite(flow[square(1, 1) == 0]).all()
    assert np.isfinite(flow_between(truth, 0, 1)[0]).all()  # the other way round it has one


def test_there_and_back_is_zero_where_visible():
    """Whole-pixel shifts of three parts: what is visible comes back to where it was."""
    rng = np.random.default_rng(0)
    places = rng.integers(0, 14, (2, 3, 2))
    maps = np.zeros((2, 20, 20), np.uint8)
    affines = np.zeros((2, 4, 2, 3))
    affines[..., :2] = np.eye(2)
    for frame in range(2):
        for part, (x, y) in enumerate(places[frame], start=1):
            maps[frame, y : y + 6, x : x + 6] = part
            affines[frame, part, :, 2] = (x, y)
    truth = make(maps, affines)
    there, visible = flow_between(truth, 1, 0)
    back, _ = flow_between(truth, 0, 1)
    ys, xs = np.nonzero(visible)
    landed = there[ys, xs].astype(int) + np.stack([xs, ys], axis=-1)
    assert len(xs) > 200 and (there[ys, xs] != 0).any()
    assert (back[landed[:, 1], landed[:, 0]] == -there[ys, xs]).all()


def test_crop_by_hand():
    """8x8 to the box 2-2-6-6 at size 8: twice as large, pixel edges stay edges."""
    keypoints = [[[2, 2], [5.5, 5.4], [1.4, 3], [np.nan, 3]]]
    truth = make([square(3, 3)], [[STILL, shift(3, 3)]], keypoints, [[True, True, True, False]])
    crop = crop_truth(truth, (2, 2, 6, 6), 8)
    assert np.allclose(crop.keypoints[0, 0], [0.5, 0.5])
    assert np.allclose(crop.keypoints[0, 1], [7.5, 7.3])
    assert list(crop.visible[0]) == [True, False, False, False]
    assert np.isnan(crop.keypoints[0, 3, 0])
    assert np.array_equal(crop.part_map[0], square(2, 2, side=4))
    assert np.allclose(crop.part_affines[0, 1], [[2, 0, 2.5], [0, 2, 2.5]])


def test_crop_of_the_whole_frame_changes_nothing():
    truth = make([square(1, 4)], [[STILL, shift(1, 4)]], [[[3.25, 1.5]]])
    crop = crop_truth(truth, (0, 0, 8, 8), 8)
    for name in ("keypoints", "visible", "part_map", "part_affines"):
        assert np.array_equal(getattr(crop, name), getattr(truth, name)), name


def test_flow_of_a_crop_is_the_scaled_flow():
    """A box that is not square scales the axes apart."""
    truth = make([square(2, 2, 4), square(3, 3, 4)], [[STILL, shift(2, 2)], [STILL, shift(3, 3)]])
    crop = crop_truth(truth, (0, 0, 8, 4), 8)
    flow, visible = flow_between(crop, 1, 0)
    inside = crop.part_map[1] == 1
    assert inside.any() and np.allclose(flow[inside], [-1, -2])
    assert visible[inside].all()


def test_crop_outside_is_refused():
    with pytest.raises(ValueError, match="not inside the frame of 8x8"):
        crop_truth(make([square(1, 1)], [[STILL, STILL]]), (0, 0, 9, 8), 8)


def test_file_round_trip_with_the_same_bytes(tmp_path):
    truth = make([square(1, 1), square(2, 2)], [[STILL, shift(1, 1)], [STILL, shift(2, 2)]])
    save_truth(tmp_path / "a.truth.npz", truth)
    save_truth(tmp_path / "b.truth.npz", truth)
    assert (tmp_path / "a.truth.npz").read_bytes() == (tmp_path / "b.truth.npz").read_bytes()
    found = load_truth(tmp_path / "a.truth.npz")
    assert len(found) == 2 and len(found.window(1, 2)) == 1
    for name in ("keypoints", "visible", "part_map", "part_affines"):
        assert np.array_equal(getattr(found, name), getattr(truth, name))
        assert getattr(found, name).dtype == getattr(truth, name).dtype
    with np.load(tmp_path / "a.truth.npz") as archive:
        assert sorted(archive.files) == ["keypoints", "part_affines", "part_map", "visible"]


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 broken"])
def test_broken_files_are_named(tmp_path, content):
    (tmp_path / "x.truth.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.truth\.npz: not a truth file"):
        load_truth(tmp_path / "x.truth.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keypoints": np.zeros((1, 1, 2))}, "keypoints must be float32"),
        ({"visible": np.ones((1, 2), bool)}, "differ"),
        ({"part_map": np.full((1, 8, 8), 7, np.uint8)}, "names part 7"),
        ({"part_affines": np.zeros((1, 2, 3, 2))}, r"must be \(T, P, 2, 3\)"),
        ({"part_map": np.zeros((2, 8, 8), np.uint8)}, "1 frames"),
    ],
)
def test_arrays_that_do_not_fit(change, message):
    truth = make([square(1, 1)], [[STILL, STILL]])
    names = ("keypoints", "visible", "part_map", "part_affines")
    with pytest.raises(ValueError, match=message):
        Truth(**{name: getattr(truth, name) for name in names} | change)


def part_by_part(truth, target, source):
    """The definition of `flow_between`, spelt out pixel by pixel of each part."""
    part_map = truth.part_map[target]
    flow = np.full((*part_map.shape, 2), np.nan)
    visible = np.zeros(part_map.shape, bool)
    for y, x in np.ndindex(*part_map.shape):
        part = part_map[y, x]
        there, here = truth.part_affines[source, part], truth.part_affines[target, part]
        if abs(np.linalg.det(here[:, :2])) <= 1e-9:
            continue
        uv = np.linalg.solve(here[:, :2], [x, y] - here[:, 2])
        found = there[:, :2] @ uv + there[:, 2]
        flow[y, x] = found - [x, y]
        column, row = np.floor(found + 0.5).astype(int)
        if 0 <= row < part_map.shape[0] and 0 <= column < part_map.shape[1]:
            visible[y, x] = truth.part_map[source][row, column] == part
    return flow, visible


def test_flow_of_a_clip_is_the_definition_frame_by_frame():
    rng = np.random.Generator(np.random.PCG64(4))
    frames, parts = 4, 4
    affines = np.zeros((frames, parts, 2, 3))
    affines[..., :2] = np.eye(2) + rng.normal(0, 0.2, (frames, parts, 2, 2))
    affines[..., 2] = rng.normal(0, 4, (frames, parts, 2))
    affines[:, 0] = np.eye(2, 3)
    affines[2, 3, :, 1] = affines[2, 3, :, 0]  # edge-on: no inverse
    maps = np.kron(rng.integers(0, parts, (frames, 5, 6)), np.ones((1, 3, 3))).astype(np.uint8)
    truth = make(maps, affines)
    flow, visible = flow_to_first(truth)
    assert flow.dtype == np.float32 and visible.dtype == bool
    assert np.isnan(flow[2]).any() and not np.isnan(flow[1]).any()
    for target in range(frames):
        expected, seen = part_by_part(truth, target, 0)
        np.testing.assert_allclose(flow[target], expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(visible[target], seen)
        one, same = flow_between(truth, target, 0)
        np.testing.assert_array_equal(flow[target], one)
        np.testing.assert_array_equal(visible[target], same)
