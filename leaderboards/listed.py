"""The frozen lists that a result can be of, and the ids of those that are committed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.site.split_facts import read_splits
from leaderboards.tasks import ANIMATIONS
from metrics.result import Result

PARTITION = "test"


@dataclass(frozen=True)
class Listed:
    """What a result of a frozen list must say.

    Attributes:
        sha256: Of the list: of clips, or of pairs for animations.
        count: How many clips (or pairs) it has.
        ids: Their ids; None where the list itself is not committed.
    """

    sha256: str
    count: int
    ids: frozenset[str] | None


def listed(result: Result, folder: Path) -> Listed:
    """Return the frozen list that ``result`` names.

    Args:
        result: Of any method.
        folder: ``datasets/splits/<version>``.

    Raises:
        UsageError: There is no such list, it is of another data set or profile, or is not pinned.
    """
    named = result.split.id
    lists = {split.id: split for split in read_splits(folder)}
    mine = [
        split.id
        for split in lists.values()
        if (split.dataset, split.profile) == (result.dataset, result.profile)
    ]
    if named not in mine:
        raise UsageError(
            f"split: {named} is no frozen list of {result.shown_name}; there is {', '.join(mine)}"
        )
    split = lists[named]
    if split.sha256 is None:
        raise UsageError(f"split: {named} is not pinned, so nothing can be ranked on it")
    animation = result.task in ANIMATIONS
    if animation and split.pairs is None:
        raise UsageError(f"split: {named} has no pairs")
    if animation:
        assert split.pairs is not None
        sha256, count = split.pairs.sha256, split.pairs.count
    else:
        sha256, count = split.partitions[PARTITION].sha256, split.partitions[PARTITION].clips
    table = folder / f"{result.shown_name}{'.pairs' * animation}.csv"
    main = named == f"{result.shown_name}@{folder.name}"
    ids = _ids(table, pairs=animation) if main and table.is_file() else None
    return Listed(sha256, count, ids)


def _ids(path: Path, *, pairs: bool) -> frozenset[str]:
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
