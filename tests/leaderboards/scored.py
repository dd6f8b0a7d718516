"""Results whose figures are really those of their per-clip values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datasets.registry import shown_name, split_id
from leaderboards.board import Section, key, sections
from leaderboards.columns import column
from metrics.aggregate import estimate
from metrics.result import ClipRow, Coverage, MetricValue, Result, Split, clips_digest

PROTOCOL = {"bootstrap": 10_000, "bootstrap_seed": 0, "fd_stride": 4}
Values = Sequence[float | None]
Scored = tuple[Result, list[ClipRow]]


def clip_rows(values: Mapping[str, Values], videos: Sequence[str] | None = None) -> list[ClipRow]:
    """One row per value, called c00, c01, ..., of a video of its own if none are given."""
    count = len(next(iter(values.values())))
    of = [f"v{i:02}" for i in range(count)] if videos is None else videos
    return [
        ClipRow(f"c{i:02}", of[i], 20 + i % 7, {name: each[i] for name, each in values.items()})
        for i in range(count)
    ]


def figure(metric: str, rows: Sequence[ClipRow], replicates: int = 10_000) -> MetricValue:
    """What metrics.eval would say of ``rows``."""
    known = [row for row in rows if row.values[metric] is not None]
    if not known:
        return MetricValue(None, None, None, "units", 0, 0, "undefined on every clip")
    found = estimate(
        [row.values[metric] for row in known],
        [row.video_id for row in known],
        weights=[row.frames for row in known] if column(metric).mean == "frames" else None,
        bounds=column(metric).bounds,
        replicates=replicates,
    )
    lost = f"no value on {len(rows) - len(known)} of {len(rows)} clips"
    reason = "; ".join([*filter(None, [found.reason]), *([lost] if len(known) < len(rows) else [])])
    return MetricValue(
        found.value, found.lo, found.hi, "units", found.clips, found.videos, reason or None
    )


def scored(
    method: str,
    values: Mapping[str, Values],
    *,
    videos: Sequence[str] | None = None,
    clips: Sequence[int] | None = None,
    dataset: str = "taichi-hd",
    profile: str = "mini",
    **changes: object,
) -> Scored:
    """A result and its per-clip rows; ``clips`` are the places of those that were scored."""
    rows = clip_rows(values, videos)
    kept = rows if clips is None else [rows[i] for i in clips]
    ids = [row.clip_id for row in kept]
    missing = tuple(row.clip_id for row in rows if row.clip_id not in ids)
    fields = {
        "dataset": dataset,
        "profile": profile,
        "shown_name": shown_name(dataset, profile),
        "method": method,
        "status": "anchor" if method in ("oracle", "copy-source") else "reproduced",
        "split": Split(split_id(dataset, profile), "test", "ab" * 32),
        "coverage": Coverage(len(rows), len(ids), clips_digest(ids), missing),
        "metrics": {name: figure(name, kept) for name in values},
        "source_sha256": "cd" * 32,
        "protocol": PROTOCOL,
    }
    return Result(**(fields | changes)), kept


def section_of(*made: Scored) -> Section:
    """The section of one data set that these make."""
    (section,) = sections([row for row, _ in made], {key(row): clips for row, clips in made})
    return section
