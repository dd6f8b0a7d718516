"""Names beside the points of a scatter plot, where they cover each other least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leaderboards.site.canvas import Side, Span

_PLACES: tuple[tuple[float, float, Side], ...] = (
    (7, -6, "left"), (7, 14, "left"), (-7, -6, "right"), (-7, 14, "right"),
    (9, 4, "left"), (-9, 4, "right"), (0, -10, "center"), (0, 18, "center"),
)  # fmt: skip
_LETTER = 6.2  # mean width of a letter at 11 units
_MANY, _COVERED = 8, 0.3
Box = tuple[float, float, float, float]


class Spot(NamedTuple):
    """A point and the ends of its intervals, in units of the sheet."""

    x: float
    y: float
    across: Span
    up: Span


class Label(NamedTuple):
    """A name and where it begins, is centred, or ends; ``y`` is its base line."""

    x: float
    y: float
    side: Side
    name: str


def place(spots: Sequence[Spot], names: Sequence[str], frame: Box) -> list[Label | None]:
    """Return a label for each of ``spots``, where it covers least of points, lines and labels.

    None for one of many that would cover `_COVERED` of its own size.

    Args:
        spots: The points.
        names: As many.
        frame: Left, top, right and bottom of where labels may lie.
    """
    taken: list[Box] = []
    for spot in spots:
        taken.append((spot.x - 5, spot.y - 5, spot.x + 5, spot.y + 5))
        taken.append((min(spot.across), spot.y - 1.5, max(spot.across), spot.y + 1.5))
        taken.append((spot.x - 1.5, min(spot.up), spot.x + 1.5, max(spot.up)))
    found: list[Label | None] = []
    for spot, name in zip(spots, names, strict=True):
        labels = [Label(spot.x + dx, spot.y + dy, side, name) for dx, dy, side in _PLACES]
        boxes = [_box(label) for label in labels]
        costs = [
            sum(_shared(box, other) for other in taken) + _outside(box, frame) for box in boxes
        ]
        best = costs.index(min(costs))
        left, top, right, bottom = boxes[best]
        if len(spots) > _MANY and costs[best] > _COVERED * (right - left) * (bottom - top):
            found.append(None)
            continue
        taken.append(boxes[best])
        found.append(labels[best])
    return found


def _box(label: Label) -> Box:
    width = _LETTER * len(label.name)
    left = label.x - {"left": 0.0, "center": width / 2, "right": width}[label.side]
    return left, label.y - 10, left + width, label.y + 3


def _shared(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _outside(box: Box, frame: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) - _shared(box, frame)
