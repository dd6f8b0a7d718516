"""The values per clip of a submission, read within limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.columns import column
from leaderboards.submission import read_rows
from metrics.result import ClipRow, clips_text, read_clips, read_limited


def read_clip_table(path: Path, metrics: Collection[str] | None = None) -> list[ClipRow]:
    """Read the values per clip.

    Args:
        path: The file.
        metrics: Those it may have; None: any.

    Raises:
        UsageError: The file cannot be read, is too large, or is not byte for byte such a table as
            `metrics.eval` writes.
    """
    header = next(iter(read_rows(path)), [])
    if strange := [name for name in header[3:] if metrics is not None and name not in metrics]:
        raise UsageError(f"{path}: unknown metric {strange[0][:60]!r}")
    rows = read_clips(path)
    if clips_text(rows, header[3:]).encode() != read_limited(path):
        raise UsageError(f"{path}: was not written by metrics.eval: its bytes would be others")
    if twice := [clip for clip, n in Counter(row.clip_id for row in rows).items() if n > 1]:
        raise UsageError(f"{path}: the clip {twice[0]} is there twice")
    if wrong := [row.clip_id for row in rows if row.frames < 1]:
        raise UsageError(f"{path}: {wrong[0]} has no frames")
    return rows


def means(rows: Sequence[ClipRow]) -> dict[str, dict[str, float]]:
    """Return clip id -> metric -> value, of the metrics that are means over clips."""
    return {
        row.clip_id: {
            metric: value
            for metric, value in row.values.items()
            if value is not None and column(metric).mean == "clips"
        }
        for row in rows
    }
