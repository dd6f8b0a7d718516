"""The page of numbers that papers report: with their source, and never ranked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from datasets.registry import DATASETS
from leaderboards.reported import counted
from leaderboards.site.model import Page, Site
from leaderboards.site.quoted import Quoted, quoted


@dataclass(frozen=True)
class Group:
    """All that papers print of one data set: id in the page, title, and its tables."""

    id: str
    dataset: str
    title: str
    tables: tuple[Quoted, ...]


def pages(site: Site) -> Iterable[Page]:
    """Return the page ``reported.html`` of a full board; a mini board shows no paper's numbers."""
    if site.mini:
        return
    names = sorted({said.dataset for said in site.reported}, key=_place)
    groups = [_group(site, name, place) for place, name in enumerate(names)]
    yield Page(
        "reported.html",
        "Reported in papers",
        "reported.html.j2",
        {"groups": groups, "counts": counted(site.reported)},
        description="Numbers that papers report, each with its source; never ranked.",
    )


def _place(name: str) -> tuple[int, str]:
    known = list(DATASETS)
    return (known.index(name) if name in known else len(known), name)


def _group(site: Site, name: str, place: int) -> Group:
    title = DATASETS[name].title if name in DATASETS else name
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Group(f"{word}-{place}", name, title, tuple(quoted(site.reported, [name])))
