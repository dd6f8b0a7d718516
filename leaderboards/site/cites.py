"""The page that says how to cite: the suite, and a number of any method on any data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leaderboards import citation
from leaderboards.site.model import Page, Site

LONGEST = 60
"""With more methods than this the page names them, and their pages have the entries."""


@dataclass(frozen=True)
class Entry:
    """A BibTeX entry: what it is of (id for scripts, and title), and its text."""

    id: str
    title: str
    text: str


def pages(site: Site) -> Iterable[Page]:
    """Return the page ``cite.html``."""
    cards = [site.cards[name] for name in site.methods if name in site.cards]
    methods = [Entry(card.name, card.title, citation.method(card)) for card in cards]
    methods = [entry for entry in methods if entry.text]
    yield Page(
        "cite.html",
        "How to cite",
        "cite.html.j2",
        {
            "suite": citation.suite(site.version),
            "datasets": [_dataset(site, name) for name in site.datasets],
            "unpinned": [site.shown(name) for name in site.datasets if not _pinned(site, name)],
            "methods": methods if len(methods) <= LONGEST else [],
            "count": len(methods),
        },
        description="BibTeX of the suite, the frozen lists, the data sets and the methods.",
    )


def _pinned(site: Site, dataset: str) -> bool:
    split = site.split(dataset)
    return bool(split and split.sha256)


def _dataset(site: Site, name: str) -> Entry:
    split = site.split(name)
    entries = [
        citation.dataset(name, profile=site.profile),
        citation.frozen_list(split.id, split.sha256) if split and split.sha256 else "",
    ]
    return Entry(name, site.shown(name), citation.joined(entries).strip())
