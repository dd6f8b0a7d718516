"""The crop rule of the authors, as arithmetic: which frames and which box make a clip.

From ``load_videos.py`` of the video-preprocessing repository. The order of the floating-point
operations is part of the rule: exact arithmetic differs by a pixel in 7 of the 55,072 box
coordinates of VoxCeleb.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from datasets.metadata import Box, MetadataRow
from datasets.video import VideoError, VideoInfo

BOX_POLICIES = ("refuse", "clip")


def frame_window(start: int, end: int, *, ref_fps: float, fps: float) -> tuple[int, int]:
    """Return (first, stop): frame i is taken if ``start * fps <= i * ref_fps < end * fps``.

    Nothing is resampled: a source with a higher rate than the reference gives more frames.

    Args:
        start: First frame at the reference rate.
        end: First frame not included, at the reference rate.
        ref_fps: Reference rate in frames per second.
        fps: Rate of the source in frames per second.

    Example:
        >>> frame_window(100, 200, ref_fps=25, fps=30)
        (120, 240)
    """
    first = _first_at_or_after(start * fps, ref_fps)
    return first, max(first, _first_at_or_after(end * fps, ref_fps))


def _first_at_or_after(limit: float, ref_fps: float) -> int:
    """Return the smallest i >= 0 with ``i * ref_fps >= limit``, in floating point."""
    i = max(0, math.floor(limit / ref_fps) - 1)
    while i * ref_fps < limit:
        i += 1
    return i


def scale_box(box: Box, *, reference: tuple[int, int], actual: tuple[int, int]) -> Box:
    """Return ``box`` in the pixels of the source, each axis alone, truncated.

    Args:
        box: left, top, right, bottom in pixels of the reference picture.
        reference: Width and height of the reference picture.
        actual: Width and height of the source.

    Example:
        >>> scale_box((118, 82, 508, 472), reference=(640, 480), actual=(1280, 720))
        (236, 123, 1016, 708)
    """
    x = reference[0] / actual[0]
    y = reference[1] / actual[1]
    left, top, right, bottom = box
    return int(left / x), int(top / y), int(right / x), int(bottom / y)


def fit_box(box: Box, *, actual: tuple[int, int], policy: str) -> Box:
    """Return the box that is cut out of a source of size ``actual`` (width, height).

    Args:
        box: left, top, right, bottom in source pixels.
        actual: Width and height of the source.
        policy: What a box that passes the right or bottom edge means: ``refuse`` (an error) or
            ``clip`` (only what lies inside is cut out, as the authors' slicing does).

    Raises:
        VideoError: ``bad-box`` or ``box-outside``.
    """
    left, top, right, bottom = box
    width, height = actual
    if left < 0 or top < 0 or right <= left or bottom <= top:
        raise VideoError("bad-box", f"box {_text(box)} is empty or negative")
    if policy == "clip":
        right, bottom = min(right, width), min(bottom, height)
    if right > width or bottom > height or right <= left or bottom <= top:
        raise VideoError("box-outside", f"box {_text(box)} passes the edge of {width}x{height}")
    return left, top, right, bottom


def _text(box: Box) -> str:
    return "-".join(map(str, box))


@dataclass(frozen=True)
class Cut:
    """Which frames (first to stop - 1) and which box, in source pixels, make a clip."""

    first: int
    stop: int
    box: Box


def plan_cut(
    row: MetadataRow, *, reference: MetadataRow, info: VideoInfo, box_policy: str = "refuse"
) -> Cut:
    """Return what to cut out of a source for ``row``.

    Args:
        row: The clip.
        reference: The first row of the same video: its rate and size hold for all clips.
        info: What the container of the source says.
        box_policy: See `fit_box`.

    Raises:
        VideoError: ``no-frames``, ``bad-box`` or ``box-outside``.
    """
    first, stop = frame_window(row.start, row.end, ref_fps=reference.fps, fps=info.fps)
    if first >= stop:
        window = f"{row.start} to {row.end} at {reference.fps:g} fps"
        raise VideoError("no-frames", f"no frame at {info.fps:g} fps lies in {window}")
    actual = (info.width, info.height)
    box = scale_box(row.bbox, reference=(reference.width, reference.height), actual=actual)
    return Cut(first, stop, fit_box(box, actual=actual, policy=box_policy))


def by_video(rows: Sequence[MetadataRow]) -> dict[str, list[MetadataRow]]:
    """Return the rows of each video, videos sorted by id, rows in the order of the metadata."""
    videos: dict[str, list[MetadataRow]] = {}
    for row in rows:
        videos.setdefault(row.video_id, []).append(row)
    return dict(sorted(videos.items()))
