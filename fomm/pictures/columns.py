"""The columns of a figure: what the model computes, as pictures with titles and legends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fomm.media.picture import Picture
from fomm.pictures.drawing import (
    Floats,
    ellipse,
    enlarged,
    faded,
    flow_picture,
    grey,
    local_frames,
    reference_radii,
    wheel,
)
from fomm.pictures.look import Frames, Seen
from fomm.pictures.sheet import Column

RADIUS = 0.15
"""Of the keypoints' circles in the source, where a picture's side is 2."""


def columns(seen: Seen, *, side: int, relative: bool = False) -> list[Column]:
    """Return the columns of the figure.

    Args:
        seen: From `look`.
        side: Of the tiles, in pixels.
        relative: Whether the keypoints used differ from those found, and are shown too.
    """
    count = len(seen.driving)
    many = [
        Column("source", "the picture to animate", _tiles([seen.source] * count, side)),
        Column("driving", "whose motion it takes", _tiles(seen.driving, side)),
        _keypoints("source keypoints", seen, seen.kp_source, base=[seen.source] * count, side=side),
        _keypoints("driving keypoints", seen, seen.kp_driving, base=seen.driving, side=side),
    ]
    if relative:
        many.append(
            _keypoints("moved keypoints", seen, seen.kp_used, base=list(seen.result), side=side)
        )
    many.append(_flow(seen.flow, side))
    if seen.occlusion is not None:
        many.append(_occlusion(seen.occlusion, side))
    return [
        *many,
        Column(
            "warped source",
            "each pixel fetched where the flow says; black: outside",
            _tiles(seen.warped, side),
        ),
        Column("result", "features fetched likewise, masked, decoded", _tiles(seen.result, side)),
    ]


_NOTES = {
    "source keypoints": "found without labels; ellipse: a circle under the jacobian; line: its x",
    "driving keypoints": "the same circles: from ellipse to ellipse goes the local motion",
    "moved keypoints": "the source's, moved by what the driver's did since its first frame",
}


def _keypoints(
    title: str, seen: Seen, found: Frames, *, base: Sequence[Picture], side: int
) -> Column:
    tiles = []
    for number, picture in enumerate(base):
        row = min(number, len(found.values) - 1)
        ellipses: list[Floats] = []
        if found.jacobians is not None and seen.kp_source.jacobians is not None:
            radii = reference_radii(seen.kp_source.jacobians[0], radius=RADIUS)
            each = zip(found.values[row], found.jacobians[row], radii, strict=True)
            ellipses = [ellipse(value, matrix, radius) for value, matrix, radius in each]
        canvas = faded(enlarged(picture, side))
        tiles.append(local_frames(canvas, found.values[row], ellipses))
    return Column(title, _NOTES[title], tiles)


def _flow(flow: Floats, side: int) -> Column:
    lengths = np.hypot(flow[..., 0], flow[..., 1])
    longest = max(round(float(np.percentile(lengths, 99))), 1)
    tiles = _tiles([flow_picture(one, longest=longest) for one in flow], side)
    note = f"towards where a pixel comes from; rim: {longest} pixels or more"
    return Column("flow", note, tiles, legend=wheel(side * 2 // 5))


def _occlusion(occlusion: Floats, side: int) -> Column:
    ramp = np.tile(np.linspace(0, 1, side), (side // 10, 1))
    legend = np.repeat(grey(ramp)[..., None], 3, axis=2)
    note = "black: not in the source, to be invented; white: visible there"
    return Column("occlusion", note, _tiles(grey(occlusion), side), legend=legend)


def _tiles(pictures: Sequence[Picture] | Picture, side: int) -> list[Picture]:
    return [enlarged(picture, side) for picture in pictures]
