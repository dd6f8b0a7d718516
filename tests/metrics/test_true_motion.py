"""The exact motion of a clip is `flow_between` of each of its frames."""

import numpy as np

from datasets.truth import Truth, flow_between
from metrics.true_motion import true_motion


def random_truth():
    rng = np.random.Generator(np.random.PCG64(4))
    frames, parts = 5, 4
    affines = np.zeros((frames, parts, 2, 3))
    affines[..., :2] = np.eye(2) + rng.normal(0, 0.2, (frames, parts, 2, 2))
    affines[..., 2] = rng.normal(0, 4, (frames, parts, 2))
    affines[:, 0] = np.eye(2, 3)
    affines[2, 3, :, 1] = affines[2, 3, :, 0]  # edge-on: no inverse
    part_map = np.repeat(
        np.repeat(rng.integers(0, parts, (frames, 6, 6), dtype=np.uint8), 4, axis=1), 4, axis=2
    )
    keypoints = np.zeros((frames, 1, 2), np.float32)
    return Truth(keypoints, np.ones((frames, 1), bool), part_map, affines)


def test_equals_flow_between():
    truth = random_truth()
    flow, visible = true_motion(truth)
    assert flow.dtype == np.float32
    assert np.isnan(flow[2]).any()
    for target in range(len(truth)):
        expected, seen = flow_between(truth, target, 0)
        np.testing.assert_allclose(flow[target], expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(visible[target], seen)


def test_frame_0_does_not_move():
    flow, visible = true_motion(random_truth())
    np.testing.assert_allclose(flow[0], 0, atol=1e-5)
    assert visible[0].all()
