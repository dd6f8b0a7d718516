"""Paired differences as a table on the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from metrics import METRICS
from metrics.best import best_of
from metrics.differences import POOLED, Difference
from metrics.table import number

COLUMNS = (
    "dataset",
    "task",
    "first",
    "second",
    "metric",
    "seed",
    "difference",
    "lo",
    "hi",
    "clips",
    "videos",
    "verdict",
    "reason",
)


def to_csv(rows: Sequence[Difference], *, dataset: str, task: str) -> str:
    """Return one line per row; floats as ``repr`` (exact), what there is not as empty.

    Args:
        rows: In this order.
        dataset: The shown name.
        task: Which task was compared.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = _values(row, dataset, task)
        writer.writerow(["" if values[name] is None else values[name] for name in COLUMNS])
    return text.getvalue()


def to_json(rows: Sequence[Difference], *, dataset: str, task: str) -> str:
    """Return a list of objects: the columns of the CSV, and ``spread``, null where there is none.

    Args:
        rows: In this order.
        dataset: The shown name.
        task: Which task was compared.
    """
    nodes = [_values(row, dataset, task) | {"spread": row.spread} for row in rows]
    return json.dumps(nodes, indent=1, allow_nan=False) + "\n"


def _values(row: Difference, dataset: str, task: str) -> dict[str, object]:
    own = {name: getattr(row, name) for name in COLUMNS[2:]}
    if row.difference is None:
        own |= {"clips": None, "videos": None}
    return {"dataset": dataset, "task": task} | own


def show(rows: Sequence[Difference], console: Console, *, where: str) -> None:
    """Print one table per pair of methods; why numbers are missing stands below each."""
    for (first, second), of_pair in itertools.groupby(rows, lambda r: (r.first, r.second)):
        table = Table(title=f"{first} (first) minus {second} (second) on {where}")
        some = list(of_pair)
        seeds = len({row.seed for row in some}) > 1
        for name in ("metric", *(("seed",) if seeds else ()), "difference", "95 % interval"):
            table.add_column(name, justify="left" if name == "metric" else "right", no_wrap=True)
        table.add_column("verdict", no_wrap=True)
        for name in ("clips", "videos"):
            table.add_column(name, justify="right")
        for row in some:
            if row.difference is not None:
                last = seeds and row.seed == POOLED
                style = "bold" if last else None
                table.add_row(*_cells(row, seeds=seeds), style=style, end_section=last)
        console.print(table)
        for note in _notes(some):
            console.print(f"  {note}", highlight=False, markup=False, style="dim")


def show_best(rows: Sequence[Difference], console: Console, *, where: str) -> None:
    """Print the best method by each metric, pooled over seeds, and who is tied with it."""
    last = rows[-1].seed if rows else ""
    some = [row for row in rows if row.seed == last]
    methods = list(dict.fromkeys(name for row in some for name in (row.first, row.second)))
    table = Table(title=f"best on {where}: paired 95 % intervals on common clips")
    for name in ("metric", "best", "not distinguishable from it", "clips", "videos"):
        number_like = name in ("clips", "videos")
        table.add_column(name, justify="right" if number_like else "left")
    for best in best_of(some, methods):
        arrow = "↓" if METRICS[best.metric].better == "lower" else "↑"
        counts = str(best.clips), str(best.videos)
        table.add_row(f"{best.metric} {arrow}", best.method, ", ".join(best.tied) or "-", *counts)
    console.print(table)


def _cells(row: Difference, *, seeds: bool) -> Iterator[str]:
    yield f"{row.metric} {'↓' if METRICS[row.metric].better == 'lower' else '↑'}"
    if seeds:
        yield row.seed
    yield f"{row.difference:+.3g}"
    yield "-" if row.lo is None or row.hi is None else f"{number(row.lo)} to {number(row.hi)}"
    yield row.verdict or "-"
    yield str(row.clips)
    yield str(row.videos)


def _notes(rows: Sequence[Difference]) -> Iterator[str]:
    """Yield why numbers are missing, once each, and how far the seeds lie apart."""
    said = dict.fromkeys(f"{row.metric}: {row.reason}" for row in rows if row.reason)
    yield from said
    for row in rows:
        if row.spread is not None:
            low, high = row.spread
            yield f"{row.metric}: seeds from {low:+.3g} to {high:+.3g}"
