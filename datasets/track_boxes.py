"""Boxes from what MediaPipe finds: arithmetic on landmarks, windows and boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.metadata import Box
from datasets.tracking import Detection, iou

Double = NDArray[np.float64]

VISIBLE = 0.5
MARGIN = 0.05  # of the longer side: landmarks are joints, inside the body
CROWN = 2.0  # eyes to crown, as a multiple of mouth to eyes; 1.0 to 1.9 on real clips
BROW = 0.125  # of the height: MediaPipe's face box ends at the brow, S3FD's at the hair
HEAD, ANKLES = (0, 2, 5, 7, 8), (27, 28)  # nose, eyes, ears: the five head points of COCO
_EYES, _MOUTH = (2, 5), (9, 10)
_STEP = 0.4  # of a window's side: what is smaller than 0.6 of it lies whole in one of them


def windows(width: int, height: int) -> list[Box]:
    """Return the parts of a picture that a detector sees: all of it, and squares along it.

    The squares have the shorter side of the picture and overlap, so that a subject in a wide
    picture is not reduced as much as the whole picture is.

    Returns:
        left, top, right, bottom, the end excluded.

    Example:
        >>> windows(1280, 720)
        [(0, 0, 1280, 720), (0, 0, 720, 720), (280, 0, 1000, 720), (560, 0, 1280, 720)]
    """
    side, rest = min(width, height), abs(width - height)
    whole = (0, 0, width, height)
    if not rest:
        return [whole]
    count = math.ceil(rest / (_STEP * side)) + 1
    places = [round(rest * n / (count - 1)) for n in range(count)]
    if width > height:
        return [whole, *((x, 0, x + side, side) for x in places)]
    return [whole, *((0, y, side, y + side) for y in places)]


def inner_box(low: Sequence[float], high: Sequence[float], *, size: tuple[int, int]) -> Box | None:
    """Return the whole pixels from ``low`` to ``high`` (x, y) inside a picture; None if none."""
    left, top = (max(0, math.floor(value)) for value in low)
    right, bottom = (
        min(side - 1, math.ceil(value)) for value, side in zip(high, size, strict=True)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def person(landmarks: Double, score: float, *, size: tuple[int, int]) -> Detection | None:
    """Return the person of 33 landmarks; None if too little is visible in the picture.

    The box holds the landmarks that are visible and in the picture, and the crown of the head,
    which is none of them: as far above the eyes as `CROWN` says. All sides move out by `MARGIN`.

    Args:
        landmarks: float64 ``(33, 3)``: x and y in pixels, visibility in [0, 1].
        score: The detector's score.
        size: Width and height of the picture.
    """
    places, visibility = landmarks[:, :2], landmarks[:, 2]
    inside = ((places >= 0) & (places < np.array(size))).all(axis=1)
    seen = inside & (visibility >= VISIBLE)
    points = places[seen]
    if len(points) < 2:
        return None
    if seen[[*_EYES, *_MOUTH]].all():
        eyes, mouth = places[[*_EYES]].mean(axis=0), places[[*_MOUTH]].mean(axis=0)
        points = np.vstack([points, eyes + CROWN * (eyes - mouth)])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * float((high - low).max())
    box = inner_box(low - margin, high + margin, size=size)
    shown = np.where(inside, visibility, 0.0)
    head, ankle = float(shown[[*HEAD]].max()), float(shown[[*ANKLES]].max())
    return Detection(box, score, head, ankle) if box else None


def face(box: Sequence[float], score: float, *, size: tuple[int, int]) -> Detection | None:
    """Return the face of a box left, top, right, bottom in pixels, which ends at the brow."""
    left, top, right, bottom = box
    found = inner_box((left, top - BROW * (bottom - top)), (right, bottom), size=size)
    return Detection(found, score) if found else None


def distinct(found: Sequence[Detection], *, overlap: float) -> list[Detection]:
    """Return the detections by score, without those that overlap a better one by more."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: (-d.score, d.box)):
        if all(iou(detection.box, other.box) <= overlap for other in kept):
            kept.append(detection)
    return kept
