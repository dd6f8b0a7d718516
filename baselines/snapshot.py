"""A picture of how a method does on some validation pairs: one row per pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from baselines.method import Method
from baselines.validation import Pair, Validation, undisturbed
from datasets.files import replacing
from fomm.media.picture import Picture
from fomm.pictures.drawing import enlarged, grey
from fomm.pictures.panels import with_keypoints
from fomm.pictures.sheet import Column, sheet
from fomm.pixels import pictures_of
from fomm.sampling import coordinate_grid, warp

SIDE = 160
"""Smaller pictures are shown so large, or a little larger: a pixel stays a square of pixels."""

GAIN = 2
"""The error is shown so many times brighter."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a method makes of a pair; pictures are uint8 ``(S, S, 3)``, or ``(S, S)``: grey.

    ``None``: the method has no such thing. Keypoints are ``(K, 2)``, (x, y) in pixels.
    """

    pair: Pair
    kp_source: NDArray[np.float32] | None
    kp_driving: NDArray[np.float32] | None
    warped: Picture | None
    occlusion: Picture | None
    prediction: Picture
    error: Picture
    l1: float


def snapshot(
    method: Method, validation: Validation, device: torch.device, *, shown: int = 4
) -> Picture:
    """Return a sheet that shows what the method makes of some validation pairs.

    Columns: source and driving frame, with the keypoints if the method has some; the source moved
    by the flow; the occlusion map; the prediction; its error. What a method does not have is an
    empty cell that says so. The method is left as it was, see `baselines.validation.undisturbed`.

    Args:
        method: On ``device``.
        validation: The pairs; those shown are evenly chosen.
        device: Where to compute.
        shown: Rows; fewer if there are fewer pairs.

    Returns:
        uint8 ``(H, W, 3)``.
    """
    pairs = validation.pairs
    count = min(shown, len(pairs))
    chosen = [pairs[number * len(pairs) // count] for number in range(count)]
    with undisturbed(method, device):
        seen = [_look(method, pair, device) for pair in chosen]
    return sheet(_columns(seen), rows=[f"L1 {one.l1:.4f}" for one in seen])


def write_snapshot(path: Path, picture: Picture) -> None:
    """Write uint8 ``(H, W, 3)`` as PNG, atomically; the same picture gives the same bytes."""
    with replacing(path) as part:
        Image.fromarray(picture).save(part, format="PNG")


def _look(method: Method, pair: Pair, device: torch.device) -> _Seen:
    source, driving = pair.images(device)
    made = method.animate(method.encode(source), driving)
    error = (made.prediction - driving).abs()  # (1, 3, S, S)
    return _Seen(
        pair=pair,
        kp_source=_points(method.keypoints(source)),
        kp_driving=_points(method.keypoints(driving)),
        warped=None if made.flow is None else pictures_of(moved(source, made.flow))[0],
        occlusion=None if made.occlusion is None else grey(_array(made.occlusion)[0]),
        prediction=pictures_of(made.prediction)[0],
        error=grey(GAIN * _array(error.mean(dim=1))[0]),
        l1=float(error.mean(dtype=torch.float64)),
    )


def moved(source: Tensor, flow: Tensor) -> Tensor:
    """Return a source moved by a flow: the pixel at x is the source's at x + flow(x), bilinear.

    Args:
        source: ``(B, 3, H, W)``.
        flow: ``(B, H, W, 2)``, (x, y) in pixels, as `baselines.method.Output.flow`.

    Returns:
        ``(B, 3, H, W)``; what comes from outside is black.
    """
    height, width = source.shape[2:]
    half = flow.new_tensor([max(width - 1, 1), max(height - 1, 1)]) / 2
    grid = coordinate_grid(height, width, like=source) + flow / half
    return warp(source, grid, align_corners=True)


def _columns(seen: list[_Seen]) -> list[Column]:
    side = len(seen[0].pair.source)
    side *= -(-SIDE // side)  # whole times
    found = "and its keypoints" if seen[0].kp_source is not None else "the method has no keypoints"
    black = f"black: none; white: {1 / GAIN:.2g} or more"
    sources = [_marked(one.pair.source, one.kp_source, side) for one in seen]
    drivers = [_marked(one.pair.driving, one.kp_driving, side) for one in seen]
    occlusions = [_tile(one.occlusion, side, missing="no occlusion map") for one in seen]
    return [
        Column("source", found, sources),
        Column("driving", found, drivers),
        Column("warp", "source, moved by the flow", [_tile(s.warped, side) for s in seen]),
        Column("occlusion", "white: visible in the source", occlusions),
        Column("prediction", "absolute motion", [_tile(s.prediction, side) for s in seen]),
        Column("error", f"mean over RGB; {black}", [_tile(s.error, side) for s in seen]),
    ]


def _marked(picture: Picture, points: NDArray[np.float32] | None, side: int) -> Picture:
    """Return a picture at the size at which it is shown, with its keypoints, if it has some."""
    large = enlarged(picture, side)
    if points is None:
        return large
    times = side / len(picture)
    at = (points + 0.5) * times - 0.5  # a pixel's centre is that of its square
    return with_keypoints(large, (at / (side - 1) * 2 - 1).astype(np.float32))


def _tile(picture: Picture | None, side: int, *, missing: str = "no flow") -> Picture:
    if picture is not None:
        return enlarged(picture, side)
    image = Image.new("RGB", (side, side), (235, 235, 235))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(side / 11)
    draw.text((side / 2, side / 2), missing, fill=(90, 90, 90), font=font, anchor="mm")
    return np.asarray(image)


def _points(keypoints: Tensor | None) -> NDArray[np.float32] | None:
    return None if keypoints is None else _array(keypoints)[0]


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.float().cpu().numpy(), np.float32)
