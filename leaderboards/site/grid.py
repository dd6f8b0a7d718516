"""The rows and cells of one table of a data-set page, ready to print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboards.board import Section
from leaderboards.columns import (
    ANIMATION_README_METRICS,
    README_METRICS,
    column,
    ordered,
)
from leaderboards.notes import reason_beside, shared_reason
from leaderboards.site import words
from leaderboards.site.model import Site
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
        half: Half of its 95 % interval; empty without.
        title: Value and interval in full, or why there is none; empty in a long table.
        best: Whether it is the best or can't be told from the best.
        rank: Its rank in its column, ``=2`` if shared; empty if it has none.
        paper: What the method's paper says; empty without.
        known: Whether there is a value.
    """

    text: str
    half: str
    title: str
    best: bool
    rank: str
    paper: str
    known: bool


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


def has_value(row: Result, metric: str) -> bool:
    """Return whether ``row`` has a value of ``metric``."""
    return metric in row.metrics and row.metrics[metric].value is not None


def ranking(section: Section, metric: str) -> dict[str, Standing]:
    """Return method -> standing; empty for a metric whose best value is never printed in bold."""
    return standings(section, metric) if column(metric).bold else {}


def rank_text(standing: Standing | None) -> str:
    """Return a rank as it is printed, ``=2`` where it is shared; empty without."""
    return "" if standing is None else standing.text


def grid(site: Site, section: Section) -> Grid:
    """Return the table of ``section``."""
    long = len(section.methods) > LONG
    main = main_metrics(section)
    metrics = main[:LONG_METRICS] if long else [m for m in section.metrics if measured(section, m)]
    ranks = {metric: ranking(section, metric) for metric in metrics}
    build = _Builder(site, section, metrics, ranks, long)
    ranked = sorted(map(build.line, section.methods), key=_by_rank(ranks, metrics))
    devices = {device for row in section.rows if (device := build.speed(row)[1])}
    return Grid(
        heads=tuple(Head(m, m in main, _unit(section, m)) for m in metrics),
        ranked=tuple(ranked),
        anchors=tuple(map(build.line, section.anchors)),
        apart=tuple(map(build.line, section.apart)),
        notes=() if long else tuple(_notes(section, metrics)),
        absent=tuple(_absent(section)),
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
    metrics: Sequence[str]
    ranks: Mapping[str, Mapping[str, Standing]]
    long: bool

    def line(self, row: Result) -> Line:
        speed, device = self.speed(row)
        cells = tuple(self.cell(row, metric) for metric in self.metrics)
        return Line(row, cells, self.section.reasons.get(row.method, ""), speed, device)

    def cell(self, row: Result, metric: str) -> Cell:
        figure = row.metrics.get(metric)
        if figure is None or figure.value is None:
            why = (figure.reason if figure else None) or "not in the result file"
            return Cell("—", "", why, False, "", "", False)
        width = words.half_width(figure)
        places = words.at_least(self.places(metric), width)
        standing = self.ranks[metric].get(row.method)
        return Cell(
            text=words.fixed(figure.value, places),
            half=words.fixed(width, places) if width else "",
            title="" if self.long else words.exactly(figure),
            best=bool(standing and standing.best),
            rank=rank_text(standing),
            paper=paper_value(self.site, row, metric),
            known=True,
        )

    def places(self, metric: str) -> int:
        rows = self.section.methods or self.section.rows
        return words.decimals(row.metrics[metric] for row in rows if metric in row.metrics)

    def speed(self, row: Result) -> tuple[str, str]:
        """Return frames per second and the device, of the fastest measurement; else empty."""
        wanted = (row.profile, row.shown_name, row.method)
        found = [s for s in self.site.speed if (s.profile, s.dataset, s.method) == wanted]
        if not found:
            return "", ""
        best = max(found, key=lambda s: (s.frames_per_second, s.device))
        return words.significant(best.frames_per_second), f"{best.device}, {best.precision}"


def paper_value(site: Site, row: Result, metric: str) -> str:
    """Return what a paper reports of the method of ``row``, on a full board; else empty.

    The paper's metric is of the same family (``akd@paper`` beside ``akd@clean``), of the main
    experiment and of reconstruction.
    """
    if site.mini or mode(row.task):
        return ""
    family = metric.partition("@")[0]
    found = [
        said
        for said in site.reported
        if said.kind == "main"
        and (said.method_id, said.dataset) == (row.method, row.dataset)
        and said.metric_id.partition("@")[0] == family
    ]
    values = sorted({said.value for said in found})
    return " / ".join(f"{value:g}" for value in values)


def _unit(section: Section, metric: str) -> str:
    figures = (row.metrics[metric] for row in section.rows if metric in row.metrics)
    return " or ".join(sorted({figure.unit for figure in figures}))


def _notes(section: Section, metrics: Sequence[str]) -> Iterable[str]:
    """Say what single cells hide, rows that say the same together."""
    for metric in metrics:
        shared = shared_reason([section], metric)
        said: dict[str, list[str]] = {}
        if shared:
            said[shared] = []
        for row in section.rows:
            figure = row.metrics.get(metric)
            if figure is None or figure.value is None:
                why = (figure.reason if figure else None) or "not in the result file"
            else:
                why = reason_beside(row, metric, shared=shared)
            if why:
                said.setdefault(why, []).append(row.method)
        for why, methods in said.items():
            of = f", {', '.join(methods)}" if methods else ""
            yield f"{column(metric).title}{of}: {why.rstrip('.')}."


def _absent(section: Section) -> Iterable[str]:
    for metric in section.metrics:
        if not measured(section, metric):
            figures = (row.metrics[metric] for row in section.rows if metric in row.metrics)
            why = sorted({(figure.reason or "no reason given").rstrip(".") for figure in figures})
            yield f"{column(metric).title} ({metric}): {'; '.join(why)}."
