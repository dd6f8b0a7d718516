"""The overview: what this is, a card per data set, and all data sets side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leaderboards.board import Section
from leaderboards.columns import RANKED_BY
from leaderboards.site import plots, words
from leaderboards.site.grid import has_value, rank_text, ranking
from leaderboards.site.model import Page, Site
from leaderboards.standings import Standing
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import Result

DESCRIPTION = (
    "Leaderboards of image animation on frozen splits: values with intervals, ties shown as "
    "ties, coverage, and everything it takes to rebuild each number."
)


@dataclass(frozen=True)
class Best:
    """The first row of a data set.

    Attributes:
        row: The result with the best value.
        value: Its value.
        half: Half of its interval; empty without.
        title: Both in full.
        tied: The methods that can't be told from it.
        alone: Whether there is no other ranked row.
    """

    row: Result
    value: str
    half: str
    title: str
    tied: tuple[str, ...]
    alone: bool


@dataclass(frozen=True)
class Told:
    """What papers report of one data set: how many values of how many methods, by which papers."""

    dataset: str
    values: int
    methods: int
    papers: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One data set on the overview; ``best`` is None without a ranked row."""

    dataset: str
    section: Section | None
    best: Best | None
    plot: Markup
    told: Told | None


@dataclass(frozen=True)
class Across:
    """A method on all data sets: rank and value on each (empty without), and the mean rank."""

    method: str
    status: str
    cells: tuple[tuple[str, str], ...]
    mean: str


def pages(site: Site) -> Iterable[Page]:
    """Return the overview of ``site``."""
    elsewhere = sorted({said.dataset for said in site.reported} - set(site.datasets))
    entries = [_entry(site, dataset) for dataset in site.datasets]
    context = {
        "entries": entries,
        "metric": RANKED_BY,
        "across": _across(site, [e.section for e in entries]),
        "results": sum(len(s.rows) for sections in site.sections.values() for s in sections),
        "told": [] if site.mini else _told_of(site, elsewhere),
    }
    yield Page("index.html", "Overview", "overview.html.j2", context, description=DESCRIPTION)


def _entry(site: Site, dataset: str) -> Entry:
    section = site.of(dataset).get(RECONSTRUCTION)
    drawing = plots.dot_plot(section, RANKED_BY, name=f"dots-{dataset}") if section else Markup("")
    told = None if site.mini else next(iter(_told_of(site, [dataset])), None)
    return Entry(dataset, section, _best(section) if section else None, drawing, told)


def _best(section: Section) -> Best | None:
    rows = [row for row in section.methods if has_value(row, RANKED_BY)]
    if not rows:
        return None
    ranks = ranking(section, RANKED_BY)
    figure = rows[0].metrics[RANKED_BY]
    width = words.half_width(figure)
    places = words.decimals([figure])
    return Best(
        row=rows[0],
        value=words.fixed(figure.value, places),
        half=words.fixed(width, places) if width else "",
        title=words.exactly(figure),
        tied=tuple(r.method for r in rows[1:] if r.method in ranks and ranks[r.method].best),
        alone=len(rows) == 1,
    )


def _across(site: Site, sections: Sequence[Section | None]) -> list[Across]:
    """Return all ranked methods: complete ones by mean rank, then the others by name."""
    ranks = [ranking(s, RANKED_BY) if s else {} for s in sections]
    found: dict[str, list[Result | None]] = {}
    for i, section in enumerate(sections):
        for row in section.methods if section else ():
            found.setdefault(row.method, [None] * len(sections))[i] = row
    measured = [i for i, section in enumerate(sections) if section and section.methods]
    lines = []
    for method, rows in found.items():
        standing = [of.get(method) for of in ranks]
        known = [s.rank for i in measured if (s := standing[i])]
        mean = math.fsum(known) / len(known) if len(known) == len(measured) else None
        lines.append((mean is None, mean or 0.0, method, _line(method, rows, standing, mean)))
    return [line for *_, line in sorted(lines, key=lambda entry: entry[:3])]


def _line(
    method: str,
    rows: Sequence[Result | None],
    standing: Sequence[Standing | None],
    mean: float | None,
) -> Across:
    cells = []
    for row, stand in zip(rows, standing, strict=True):
        figure = row.metrics.get(RANKED_BY) if row else None
        places = words.decimals([figure]) if figure else 0
        value = words.fixed(figure.value, places) if figure and figure.value is not None else ""
        cells.append((rank_text(stand), value))
    status = next(row.status for row in rows if row)
    return Across(method, status, tuple(cells), "" if mean is None else f"{mean:.2f}")


def _told_of(site: Site, datasets: Iterable[str]) -> list[Told]:
    found = []
    for dataset in datasets:
        rows = [r for r in site.reported if r.dataset == dataset]
        if rows:
            papers = dict.fromkeys(f"{r.paper} {r.year}" for r in rows)
            found.append(Told(dataset, len(rows), len({r.method for r in rows}), tuple(papers)))
    return found
