"""Faces from the output of S3FD: boxes of priors and non-maximum suppression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]

CANDIDATE, FACE = 0.05, 0.5  # scores: looked at, kept at the end
OVERLAP = 0.3


def candidates(levels: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Boxes:
    """Return all boxes that score over 0.05, float32 (N, 5): x1, y1, x2, y2, score.

    Level i has stride ``2 ** (i + 2)``; the prior of a cell is a square of four strides around the
    middle of the cell. In the order of levels, rows and columns.

    Args:
        levels: Of each level, finest first: face score (h, w) in [0, 1] and offsets (4, h, w), the
            shift of the centre in tenths of the prior's side and five times the log of the size in
            prior's sides.
    """
    found = [np.zeros((0, 5), np.float32)]
    for level, (scores, offsets) in enumerate(levels):
        stride = np.float32(2 ** (level + 2))
        side = 4 * stride
        rows, columns = np.nonzero(scores > CANDIDATE)
        offset = offsets[:, rows, columns]  # (4, n)
        centres = (np.stack([columns, rows]).astype(np.float32) + np.float32(0.5)) * stride
        centres += np.float32(0.1) * offset[:2] * side
        sizes = side * np.exp(np.float32(0.2) * offset[2:])
        corner = centres - sizes / 2
        boxes = np.concatenate([corner, corner + sizes, scores[None, rows, columns]])
        found.append(boxes.T.astype(np.float32))
    return np.concatenate(found)


def suppressed(boxes: Boxes) -> Boxes:
    """Return the boxes of ``boxes`` (N, 5) that overlap no better one, by descending score.

    Overlap is intersection over union above 0.3, widths and heights counted in whole pixels, both
    ends included. Of equal scores the later box comes first.
    """
    left = boxes[np.argsort(boxes[:, 4], kind="stable")[::-1]]
    result = [left[:0]]
    while len(left):
        result.append(left[:1])
        left = left[1:][_overlap(left[0], left[1:]) <= OVERLAP]
    return np.concatenate(result)


def faces(boxes: Boxes) -> Boxes:
    """Return the faces among `candidates`: suppressed, scoring over 0.5, best first."""
    rest = suppressed(boxes)
    return rest[rest[:, 4] > FACE]


def _overlap(one: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of one box (5,) with others (N, 5)."""
    low, high = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:4], others[:, 2:4])
    common = np.maximum(0, high - low + 1).prod(1)
    area, areas = ((b[..., 2:4] - b[..., :2] + 1).prod(-1) for b in (one, others))
    overlap: NDArray[np.float32] = common / (area + areas - common)
    return overlap
