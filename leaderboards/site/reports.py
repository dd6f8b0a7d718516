"""The page of numbers that papers report: with their source, and never ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasets.registry import DATASETS
from leaderboards.site.model import Page, Site

if TYPE_CHECKING:
    from leaderboards.reported import Reported

KINDS: tuple[tuple[str, str], ...] = (
    ("main", "Reconstruction and main results"),
    ("ablation", "Ablations"),
    ("image-to-video", "Image to video"),
    ("user-study", "User studies"),
)


@dataclass(frozen=True)
class Line:
    """One method in one paper: metric -> what is printed there, in the order of `Table.metrics`."""

    paper: str
    year: str
    method: str
    method_id: str
    values: tuple[str, ...]
    sources: tuple[str, ...]
    confidences: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What papers print of one data set in one setting."""

    title: str
    setting: str
    metrics: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Group:
    """All tables of one data set."""

    dataset: str
    title: str
    board: bool
    tables: tuple[Table, ...]

    @property
    def anchor(self) -> str:
        """Its id in the page."""
        letters = (char.lower() if char.isalnum() else "-" for char in self.title)
        return "reported-" + "".join(letters).strip("-")


def pages(site: Site) -> Iterable[Page]:
    """Return the page ``reported.html`` of a full board; a mini board shows no paper's numbers."""
    if site.mini:
        return
    names = sorted({said.dataset for said in site.reported}, key=_place)
    yield Page(
        "reported.html",
        "Reported in papers",
        "reported.html.j2",
        {"groups": [_group(site, name) for name in names]},
        description="Numbers copied from papers, each with its source; never ranked.",
    )


def _place(name: str) -> tuple[int, str]:
    known = list(DATASETS)
    return (known.index(name) if name in known else len(known), name)


def _group(site: Site, name: str) -> Group:
    rows = [said for said in site.reported if said.dataset == name]
    keys = dict.fromkeys((said.kind, said.setting) for said in rows)
    order = [kind for kind, _ in KINDS]
    titles = dict(KINDS)
    tables = []
    for kind, setting in sorted(keys, key=lambda key: (_index(order, key[0]), key[1])):
        chosen = [said for said in rows if (said.kind, said.setting) == (kind, setting)]
        tables.append(_table(titles.get(kind, kind), setting, chosen))
    title = DATASETS[name].title if name in DATASETS else name
    return Group(name, title, name in DATASETS, tuple(tables))


def _index(order: Sequence[str], kind: str) -> int:
    return order.index(kind) if kind in order else len(order)


def _table(title: str, setting: str, rows: Sequence[Reported]) -> Table:
    metrics = list(dict.fromkeys((said.metric, said.unit) for said in rows))
    lines = []
    for paper, year, method in dict.fromkeys((str(r.paper), str(r.year), r.method) for r in rows):
        mine = [r for r in rows if (r.paper, str(r.year), r.method) == (paper, year, method)]
        said = [[r for r in mine if (r.metric, r.unit) == metric] for metric in metrics]
        lines.append(
            Line(
                paper=paper,
                year=year,
                method=method,
                method_id=mine[0].method_id,
                values=tuple(" / ".join(f"{r.value:g}" for r in found) for found in said),
                sources=tuple(dict.fromkeys(r.source for r in mine)),
                confidences=tuple(dict.fromkeys(r.confidence for r in mine)),
            )
        )
    return Table(title, setting, tuple(metrics), tuple(lines))
