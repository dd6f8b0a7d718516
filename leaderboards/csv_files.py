"""The figures of a board as CSV, with full precision; an empty cell is a null."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from leaderboards import sizes
from leaderboards.board import Section
from leaderboards.columns import ordered, verdict
from leaderboards.tasks import mode
from metrics.result import Result

PAIRED_COLUMNS = (
    "method",
    "reference",
    "metric",
    "difference",
    "lo",
    "hi",
    "clips",
    "videos",
    "verdict",
)


def table_csv(groups: Sequence[Section]) -> str:
    """Return one line per data set (of animations: and mode) and method."""
    metrics = ordered(name for group in groups for name in group.metrics)
    names = [cell for m in metrics for cell in (m, f"{m}_lo", f"{m}_hi")]
    lines = [[*_lead(groups), "method", "status", *sizes.CSV_COLUMNS, *names]]
    for row in (row for group in groups for row in group.rows):
        cells = [cell for metric in metrics for cell in _numbers(row, metric)]
        lines.append([*_where(row), row.method, row.status, *sizes.csv_cells(row), *cells])
    return csv_text(lines)


def paired_csv(groups: Sequence[Section]) -> str:
    """Return every paired difference (method - reference), with what its interval says."""
    lines: list[Sequence[str]] = [[*_lead(groups), *PAIRED_COLUMNS]]
    for row in (row for group in groups for row in group.rows):
        for reference in sorted(row.paired):
            for metric in ordered(row.paired[reference]):
                pair = row.paired[reference][metric]
                numbers = [exact(n) for n in (pair.difference, pair.lo, pair.hi)]
                said = verdict(metric, pair.lo, pair.hi) or ""
                counts = [str(pair.clips), str(pair.videos)]
                head = [*_where(row), row.method, reference, metric]
                lines.append([*head, *numbers, *counts, said])
    return csv_text(lines)


def _lead(groups: Sequence[Section]) -> list[str]:
    return ["dataset", "mode"] if any(mode(group.task) for group in groups) else ["dataset"]


def _where(row: Result) -> list[str]:
    return [row.shown_name, mode(row.task)] if mode(row.task) else [row.shown_name]


def csv_text(lines: Iterable[Sequence[str]]) -> str:
    """Return ``lines`` as CSV with LF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def exact(number: float | None) -> str:
    """Return all digits of ``number``; empty for None.

    Example:
        >>> exact(0.1), exact(3), exact(None)
        ('0.1', '3.0', '')
    """
    return "" if number is None else repr(float(number))


def _numbers(row: Result, metric: str) -> list[str]:
    figure = row.metrics.get(metric)
    return [exact(n) for n in (figure.value, figure.lo, figure.hi)] if figure else ["", "", ""]
