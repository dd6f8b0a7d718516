"""Whether the name of a submission is its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from leaderboards.card import Card
from leaderboards.findings import Findings
from leaderboards.neighbours import Neighbours
from leaderboards.plain import skeleton
from leaderboards.submission import CARD

_WINDOWS = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}


def check_name(
    folder: Path, card: Card, ours: Iterable[str], neighbours: Neighbours, findings: Findings
) -> None:
    """Check that the name of a submission is its own.

    Args:
        folder: The submission, ``.../<shown data set>/<method>``.
        card: Its card.
        ours: Our methods and anchors.
        neighbours: The submissions that are there.
        findings: Where to note what is wrong.
    """
    where = folder / CARD
    if card.name != folder.name:
        findings.problem(where, f"is the card of {card.name!r}, in the folder {folder.name!r}")
    if card.kind != "method":
        findings.problem(where, "is the card of an anchor; anchors are not submitted")
    if not (card.paper or card.code):
        findings.problem(where, "names neither a paper nor code; whose method is it?")
    if card.name.endswith(".") or card.name.split(".")[0].casefold() in _WINDOWS:
        findings.problem(where, f"{card.name!r} is no file name on every system; choose another")
    taken = {skeleton(name): name for name in ours}
    if (mine := skeleton(folder.name)) in taken:
        findings.problem(folder, f"the name is that of our {taken[mine]}; choose another")
    for other in neighbours.alike(folder):
        if other.name != folder.name:
            findings.problem(folder, f"the name is that of {other.as_posix()}; choose another")
        elif (theirs := neighbours.card(other)) and not _same_owner(card, theirs):
            text = f"the name belongs to {other.as_posix()}, whose authors and code are others"
            findings.problem(where, text)


def _same_owner(one: Card, other: Card) -> bool:
    return (one.authors, one.code, one.paper) == (other.authors, other.code, other.paper)
