"""Whose name a submission has, and whether somebody else submitted the same predictions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.card import Card, read_card
from leaderboards.findings import Findings
from leaderboards.submission import CARD, PREDICTIONS, is_motion, read_predictions

_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", ".": "", "_": "", "-": ""})
_SHARED = 0.5
"""The part of predictions in common from which on two submissions are suspected to be one."""
_WINDOWS = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}


def skeleton(name: str) -> str:
    """Return what a hurried reader sees of a method's name: no case, no separators, no 0 for o.

    Example:
        >>> skeleton("Monkey_Net") == skeleton("monkey-net"), skeleton("F0MM") == skeleton("fomm")
        (True, True)
    """
    return name.casefold().translate(_ALIKE)


class Neighbours:
    """All submissions that lie below one folder; each is read once, and only if it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._alike: dict[str, list[Path]] = {}
        self._beside: dict[str, list[Path]] = {}
        for folder in sorted(root.glob("*/*")):
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                self._alike.setdefault(skeleton(folder.name), []).append(folder)
                self._beside.setdefault(folder.parent.name, []).append(folder)
        self.card = cache(_card_of)
        self.digests = cache(_digests_of)

    def alike(self, folder: Path) -> list[Path]:
        """Return the other submissions whose name looks like that of ``folder``."""
        return [other for other in self._alike.get(skeleton(folder.name), []) if other != folder]

    def beside(self, folder: Path) -> list[Path]:
        """Return the submissions of other methods for the same data set."""
        folders = self._beside.get(folder.parent.name, [])
        return [other for other in folders if other.name != folder.name]


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


def _card_of(folder: Path) -> Card | None:
    try:
        return read_card(folder / CARD)
    except UsageError:
        return None  # it is said where that one is checked


def check_copies(
    folder: Path, homes: Iterable[str], neighbours: Neighbours, findings: Findings
) -> None:
    """Compare the predictions of each task of a submission with everybody else's.

    Args:
        folder: The submission.
        homes: Where its tasks lie in it: empty for reconstructions, else ``animation-<mode>``.
        neighbours: The submissions that are there.
        findings: Where to note what is wrong.
    """
    for home in homes:
        where = folder / home / PREDICTIONS
        mine = neighbours.digests(where)
        for other in neighbours.beside(folder) if mine else []:
            theirs = neighbours.digests(other / home / PREDICTIONS)
            common = len(mine & theirs)
            path = (other / home / PREDICTIONS).as_posix()
            if mine == theirs:
                findings.problem(where, f"the same predictions as {path}")
            elif common > _SHARED * len(mine):
                findings.warn(where, f"{common} of {len(mine)} predictions are those of {path}")


def _digests_of(path: Path) -> frozenset[str]:
    """Return the digests of the predictions that a file lists; none if it cannot be read."""
    try:
        files = read_predictions(path)
    except UsageError:
        return frozenset()
    return frozenset(one.sha256 for one in files if not is_motion(one.file))
