"""The overview: what this is, a card per data set, and all data sets side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leaderboards.board import Section
from leaderboards.columns import RANKED_BY
from leaderboards.reported import counted
from leaderboards.rows import has_value
from leaderboards.site import plots, words
from leaderboards.site.grid import rank_text, ranking
from leaderboards.site.model import Page, Site
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
        doubt: Its interval in short; empty without.
        title: Both in full.
        tied: The methods that can't be told from it.
        alone: Whether there is no other ranked row.
    """

    row: Result
    value: str
    doubt: str
    title: str
    tied: tuple[str, ...]
    alone: bool


@dataclass(frozen=True)
class Told:
    """What papers report of one data set in their main experiments: values, methods, papers."""

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
        "sources": counted(site.reported),
        "told": [] if site.mini else _told_of(site, elsewhere),
    }
    yield Page("index.html", "Overview", "overview.html.j2", context, description=DESCRIPTION)


def _entry(site: Site, dataset: str) -> Entry:
    section = site.of(dataset).get(RECONSTRUCTION)
    drawing = plots.dot_plot(section, RANKED_BY, name=f"dots-{dataset}") if section else Markup("")
    told = None if site.mini else next(iter(_told_of(site, [dataset])), None)
    return Entry(dataset, section, _best(site, section) if section else None, drawing, told)


def _best(site: Site, section: Section) -> Best | None:
    rows = [row for row in section.methods if has_value(row, RANKED_BY)]
    if not rows:
        return None
    ranks = ranking(section, RANKED_BY)
    figure = rows[0].metrics[RANKED_BY]
    places = words.places_in(site, section.dataset, RANKED_BY)
    return Best(
        row=rows[0],
        value=words.fixed(figure.value, places),
        doubt=words.doubt(figure, places),
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
    places = [words.places_in(site, s.dataset, RANKED_BY) if s else 0 for s in sections]
    lines = []
    for method, rows in found.items():
        standing = [of.get(method) for of in ranks]
        known = [s.rank for i in measured if (s := standing[i])]
        mean = math.fsum(known) / len(known) if len(known) == len(measured) else None
        cells = tuple(
            (rank_text(stand), _value(row, count))
            for row, stand, count in zip(rows, standing, places, strict=True)
        )
        status = next(row.status for row in rows if row)
        line = Across(method, status, cells, "" if mean is None else f"{mean:.2f}")
        lines.append((mean is None, mean or 0.0, method, line))
    return [line for *_, line in sorted(lines, key=lambda entry: entry[:3])]


def _value(row: Result | None, places: int) -> str:
    figure = row.metrics.get(RANKED_BY) if row else None
    return words.fixed(figure.value, places) if figure and figure.value is not None else ""


def _told_of(site: Site, datasets: Iterable[str]) -> list[Told]:
    """Return what papers report of each of ``datasets`` in their main experiments."""
    found = []
    for dataset in datasets:
        rows = [r for r in site.reported if (r.dataset, r.kind) == (dataset, "main")]
        if rows:
            papers = dict.fromkeys(f"{r.paper} {r.year}" for r in rows)
            found.append(Told(dataset, len(rows), len({r.method for r in rows}), tuple(papers)))
    return found
