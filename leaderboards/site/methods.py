"""A page per method and anchor: its card, all it scored, how it was made and can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from leaderboards import citation
from leaderboards.columns import BASELINE
from leaderboards.reported import Counts, counted
from leaderboards.site import paths
from leaderboards.site.grid import ranking
from leaderboards.site.method_blocks import Block, block_of
from leaderboards.site.model import Page, Site

if TYPE_CHECKING:
    from leaderboards.card import Card


def pages(site: Site) -> Iterable[Page]:
    """Return the pages of everything that has a result or a card."""
    ranks = {
        (section.task, section.dataset, metric): ranking(section, metric)
        for sections in site.sections.values()
        for section in sections
        for metric in section.metrics
    }
    sections = {name: site.of(name) for name in site.datasets}
    for name in site.methods:
        blocks = [
            block
            for dataset in site.datasets
            if (block := block_of(site, sections[dataset], name, dataset=dataset, ranks=ranks))
        ]
        card = site.cards.get(name)
        yield Page(
            paths.method_page(name),
            card.title if card else name,
            "method.html.j2",
            {
                "name": name,
                "card": card,
                "blocks": blocks,
                "status": _status(card, blocks),
                "bibtex": _bibtex(site, card, blocks),
                "baseline": BASELINE,
                "told": _told(site, name),
            },
            description=f"All results of {name} on the {site.profile} boards {site.version}.",
        )


def _told(site: Site, name: str) -> Counts | None:
    """Return how much papers report of a method, on a full board; None if nothing."""
    rows = [] if site.mini else [said for said in site.reported if said.method_id == name]
    return counted(rows) if rows else None


def _status(card: Card | None, blocks: Sequence[Block]) -> str:
    if blocks:
        return blocks[0].row.status
    return "anchor" if card and card.kind == "anchor" else ""


def _bibtex(site: Site, card: Card | None, blocks: Sequence[Block]) -> str:
    """Return what to cite for a number of the page: method, data sets, lists, suite."""
    splits = [split for block in blocks if (split := site.split(block.dataset))]
    return citation.joined(
        [
            citation.method(card) if card else "",
            *(citation.dataset(split.dataset, profile=split.profile) for split in splits),
            *(citation.frozen_list(s.id, s.sha256) for s in splits if s.sha256),
            citation.suite(site.version),
        ]
    )
