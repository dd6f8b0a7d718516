"""How it is measured: folders of predictions in, scores out. No model is ever seen here.

`METRICS` is the registry that command lines, tests, docs and boards read. It needs numpy only:
networks live in `metrics.extractors` and are loaded by the command line alone.
"""

from __future__ import annotations

from metrics import fid, identity, keypoints, l1, motion, quality, temporal
from metrics.metric import Metric, Partial
from metrics.tasks import RECONSTRUCTION, Task

METRICS: dict[str, Metric] = {
    metric.id: metric
    for metric in (
        *l1.METRICS,
        *quality.METRICS,
        *temporal.METRICS,
        *keypoints.METRICS,
        *identity.METRICS,
        *fid.METRICS,
        *motion.METRICS,
    )
}

MINI_BOARD: tuple[str, ...] = (
    "l1@clip",
    "l1@paper",
    "l1-foreground",
    "psnr",
    "ssim",
    "lpips",
    "dtssd",
    "akd@clean",
    "mkr@clean",
    "aed@clean",
    "akd@paper",
    "mkr@paper",
    "aed@paper",
    "fd-efflite0",
    "fid",
    "flow-epe",
    "occlusion-iou",
)
"""What `metrics.eval` scores of reconstructions, in the order of the columns."""

ANIMATION_BOARD: tuple[str, ...] = (*MINI_BOARD, "aed-source@clean", "akd-motion@clean")
"""The same of animations: the last two need no truth."""


def board(task: Task) -> tuple[str, ...]:
    """Return the metrics of ``task``, in the order of the columns."""
    return MINI_BOARD if task == RECONSTRUCTION else ANIMATION_BOARD


__all__ = ["ANIMATION_BOARD", "METRICS", "MINI_BOARD", "Metric", "Partial", "board"]
