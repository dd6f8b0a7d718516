"""The values of one metric: a table per data set and task."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboards.baseline import baseline_verdict, from_baseline
from leaderboards.board import Section
from leaderboards.columns import column
from leaderboards.reasons import whys
from leaderboards.rows import has_value
from leaderboards.site import words
from leaderboards.site.dataset import TITLES
from leaderboards.site.grid import rank_among, ranking
from leaderboards.site.model import Site
from leaderboards.tasks import items
from metrics.result import MetricValue, PairedDifference, Result

LONGEST = 50
"""Rows of a table at most; the page of the data set has all."""


@dataclass(frozen=True)
class Line:
    """One row of a table: the result and its figure of this metric."""

    row: Result
    figure: MetricValue
    rank: str
    best: bool
    pair: PairedDifference | None
    verdict: str


@dataclass(frozen=True)
class Table:
    """One data set in one task.

    Attributes:
        title: The task in words.
        section: Where the rows come from.
        lines: Ranked rows by rank, then anchors, then rows that are not ranked.
        more: How many ranked rows are left out.
        places: Decimals of the values.
        items: What a value is the mean over.
        paired: Whether a row has a paired difference.
    """

    title: str
    section: Section
    lines: tuple[Line, ...]
    more: int
    places: int
    items: str
    paired: bool


def tables_of(site: Site, metric: str) -> dict[str, list[Table]]:
    """Return data set -> a table per task in which a row has a value."""
    found: dict[str, list[Table]] = {}
    for name in site.datasets:
        for section in site.of(name).values():
            if any(has_value(row, metric) for row in section.rows):
                found.setdefault(name, []).append(_table(site, section, metric))
    return found


def _table(site: Site, section: Section, metric: str) -> Table:
    ranks, pairs = ranking(section, metric), from_baseline(section, metric)
    sign = -1.0 if column(metric).better == "higher" else 1.0

    def order(row: Result) -> tuple[float, float, str]:
        standing, value = ranks.get(row.method), row.metrics[metric].value or 0.0
        return (standing.rank if standing else 0.0), sign * value, row.method

    def line(row: Result) -> Line:
        standing = ranks.get(row.method)
        said = baseline_verdict(section, row.method, metric) or ""
        best, rank = bool(standing and standing.best), rank_among(standing, of=len(ranks))
        return Line(row, row.metrics[metric], rank, best, pairs.get(row.method), said)

    groups = [
        [row for row in rows if metric in row.metrics]
        for rows in (section.methods, section.anchors, section.apart)
    ]
    ranked = sorted((row for row in groups[0] if has_value(row, metric)), key=order)
    without = [row for row in groups[0] if not has_value(row, metric)]
    shown = [*ranked[:LONGEST], *without[: max(0, LONGEST - len(ranked))], *groups[1], *groups[2]]
    lines = tuple(map(line, shown[: 2 * LONGEST]))
    return Table(
        title=TITLES[section.task],
        section=section,
        lines=lines,
        more=sum(map(len, groups)) - len(lines),
        places=words.places_in(site, section.dataset, metric),
        items=items(section.task),
        paired=any(one.pair for one in lines),
    )


def absent_from(site: Site, metric: str) -> list[tuple[str, str]]:
    """Return where results have the metric but no value of it, and why: a reason once."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in site.datasets:
        for section in site.of(name).values():
            figures = [row.metrics[metric] for row in section.rows if metric in row.metrics]
            if figures and all(figure.value is None for figure in figures):
                why = whys(figures)
                places = found.setdefault(why, {}).setdefault(site.shown(name), [])
                places.append(section.task.replace("-", " "))
    return [
        ("; ".join(f"{name} ({', '.join(tasks)})" for name, tasks in places.items()), why)
        for why, places in found.items()
    ]
