"""AKD and MKR: how far keypoints move off, and how many are lost.

Both sides come from the same extractor: the "true" keypoints are what it finds on the true
frames, as they must be on real data, so the truth scored against itself gives exactly 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.metric import WITH_KEYPOINTS, Array, Metric, Partial, check_pair, partial_of
from metrics.tasks import Task


def akd_paper_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the mean absolute difference *per coordinate*.

    Args:
        truth: Keypoints float (T, K, 2) in pixels, NaN where missing.
        prediction: Likewise. Points missing on either side are left out; a frame with none left
            has no value.

    Example:
        >>> akd_paper_partial(np.zeros((1, 1, 2)), np.array([[[3.0, 4.0]]])).value
        3.5
    """
    both = _found(truth, prediction)
    return _mean_over_points(np.abs(_float(truth) - prediction).mean(axis=2), both)


def akd_clean_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the mean Euclidean distance; arguments as in `akd_paper_partial`.

    Example:
        >>> akd_clean_partial(np.zeros((1, 1, 2)), np.array([[[3.0, 4.0]]])).value
        5.0
    """
    both = _found(truth, prediction)
    offsets = _float(truth) - prediction
    return _mean_over_points(np.sqrt((offsets**2).sum(axis=2)), both)


def mkr_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of (points found only in truth) / (points found in truth).

    Frames in which truth has no point have no value. Arguments as in `akd_paper_partial`.
    """
    both = _found(truth, prediction)
    in_truth = ~np.isnan(truth).any(axis=2)
    wanted = in_truth.sum(axis=1)
    values = np.full(len(truth), np.nan)
    np.divide((in_truth & ~both).sum(axis=1), wanted, out=values, where=wanted > 0)
    return partial_of(values)


def moved_keypoints(source: Array, driving: Array) -> Array:
    """Return where the source's keypoints go if they move as the driving clip's do.

    ``source + (driving[t] - driving[0])``; at t = 0 exactly the source's own.

    Args:
        source: Keypoints float (K, 2) in pixels of the source picture, NaN where missing.
        driving: Keypoints float (T, K, 2) in pixels of the driving clip, likewise.

    Returns:
        float64 (T, K, 2); NaN where a point is missing in the source, in the frame, or in frame 0
        of the driving clip.

    Example:
        >>> moved_keypoints(np.array([[1.0, 1.0]]), np.array([[[5.0, 5.0]], [[6.0, 3.0]]]))[1]
        array([[ 2., -1.]])
    """
    steps = _float(driving)
    return _float(source) + (steps - steps[:1])


def _found(truth: Array, prediction: Array) -> NDArray[np.bool_]:
    """Points found on both sides, bool (T, K)."""
    check_pair(truth, prediction, shape="T, K, 2")
    if truth.shape[2] != 2:
        raise ValueError(f"keypoints must be (T, K, 2), got {truth.shape}")
    for name, points in (("truth", truth), ("prediction", prediction)):
        if np.isinf(points).any():
            raise ValueError(f"{name} has infinite keypoints; a missing point is NaN")
    return np.asarray(~np.isnan(truth).any(axis=2) & ~np.isnan(prediction).any(axis=2))


def _float(points: Array) -> NDArray[np.float64]:
    return points.astype(np.float64)


def _mean_over_points(distance: Array, both: NDArray[np.bool_]) -> Partial:
    count = both.sum(axis=1)
    values = np.full(len(both), np.nan)
    np.divide(np.where(both, distance, 0.0).sum(axis=1), count, out=values, where=count > 0)
    return partial_of(values)


_RELATIVE: tuple[Task, ...] = ("animation-relative",)
_LOST = [math.nan, math.nan]
_FRAME = [[0.0, 0.0], [9.0, 9.0]]  # two keypoints (x, y)
_TRUTH = [_FRAME], [_FRAME, _FRAME, _FRAME]
_PREDICTION = [[[3.0, 4.0], _LOST]], [_FRAME, _FRAME, _FRAME]

METRICS = (
    Metric(
        id="akd@clean",
        title="AKD",
        definition="how far the keypoints are from where they should be",
        unit="pixels at 256",
        better="lower",
        bounds=(0.0, np.inf),
        needs="keypoints",
        subjects=WITH_KEYPOINTS,
        formula="Mean over clips of the mean over frames of the mean Euclidean distance between "
        "keypoints found in both truth and prediction, scaled to a frame of 256 pixels. What is "
        "missing in the prediction is counted by mkr@clean.",
        source="this project",
        sibling="akd@paper is no distance but the mean absolute difference per coordinate (1.4 to "
        "2 times smaller on the same points), frame-weighted. akd-motion@clean compares with where "
        "the driving clip's motion takes the source's keypoints, where no truth is known.",
        pooling="clip",
        partial=akd_clean_partial,
        common=True,
        example=Example(
            "Two clips, two keypoints. In the only frame of the first, one keypoint is off by "
            "(3, 4), a distance of 5, and the other was lost, which does not count here: 5. The "
            "three frames of the second are right: 0. The clips weigh the same: (5 + 0) / 2.",
            _TRUTH,
            _PREDICTION,
            2.5,
        ),
    ),
    Metric(
        id="akd@paper",
        title="AKD (2019 script)",
        definition="how far each coordinate of the keypoints is off: the number in the papers",
        unit="pixels per coordinate",
        better="lower",
        bounds=(0.0, np.inf),
        needs="keypoints",
        subjects=WITH_KEYPOINTS,
        formula="Mean over all frames with a common point of the mean absolute difference over "
        "common points and the two coordinates.",
        source="pose-evaluation cmp_kp.py and cmp_with_missing.py (1bc4cae)",
        sibling="akd@clean is a Euclidean distance. Where the script crashes (no face in truth) "
        "the frame is skipped and counted here.",
        pooling="frame",
        partial=akd_paper_partial,
        common=True,
        example=Example(
            "Two clips, two keypoints. In the only frame of the first, one keypoint is off by "
            "(3, 4), which is (3 + 4) / 2 per coordinate, and the other was lost: 3.5. The three "
            "frames of the second are right: 0. The four frames weigh the same: 3.5 / 4.",
            _TRUTH,
            _PREDICTION,
            0.875,
        ),
    ),
    Metric(
        id="mkr@clean",
        title="MKR",
        definition="what fraction of the keypoints was lost",
        unit="fraction of true keypoints",
        better="lower",
        bounds=(0.0, 1.0),
        needs="keypoints",
        subjects=WITH_KEYPOINTS,
        formula="Mean over clips of the mean over frames of the fraction of the keypoints found in "
        "truth that are not found in the prediction; for faces too.",
        source="this project",
        sibling="mkr@paper weighs every frame the same, and is of bodies alone.",
        pooling="clip",
        partial=mkr_partial,
        example=Example(
            "Two clips, two keypoints. One of two was lost in the only frame of the first: 1 / 2; "
            "none in the second: 0. The clips weigh the same: (1 / 2 + 0) / 2.",
            _TRUTH,
            _PREDICTION,
            0.25,
        ),
    ),
    Metric(
        id="mkr@paper",
        title="MKR (2019 script)",
        definition="what fraction of the joints was lost: the number in the papers",
        unit="fraction of true keypoints",
        better="lower",
        bounds=(0.0, 1.0),
        needs="keypoints",
        subjects=("body",),
        formula="Mean over all frames in which truth has a joint of the fraction of the joints "
        "found in truth that are not found in the prediction.",
        source="pose-evaluation cmp_with_missing.py (1bc4cae)",
        sibling="mkr@clean weighs every clip the same and counts faces too.",
        pooling="frame",
        partial=mkr_partial,
        example=Example(
            "Two clips, two keypoints. One of two was lost in the only frame of the first: 1 / 2; "
            "none in the three frames of the second. The four frames weigh the same: (1 / 2) / 4.",
            _TRUTH,
            _PREDICTION,
            0.125,
        ),
    ),
    Metric(
        id="akd-motion@clean",
        title="AKD of motion",
        definition="how far the keypoints are from where the driving motion takes them",
        unit="pixels at 256",
        better="lower",
        bounds=(0.0, np.inf),
        needs="keypoints",
        subjects=WITH_KEYPOINTS,
        formula="As akd@clean, with kp(source) + kp(driving t) - kp(driving 0) in the place of the "
        "keypoints of the true frame: how far the motion is from that of the driving clip since "
        "its frame 0, applied to the source picture. Points missing in any of the three, or in "
        "the prediction, are left out.",
        source="ours; needs no truth",
        sibling="akd@clean compares with the true frames; here limbs keep the driving subject's "
        "offsets, so that the truth of a subject of other proportions does not score 0.",
        pooling="clip",
        partial=akd_clean_partial,
        common=True,
        against="motion",
        tasks=_RELATIVE,
        example=Example(
            "One keypoint: at (1, 1) in the source picture, at (5, 5) and (6, 3) in the driving "
            "clip. It should be at (1, 1) and (1, 1) + (6, 3) - (5, 5) = (2, -1). It is at (1, 1) "
            "and (2, 2), 0 and 3 pixels away: (0 + 3) / 2.",
            ([[[1.0, 1.0]], [[2.0, -1.0]]],),
            ([[[1.0, 1.0]], [[2.0, 2.0]]],),
            1.5,
        ),
    ),
)
