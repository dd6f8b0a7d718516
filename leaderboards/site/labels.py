"""Names beside the points of a scatter plot, where they cover each other least."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

_SPOTS = ((7, 10, "left"), (7, -10, "left"), (-7, 10, "right"), (-7, -10, "right"), (9, 0, "left"),
          (-9, 0, "right"), (0, 14, "center"), (0, -14, "center"))  # fmt: skip
Box = tuple[float, float, float, float]


def place(
    axes: Axes,
    spots: Sequence[Sequence[tuple[float, float, float]]],
    names: Sequence[str],
    colours: Sequence[str],
) -> None:
    """Write ``names`` beside points, each where it covers least of points, intervals and names.

    Args:
        axes: Where the points are; its limits must be final.
        spots: Of every point in x and in y: value, lower and upper end of its interval.
        names: As many.
        colours: As many.
    """
    points = [(x[0], y[0]) for x, y in spots]
    at = [tuple(map(float, axes.transData.transform(point))) for point in points]
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in at]
    for (x, y), (right, up) in zip(spots, at, strict=True):
        left, bottom = axes.transData.transform((x[1], y[1]))
        end, top = axes.transData.transform((x[2], y[2]))
        taken += [(left, up - 1.5, end, up + 1.5), (right - 1.5, bottom, right + 1.5, top)]
    frame = axes.bbox
    inside = (frame.x0, frame.y0, frame.x1, frame.y1)
    for (x, y), point, name, colour in zip(at, points, names, colours, strict=True):
        boxes = [_box(x + dx, y + dy, name, side) for dx, dy, side in _SPOTS]
        costs = [
            sum(_shared(box, other) for other in taken) + _outside(box, inside) for box in boxes
        ]
        best = costs.index(min(costs))
        dx, dy, side = _SPOTS[best]
        taken.append(boxes[best])
        axes.annotate(
            name, point, (dx, dy), textcoords="offset pixels", ha=side, va="center",
            color=colour, fontsize=11, annotation_clip=False,
        )  # fmt: skip


def _box(x: float, y: float, name: str, side: str) -> Box:
    """Return where a name of 11 units would lie; letters are 6 wide on average."""
    width = 6.2 * len(name)
    left = {"left": x, "right": x - width, "center": x - width / 2}[side]
    return left, y - 7, left + width, y + 7


def _shared(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _outside(box: Box, frame: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) - _shared(box, frame)
