"""Flow and occlusion against the exact truth of the mini worlds.

Flow is backward and in pixels: the pixel x of a frame shows what the source (frame 0) has at
x + flow(x). "Visible" means that this place of the source shows the same part.
"""

from __future__ import annotations

import numpy as np

from metrics.example import Example
from metrics.metric import ALL_SUBJECTS, Array, Metric, Partial, check_pair, partial_of

Motion = tuple[Array, Array | None]  # flow (T, H, W, 2) and visibility (T, H, W), if predicted
Known = tuple[Array, Array]
MOVING = 0.5  # pixels: what moves less is left out, or the still background would decide
VISIBLE = 0.5


def flow_epe_partial(truth: Known, prediction: Motion) -> Partial:
    """Sum over frames of the mean end-point error over visible pixels that truly move.

    Args:
        truth: Flow float (T, H, W, 2) in pixels and visibility bool (T, H, W).
        prediction: The same pair as predicted; only the flow is read. Frames in which nothing
            moves (frame 0) have no value.

    Raises:
        ValueError: Another shape, or a predicted flow that is not finite where it is scored.
    """
    (flow, visible), (predicted, _) = truth, prediction
    check_pair(flow, predicted, shape="T, H, W, 2")
    check_pair(visible, flow[..., 0], shape="T, H, W")
    moving = visible.astype(bool) & (_length(flow) > MOVING)
    if not np.isfinite(predicted[moving]).all():
        raise ValueError("the predicted flow has NaN or infinite values")
    errors = np.where(moving, _length(flow.astype(np.float64) - predicted), 0.0)
    count = moving.reshape(len(flow), -1).sum(axis=1)
    values = np.full(len(flow), np.nan)
    np.divide(errors.reshape(len(flow), -1).sum(axis=1), count, out=values, where=count > 0)
    return partial_of(values)


def occlusion_iou_partial(truth: Known, prediction: Known) -> Partial:
    """Intersection and union of the *occluded* pixels of a clip.

    Args:
        truth: Flow and visibility bool (T, H, W); only the second is read.
        prediction: Flow and visibility float in [0, 1] (T, H, W); below 0.5 is occluded.

    Returns:
        ``total`` = intersection, ``weight`` = union, over all frames of the clip together: a
        single frame may have few occluded pixels, or none. A clip in which nothing is occluded
        and nothing was predicted to be is right and counts as 1, so that the clips that are
        averaged do not depend on the prediction.
    """
    (_, visible), (_, predicted) = truth, prediction
    check_pair(visible, predicted, shape="T, H, W")
    if not ((predicted >= 0) & (predicted <= 1)).all():
        raise ValueError("the predicted occlusion has values that are NaN or outside [0, 1]")
    one, other = ~visible.astype(bool), predicted < VISIBLE
    union = int((one | other).sum())
    return Partial(float((one & other).sum()), float(union)) if union else Partial(1.0, 1.0)


def _length(vectors: Array) -> Array:
    x, y = vectors[..., 0].astype(np.float64), vectors[..., 1].astype(np.float64)
    return np.asarray(np.sqrt(x * x + y * y))


METRICS = (
    Metric(
        id="flow-epe",
        title="Flow EPE",
        definition="how far the predicted motion is off where something moves",
        unit="pixels",
        better="lower",
        bounds=(0.0, np.inf),
        needs="motion",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of the mean end-point error of the "
        "backward flow to frame 0, over pixels that are visible in frame 0 and truly move by "
        "more than 0.5 pixels.",
        source="this project; needs the exact flow of the mini worlds",
        sibling="",
        pooling="clip",
        partial=flow_epe_partial,
        example=Example(
            "One frame of four pixels whose flow to frame 0 is (0.5, 0), (2, 0), (2, 0), (3, 0). "
            "The first does not move enough, the third is hidden in frame 0: both are left out. "
            "Predicted (2, 1) for the second and no motion for the fourth: (1 + 3) / 2.",
            (
                (
                    [[[[0.5, 0.0], [2.0, 0.0], [2.0, 0.0], [3.0, 0.0]]]],
                    [[[True, True, False, True]]],
                ),
            ),
            (([[[[0.0, 0.0], [2.0, 1.0], [0.0, 0.0], [0.0, 0.0]]]], [[[1.0, 1.0, 1.0, 1.0]]]),),
            2.0,
        ),
    ),
    Metric(
        id="occlusion-iou",
        title="Occlusion IoU",
        definition="how well the method knows what the source picture does not show",
        unit="intersection over union",
        better="higher",
        bounds=(0.0, 1.0),
        needs="occlusion",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the intersection over union of the pixels not visible in "
        "frame 0 (true against predicted visibility below 0.5), pixels of a clip pooled; 1 for a "
        "clip without any, true or predicted.",
        source="this project; needs the exact occlusion of the mini worlds",
        sibling="",
        pooling="clip",
        partial=occlusion_iou_partial,
        example=Example(
            "One frame of four pixels, the last two hidden in frame 0. Predicted to be hidden: the "
            "middle two. One pixel is hidden in both, three in either: 1 / 3.",
            (([[[[0.0, 0.0]] * 4]], [[[True, True, False, False]]]),),
            (([[[[0.0, 0.0]] * 4]], [[[0.9, 0.1, 0.1, 0.5]]]),),
            1 / 3,
        ),
    ),
)
