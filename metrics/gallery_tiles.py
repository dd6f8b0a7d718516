"""Pictures of a gallery: errors, flows and visibility as colours, and a clip as one strip."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.contact_sheet import flow_picture

Frames = NDArray[np.uint8]
Array = NDArray[np.float64]

LONGEST = 64
"""Frames of a strip at most: a WebP picture may not be wider than 16,383 pixels."""
WIDEST = 128
"""Pixels of a frame's side at most."""
ERROR_MAX = 0.5
"""Mean absolute difference over the channels, in [0, 1], that has the last colour."""
QUALITY: dict[str, int | None] = {"error": 55, "true-occlusion": None}
"""Of WebP, out of 100, by kind of tile; None is lossless, which is smaller for two colours."""
USUAL_QUALITY = 75


def error_frames(truth: Frames, prediction: Frames) -> Frames:
    """Return where a prediction is off: black is exact, the last colour is `ERROR_MAX` or more.

    The colours are matplotlib's ``inferno``, in which equal steps look equally large.

    Args:
        truth: uint8 ``(T, H, W, 3)``.
        prediction: The same shape.

    Returns:
        uint8 ``(T, H, W, 3)``.
    """
    from matplotlib import colormaps

    table = np.rint(colormaps["inferno"](np.linspace(0, 1, 256))[:, :3] * 255).astype(np.uint8)
    error = np.abs(truth.astype(np.float64) - prediction).mean(axis=-1) / 255
    return np.asarray(table[np.rint(np.clip(error / ERROR_MAX, 0, 1) * 255).astype(np.uint8)])


def flow_frames(flow: Array, *, longest: float) -> Frames:
    """Return flows (T, H, W, 2), in pixels, as colours: hue is the direction, pale is short.

    Args:
        flow: Backward flow to the source picture; NaN where it is unknown.
        longest: The length in pixels that has full colour.
    """
    return np.stack([flow_picture(one, longest=longest) for one in flow])


def visibility_frames(visible: Array) -> Frames:
    """Return maps (T, H, W) in [0, 1] as grey frames: white is visible in the source picture."""
    grey = np.rint(np.clip(np.nan_to_num(visible), 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def longest_motion(flow: Array) -> float:
    """Return the length in pixels that 99 % of the known vectors stay below, at least 1."""
    lengths = np.hypot(flow[..., 0], flow[..., 1])
    known = lengths[np.isfinite(lengths)]
    return max(1.0, float(np.ceil(np.quantile(known, 0.99)))) if known.size else 1.0


def strip(frames: Frames, *, size: int) -> Image.Image:
    """Return frames side by side, frame 0 at the left.

    Args:
        frames: uint8 ``(T, H, W, 3)``; square frames.
        size: Side of a frame in the strip, in pixels.
    """
    fitting = [
        frame
        if frame.shape[:2] == (size, size)
        else cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA)
        for frame in frames
    ]
    return Image.fromarray(np.concatenate(fitting, axis=1))


def webp(picture: Image.Image, *, quality: int | None) -> bytes:
    """Return ``picture`` as WebP, lossless if ``quality`` is None; same machine, same bytes."""
    data = io.BytesIO()
    lossless = quality is None
    picture.save(data, "WEBP", lossless=lossless, quality=quality or 75, method=5)
    return data.getvalue()
