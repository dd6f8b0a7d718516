"""dtSSD: flicker, as the error of the change from frame to frame."""

from __future__ import annotations

import math

import numpy as np

from metrics.example import Example
from metrics.frames import same_scale
from metrics.metric import ALL_SUBJECTS, Array, Metric, Partial, partial_of


def dtssd_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames t >= 1 of the root mean square error of the change since frame t - 1.

    Frame 0 has no change and is not counted, not as skipped either: nothing was lost. A clip of one
    frame has no value (weight 0).

    Args:
        truth: uint8, or float in [0, 1], (T, H, W, 3).
        prediction: Likewise, same shape.

    Raises:
        ValueError: Another shape (alpha and grey too), NaN or values out of range.

    Example:
        >>> grey = np.full((3, 4, 4, 3), 100, np.uint8)
        >>> dtssd_partial(grey, grey + np.uint8(51)).value  # a constant offset
        0.0
        >>> dtssd_partial(grey, grey + np.array([0, 51, 0], np.uint8)[:, None, None, None]).value
        0.2
    """
    one, other, scale = same_scale(truth, prediction)
    signed = np.int32 if one.dtype == np.uint8 else np.float64
    values, last = [], None
    for a, b in zip(one, other, strict=True):
        error = a.astype(signed) - b  # (H, W, 3)
        if last is not None:
            values.append(math.sqrt(((error - last) ** 2).sum() / error.size) / scale)
        last = error
    return partial_of(np.array(values, np.float64))


_BLACK = [[[0, 0, 0]]]  # a frame of one pixel, (H, W, 3)
_GREY = [[[51, 51, 51]]]

METRICS = (
    Metric(
        id="dtssd",
        title="dtSSD",
        definition="how much the prediction flickers, or misses changes from frame to frame",
        unit="intensity in [0, 1] per frame",
        better="lower",
        bounds=(0.0, 2.0),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames t >= 1 of the root of the mean over "
        "pixels and channels of ((truth_t - truth_(t-1)) - (prediction_t - prediction_(t-1)))^2, "
        "colours in [0, 1]. A constant offset costs nothing, flicker does.",
        source="Erofeev, Gitman, Fedorov and Vatolin, Perceptually Motivated Benchmark for Video "
        "Matting, BMVC 2015; there of mattes, here of RGB",
        sibling="l1@clip does not see the order of frames: an error that stays costs as much there "
        "as one that comes and goes.",
        pooling="clip",
        partial=dtssd_partial,
        example=Example(
            "A black pixel for three frames, predicted as grey level 0, 51, 0. The prediction "
            "changes by 51 / 255 = 0.2 and back, the truth does not: (0.2 + 0.2) / 2. Predicted as "
            "51, 51, 51, it would be 0.",
            ([_BLACK, _BLACK, _BLACK],),
            ([_BLACK, _GREY, _BLACK],),
            0.2,
        ),
    ),
)
