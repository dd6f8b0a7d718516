"""Pictures of what the model computes: keypoints with their local frames, flow, maps.

Everything is drawn at the size at which it is shown; what the model sees in pixels is enlarged
without smoothing, so that a pixel stays one.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from fomm.media.picture import Picture
from fomm.pictures.panels import colours

Floats = NDArray[np.floating]

_FINE = 4  # lines are drawn so many times larger, then averaged: widths need not be whole pixels
_INK = (0, 0, 0)


def enlarged(picture: Picture, side: int) -> Picture:
    """Return a picture, uint8 ``(h, w[, 3])``, as RGB ``(side, side, 3)``; pixels stay pixels."""
    method = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_NEAREST
    out = cv2.resize(picture, (side, side), interpolation=method)
    return np.asarray(out if out.ndim == 3 else np.repeat(out[..., None], 3, axis=2), np.uint8)


def faded(picture: Picture, *, share: float = 0.5) -> Picture:
    """Return a picture mixed with white, so that what is drawn on it stands out."""
    return np.asarray(np.rint(picture * (1 - share) + 255 * share), np.uint8)


def reference_radii(jacobians: Floats, *, radius: float) -> Floats:
    """Return the radii of the circles, in the frame of reference, that `local_frames` shows.

    The scale of that frame means nothing (only J_source inv(J_driving) enters the motion), so each
    keypoint's is chosen such that its image under ``jacobians`` has the area of a circle of
    ``radius``. Take those of the source; ellipses in other frames then show growth and shrinking.

    Args:
        jacobians: ``(K, 2, 2)``.
        radius: In the units of keypoints, where a picture's side is 2.

    Returns:
        ``(K,)``.
    """
    area = np.abs(np.linalg.det(jacobians))
    return np.asarray(radius / np.sqrt(np.maximum(area, 1e-6)))


def ellipse(value: Floats, jacobian: Floats, radius: float, *, points: int = 64) -> Floats:
    """Return the image of a circle around a keypoint: value + J (radius cos a, radius sin a).

    Args:
        value: ``(2,)``, (x, y) in [-1, 1].
        jacobian: ``(2, 2)``.
        radius: Of the circle, in the frame of reference.
        points: Angles a, evenly spread; the first is 0, the direction of x there.

    Returns:
        ``(points, 2)``, (x, y).
    """
    angle = np.linspace(0, 2 * math.pi, points, endpoint=False)
    circle = radius * np.stack((np.cos(angle), np.sin(angle)))  # (2, points)
    return np.asarray(value + (jacobian @ circle).T)


def local_frames(picture: Picture, values: Floats, ellipses: list[Floats]) -> Picture:
    """Draw keypoints on a picture: a dot, the ellipse, and a line to where its angle is 0.

    Args:
        picture: uint8 ``(S, S, 3)``, at the size at which it is shown.
        values: ``(K, 2)``, (x, y) in [-1, 1]; -1 and +1 are the centres of the border pixels.
        ellipses: K of them, from `ellipse`; none: dots only.
    """
    side = picture.shape[0]
    fine = enlarged(picture, _FINE * side)
    thin, thick, dot = (max(side * _FINE * share, 1) for share in (0.008, 0.013, 0.015))
    inks = colours(len(values))
    for halo in (True, False):  # all halos first, so that none covers a neighbour's colour
        width = round(thick if halo else thin)
        for value, curve, ink in zip(values, ellipses, inks, strict=False):
            for path, closed in ((curve, True), (np.stack((value, curve[0])), False)):
                points = [_position(path, side)]
                cv2.polylines(fine, points, closed, _INK if halo else ink, width, cv2.LINE_AA)
    for value, ink in zip(values, inks, strict=True):
        for size, colour in ((dot * 1.4, _INK), (dot, ink)):
            at = [int(c) for c in _position(value, side)]
            cv2.circle(fine, at, round(size), colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _position(points: Floats, side: int) -> NDArray[np.int32]:
    """Return (..., 2) in [-1, 1] as fine pixels; what is far outside stays outside."""
    pixels = (np.clip(np.nan_to_num(points), -9, 9) + 1) / 2 * (side - 1)
    return np.asarray(np.rint((pixels + 0.5) * _FINE - 0.5), np.int32)


def flow_picture(flow: Floats, *, longest: float) -> Picture:
    """Return a flow in the colours of a wheel: hue is the direction, white is no motion.

    Args:
        flow: ``(h, w, 2)``, (x, y).
        longest: The length that has full colour; longer ones look alike.

    Returns:
        uint8 ``(h, w, 3)``.
    """
    x, y = flow[..., 0], flow[..., 1]
    hue = (np.degrees(np.arctan2(y, x)) % 360).astype(np.float32)
    length = np.clip(np.hypot(x, y) / longest, 0, 1).astype(np.float32)
    rgb = cv2.cvtColor(np.dstack((hue, length, np.ones_like(hue))), cv2.COLOR_HSV2RGB)
    return np.asarray(np.rint(rgb * 255), np.uint8)


def wheel(side: int) -> Picture:
    """Return the legend of `flow_picture`, on white: uint8 ``(side, side, 3)``."""
    fine = 4 * side
    axis = (np.arange(fine) + 0.5) / fine * 2 - 1
    flow = np.dstack(np.meshgrid(axis, axis))
    flow[np.hypot(flow[..., 0], flow[..., 1]) > 1] = 0
    return enlarged(flow_picture(flow, longest=1.0), side)


def grey(values: Floats) -> Picture:
    """Return a map of values in [0, 1] as uint8 of the same shape: 0 black, 1 white."""
    return np.asarray(np.rint(np.clip(values, 0, 1) * 255), np.uint8)
