"""Contact sheets: clips over time, and what is known about them as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from datasets.truth import Truth, flow_between

Picture = NDArray[np.uint8]
TILE, GAP, LABEL = 128, 4, 15  # in pixels
_BACK, _INK = 245, (30, 30, 30)


@dataclass(frozen=True, eq=False)
class Shown:
    """A clip on a contact sheet.

    Attributes:
        label: Its name.
        frames: uint8 ``(T, H, W, 3)`` RGB.
        truth: Its ground truth; None for real videos.
        other: The same motion performed by another identity, uint8 ``(T, H, W, 3)``, or None.
        other_label: Who that is.
    """

    label: str
    frames: Picture
    truth: Truth | None = None
    other: Picture | None = None
    other_label: str = ""


def contact_sheet(clips: Sequence[Shown], *, title: str, columns: int = 8) -> Picture:
    """Return one picture, uint8 ``(H, W, 3)``, with all clips below each other.

    Args:
        clips: What to show; at least one.
        title: First line.
        columns: Frames per row, spread evenly over the clip; at least 7 where truth is shown.
    """
    rows = [_text(title, columns, bold=True)]
    for clip in clips:
        rows += _clip_rows(clip, columns)
    return np.concatenate(rows)


def _clip_rows(clip: Shown, columns: int) -> list[Picture]:
    times = [int(t) for t in np.linspace(0, len(clip.frames) - 1, columns)]
    rows = [_text(f"{clip.label}, {len(clip.frames)} frames", columns)]
    rows.append(_tiles([(f"frame {t}", clip.frames[t]) for t in times], columns))
    if clip.truth is not None:
        rows.append(_tiles(_truth_tiles(clip, clip.truth, times), columns))
    if clip.other is not None:
        rows.append(_text(f"the same motion by {clip.other_label} (exact)", columns))
        rows.append(_tiles([(f"frame {t}", clip.other[t]) for t in times], columns))
    return rows


def _truth_tiles(clip: Shown, truth: Truth, times: Sequence[int]) -> list[tuple[str, Picture]]:
    """Return what is known about the frame that moved most, against the first one."""
    flows = {t: flow_between(truth, t, 0) for t in times[1:]}
    target = max(flows, key=lambda t: float(np.nanmean(np.abs(flows[t][0]))))
    flow, visible = flows[target]
    longest = max(float(np.nanmax(np.hypot(flow[..., 0], flow[..., 1]))), 1.0)
    shown = np.repeat(np.where(visible, 255, 0)[..., None], 3, 2).astype(np.uint8)
    return [
        ("keypoints 0", keypoint_picture(clip.frames[0], truth, 0)),
        (f"keypoints {target}", keypoint_picture(clip.frames[target], truth, target)),
        (f"flow {target} to 0", flow_picture(flow, longest=longest)),
        (f"white: {longest:.0f} px", _wheel()),
        ("seen in frame 0", shown),
        (f"0 warped to {target}", _warped(clip.frames[0], flow, visible)),
        (f"parts {target}", _part_picture(truth.part_map[target])),
    ]


def flow_picture(flow: NDArray[np.floating], *, longest: float) -> Picture:
    """Return the colour wheel picture of a flow.

    Hue is the direction, saturation the length; no motion is white, unknown motion grey.

    Args:
        flow: float ``(H, W, 2)``, x and y in pixels; NaN where unknown.
        longest: The length in pixels that is shown fully saturated.

    Returns:
        uint8 ``(H, W, 3)`` RGB.
    """
    known = np.isfinite(flow).all(-1)
    x, y = np.where(known, flow[..., 0], 0), np.where(known, flow[..., 1], 0)
    hue = (np.degrees(np.arctan2(y, x)) % 360).astype(np.float32)
    length = np.clip(np.hypot(x, y) / longest, 0, 1).astype(np.float32)
    rgb = cv2.cvtColor(np.dstack([hue, length, np.ones_like(hue)]), cv2.COLOR_HSV2RGB)
    rgb[~known] = 0.5
    return np.asarray(np.rint(rgb * 255), np.uint8)


def keypoint_picture(frame: Picture, truth: Truth, index: int) -> Picture:
    """Return ``frame``, enlarged, with its keypoints: visible ones filled, hidden ones hollow."""
    zoom = TILE / frame.shape[0]
    image = Image.fromarray(_enlarged(frame))
    draw = ImageDraw.Draw(image)
    count = truth.keypoints.shape[1]
    for k, ((x, y), seen) in enumerate(
        zip(truth.keypoints[index], truth.visible[index], strict=True)
    ):
        if not np.isfinite([x, y]).all():
            continue
        color = _hue(k / count)
        u, v = (x + 0.5) * zoom, (y + 0.5) * zoom
        box = (u - 2.5, v - 2.5, u + 2.5, v + 2.5)
        draw.ellipse(box, fill=color if seen else None, outline=(0, 0, 0) if seen else color)
    return np.asarray(image)


def _hue(share: float) -> tuple[int, int, int]:
    pixel = np.array([[[share * 360, 0.9, 1.0]]], np.float32)
    red, green, blue = (cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0] * 255).astype(int)
    return int(red), int(green), int(blue)


def _wheel() -> Picture:
    """Return the legend of `flow_picture`: every direction, up to the longest motion."""
    axis = np.linspace(-1, 1, TILE)
    x, y = np.meshgrid(axis, axis)
    flow = np.dstack([x, y])
    flow[np.hypot(x, y) > 1] = 0
    return flow_picture(flow, longest=1.0)


def _warped(source: Picture, flow: NDArray[np.float32], visible: NDArray[np.bool_]) -> Picture:
    """Return the source moved by the flow; what it does not show is grey."""
    height, width = visible.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    moved = np.nan_to_num(flow)
    picture = cv2.remap(source, x + moved[..., 0], y + moved[..., 1], cv2.INTER_LINEAR)
    return np.where(visible[..., None], picture, 128).astype(np.uint8)


def _part_picture(part_map: NDArray[np.uint8]) -> Picture:
    """Return every part in a colour of its own; the background is white."""
    colors = [(255, 255, 255)] + [_hue(k * 0.618 % 1) for k in range(1, 256)]
    return np.array(colors, np.uint8)[part_map]


def _enlarged(picture: Picture) -> Picture:
    """Return ``picture`` as a square tile; small pictures keep their pixels."""
    method = cv2.INTER_AREA if picture.shape[0] > TILE else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, (TILE, TILE), interpolation=method), np.uint8)


def _tiles(tiles: Sequence[tuple[str, Picture]], columns: int) -> Picture:
    """Return a row of labelled tiles."""
    row = np.full((TILE + LABEL + GAP, _width(columns), 3), _BACK, np.uint8)
    for number, (_, picture) in enumerate(tiles):
        left = GAP + number * (TILE + GAP)
        row[LABEL : LABEL + TILE, left : left + TILE] = _enlarged(picture)
    image = Image.fromarray(row)
    draw = ImageDraw.Draw(image)
    for number, (label, _) in enumerate(tiles):
        draw.text((GAP + number * (TILE + GAP), 1), label, fill=_INK, font=_font(10))
    return np.asarray(image)


def _text(text: str, columns: int, *, bold: bool = False) -> Picture:
    size = 16 if bold else 12
    image = Image.new("RGB", (_width(columns), size + 8), (_BACK, _BACK, _BACK))
    ImageDraw.Draw(image).text((GAP, 3), text, fill=_INK, font=_font(size))
    return np.asarray(image)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _width(columns: int) -> int:
    return GAP + columns * (TILE + GAP)
