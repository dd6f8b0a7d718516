"""The card of a submission: what is told of the method, on top of what was there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from datasets.registry import VERSION, UsageError
from leaderboards.card import LARGEST, Card, read_card, read_cards
from leaderboards.findings import Findings
from leaderboards.neighbours import Neighbours
from leaderboards.submission import CARD, RESULT
from leaderboards.submitted_card import check_card
from leaderboards.submitted_names import check_name
from metrics.result import faults, read_limited

_NEEDED = ("paper", "code", "license")


def told_card(folder: Path, home: Path, told: Mapping[str, Any], update: str | None) -> Card:
    """Return the card of a submission, the next revision of the one that is there.

    Args:
        folder: The submission; its name is that of the method.
        home: Where the task that is submitted lies in it.
        told: What is said, by field; what is absent stays as it was.
        update: Why an earlier submission is replaced; None: it is not.

    Raises:
        UsageError: Something is lacking or no card, or there is an earlier one, or none.
    """
    known: dict[str, Any] = {"name": folder.name, "title": folder.name}
    there = (folder / CARD).is_file()
    if there:
        known = read_card(folder / CARD).model_dump()
    elif lacking := [f"--{name}" for name in _NEEDED if name not in told]:
        raise UsageError(f"{', '.join(lacking)} must be given; write '' for what there is not")
    changed = {name: value for name, value in told.items() if known.get(name) != value}
    replaced = (home / RESULT).is_file() or (there and bool(changed))
    if replaced and update is None:
        raise UsageError(f"{folder}: is there already; pass --update 'why' to replace it")
    if update is not None and not there:
        raise UsageError(f"{folder}: there is nothing to --update")
    if update is not None:
        known["revision"] = known["revision"] + 1
        known["changes"] = (*known["changes"], update)
    try:
        return Card(**(known | changed))
    except ValidationError as error:
        raise UsageError("\n".join(f"the card: {line}" for line in faults(error))) from error


def refuse_card(folder: Path, card: Card, repository: Path) -> None:
    """Raise `UsageError` for a card that validation would refuse, before anything is scored."""
    findings = Findings()
    ours = read_cards(repository / "leaderboards" / VERSION / "methods")
    neighbours = Neighbours(folder.parent.parent)
    check_name(folder, card, ours, neighbours, findings)
    check_card(folder, card, ours, neighbours, findings)
    if findings.problems:
        raise UsageError("\n".join(finding.text for finding in findings.problems))


def read_bibtex(path: Path) -> str:
    """Return the entry in a text file.

    Raises:
        UsageError: It is no file, too large, or no text.
    """
    if not path.is_file():
        what = "is no regular file" if path.exists() else "there is no such file"
        raise UsageError(f"--bibtex {path}: {what}; name a text file with the entry to cite")
    try:
        return read_limited(path, largest=LARGEST).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"--bibtex {path}: is no text in UTF-8; save it as that") from error
