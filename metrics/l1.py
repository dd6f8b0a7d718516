"""L1: mean absolute difference of colours in [0, 1], over whole frames or the foreground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.frames import same_scale
from metrics.metric import ALL_SUBJECTS, Array, Metric, Partial, partial_of


def l1_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the mean absolute difference over pixels and channels.

    Args:
        truth: uint8, or float in [0, 1], (T, H, W, 3).
        prediction: Likewise, same shape.

    Raises:
        ValueError: Another shape (alpha and grey too), NaN or values out of range.

    Example:
        >>> black = np.zeros((2, 4, 4, 3), np.uint8)
        >>> l1_partial(black, black + np.uint8(51)).value
        0.2
    """
    difference, scale = _difference(truth, prediction)
    sums = difference.reshape(len(truth), -1).sum(axis=1)
    return partial_of(sums / (scale * truth[0].size))


def l1_foreground_partial(truth: tuple[Array, Array], prediction: Array) -> Partial:
    """As `l1_partial`, over the pixels of the true foreground of each frame.

    Args:
        truth: Frames (T, H, W, 3) and mask bool (T, H, W); a frame whose mask is empty has no
            value and is counted as skipped.
        prediction: Frames (T, H, W, 3).

    Raises:
        ValueError: As `l1_partial`, or a mask of another shape or dtype.
    """
    frames, mask = truth
    difference, scale = _difference(frames, prediction)
    if mask.dtype != np.bool_:
        raise ValueError(f"mask is {mask.dtype}; give bool: true in the foreground")
    if mask.shape != frames.shape[:3]:
        raise ValueError(f"mask is {mask.shape}, frames are {frames.shape}")
    per_pixel = difference[..., 0] + difference[..., 1] + difference[..., 2]
    inside = np.where(mask, per_pixel, 0).reshape(len(mask), -1).sum(axis=1)
    pixels = mask.reshape(len(mask), -1).sum(axis=1)
    values = np.full(len(mask), np.nan)
    np.divide(inside, scale * frames.shape[3] * pixels, out=values, where=pixels > 0)
    return partial_of(values)


def _difference(truth: Array, prediction: Array) -> tuple[NDArray[np.float64 | np.int32], float]:
    """Absolute difference and the value that stands for 1; exact integers if both are uint8."""
    one, other, scale = same_scale(truth, prediction)
    if one.dtype == np.uint8:
        return np.abs(one.astype(np.int32) - other), scale
    return np.abs(one - other), scale


_UNIT = "intensity in [0, 1]"
_BLACK, _WHITE = [[[0, 0, 0]]], [[[255, 255, 255]]]  # one frame of one pixel, (H, W, 3)
_TRUTH = [_BLACK], [_BLACK, _BLACK, _BLACK]
_PREDICTION = [_WHITE], [_BLACK, _BLACK, _BLACK]

METRICS = (
    Metric(
        id="l1@clip",
        title="L1",
        definition="how far the colours are off on average, every clip counting the same",
        unit=_UNIT,
        better="lower",
        bounds=(0.0, 1.0),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of the mean absolute difference over "
        "pixels and channels, colours in [0, 1], frame 0 included.",
        source="monkey-net reconstruction.py; LIA evaluation.py",
        sibling="l1@paper weighs every frame the same, so long clips weigh more; l1-foreground "
        "leaves the background out.",
        pooling="clip",
        partial=l1_partial,
        example=Example(
            "Two clips of black frames of one pixel. The only frame of the first was predicted "
            "white: 1. The three frames of the second are right: 0. The clips weigh the same: "
            "(1 + 0) / 2.",
            _TRUTH,
            _PREDICTION,
            0.5,
        ),
    ),
    Metric(
        id="l1@paper",
        title="L1 (frame-weighted)",
        definition="how far the colours are off on average, every frame counting the same",
        unit=_UNIT,
        better="lower",
        bounds=(0.0, 1.0),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over all frames of all clips of the mean absolute difference over pixels "
        "and channels, colours in [0, 1], frame 0 included.",
        source="first-order-model reconstruction.py (c027484); MRAA and TPSMM alike",
        sibling="l1@clip weighs every clip the same. The scripts compared the network's floats; "
        "here 8-bit clips are compared: about 1e-5 apart.",
        pooling="frame",
        partial=l1_partial,
        example=Example(
            "Two clips of black frames of one pixel. The only frame of the first was predicted "
            "white: 1. The three frames of the second are right: 0. The four frames weigh the "
            "same: (1 + 0 + 0 + 0) / 4.",
            _TRUTH,
            _PREDICTION,
            0.25,
        ),
    ),
    Metric(
        id="l1-foreground",
        title="Foreground L1",
        definition="how far the colours of what moves are off on average",
        unit=_UNIT,
        better="lower",
        bounds=(0.0, 1.0),
        needs="mask",
        subjects=ALL_SUBJECTS,
        formula="As l1@clip, over the pixels of the true foreground (part map > 0) of each frame.",
        source="this project; needs the exact mask of the mini worlds",
        sibling="l1@clip is dominated by the still background.",
        pooling="clip",
        partial=l1_foreground_partial,
        example=Example(
            "One frame of two black pixels. The left one is foreground, predicted at grey level "
            "51: 51 / 255. The right one, predicted white, is background and does not count.",
            (([[[[0, 0, 0], [0, 0, 0]]]], [[[True, False]]]),),
            ([[[[51, 51, 51], [255, 255, 255]]]],),
            0.2,
        ),
    ),
)
