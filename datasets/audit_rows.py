"""What an audit looks for in a list of clips: leaks, duplicates, overlaps, windows and boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from datasets.audit_report import Check, Finding
from datasets.metadata import PARTITIONS, MetadataRow
from datasets.overlaps import box_iou, overlapping, window_iou

Rows = Sequence[MetadataRow]
HALF = 0.5
"""Overlapping clips of which both windows and boxes agree by more than this (IoU) are one twice."""
SIZE = 256
"""Side in pixels of the crops that the literature uses."""

VIDEO_LEAK = Check(
    "video-in-two-splits", "error", "clips of one video in several splits: a test of memory"
)
PERSON_LEAK = Check(
    "person-in-two-splits", "error", "one person in several splits: identity is not held out"
)
DUPLICATE = Check(
    "duplicate-row", "warning", "a row whose clip id an earlier row has: it makes no other clip"
)
OVERLAP = Check(
    "overlap", "note", "two clips of one video that share frames without being the same clip"
)
OVERLAP_MOST = Check(
    "overlap-most", "warning", f"two such clips whose windows and boxes have an IoU over {HALF}"
)
INCONSISTENT = Check(
    "video-inconsistent", "error", "rows of one video that name several rates or picture sizes"
)
EMPTY_WINDOW = Check("window-empty", "error", "a window without a frame: end is not after start")
EMPTY_BOX = Check("box-empty", "error", "a box without a pixel, or with negative coordinates")
PAST_EDGE = Check(
    "box-past-edge", "warning", "a box that passes the right or bottom edge of its picture"
)
AT_EDGE = Check("box-at-edge", "note", "a box that begins at top 0 or left 0: cut off or moved?")
NOT_SQUARE = Check("box-not-square", "note", "a box that is not square: a square crop squeezes it")
SMALL_BOX = Check("box-small", "note", "a side below that of the crop, which enlarges it")
DASH = Check("id-with-dash", "note", "a video id that begins with '-': an option to most programs")


def _videos_in_splits(rows: Rows) -> Iterator[Finding]:
    yield from _in_splits(VIDEO_LEAK, rows, lambda row: row.video_id)


def _persons_in_splits(rows: Rows) -> Iterator[Finding]:
    named = [row for row in rows if row.person_id]
    yield from _in_splits(PERSON_LEAK, named, lambda row: row.person_id or "")


def _in_splits(check: Check, rows: Rows, key: Callable[[MetadataRow], str]) -> Iterator[Finding]:
    counts: dict[str, Counter[str]] = {}
    clips: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        counts.setdefault(key(row), Counter())[row.partition] += 1
        clips.setdefault(key(row), {}).setdefault(row.clip_id, set()).add(row.partition)
    for name, found in counts.items():
        if len(found) < 2:
            continue
        splits = [split for split in PARTITIONS if found[split]]
        equal = sum(len(where) > 1 for where in clips[name].values())
        text = ", ".join(f"{found[split]} rows in {split}" for split in splits)
        text += f"; {equal} clips are in several" if equal else ""
        yield Finding(check.name, "+".join(splits), name, value=str(equal), text=text)


def _duplicates(rows: Rows) -> Iterator[Finding]:
    first: dict[str, MetadataRow] = {}
    for row in rows:
        if row.clip_id not in first:
            first[row.clip_id] = row
            continue
        earlier = first[row.clip_id]
        differs = [name for name, value in vars(row).items() if getattr(earlier, name) != value]
        text = f"differs in {', '.join(differs)}" if differs else "equal in all columns"
        splits = sorted({earlier.partition, row.partition}, key=PARTITIONS.index)
        yield Finding(
            DUPLICATE.name, "+".join(splits), row.video_id, row.clip_id,
            value="+".join(differs), text=text,
        )  # fmt: skip


def _overlaps(rows: Rows) -> Iterator[Finding]:
    for place, other in overlapping(rows):
        one, two = rows[place], rows[other]
        window, box = window_iou(one, two), box_iou(one.bbox, two.bbox)
        splits = sorted({one.partition, two.partition}, key=PARTITIONS.index)
        most = min(window, box) > HALF
        text = f"window IoU {window:.2f}, box IoU {box:.2f}"
        for check in (OVERLAP, OVERLAP_MOST)[: 2 if most else 1]:
            yield Finding(
                check.name, "+".join(splits), one.video_id, one.clip_id, two.clip_id,
                f"{box:.3f}", text,
            )  # fmt: skip


def _inconsistent(rows: Rows) -> Iterator[Finding]:
    seen: dict[str, dict[str, str]] = {}
    for row in rows:
        if not row.whole:
            kind = f"{row.width}x{row.height} at {row.fps:g} fps"
            seen.setdefault(row.video_id, {}).setdefault(kind, row.partition)
    for video, kinds in seen.items():
        if len(kinds) > 1:
            splits = sorted(set(kinds.values()), key=PARTITIONS.index)
            yield Finding(
                INCONSISTENT.name, "+".join(splits), video,
                value=str(len(kinds)), text=" and ".join(sorted(kinds)),
            )  # fmt: skip


def _windows_and_boxes(rows: Rows, size: int) -> Iterator[Finding]:
    for row in rows:
        if row.whole:
            continue
        for check, value, text in _of_row(row, size):
            yield Finding(check.name, row.partition, row.video_id, row.clip_id, "", value, text)


def _of_row(row: MetadataRow, size: int) -> Iterator[tuple[Check, str, str]]:
    left, top, right, bottom = row.bbox
    width, height = right - left, bottom - top
    box = "-".join(map(str, row.bbox))
    if row.end <= row.start:
        yield EMPTY_WINDOW, str(row.end - row.start), f"from {row.start} to {row.end}"
    if width <= 0 or height <= 0 or left < 0 or top < 0:
        yield EMPTY_BOX, box, f"box {box}"
        return
    excess = max(right - row.width, bottom - row.height)
    if excess > 0:
        edges = [("right", right - row.width), ("bottom", bottom - row.height)]
        past = " and ".join(f"{edge} by {by}" for edge, by in edges if by > 0)
        yield PAST_EDGE, str(excess), f"passes {past} px in {row.width}x{row.height}"
    if top == 0 or left == 0:
        at = " and ".join(name for name, side in (("top", top), ("left", left)) if side == 0)
        yield AT_EDGE, at, f"{at} is 0"
    if width != height:
        yield NOT_SQUARE, f"{width / height:.3f}", f"{width}x{height}"
    if min(width, height) < size:
        yield SMALL_BOX, str(min(width, height)), f"{width}x{height}"


def _dashes(rows: Rows) -> Iterator[Finding]:
    for video, split in {row.video_id: row.partition for row in reversed(rows)}.items():
        if video.startswith("-"):
            yield Finding(DASH.name, split, video, text="pass a URL, or '--' before it")


CHECKS = (
    VIDEO_LEAK, PERSON_LEAK, INCONSISTENT, EMPTY_WINDOW, EMPTY_BOX, DUPLICATE, OVERLAP_MOST,
    PAST_EDGE, OVERLAP, AT_EDGE, NOT_SQUARE, SMALL_BOX, DASH,
)  # fmt: skip
_LOOKS = (
    _videos_in_splits, _persons_in_splits, _duplicates, _overlaps, _inconsistent,
    _dashes,
)  # fmt: skip


def look_at_rows(rows: Rows, *, size: int = SIZE) -> list[Finding]:
    """Return what the checks of `CHECKS` find in a list of clips; rows are never changed.

    Args:
        rows: The list.
        size: Side of its crops in pixels.
    """
    found = [finding for look in _LOOKS for finding in look(rows)]
    return [*found, *_windows_and_boxes(rows, size)]
