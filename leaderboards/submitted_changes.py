"""What a change does to the submissions that were there before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leaderboards.card import Card, read_card
from leaderboards.findings import Findings
from leaderboards.git_base import Base
from leaderboards.submission import (
    CARD,
    CLIPS,
    PREDICTIONS,
    RESULT,
    PredictionFile,
    read_predictions,
)
from leaderboards.submitted_scores import Scored
from leaderboards.tasks import ANIMATIONS, RECONSTRUCTION
from metrics.result import ClipRow, Result, read_clips, read_result

SAME = 1e-9
"""How far, relatively, a score may move without being another one."""


@dataclass(frozen=True)
class Before:
    """One task of a submission, as the base had it."""

    result: Result
    clips: Sequence[ClipRow] = ()
    predictions: Sequence[PredictionFile] = ()


def old_card(base: Base, folder: str) -> Card | None:
    """Return the card that the submission ``folder`` (relative, with ``/``) had."""
    return base.parsed(f"{folder}/{CARD}", read_card)


def old_tasks(base: Base, folder: str) -> dict[str, Before]:
    """Return task -> what the submission ``folder`` had."""
    homes = {RECONSTRUCTION: folder} | {task: f"{folder}/{task}" for task in ANIMATIONS}
    found = {}
    for task, home in homes.items():
        if (result := base.parsed(f"{home}/{RESULT}", read_result)) is not None:
            clips = base.parsed(f"{home}/{CLIPS}", read_clips)
            files = base.parsed(f"{home}/{PREDICTIONS}", read_predictions)
            found[task] = Before(result, clips or (), files or ())
    return found


def check_update(
    folder: Path,
    card: Card,
    scored: Mapping[str, Scored],
    *,
    before: tuple[Card | None, Mapping[str, Before]],
    findings: Findings,
) -> None:
    """Check what a change does to one submission that was there.

    Args:
        folder: The submission.
        card: Its card.
        scored: Task -> what it has now.
        before: Its card and what it had, as they were.
        findings: Where to note what is wrong.
    """
    was, tasks = before
    if was is not None:
        _check_card(folder, was, card, findings)
        for task in sorted(scored.keys() - tasks.keys()):
            text = f"adds {task} to {_owner(was)}'s submission; its authors should agree"
            findings.warn(scored[task].home, text)
    raised = was is not None and card.revision == was.revision + 1
    for task, old in tasks.items():
        new = scored.get(task)
        if new is None:
            findings.problem(folder, f"{task} was removed; what was submitted stays")
            continue
        if new.result.split.id != old.result.split.id:
            text = (
                f"the split {old.result.split.id} was removed; {new.result.split.id} took its place"
            )
            findings.problem(new.home / RESULT, text)
        if raised:
            continue
        trees = {
            RESULT: [asdict(one.result) for one in (old, new)],
            CLIPS: [{row.clip_id: asdict(row) for row in one.clips} for one in (old, new)],
            PREDICTIONS: [
                {file.file: file.model_dump() for file in one.predictions} for one in (old, new)
            ],
        }
        for name, (one, other) in trees.items():
            if said := first_change(one, other):
                text = f"changed without a new revision: {said}; pass --update"
                findings.problem(new.home / name, text)


def _check_card(folder: Path, was: Card, card: Card, findings: Findings) -> None:
    where = folder / CARD
    if card.revision not in (was.revision, was.revision + 1):
        text = f"revision {card.revision} follows {was.revision}; raise it by one"
        findings.problem(where, text)
    if card.changes[: len(was.changes)] != was.changes:
        findings.problem(where, "the reasons of earlier revisions are kept as they are")
    for name in ("authors", "paper", "code"):
        if getattr(was, name) != getattr(card, name):
            findings.warn(where, f"{name} changed: is this still the same owner?")
    if card.revision != was.revision:
        text = f"replaces {_owner(was)}'s submission of {was.name}; its authors should agree"
        findings.warn(where, text)


def _owner(card: Card) -> str:
    return ", ".join(card.authors[:3]) or card.code or card.paper


def first_change(old: object, new: object, where: str = "") -> str | None:
    """Return the first entry of two trees that differs, with both values; None if none does.

    Numbers may differ by `SAME`.

    Example:
        >>> first_change({"a": {"b": 1.0}}, {"a": {"b": 2.0}})
        'a: b was 1.0, is 2.0'
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            place = f"{where}: {key}" if where else str(key)
            if text := first_change(old.get(key), new.get(key), place):
                return text
        return None
    if isinstance(old, float) and isinstance(new, float):
        return None if same(old, new) else f"{where} was {old}, is {new}"
    return None if old == new else f"{where} was {_shown(old)}, is {_shown(new)}"


def _shown(value: object) -> str:
    if value is None or isinstance(value, Mapping):
        return "nothing" if value is None else "something"
    return str(value) if isinstance(value, int | float) else repr(value)[:80]


def same(one: float | None, other: float | None, *, epsilon: float = SAME) -> bool:
    """Whether two scores are the same, up to ``epsilon`` of the larger one.

    Example:
        >>> same(0.1, 0.1 + 1e-12), same(0.1, 0.11), same(None, 0.0), same(0.0, 0.0)
        (True, False, False, True)
    """
    if one is None or other is None:
        return one is other
    return abs(one - other) <= epsilon * max(abs(one), abs(other))
