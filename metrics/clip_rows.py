"""The values of single clips: what lies beside a result, as CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.files import write_text
from datasets.registry import UsageError

_CLIP_COLUMNS = ("clip_id", "video_id", "frames")
_DIGITS = 9  # of a number of frames, at most


@dataclass(frozen=True)
class ClipRow:
    """The values of one clip; None = not applicable or undefined there."""

    clip_id: str
    video_id: str
    frames: int
    values: Mapping[str, float | None]


def clips_digest(clip_ids: Iterable[str]) -> str:
    """Return the sha256 of the sorted clip ids, joined by LF.

    Example:
        >>> clips_digest(["b", "a"]) == clips_digest(["a", "b"])
        True
    """
    return hashlib.sha256("\n".join(sorted(clip_ids)).encode()).hexdigest()


def write_clips(path: Path, rows: Sequence[ClipRow], metrics: Sequence[str]) -> None:
    """Write per-clip values to ``path``, atomically; see `clips_text`."""
    write_text(path, clips_text(rows, metrics))


def clips_text(rows: Sequence[ClipRow], metrics: Sequence[str]) -> str:
    """Return per-clip values as CSV, sorted by clip id; floats as ``repr`` (exact), None empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_CLIP_COLUMNS, *metrics])
    for row in sorted(rows, key=lambda r: r.clip_id):
        values = [_cell(row.values.get(name)) for name in metrics]
        writer.writerow([row.clip_id, row.video_id, row.frames, *values])
    return text.getvalue()


def read_clips(path: Path) -> list[ClipRow]:
    """Read what `write_clips` wrote; `UsageError` names the file and the line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV in UTF-8 ({error})") from error
    header = lines[0] if lines else []
    if tuple(header[:3]) != _CLIP_COLUMNS or len(set(header)) != len(header):
        raise UsageError(f"{path}: expected the columns {', '.join(_CLIP_COLUMNS)}, <metric ids>")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            if len(line) != len(header):
                raise ValueError(f"{len(line)} cells, expected {len(header)}")
            values = {n: _number(cell) for n, cell in zip(header[3:], line[3:], strict=True)}
            rows.append(ClipRow(line[0], line[1], _frames(line[2]), values))
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
    return rows


def _frames(cell: str) -> int:
    if not cell.isdecimal() or len(cell) > _DIGITS:
        raise ValueError(f"{cell[:_DIGITS]!r} is no number of frames")
    return int(cell)


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    if not math.isfinite(value):
        raise ValueError(f"per-clip value {value} is not finite; write None instead")
    return repr(float(value))


def _number(cell: str) -> float | None:
    value = float(cell) if cell else None
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{cell} is not a finite number")
    return value
