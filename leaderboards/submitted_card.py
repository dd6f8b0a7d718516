"""Whether the card of a submission can be taken for that of somebody else, or for the suite's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from leaderboards import citation
from leaderboards.card import Card
from leaderboards.card_text import card_bibtex
from leaderboards.findings import Findings
from leaderboards.neighbours import Neighbours
from leaderboards.plain import skeleton
from leaderboards.submission import CARD


def check_card(
    folder: Path, card: Card, ours: Mapping[str, Card], neighbours: Neighbours, findings: Findings
) -> None:
    """Check the title of a submission, and the key that it is cited by.

    Args:
        folder: The submission.
        card: Its card.
        ours: Name -> card of our methods and anchors.
        neighbours: The submissions that are there.
        findings: Where to note what is wrong.
    """
    where = folder / CARD
    words = {skeleton(card.title), skeleton(card.name)} - {""}
    for name, known in sorted(ours.items()):
        if words & {skeleton(name), skeleton(known.title)}:
            text = f"the title {card.title!a} reads as that of our {name}; choose another"
            findings.problem(where, text)
    for other in neighbours.titled(words):
        if other.name != folder.name:
            text = f"the title {card.title!a} reads as that of {other.as_posix()}; choose another"
            findings.problem(where, text)
    taken = citation.reserved(ours.values())
    for key in citation.keys(card_bibtex(card)):
        if whose := taken(key):
            findings.problem(where, f"bibtex: the key {key!a} is that of {whose}; choose another")
