"""Reading what a site is made of: the inputs of a board and the files beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.registry import DATASETS, UsageError, shown_name
from leaderboards.board import Section
from leaderboards.files import read_exactly
from leaderboards.site import beside, paths
from leaderboards.site.model import LossCurve, Site
from leaderboards.site.split_facts import read_splits
from metrics.result import Result

SPLITS = Path("datasets", "splits")
LISTS = (".csv", ".pairs.csv")


def collect(
    board: Path,
    *,
    version: str,
    profile: str,
    sections: Mapping[str, Sequence[Section]],
    tables: Mapping[str, str],
    splits: Path = SPLITS,
) -> Site:
    """Return what the site of ``board`` is made of.

    Args:
        board: The folder ``leaderboards/<version>/<profile>/board`` with its inputs: ``results/``,
            ``training/`` and ``gallery/``. What is shared by all profiles lies two folders above.
        version: Version word of the board.
        profile: ``mini`` or ``full``.
        sections: Task -> its sections, as the tables have them.
        tables: Name -> text of the derived tables to download (``table.csv``).
        splits: Folder of the split descriptions, ``<version>/*.toml`` below it.

    Raises:
        UsageError: A file is damaged or missing; the message names it.
    """
    shared = board.parent.parent
    rows = [row for parts in sections.values() for section in parts for row in section.rows]
    galleries, media = beside.galleries(board / "gallery")
    return Site(
        version=version,
        profile=profile,
        sections=sections,
        cards=beside.cards(shared / "methods", shared / "submitted", rows),
        facts=beside.metric_facts(shared / "metrics.json"),
        reported=beside.reported(shared / "reported.csv") if profile == "full" else (),
        speed=beside.speeds(shared / "speed.csv"),
        splits=read_splits(splits / version),
        galleries=galleries,
        media=media,
        training=read_training(board / "training", rows),
        data=_data(board / "results", shared / "submitted", rows)
        | {f"data/{name}": text for name, text in tables.items()}
        | _lists(splits / version, profile=profile)
        | _papers(shared / "reported.csv", profile=profile),
    )


def _data(results: Path, submitted: Path, rows: Sequence[Result]) -> dict[str, str]:
    found = {}
    for row in rows:
        if row.status == "submitted":
            home = submitted / row.shown_name / row.method
            file = home / ("" if row.task == "reconstruction" else row.task) / "result.json"
        else:
            file = results / paths.result_file(row).removeprefix("data/")
        for suffix in (".json", ".clips.csv"):
            found[paths.result_file(row, suffix)] = read_exactly(file.with_suffix(suffix))
    return found


def _lists(folder: Path, *, profile: str) -> dict[str, str]:
    """Return the lists of clips and pairs that are committed: those of the mini worlds."""
    if profile != "mini":
        return {}
    names = [f"{shown_name(dataset, profile)}{end}" for dataset in DATASETS for end in LISTS]
    files = (folder / name for name in names)
    return {f"data/lists/{file.name}": read_exactly(file) for file in files if file.is_file()}


def _papers(path: Path, *, profile: str) -> dict[str, str]:
    """Return what papers report as a file to download; a mini board shows no paper's number."""
    return {f"data/{path.name}": read_exactly(path)} if profile == "full" and path.is_file() else {}


def read_training(folder: Path, rows: Sequence[Result]) -> dict[tuple[str, str], LossCurve]:
    """Return the losses of the ``rows`` that have any: ``<dataset>-<method>.csv`` in ``folder``."""
    names = sorted({(row.dataset, row.method) for row in rows})
    files = {(d, m): folder / f"{d}-{m}.csv" for d, m in names}
    return {key: read_losses(file) for key, file in files.items() if file.is_file()}


def read_losses(path: Path) -> LossCurve:
    """Read a CSV of ``step`` and losses; an empty cell is None.

    Raises:
        UsageError: It is no such file; the message names it and the line.
    """
    lines = list(csv.reader(read_exactly(path).splitlines()))
    if not lines or lines[0][:1] != ["step"]:
        raise UsageError(f"{path}: expected the columns step, <losses>")
    names = lines[0][1:]
    steps: list[int] = []
    table: list[list[float | None]] = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            if len(line) != len(lines[0]):
                raise ValueError(f"{len(line)} cells, expected {len(lines[0])}")
            steps.append(int(line[0]))
            table.append([float(cell) if cell else None for cell in line[1:]])
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
    columns = {name: tuple(row[i] for row in table) for i, name in enumerate(names)}
    return LossCurve(tuple(steps), columns)
