"""The renderer of the mini worlds: textured parts under affine maps, drawn back to front.

A *part* is a sprite: a picture with transparency in its own coordinates, part coordinates
``(u, v)`` in texels, texel centres at integers. In every frame an affine map takes part coordinates
to canvas pixels, ``(x, y)``, pixel centres at integers. Part 0 is the background. Since light and
texture are painted on the sprite, the colour of a visible point does not change as it moves, and
the backward flow between any two frames is exact: ``A_source inv(A_target)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Vector = Sequence[float] | Double


@dataclass(frozen=True)
class Sprite:
    """A textured part.

    Attributes:
        name: What it is, e.g. ``"left forearm"``.
        rgba: float32 ``(h, w, 4)`` in [0, 1], colours premultiplied by alpha. The outermost
            texels of a part are transparent; a background is opaque everywhere.
    """

    name: str
    rgba: Float


@dataclass(frozen=True)
class Placement:
    """Where a part lies in one frame: ``affine`` float64 ``(2, 3)``, part to canvas pixels."""

    part: int
    affine: Double


@dataclass(frozen=True)
class Pose:
    """One frame of a figure, ready to be drawn.

    Attributes:
        placements: The parts from back to front, without the background.
        keypoints: float64 ``(K, 2)``, canvas pixels.
        owners: For each keypoint the parts it may be seen on.
    """

    placements: tuple[Placement, ...]
    keypoints: Double
    owners: tuple[tuple[int, ...], ...]


def premultiply(rgb: Float, alpha: Float) -> Float:
    """Return float32 ``(h, w, 4)`` from colours ``(h, w, 3)`` and alpha ``(h, w)`` in [0, 1]."""
    rgb = np.broadcast_to(rgb, (*alpha.shape, 3))
    return np.dstack([rgb * alpha[..., None], alpha]).astype(np.float32)


def render(
    sprites: Sequence[Sprite], pose: Pose, background: Double, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw one frame.

    Args:
        sprites: The parts; number 0 is the background.
        pose: Where the other parts lie.
        background: float64 ``(2, 3)``, the affine map of the background.
        size: Width and height of the canvas.

    Returns:
        The picture, uint8 ``(H, W, 3)`` RGB, and the part map, uint8 ``(H, W)``: the index of the
        topmost part that covers more than half of the pixel.
    """
    width, height = size
    backdrop = cv2.warpAffine(
        sprites[0].rgba,
        background,
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    canvas = cv2.cvtColor(backdrop, cv2.COLOR_BGRA2BGR)
    part_map = np.zeros((height, width), np.uint8)
    for placement in pose.placements:
        _draw(canvas, part_map, sprites[placement.part].rgba, placement)
    picture = np.clip(np.rint(canvas * 255.0), 0, 255).astype(np.uint8)
    return picture, part_map


def _draw(canvas: Float, part_map: NDArray[np.uint8], rgba: Float, placement: Placement) -> None:
    """Blend one part over ``canvas`` and mark the pixels it covers; both are changed in place."""
    height, width = part_map.shape
    corners = _corners(rgba.shape[1], rgba.shape[0]) @ placement.affine[:, :2].T
    corners += placement.affine[:, 2]
    left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, [width, height])
    if left >= right or top >= bottom:
        return
    affine = placement.affine.copy()
    affine[:, 2] -= (left, top)
    layer = cv2.warpAffine(rgba, affine, (int(right - left), int(bottom - top)))
    window = (slice(top, bottom), slice(left, right))
    alpha = layer[..., 3]
    through = 1.0 - alpha
    region = canvas[window]  # whole three-channel pictures: three times as fast as broadcasting
    region *= cv2.merge((through, through, through))
    region += cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)
    part_map[window][alpha > 0.5] = placement.part


def _corners(width: int, height: int) -> Double:
    return np.array([[-1, -1], [width, -1], [-1, height], [width, height]], np.float64)


def keypoint_visibility(pose: Pose, part_map: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return bool ``(K,)``: inside the frame, and a part it lies on is on top within a pixel.

    Args:
        pose: The frame's keypoints and their owners.
        part_map: uint8 ``(H, W)``, as `render` returned it.
    """
    height, width = part_map.shape
    seen = np.zeros(len(pose.owners), np.bool_)
    for k, ((x, y), owners) in enumerate(zip(pose.keypoints, pose.owners, strict=True)):
        column, row = round(x), round(y)
        if 0 <= column < width and 0 <= row < height:
            around = part_map[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            seen[k] = not set(owners).isdisjoint(around.ravel().tolist())
    return seen


def compose(outer: Double, inner: Double) -> Double:
    """Return the affine map ``outer(inner(.))``; both float64 ``(2, 3)``."""
    affine = np.empty((2, 3))
    affine[:, :2] = outer[:, :2] @ inner[:, :2]
    affine[:, 2] = outer[:, :2] @ inner[:, 2] + outer[:, 2]
    return affine


def frame_affine(origin: Vector, u_axis: Vector, v_axis: Vector, anchor: Vector) -> Double:
    """Return the affine map that puts texel ``anchor`` at ``origin`` with the given axes.

    Args:
        origin: Canvas position (x, y) of the anchor.
        u_axis: Canvas vector of one texel to the right.
        v_axis: Canvas vector of one texel down.
        anchor: Texel (u, v).

    Example:
        >>> frame_affine((10, 20), (1, 0), (0, 1), (4, 4))
        array([[ 1.,  0.,  6.],
               [ 0.,  1., 16.]])
    """
    matrix = np.empty((2, 2))
    matrix[:, 0], matrix[:, 1] = u_axis, v_axis
    affine = np.empty((2, 3))
    affine[:, :2] = matrix
    affine[:, 2] = np.asarray(origin, np.float64) - matrix @ np.asarray(anchor, np.float64)
    return affine


def limb_affine(
    start: Vector,
    end: Vector,
    *,
    length: float,
    margin: float,
    middle: float,
    width_scale: float = 1.0,
) -> Double:
    """Return the affine map of a limb whose bone runs along v, from ``start`` to ``end``.

    A bone that foreshortens keeps its width: only its own axis shrinks (never below 0.12 of its
    length, so that the map can be inverted).

    Args:
        start: Canvas position of the first joint.
        end: Canvas position of the second joint.
        length: Texels from joint to joint.
        margin: Texels of v before the first joint.
        middle: The u coordinate of the bone.
        width_scale: Canvas pixels per texel across the bone.
    """
    bone = np.asarray(end, np.float64) - np.asarray(start, np.float64)
    reach = float(np.hypot(*bone))
    axis = bone / reach if reach > 1e-6 else np.array([0.0, 1.0])
    v_axis = axis * max(reach / length, 0.12)
    u_axis = np.array([axis[1], -axis[0]]) * width_scale
    return frame_affine(start, u_axis, v_axis, (middle, margin))
