"""What a half-trained model does to a picture: blur, warps, artefacts; and what hides a keypoint.

All functions take one uint8 picture (H, W, 3) and the generator, and return a new picture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.video_writer import encode_h264

Frames = NDArray[np.uint8]
Float = NDArray[np.float32]
Random = np.random.Generator

MOST_BLUR = 2.5


def blurred(picture: Frames, sigma: float) -> Frames:
    """Return ``picture`` after a Gaussian of ``sigma`` pixels (0: unchanged)."""
    if sigma <= 0.05:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def warped(picture: Frames, keypoints: Float, rng: Random, *, bend: float) -> tuple[Frames, Float]:
    """Move the content by a small random affine map and a smooth bend; keypoints go along.

    Args:
        picture: uint8 (H, W, 3).
        keypoints: float32 (K, 2), pixels.
        rng: For the map.
        bend: Standard deviation of the bend at its 4x4 knots, pixels.
    """
    height, width = picture.shape[:2]
    angle, zoom = rng.normal(0, 0.05), rng.normal(0, 0.05)
    matrix = np.exp(zoom) * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    matrix = matrix * (1 + rng.normal(0, 0.03, (1, 2)))
    centre = np.array([width, height]) / 2 - 0.5
    knots = rng.normal(0, bend, (4, 4, 2)).astype(np.float32)
    field = cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(width) - centre[0], np.arange(height) - centre[1])
    linear = np.stack([x, y], -1) @ matrix.T - np.stack([x, y], -1)
    field = (field + linear + rng.normal(0, 1.5, 2)).astype(np.float32)  # (H, W, 2)
    grid = field + np.stack([x + centre[0], y + centre[1]], -1).astype(np.float32)
    moved = cv2.remap(picture, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8), _inverse(field, keypoints)


def _inverse(field: Float, keypoints: Float) -> Float:
    """Return where ``keypoints`` (K, 2) lie when the picture is sampled at x + field(x)."""
    found = keypoints
    for _ in range(4):
        x, y = np.ascontiguousarray(found.T[..., None])
        step = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        found = keypoints - step[:, 0]
    return np.asarray(found, np.float32)


def covered(
    picture: Frames, keypoints: Float, visible: NDArray[np.bool_], rng: Random, *, patch: Frames
) -> tuple[Frames, NDArray[np.bool_]]:
    """Paste a rectangle of ``patch`` over the picture; keypoints under it are not visible.

    Args:
        picture: uint8 (H, W, 3).
        keypoints: float32 (K, 2), pixels.
        visible: bool (K,).
        rng: For place and size.
        patch: uint8 (H, W, 3), another picture.
    """
    height, width = picture.shape[:2]
    size = rng.integers(8, 29, 2)
    left, top = (int(v) for v in rng.integers(0, np.array([width, height]) - size))
    right, bottom = left + int(size[0]), top + int(size[1])
    picture = picture.copy()
    if rng.random() < 0.3:
        picture[top:bottom, left:right] = rng.integers(256, size=3)
    else:
        picture[top:bottom, left:right] = patch[top:bottom, left:right]
    x, y = keypoints.T
    under = (x > left - 0.5) & (x < right - 0.5) & (y > top - 0.5) & (y < bottom - 0.5)
    return picture, visible & ~under


def recoloured(picture: Frames, rng: Random, *, amount: float) -> Frames:
    """Change brightness, contrast and the balance of colours by about ``amount`` (0 to 1)."""
    gain = 1 + rng.normal(0, amount, 3) * 0.5 + rng.normal(0, amount)
    table = (np.arange(256)[:, None] - 128) * gain + 128 + rng.normal(0, 100 * amount)
    table = np.clip(np.rint(table), 0, 255).astype(np.uint8)  # (256, 3)
    return np.asarray(cv2.LUT(picture, table[None]), np.uint8)


def degraded(picture: Frames, rng: Random) -> Frames:
    """Blur, shrink and enlarge, compress (JPEG) and add noise, each with a chance of its own."""
    if rng.random() < 0.55:
        picture = blurred(picture, float(rng.uniform(0, MOST_BLUR)))
    if rng.random() < 0.2:
        picture = _rescaled(picture, float(rng.uniform(1.2, 4)))
    if rng.random() < 0.15:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 90))]
        encoded = cv2.imencode(".jpg", picture, quality)[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    if rng.random() < 0.35:
        spread = rng.uniform(0, 15) * rng.standard_normal(picture.shape, np.float32)
        picture = np.clip(np.rint(picture + spread), 0, 255).astype(np.uint8)
    return picture


def _rescaled(picture: Frames, factor: float) -> Frames:
    """Shrink by ``factor`` and enlarge again."""
    height, width = picture.shape[:2]
    small = (max(round(width / factor), 2), max(round(height / factor), 2))
    shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def compressed(pictures: Frames, rng: Random) -> Frames:
    """Return uint8 (B, H, W, 3) after H.264 at a random quality, as if they were one video."""
    return encode_h264(pictures, int(rng.integers(18, 36)))
