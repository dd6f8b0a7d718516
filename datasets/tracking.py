"""Detections, boxes and tracks: the arithmetic of the recipes, without detector and picture.

Boxes are integers; an overlap counts pixels inclusively, so a box from 0 to 9 is 10 pixels wide.
`datasets.tracker` says when a track begins and ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from datasets.metadata import Box
from datasets.track_rules import TrackRules

OK = "ok"
ENDED: dict[str, str] = {
    "lost": "no valid box touches the track",
    "crowded": "more than one counted subject touches the track",
    "left-box": "the subject's box leaves the box of the track",
    "moved": "the subject's box overlaps the first box of the track too little",
    "full": "the track has its greatest length",
    "cut-flow": "the picture as a whole moved: a cut, or a moving camera",
    "cut-intensity": "the colours as a whole changed: a cut, or a change of light",
    "video-end": "the video ends",
}
DROPPED: dict[str, str] = {
    "too-short": "the track has too few frames",
    "too-small": "the longest side of the box is too short",
    "outside": "the grown box passes the edge of the picture",
    "over-limit": "the video gave as many tracks as are taken from one",
}


@dataclass(frozen=True)
class Detection:
    """A subject in one frame.

    Attributes:
        box: left, top, right, bottom in whole pixels, inside the picture.
        score: The detector's score in [0, 1].
        head: Visibility in [0, 1] of the head's most visible point; 1 where that is not asked.
        ankle: The same for the two ankles.
    """

    box: Box
    score: float
    head: float = 1.0
    ankle: float = 1.0


def iou(a: Box, b: Box) -> float:
    """Return intersection over union of two boxes, pixels counted inclusively.

    Example:
        >>> iou((0, 0, 9, 9), (9, 0, 18, 9)) == 10 / 190
        True
    """
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    common = max(0, width) * max(0, height)
    return common / (_area(a) + _area(b) - common)


def _area(box: Box) -> int:
    return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


def union(a: Box, b: Box) -> Box:
    """Return the smallest box around two boxes."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def grown(box: Box, *, share: float, shape: str) -> Box:
    """Return ``box`` grown by ``share`` of its width and height on each side.

    A ``square`` has the longer side that results, around the same centre; fractions are cut off.

    Example:
        >>> grown((100, 50, 200, 250), share=0.05, shape="square")
        (40, 40, 260, 260)
        >>> grown((100, 50, 200, 250), share=0.10, shape="aspect")
        (90, 30, 210, 270)
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if shape == "square":
        side = round((1 + 2 * share) * max(width, height))
        left, top = (left + right - side) // 2, (top + bottom - side) // 2
        return left, top, left + side, top + side
    x, y = share * width, share * height
    return int(left - x), int(top - y), int(right + x), int(bottom + y)


def settled(box: Box, found: Box, *, size: tuple[int, int], max_overshoot: float) -> Box | None:
    """Return the grown ``box`` as it is stored; None if it passes the edge too far.

    Args:
        box: The grown box.
        found: The box before growing.
        size: Width and height of the picture.
        max_overshoot: See `TrackRules`.

    Example:
        >>> settled((-6, 90, 66, 162), (0, 96, 60, 156), size=(99, 160), max_overshoot=0.1)
        (0, 90, 72, 162)
    """
    left, top, right, bottom = box
    x = max_overshoot * (found[2] - found[0])
    y = max_overshoot * (found[3] - found[1])
    if max(-left, right - size[0]) > x or max(-top, bottom - size[1]) > y:
        return None
    right, bottom = right + max(0, -left), bottom + max(0, -top)
    return max(0, left), max(0, top), right, bottom


@dataclass(frozen=True)
class Track:
    """A stretch of a video with one subject.

    Attributes:
        start: First frame, at the rate of the rules.
        end: First frame that is not included.
        box: What would be cut out; of a dropped track the grown box as it is.
        ended: Why it ended, one of `ENDED`.
        status: ``ok``, or why it was dropped, one of `DROPPED`.
    """

    start: int
    end: int
    box: Box
    ended: str
    status: str


def finished(
    rules: TrackRules, found: Box, *, frames: tuple[int, int], ended: str, size: tuple[int, int]
) -> Track:
    """Return the track of the box ``found`` from ``frames[0]`` to ``frames[1]``, kept or not.

    Args:
        rules: The recipe.
        found: The box before growing.
        frames: First frame, and first one that is not included.
        ended: One of `ENDED`.
        size: Width and height of the picture.
    """
    box = grown(found, share=rules.grow, shape=rules.shape)
    judged = found if rules.box == "union" else box
    stored = settled(box, found, size=size, max_overshoot=rules.max_overshoot)
    status = OK
    if frames[1] - frames[0] < rules.min_frames:
        status = "too-short"
    elif max(judged[2] - judged[0], judged[3] - judged[1]) < rules.min_side:
        status = "too-small"
    elif stored is None:
        status = "outside"
    return Track(*frames, stored or box, ended, status)


def limited(tracks: Iterable[Track], max_tracks: int) -> list[Track]:
    """Return the tracks by start and box; of the kept ones only the first ``max_tracks`` stay."""
    listed: list[Track] = []
    kept = 0
    for track in sorted(tracks, key=lambda track: (track.start, track.end, track.box)):
        kept += track.status == OK
        over = track.status == OK and max_tracks and kept > max_tracks
        listed.append(replace(track, status="over-limit") if over else track)
    return listed


def counted(rules: TrackRules, found: Sequence[Detection], *, width: int) -> list[Detection]:
    """Return the detections that count, in a picture ``width`` pixels wide."""
    tall = rules.min_height * width
    return [d for d in found if d.score > rules.min_score and d.box[3] - d.box[1] > tall]


def is_valid(rules: TrackRules, found: Detection) -> bool:
    """Return whether a counted subject shows its head and an ankle."""
    return min(found.head, found.ankle) > rules.min_visibility or not rules.min_visibility
