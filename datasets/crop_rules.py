"""The crop rules as arithmetic: which frames and which box make a clip.

The rule of the authors is that of ``load_videos.py`` of the video-preprocessing repository. The
order of its floating-point operations is part of it: exact arithmetic differs by a pixel in 7 of
the 55,072 box coordinates of VoxCeleb. `datasets.crop_clock` has the other rule of frames.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from datasets.crop_clock import Clock, nearest_frames
from datasets.metadata import Box, MetadataRow
from datasets.video import VideoError, VideoInfo

BOX_POLICIES = ("refuse", "clip", "pad")
FRAME_POLICIES = ("as-decoded", "ref-fps")
TO_THE_END = sys.maxsize
_WIDEST = 4  # a padded box has no side longer than so many times that of the picture


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
        policy: What a box that passes the edge means: ``refuse`` (an error), ``clip`` (only what
            lies inside is cut out, as the authors' slicing does; the left and the top edge are
            never passed), or ``pad`` (the box stays, and what lies beyond the edge is filled with
            the nearest pixels of the picture).

    Raises:
        VideoError: ``bad-box`` or ``box-outside``.
    """
    left, top, right, bottom = box
    width, height = actual
    pads = policy == "pad"
    if right <= left or bottom <= top or (min(left, top) < 0 and not pads):
        raise VideoError("bad-box", f"box {_text(box)} is empty or negative")
    if policy == "clip":
        right, bottom = min(right, width), min(bottom, height)
    seen = left < width and top < height and right > 0 and bottom > 0
    longest = _WIDEST * max(actual)
    if pads and (not seen or right - left > longest or bottom - top > longest):
        raise VideoError("box-outside", f"box {_text(box)} has little of {width}x{height}")
    if not pads and (right > width or bottom > height or not seen):
        raise VideoError("box-outside", f"box {_text(box)} passes the edge of {width}x{height}")
    return left, top, right, bottom


def whole_box(actual: tuple[int, int], *, policy: str) -> Box:
    """Return the box of a clip that is a whole video of size ``actual`` (width, height).

    It is the picture, which the resizer squeezes to a square; with policy ``pad`` the square around
    the picture's centre, an odd pixel at the right or the bottom.

    Example:
        >>> whole_box((720, 940), policy="pad"), whole_box((720, 940), policy="clip")
        ((-110, 0, 830, 940), (0, 0, 720, 940))
    """
    width, height = actual
    if policy != "pad":
        return 0, 0, width, height
    side = max(actual)
    left, top = -((side - width) // 2), -((side - height) // 2)
    return left, top, left + side, top + side


def _text(box: Box) -> str:
    return "-".join(map(str, box))


@dataclass(frozen=True)
class Cut:
    """Which frames and which box, in source pixels, make a clip.

    Attributes:
        first: First frame of the source.
        stop: First frame that is not needed; `TO_THE_END` takes all that there are.
        box: left, top, right, bottom in source pixels; policy ``pad`` may pass the edge.
        picks: The source frame of each frame of the clip, in order, some repeated and some left
            out; empty if they are all from ``first`` to ``stop``, each once.
    """

    first: int
    stop: int
    box: Box
    picks: tuple[int, ...] = ()

    @property
    def frames(self) -> Sequence[int]:
        """The source frame of each frame of the clip."""
        return self.picks or range(self.first, self.stop)

    @cached_property
    def _counts(self) -> Mapping[int, int]:
        return Counter(self.picks)

    def times(self, index: int) -> int:
        """Return how many frames of the clip show frame ``index`` of the source."""
        if self.picks:
            return self._counts.get(index, 0)
        return int(self.first <= index < self.stop)


def plan_cut(
    row: MetadataRow,
    *,
    reference: MetadataRow,
    info: VideoInfo,
    box_policy: str = "refuse",
    clock: Clock | None = None,
) -> Cut:
    """Return what to cut out of a source for ``row``.

    Args:
        row: The clip.
        reference: The first row of the same video: its rate and size hold for all clips.
        info: What the container of the source says.
        box_policy: See `fit_box`.
        clock: Times of the pictures for the frame policy ``ref-fps``; None for ``as-decoded``. A
            clip that is a whole video takes every picture once in either case.

    Raises:
        VideoError: ``no-frames``, ``bad-box`` or ``box-outside``.
    """
    actual = (info.width, info.height)
    if row.whole:
        return Cut(0, TO_THE_END, whole_box(actual, policy=box_policy))
    picks: tuple[int, ...] = ()
    if clock is None:
        first, stop = frame_window(row.start, row.end, ref_fps=reference.fps, fps=info.fps)
    else:
        picks = _picks(row, reference.fps, clock)
        first, stop = (picks[0], picks[-1] + 1) if picks else (0, 0)
    if first >= stop:
        window = f"{row.start} to {row.end} at {reference.fps:g} fps"
        raise VideoError("no-frames", f"no frame at {info.fps:g} fps lies in {window}")
    box = scale_box(row.bbox, reference=(reference.width, reference.height), actual=actual)
    return Cut(
        first,
        stop,
        fit_box(box, actual=actual, policy=box_policy),
        () if len(picks) == stop - first and picks == tuple(range(first, stop)) else picks,
    )


def _picks(row: MetadataRow, ref_fps: float, clock: Clock) -> tuple[int, ...]:
    """Return the picture of each frame; of a window that passes the end its first and last."""
    if row.end <= row.start:
        return ()
    last = nearest_frames(row.end - 1, row.end, ref_fps=ref_fps, clock=clock)
    if last[0] < len(clock.stamps):
        return nearest_frames(row.start, row.end, ref_fps=ref_fps, clock=clock)
    return nearest_frames(row.start, row.start + 1, ref_fps=ref_fps, clock=clock) + last


def by_video(rows: Sequence[MetadataRow]) -> dict[str, list[MetadataRow]]:
    """Return the rows of each video, videos sorted by id, rows in the order of the metadata."""
    videos: dict[str, list[MetadataRow]] = {}
    for row in rows:
        videos.setdefault(row.video_id, []).append(row)
    return dict(sorted(videos.items()))
