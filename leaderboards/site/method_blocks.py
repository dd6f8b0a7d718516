"""What a method scored on one data set: every metric in every task, training, and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from leaderboards.baseline import baseline_verdict, from_baseline
from leaderboards.board import Section
from leaderboards.columns import column, ordered
from leaderboards.reasons import whys
from leaderboards.rows import has_value
from leaderboards.site import curves, words
from leaderboards.site.dataset import TITLES
from leaderboards.site.grid import rank_among
from leaderboards.site.model import LossCurve, Site
from leaderboards.standings import Standing
from leaderboards.tasks import items
from metrics.result import MetricValue, PairedDifference, Result

if TYPE_CHECKING:
    from leaderboards.speed import Speed

Ranks = Mapping[tuple[str, str, str], Mapping[str, Standing]]
"""(Task, data set, metric) -> method -> its standing."""


@dataclass(frozen=True)
class Cell:
    """One figure of a method in one task.

    Attributes:
        figure: Value and interval; None if the result does not have the metric.
        rank: ``=2`` if shared, ``only one`` where no other has a value; empty without.
        best: Whether it is the best, or cannot be told from it.
        pair: The paired difference from `BASELINE`; None without.
        verdict: What its interval says: ``better``, ``worse``, ``undecided``; empty without.
    """

    figure: MetricValue | None
    rank: str
    best: bool
    pair: PairedDifference | None
    verdict: str


@dataclass(frozen=True)
class Line:
    """One metric in all tasks of a data set: its decimals, and as many cells as tasks."""

    metric: str
    places: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """A task of a data set in which the method has a result.

    Attributes:
        title: The task in words.
        row: The result.
        ranked: How many methods are ranked there.
        apart: Why this one is not ranked; empty if it is, or is an anchor.
        paired: Whether it has a paired difference from `BASELINE`.
        items: What coverage counts.
    """

    title: str
    row: Result
    ranked: int
    apart: str
    paired: bool
    items: str


@dataclass(frozen=True)
class Block:
    """Everything of a method on one data set.

    Attributes:
        dataset: The registry name.
        shown: The name a reader sees.
        columns: Its tasks.
        lines: Its metrics, those without a value anywhere left out.
        absent: Of those, title and reason.
        curve: The losses of its training as SVG; empty without.
        losses: The same as a table: header and rows; None without.
        speed: Measured frames per second.
        command: What scores it again.
    """

    dataset: str
    shown: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    absent: tuple[tuple[str, str], ...]
    curve: Markup
    losses: curves.Losses | None
    speed: tuple[Speed, ...]
    command: str

    @property
    def row(self) -> Result:
        """The first result, whose checkpoint is that of all."""
        return self.columns[0].row


def block_of(
    site: Site, sections: Mapping[str, Section], name: str, *, dataset: str, ranks: Ranks
) -> Block | None:
    """Return all of method ``name`` on ``dataset``; None without a result there.

    Args:
        site: The site.
        sections: Task -> section of that data set.
        name: The method.
        dataset: The registry name.
        ranks: All standings.
    """
    found = [(s, row) for s in sections.values() for row in s.rows if row.method == name]
    if not found:
        return None
    metrics = ordered(metric for _, row in found for metric in row.metrics)
    measured = [m for m in metrics if any(has_value(row, m) for _, row in found)]
    curve = site.training.get((dataset, name))
    row = found[0][1]
    return Block(
        dataset=dataset,
        shown=site.shown(dataset),
        columns=tuple(_column(section, row) for section, row in found),
        lines=tuple(_line(site, found, metric, ranks) for metric in measured),
        absent=tuple((column(m).title, _why(found, m)) for m in metrics if m not in measured),
        curve=_curve(site, row, curve),
        losses=curves.losses(curve) if curve else None,
        speed=tuple(s for s in site.speed if _measures(s, row)),
        command=_command(site, row),
    )


def _curve(site: Site, row: Result, curve: LossCurve | None) -> Markup:
    if curve is None:
        return Markup()
    return curves.plot(curve, name=f"loss-{row.dataset}", of=f"{row.method} on {row.shown_name}")


def _why(found: Sequence[tuple[Section, Result]], metric: str) -> str:
    figures = [row.metrics[metric] for _, row in found if metric in row.metrics]
    return whys(figures)


def _column(section: Section, row: Result) -> Column:
    return Column(
        title=TITLES[row.task],
        row=row,
        ranked=len(section.methods),
        apart=section.reasons.get(row.method, ""),
        paired=any(row.method in from_baseline(section, metric) for metric in row.metrics),
        items=items(row.task),
    )


def _line(site: Site, found: Sequence[tuple[Section, Result]], metric: str, ranks: Ranks) -> Line:
    cells = []
    for section, row in found:
        ranked = ranks.get((section.task, section.dataset, metric), {})
        standing = ranked.get(row.method)
        cells.append(
            Cell(
                figure=row.metrics.get(metric),
                rank=rank_among(standing, of=len(ranked)),
                best=bool(standing and standing.best),
                pair=from_baseline(section, metric).get(row.method),
                verdict=baseline_verdict(section, row.method, metric) or "",
            )
        )
    places = words.places_in(site, found[0][1].dataset, metric)
    return Line(metric, places, tuple(cells))


def _measures(speed: Speed, row: Result) -> bool:
    wanted = (row.profile, row.shown_name, row.method)
    return (speed.profile, speed.dataset, speed.method) == wanted


def _command(site: Site, row: Result) -> str:
    if row.status != "submitted":
        return f"dvc repro evaluate@{row.profile}-{row.dataset}-{row.method}"
    home = f"leaderboards/{site.version}/submitted/{row.shown_name}/{row.method}"
    return f"python -m leaderboards.rescore {home} --predictions DIR"
