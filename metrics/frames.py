"""Which frames the metrics of pixels accept, and on which scale they are computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.metric import Array, check_pair


def same_scale(truth: Array, prediction: Array) -> tuple[Array, Array, float]:
    """Return both clips on one scale, and the value that stands for full intensity.

    Args:
        truth: uint8, or float in [0, 1], (T, H, W, 3) RGB.
        prediction: Likewise, same shape.

    Returns:
        Both as they are and 255.0 if both are uint8, so that sums can be exact; otherwise both as
        float64 in [0, 1] and 1.0.

    Raises:
        ValueError: Another shape (alpha and grey too), another type, NaN or values out of range.
    """
    check_pair(truth, prediction, shape="T, H, W, 3")
    if truth.shape[3] != 3:
        raise ValueError(f"frames have {truth.shape[3]} channels; give RGB: drop the alpha channel")
    if truth.dtype == np.uint8 and prediction.dtype == np.uint8:
        return truth, prediction, 255.0
    return _unit(truth, "truth"), _unit(prediction, "prediction"), 1.0


def _unit(frames: Array, name: str) -> NDArray[np.float64]:
    if frames.dtype == np.uint8:
        return frames / 255.0
    if not np.issubdtype(frames.dtype, np.floating):
        raise ValueError(f"{name} is {frames.dtype}; give uint8 or float in [0, 1]")
    values = frames.astype(np.float64)
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        frame = int(np.nonzero(bad.reshape(len(bad), -1).any(axis=1))[0][0])  # (T, H * W * 3)
        raise ValueError(f"{name}: frame {frame} has values that are NaN or outside [0, 1]")
    return values
