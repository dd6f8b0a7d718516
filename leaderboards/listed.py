"""The ids of the frozen lists that are committed: those of the mini worlds."""

from __future__ import annotations

import csv
from pathlib import Path

from leaderboards.tasks import ANIMATIONS
from metrics.result import Result

PARTITION = "test"


def listed_ids(result: Result, folder: Path) -> frozenset[str] | None:
    """Return the clips (or pairs) that ``result`` should cover; None if they are not committed.

    Args:
        result: Of a frozen split.
        folder: ``datasets/splits/<version>``.
    """
    pairs = result.task in ANIMATIONS
    path = folder / f"{result.shown_name}{'.pairs' * pairs}.csv"
    if result.split.id != f"{result.shown_name}@{folder.name}" or not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if pairs:
        return frozenset(row["pair_id"] for row in rows)
    return frozenset(_clip_id(row) for row in rows if row["partition"] == PARTITION)


def _clip_id(row: dict[str, str]) -> str:
    """Return the name of a clip as `datasets.metadata.MetadataRow` gives it."""
    if not row["start"]:
        return row["video_id"]
    person = f"{row['person_id']}#" if row.get("person_id") else ""
    return f"{person}{row['video_id']}#{int(row['start']):06}#{int(row['end']):06}"
