"""What a change does to the submissions that were there before it, and to what is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from leaderboards.card import Card, read_card
from leaderboards.findings import Findings
from leaderboards.git_base import Base
from leaderboards.submission import CARD, RESULT
from leaderboards.submitted_scores import Scored
from leaderboards.tasks import ANIMATIONS, RECONSTRUCTION
from metrics.result import Result, read_result

SAME = 1e-9
"""How far, relatively, a score may move without being another one."""
_FROZEN: tuple[str, ...] = (
    "datasets/splits/",
    "leaderboards/{version}/methods/",
    "leaderboards/{version}/schema/",
    "leaderboards/{version}/studies/",
    "leaderboards/{version}/metrics.json",
    "leaderboards/{version}/reported.csv",
    "leaderboards/{version}/speed.csv",
    "leaderboards/{version}/mini/band.json",
    *(
        f"leaderboards/{{version}}/{profile}/board/{inputs}/"
        for profile in ("mini", "full")
        for inputs in ("results", "training", "gallery")
    ),
)
"""What a submission must not touch; derived files of a board are compared with a rebuild."""


def check_frozen(base: Base, version: str, findings: Findings) -> None:
    """Check that a change keeps off the frozen files, and is of one method alone."""
    frozen = tuple(prefix.format(version=version) for prefix in _FROZEN)
    for path, gone in base.changed.items():
        if path.startswith(frozen):
            what = "removed" if gone else "changed"
            findings.problem(Path(path), f"{what}; a submission must leave it as it is")
    methods = sorted({folder.name for folder in touched(base, version)})
    if len(methods) > 1:
        text = f"changes several methods ({', '.join(methods)}); send one pull request for each"
        findings.problem(Path(f"leaderboards/{version}/submitted"), text)
    for folder in touched(base, version):
        card = f"{folder.as_posix()}/{CARD}"
        if base.changed.get(card) and base.read(card) is not None:
            findings.problem(Path(folder), "the submission was removed; they stay on their board")


def touched(base: Base, version: str) -> list[PurePosixPath]:
    """Return the folders of submissions in which something changed, sorted."""
    root = PurePosixPath("leaderboards", version, "submitted")
    inside = (PurePosixPath(p) for p in base.changed if PurePosixPath(p).is_relative_to(root))
    return sorted({PurePosixPath(*path.parts[:5]) for path in inside if len(path.parts) > 5})


def old_card(base: Base, folder: str) -> Card | None:
    """Return the card that the submission ``folder`` (relative, with ``/``) had."""
    return base.parsed(f"{folder}/{CARD}", read_card)


def old_results(base: Base, folder: str) -> dict[str, Result]:
    """Return task -> result of the submission ``folder`` as it was."""
    homes = {RECONSTRUCTION: folder} | {task: f"{folder}/{task}" for task in ANIMATIONS}
    found = {task: base.parsed(f"{home}/{RESULT}", read_result) for task, home in homes.items()}
    return {task: result for task, result in found.items() if result is not None}


def check_update(
    folder: Path,
    card: Card,
    scored: Mapping[str, Scored],
    *,
    before: tuple[Card | None, Mapping[str, Result]],
    findings: Findings,
) -> None:
    """Check what a change does to one submission that was there.

    Args:
        folder: The submission.
        card: Its card.
        scored: Task -> what it has now.
        before: Its card and results as they were.
        findings: Where to note what is wrong.
    """
    was, results = before
    raised = was is not None and card.revision == was.revision + 1
    if was is not None and card.revision not in (was.revision, was.revision + 1):
        text = f"revision {card.revision} follows {was.revision}; raise it by one"
        findings.problem(folder / CARD, text)
    if was is not None and card.changes[: len(was.changes)] != was.changes:
        findings.problem(folder / CARD, "the reasons of earlier revisions are kept as they are")
    for name in ("authors", "paper", "code"):
        if was is not None and getattr(was, name) != getattr(card, name):
            findings.warn(folder / CARD, f"{name} changed: is this still the same owner?")
    for task, old in results.items():
        new = scored.get(task)
        if new is None:
            findings.problem(folder, f"{task} was removed; what was submitted stays")
            continue
        if new.result.split.id != old.split.id:
            text = f"the split {old.split.id} was removed; {new.result.split.id} took its place"
            findings.problem(new.home / RESULT, text)
        if (changes := list(changed_scores(old, new.result))) and not raised:
            text = f"changed without a new revision: {'; '.join(changes[:5])}; pass --update"
            findings.problem(new.home / RESULT, text)


def changed_scores(old: Result, new: Result) -> Iterator[str]:
    """Yield the figures that are others now, with both values."""
    for name in sorted(set(old.metrics) | set(new.metrics)):
        one, other = (row.metrics.get(name) for row in (old, new))
        values = [None if figure is None else figure.value for figure in (one, other)]
        if not same(*values):
            yield f"{name} was {values[0]}, is {values[1]}"
    if old.coverage.scored != new.coverage.scored:
        yield f"{old.coverage.scored} were scored, now {new.coverage.scored}"


def same(one: float | None, other: float | None, *, epsilon: float = SAME) -> bool:
    """Whether two scores are the same, up to ``epsilon`` of the larger one.

    Example:
        >>> same(0.1, 0.1 + 1e-12), same(0.1, 0.11), same(None, 0.0), same(0.0, 0.0)
        (True, False, False, True)
    """
    if one is None or other is None:
        return one is other
    return abs(one - other) <= epsilon * max(abs(one), abs(other))
