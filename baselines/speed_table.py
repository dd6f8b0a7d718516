"""The table of `baselines.speed`; `leaderboards.speed` reads it, with an eye on every cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from datasets.files import write_new_text
from datasets.registry import UsageError

KEY = ("profile", "dataset", "method", "device", "precision", "batch", "threads")
"""What tells measurements apart: a row with the same takes the place of an earlier one."""
COLUMNS = (*KEY, "frames", "frames_per_second", "torch", "date", "command")

Row = Mapping[str, str]
Key = tuple[str, ...]


def key(row: Row) -> Key:
    """Return the cells of ``row`` that tell it from others."""
    return tuple(row[name] for name in KEY)


def read_table(path: Path) -> dict[Key, Row]:
    """Return the rows of the table at ``path``; a missing file holds none.

    Raises:
        UsageError: It is no table of speeds.
    """
    if not path.exists():
        return {}
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), strict=True)
        rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as CSV ({error}); give another --out") from error
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise UsageError(f"{path}: expected the columns {','.join(COLUMNS)}; give another --out")
    if any(None in row or None in row.values() for row in rows):
        raise UsageError(f"{path}: a line has not {len(COLUMNS)} cells; mend it first")
    return {key(row): row for row in rows}


def write_table(path: Path, rows: Mapping[Key, Row]) -> None:
    """Write ``rows`` sorted by `KEY`, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[each] for each in sorted(rows))
    write_new_text(path, text.getvalue())
