"""What must be said of the cells and columns of a table, below it: the same once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leaderboards.board import Section
from leaderboards.columns import column
from leaderboards.notes import reason_beside, shared_reason
from leaderboards.reasons import plain, whys


def of_cells(section: Section, metrics: Sequence[str]) -> Iterable[str]:
    """Say what single cells of ``metrics`` hide, rows that say the same together."""
    for metric in metrics:
        shared = shared_reason([section], metric)
        said: dict[str, list[str]] = {}
        if shared:
            said[plain(shared)] = []
        for row in section.rows:
            figure = row.metrics.get(metric)
            if figure is None or figure.value is None:
                why = (figure.reason if figure else None) or "not in the result file"
            else:
                why = reason_beside(row, metric, shared=shared)
            if why:
                said.setdefault(plain(why), []).append(row.method)
        for why, methods in said.items():
            of = f", {', '.join(methods)}" if methods else ""
            yield f"{column(metric).title}{of}: {why}."


def of_absent(section: Section) -> Iterable[str]:
    """Say which metrics no row of ``section`` has, those with one reason together."""
    metrics: dict[str, list[str]] = {}
    for metric in section.metrics:
        figures = [row.metrics[metric] for row in section.rows if metric in row.metrics]
        if all(figure.value is None for figure in figures):
            metrics.setdefault(whys(figures), []).append(f"{column(metric).title} ({metric})")
    for why, names in metrics.items():
        yield f"{', '.join(names)}: {why}."
