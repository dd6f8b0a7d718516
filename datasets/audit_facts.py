"""What an audit counts besides its findings: each split of a list, and of all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from datasets.list_statistics import numbers, people, rates, sizes
from datasets.metadata import PARTITIONS, MetadataRow

Rows = Sequence[MetadataRow]


def facts(rows: Rows) -> dict[str, Any]:
    """Return, for the whole list and for each split, what is in it.

    ``numbers``, ``rates``, ``sizes`` and ``people`` are those of `datasets.list_statistics`.
    ``distinct`` counts each clip id once: clips, their frames, and the frames of the source videos
    in any of them. ``as_loaded`` counts what the authors' loader writes: each clip id once, in the
    split of its video's first row.
    """
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.video_id, row.partition)
    parts = {"all": list(rows)}
    parts |= {name: [row for row in rows if row.partition == name] for name in PARTITIONS}
    loaded = {name: [row for row in rows if first[row.video_id] == name] for name in PARTITIONS}
    return {
        name: {
            "numbers": dict(numbers(part)),
            "distinct": _distinct(part),
            "as_loaded": _distinct(loaded.get(name, part)),
            "rates": rates(part),
            "sizes": sizes(part),
            "people": people(part),
        }
        for name, part in parts.items()
        if part
    }


def _distinct(rows: Rows) -> dict[str, int]:
    clips = {row.clip_id: row for row in reversed(rows)}
    lengths = [max(0, row.end - row.start) for row in clips.values()]
    return {"clips": len(clips), "frames": sum(lengths), "source_frames": _covered(clips.values())}


def _covered(rows: Iterable[MetadataRow]) -> int:
    """Return the number of frames of source videos that are in at least one clip."""
    windows: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        windows.setdefault(row.video_id, []).append((row.start, row.end))
    count = 0
    for window in windows.values():
        reached = 0
        for start, end in sorted(window):
            count += max(0, end - max(start, reached))
            reached = max(reached, end)
    return count
