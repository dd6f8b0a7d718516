"""Tracks of one video, frame by frame: where they begin, go on and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.metadata import Box
from datasets.track_rules import TrackRules
from datasets.tracking import (
    Detection,
    Track,
    counted,
    finished,
    grown,
    iou,
    is_valid,
    limited,
    union,
)


@dataclass
class _Live:
    """A track that goes on.

    Attributes:
        start: Its first frame.
        first: The subject's box in that frame.
        last: The subject's box in the frame before.
        found: What the box of the track grows from.
    """

    start: int
    first: Box
    last: Box
    found: Box


class Tracker:
    """Turns the detections of each frame into tracks, by `TrackRules`.

    `add` is called once per frame, in order; `finish` returns the tracks. A track that ends at a
    frame does not include it, and another one may begin at the same frame.

    Args:
        rules: The recipe.
        size: Width and height of the picture in pixels.
    """

    def __init__(self, rules: TrackRules, *, size: tuple[int, int]) -> None:
        self.rules = rules
        self.size = size
        self.frames = 0
        self._live: list[_Live] = []
        self._tracks: list[Track] = []

    @property
    def wants_detections(self) -> bool:
        """Whether the detections of the next frame make a difference."""
        return self.rules.box != "first" or not self.frames

    def add(self, found: Sequence[Detection], *, cut: str = "") -> None:
        """Take the next frame.

        Args:
            found: Its detections, best first.
            cut: A cut before this frame: one of `datasets.tracking.ENDED`, empty if there is none.
        """
        subjects = counted(self.rules, found, width=self.size[0])
        valid = [subject for subject in subjects if is_valid(self.rules, subject)]
        free = list(valid)
        for live in list(self._live):
            ended = cut or self._full(live) or self._follow(live, subjects, free)
            if ended:
                self._end(live, ended, self.frames)
        if self.wants_detections:
            self._begin(valid)
        self.frames += 1

    def finish(self, frames: int | None = None) -> list[Track]:
        """Return all tracks, dropped ones too, by start and box.

        Args:
            frames: Length of the video; the number of frames given to `add` if None.
        """
        last = self.frames if frames is None else min(frames, self.frames)
        for live in list(self._live):
            self._end(live, "video-end", max(last, live.start))
        return limited(self._tracks, self.rules.max_tracks)

    def _full(self, live: _Live) -> str:
        longest = self.rules.max_frames
        return "full" if longest and self.frames - live.start >= longest else ""

    def _follow(self, live: _Live, subjects: list[Detection], free: list[Detection]) -> str:
        """Return why the track ends at this frame, empty if it goes on."""
        if self.rules.box == "fixed":
            return self._stay(live, subjects, free)
        return self._move(live, free) if self.rules.box == "union" else ""

    def _stay(self, live: _Live, subjects: list[Detection], valid: list[Detection]) -> str:
        area = self._area(live)
        touching = [subject.box for subject in valid if iou(subject.box, area) > 0]
        if not touching:
            return "lost"
        if sum(iou(subject.box, area) > 0 for subject in subjects) > 1:
            return "crowded"
        return "" if union(touching[0], area) == area else "left-box"

    def _move(self, live: _Live, free: list[Detection]) -> str:
        """Follow the face that overlaps the one of the frame before most; it is taken then."""
        best = max(free, key=lambda face: iou(face.box, live.last), default=None)
        if best is None or iou(best.box, live.last) == 0:
            return "lost"
        if iou(best.box, live.first) < self.rules.min_iou:
            return "moved"
        free.remove(best)
        live.last = best.box
        live.found = union(live.found, best.box)
        return ""

    def _area(self, live: _Live) -> Box:
        """Return the box that no other track may begin in."""
        if self.rules.box == "union":
            return live.found
        return grown(live.found, share=self.rules.grow, shape=self.rules.shape)

    def _begin(self, valid: list[Detection]) -> None:
        for subject in valid:
            if self.rules.box == "first" and self._live:
                return
            if not any(iou(subject.box, self._area(live)) > 0 for live in self._live):
                self._live.append(_Live(self.frames, subject.box, subject.box, subject.box))

    def _end(self, live: _Live, ended: str, end: int) -> None:
        self._live.remove(live)
        frames = (live.start, end)
        self._tracks.append(
            finished(self.rules, live.found, frames=frames, ended=ended, size=self.size)
        )
