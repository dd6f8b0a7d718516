"""AED: how far the embedding of the subject's identity moves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.metric import WITH_KEYPOINTS, Array, Metric, Partial, check_pair, partial_of
from metrics.tasks import ANIMATION


def aed_paper_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the *squared* Euclidean distance of the embeddings.

    Args:
        truth: Embeddings float (T, D), as the network gives them.
        prediction: Likewise. A NaN makes the whole value NaN, as in the script.

    Example:
        >>> aed_paper_partial(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])).value
        25.0
    """
    check_pair(truth, prediction, shape="T, D")
    squares = ((truth.astype(np.float64) - prediction) ** 2).sum(axis=1)
    if np.isnan(squares).any():
        return Partial(math.nan, float(len(squares)))
    return partial_of(squares)


def aed_clean_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the cosine distance 1 - cos of the embeddings.

    Computed as half the squared distance of the unit vectors, which is the same and exactly 0
    for equal embeddings.

    Args:
        truth: Embeddings float (T, D), NaN rows where nothing was detected.
        prediction: Likewise. A frame without an embedding on either side has no value and is
            counted as skipped.

    Example:
        >>> aed_clean_partial(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0]])).value
        1.0
    """
    check_pair(truth, prediction, shape="T, D")
    one, other = _unit_rows(truth, "truth"), _unit_rows(prediction, "prediction")
    return partial_of(((one - other) ** 2).sum(axis=1) / 2)


def _unit_rows(rows: Array, name: str) -> NDArray[np.float64]:
    values = rows.astype(np.float64)
    norms = np.sqrt((values**2).sum(axis=1, keepdims=True))
    if np.isinf(norms).any() or (norms == 0).any():
        raise ValueError(f"{name} has an infinite or zero embedding; a missing one is NaN")
    return np.asarray(values / norms, dtype=np.float64)


_EAST, _NORTH = [3.0, 0.0], [0.0, 4.0]
_TRUTH = [_EAST], [_EAST, _EAST, _EAST]
_PREDICTION = [_NORTH], [_EAST, _EAST, _EAST]

METRICS = (
    Metric(
        id="aed@clean",
        title="AED",
        definition="how little the subject looks like the one in the true frames",
        unit="cosine distance",
        better="lower",
        bounds=(0.0, 2.0),
        needs="identity",
        subjects=WITH_KEYPOINTS,
        formula="Mean over clips of the mean over frames of 1 - cos of the identity embeddings of "
        "a detected, aligned crop. Frames without a detection are left out and counted.",
        source="this project",
        sibling="aed@paper is a mean squared norm, frame-weighted, without detection; for unit "
        "vectors it is twice the cosine distance. aed-source@clean compares with the source "
        "picture.",
        pooling="clip",
        partial=aed_clean_partial,
        common=True,
        example=Example(
            "Two clips. The embedding of the only frame of the first is (0, 4) instead of (3, 0), "
            "a right angle: 1 - 0. Those of the three frames of the second are right: 0. The clips "
            "weigh the same: (1 + 0) / 2.",
            _TRUTH,
            _PREDICTION,
            0.5,
        ),
    ),
    Metric(
        id="aed@paper",
        title="AED (2019 script)",
        definition="how far the embedding of the whole frame moves: the number in the papers",
        unit="squared norm of the embedding",
        better="lower",
        bounds=(0.0, np.inf),
        needs="identity",
        subjects=WITH_KEYPOINTS,
        formula="Mean over all frames of the squared Euclidean distance of the embeddings of the "
        "whole frame.",
        source="pose-evaluation cmp.py (1bc4cae)",
        sibling="aed@clean is the cosine distance on a detected, aligned crop.",
        pooling="frame",
        partial=aed_paper_partial,
        example=Example(
            "Two clips. The embedding of the only frame of the first is (0, 4) instead of (3, 0): "
            "9 + 16. Those of the three frames of the second are right: 0. The four frames weigh "
            "the same: 25 / 4.",
            _TRUTH,
            _PREDICTION,
            6.25,
        ),
    ),
    Metric(
        id="aed-source@clean",
        title="AED to source",
        definition="how little the subject looks like the one in the source picture",
        unit="cosine distance",
        better="lower",
        bounds=(0.0, 2.0),
        needs="identity",
        subjects=WITH_KEYPOINTS,
        formula="As aed@clean, with the embedding of the source picture in the place of that of "
        "the true frame: how far the subject stops being the one in the source picture.",
        source="ours; needs no truth",
        sibling="aed@clean compares with the true frames. Here a still picture is perfect, and a "
        "pose that changes the embedding costs the truth too.",
        pooling="clip",
        partial=aed_clean_partial,
        common=True,
        against="source",
        tasks=ANIMATION,
        example=Example(
            "The embedding of the source picture is (3, 0), in place of the truth of both frames. "
            "That of the first frame is the same, that of the second at a right angle to it: "
            "(0 + 1) / 2.",
            ([_EAST, _EAST],),
            ([_EAST, _NORTH],),
            0.5,
        ),
    ),
)
