"""The rows and cells of one table of a data-set page, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leaderboards.board import Section
from leaderboards.columns import (
    ANIMATION_README_METRICS,
    README_METRICS,
    column,
    ordered,
)
from leaderboards.reasons import plain
from leaderboards.rows import has_value
from leaderboards.site import remarks, words
from leaderboards.site.model import Site
from leaderboards.site.papers import Paper, paper_of
from leaderboards.standings import Standing, standings
from leaderboards.tasks import items, mode
from metrics.result import Result

LONG = 60
"""A table with more ranked rows is long: it gets fewer columns and terser cells."""
LONG_METRICS = 4
MAIN: tuple[str, ...] = (*README_METRICS, "fid", "lpips")
MAIN_ANIMATION: tuple[str, ...] = (*ANIMATION_README_METRICS, "fid")


@dataclass(frozen=True)
class Cell:
    """A value of a table.

    Attributes:
        text: The value, or a dash.
        doubt: Its 95 % interval in short, see `words.doubt`; empty without.
        title: Value and interval in full, or why there is none; empty in a long table.
        best: Whether it is the best or can't be told from the best.
        rank: Its rank in its column, ``=2`` if shared; empty if it has none.
        paper: What a paper says of the method; None without.
        known: Whether there is a value.
        sort: What it is sorted by, if that is not the number that the text begins with.
    """

    text: str
    doubt: str
    title: str
    best: bool
    rank: str
    paper: Paper | None
    known: bool
    sort: str


@dataclass(frozen=True)
class Line:
    """One row: the result, its cells, what is said below its name."""

    row: Result
    cells: tuple[Cell, ...]
    why: str
    speed: str
    device: str

    @property
    def rank(self) -> str:
        """Its rank by the first column."""
        return self.cells[0].rank if self.cells else ""


@dataclass(frozen=True)
class Head:
    """The header of a metric: id, whether it is shown at first, and its unit."""

    id: str
    main: bool
    unit: str


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes:
        heads: Its metrics.
        ranked: Rows by rank in the first metric.
        anchors: Unranked rows, shown in grey.
        apart: Rows that can't be compared with the others; each says why.
        notes: What must be said of single cells.
        absent: Metrics that no row has, and why.
        sized: Whether a row has a checkpoint, so that there are columns of size.
        timed: Whether a row has a measured speed.
        device: On which device all measured rows were; empty if on several.
        items: What is counted as coverage: clips or pairs.
        long: Whether it is a long table.
    """

    heads: tuple[Head, ...]
    ranked: tuple[Line, ...]
    anchors: tuple[Line, ...]
    apart: tuple[Line, ...]
    notes: tuple[str, ...]
    absent: tuple[str, ...]
    sized: bool
    timed: bool
    device: str
    items: str
    long: bool

    @property
    def lines(self) -> tuple[Line, ...]:
        """All rows."""
        return self.ranked + self.anchors + self.apart

    @property
    def statuses(self) -> list[str]:
        """The statuses that occur, in the order in which they are offered."""
        known = {line.row.status for line in self.lines}
        return [s for s in ("reproduced", "submitted", "anchor") if s in known]


def main_metrics(section: Section) -> list[str]:
    """Return the metrics of ``section`` that matter most and that a row has a value of."""
    wanted = MAIN_ANIMATION if mode(section.task) else MAIN
    return [metric for metric in ordered(wanted) if measured(section, metric)]


def measured(section: Section, metric: str) -> bool:
    """Return whether a row of ``section`` has a value of ``metric``."""
    return any(has_value(row, metric) for row in section.rows)


def ranking(section: Section, metric: str) -> dict[str, Standing]:
    """Return method -> standing; empty for a metric whose best value is never printed in bold."""
    return standings(section, metric) if column(metric).bold else {}


def rank_text(standing: Standing | None) -> str:
    """Return a rank as it is printed, ``=2`` where it is shared; empty without."""
    return "" if standing is None else standing.text


def rank_among(standing: Standing | None, *, of: int) -> str:
    """Return `rank_text` where rows could be compared: a rank of one says nothing."""
    return "only one" if standing and of == 1 else rank_text(standing)


def grid(site: Site, section: Section) -> Grid:
    """Return the table of ``section``."""
    long = len(section.methods) > LONG
    main = main_metrics(section)
    metrics = main[:LONG_METRICS] if long else [m for m in section.metrics if measured(section, m)]
    ranks = {metric: ranking(section, metric) for metric in metrics}
    places = {metric: words.places_in(site, section.dataset, metric) for metric in metrics}
    build = _Builder(site, section, places, ranks, long)
    ranked = sorted(map(build.line, section.methods), key=_by_rank(ranks, metrics))
    anchors, apart = (tuple(map(build.line, rows)) for rows in (section.anchors, section.apart))
    quoted = {
        metric
        for line in (*ranked, *anchors, *apart)
        for metric, cell in zip(metrics, line.cells, strict=True)
        if cell.paper
    }
    devices = {device for row in section.rows if (device := build.speed(row)[1])}
    return Grid(
        heads=tuple(Head(m, m in main or m in quoted, _unit(section, m)) for m in metrics),
        ranked=tuple(ranked),
        anchors=anchors,
        apart=apart,
        notes=() if long else tuple(remarks.of_cells(section, metrics)),
        absent=tuple(remarks.of_absent(section)),
        sized=any(row.checkpoint for row in section.rows),
        timed=bool(devices),
        device=devices.pop() if len(devices) == 1 else "",
        items=items(section.task),
        long=long,
    )


def _by_rank(
    ranks: Mapping[str, Mapping[str, Standing]], metrics: Sequence[str]
) -> Callable[[Line], tuple[bool, int]]:
    first = ranks[metrics[0]] if metrics else {}

    def key(line: Line) -> tuple[bool, int]:
        standing = first.get(line.row.method)
        return standing is None, standing.rank if standing else 0

    return key


@dataclass(frozen=True)
class _Builder:
    site: Site
    section: Section
    places: Mapping[str, int]
    ranks: Mapping[str, Mapping[str, Standing]]
    long: bool

    def line(self, row: Result) -> Line:
        speed, device = self.speed(row)
        cells = tuple(self.cell(row, metric) for metric in self.places)
        return Line(row, cells, self.section.reasons.get(row.method, ""), speed, device)

    def cell(self, row: Result, metric: str) -> Cell:
        figure = row.metrics.get(metric)
        if figure is None or figure.value is None:
            why = plain((figure.reason if figure else None) or "not in the result file")
            return Cell("—", "", why, False, "", None, False, "")
        text = words.fixed(figure.value, self.places[metric])
        known = [name for name in self.places if has_value(row, name)]
        standing = self.ranks[metric].get(row.method)
        return Cell(
            text=text,
            doubt=words.doubt(figure, self.places[metric]),
            title="" if self.long else words.exactly(figure),
            best=bool(standing and standing.best),
            rank=rank_text(standing) if len(self.ranks[metric]) > 1 or self.alone else "",
            paper=paper_of(self.site, row, metric, known),
            known=True,
            sort=f"{figure.value:.3g}" if text.startswith(("<", ">")) else "",
        )

    @property
    def alone(self) -> bool:
        """Whether there is one method, which then has the first rank of every column."""
        return len(self.section.methods) == 1

    def speed(self, row: Result) -> tuple[str, str]:
        """Return frames per second and the device, of the fastest measurement; else empty."""
        wanted = (row.profile, row.shown_name, row.method)
        found = [s for s in self.site.speed if (s.profile, s.dataset, s.method) == wanted]
        if not found:
            return "", ""
        best = max(found, key=lambda s: (s.frames_per_second, s.device))
        return words.significant(best.frames_per_second), f"{best.device}, {best.precision}"


def _unit(section: Section, metric: str) -> str:
    figures = (row.metrics[metric] for row in section.rows if metric in row.metrics)
    return " or ".join(sorted({figure.unit for figure in figures}))
