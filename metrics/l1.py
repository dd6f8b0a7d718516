"""L1: mean absolute difference of colours in [0, 1], over whole frames or the foreground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.metric import ALL_SUBJECTS, Array, Metric, Partial, check_pair, partial_of


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
    check_pair(truth, prediction, shape="T, H, W, 3")
    if truth.shape[3] != 3:
        raise ValueError(f"frames have {truth.shape[3]} channels; give RGB: drop the alpha channel")
    if truth.dtype == np.uint8 and prediction.dtype == np.uint8:
        return np.abs(truth.astype(np.int32) - prediction), 255.0
    return np.abs(_unit(truth, "truth") - _unit(prediction, "prediction")), 1.0


def _unit(frames: Array, name: str) -> NDArray[np.float64]:
    if frames.dtype == np.uint8:
        return frames / 255.0
    if not np.issubdtype(frames.dtype, np.floating):
        raise ValueError(f"{name} is {frames.dtype}; give uint8 or float in [0, 1]")
    values = frames.astype(np.float64)
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        frame = int(np.nonzero(bad.reshape(len(bad), -1).any(axis=1))[0][0])
        raise ValueError(f"{name}: frame {frame} has values that are NaN or outside [0, 1]")
    return values


_UNIT = "intensity in [0, 1]"

METRICS = (
    Metric(
        id="l1@clip",
        title="L1",
        unit=_UNIT,
        better="lower",
        bounds=(0.0, 1.0),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of the mean absolute difference over "
        "pixels and channels, colours in [0, 1], frame 0 included.",
        source="monkey-net reconstruction.py; LIA evaluation.py",
        sibling="l1@paper weighs every frame the same, so long clips weigh more.",
        pooling="clip",
        partial=l1_partial,
    ),
    Metric(
        id="l1@paper",
        title="L1 (frame-weighted)",
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
    ),
    Metric(
        id="l1-foreground",
        title="Foreground L1",
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
    ),
)
