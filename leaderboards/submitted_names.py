"""Whose name a submission has, and whether somebody else submitted the same predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.card import Card, read_card
from leaderboards.findings import Findings
from leaderboards.submission import CARD, PREDICTIONS, PredictionFile, is_motion, read_predictions

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


def check_name(folder: Path, card: Card, ours: Iterable[str], findings: Findings) -> None:
    """Check that the name of a submission is its own.

    Args:
        folder: The submission, ``.../<shown data set>/<method>``.
        card: Its card.
        ours: Our methods and anchors.
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
    for other in _others(folder):
        if skeleton(other.name) != mine:
            continue
        if other.name != folder.name:
            findings.problem(folder, f"the name is that of {other.as_posix()}; choose another")
        elif (theirs := _card_of(other)) and not _same_owner(card, theirs):
            text = f"the name belongs to {other.as_posix()}, whose authors and code are others"
            findings.problem(where, text)


def _same_owner(one: Card, other: Card) -> bool:
    return (one.authors, one.code, one.paper) == (other.authors, other.code, other.paper)


def _card_of(folder: Path) -> Card | None:
    try:
        return read_card(folder / CARD)
    except UsageError:
        return None


def check_copies(
    folder: Path, mine: Mapping[str, Sequence[PredictionFile]], findings: Findings
) -> None:
    """Compare the predictions of each task of a submission with everybody else's."""
    for home, files in mine.items():
        digests = _digests(files)
        for other in _others(folder):
            path = other / home / PREDICTIONS
            if other.name == folder.name or not path.is_file():
                continue
            try:
                theirs = _digests(read_predictions(path))
            except UsageError:
                continue  # it is said where that one is checked
            common = len(digests & theirs)
            where = folder / home / PREDICTIONS
            if digests and digests == theirs:
                findings.problem(where, f"the same predictions as {path.as_posix()}")
            elif common > _SHARED * max(len(digests), 1):
                text = f"{common} of {len(digests)} predictions are those of {path.as_posix()}"
                findings.warn(where, text)


def _digests(files: Iterable[PredictionFile]) -> set[str]:
    return {one.sha256 for one in files if not is_motion(one.file)}


def _others(folder: Path) -> Iterator[Path]:
    """Yield all other folders of submissions beside ``folder``."""
    root = folder.parent.parent
    for other in sorted(root.glob("*/*")):
        if other.is_dir() and not other.is_symlink() and other != folder:
            yield other
