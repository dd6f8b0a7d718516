"""What else a change touches: frozen files, boards, code, the submissions of other methods."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

from datasets.registry import PROFILES
from leaderboards.findings import Findings
from leaderboards.git_base import Base
from leaderboards.submission import CARD

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
"""What a submission must not touch."""


def check_scope(base: Base, version: str, findings: Findings) -> None:
    """Check that a change keeps off the frozen files, and is of one method alone.

    Whatever else it changes is named in a warning; of a board's derived files their number is.
    Files elsewhere that git does not know are no part of the change.
    """
    frozen = tuple(prefix.format(version=version) for prefix in _FROZEN)
    folders = touched(base, version)
    boards: Counter[str] = Counter()
    for path, gone in base.changed.items():
        what = "removed" if gone else "changed"
        board = "/".join(path.split("/")[:4])
        if path.startswith(frozen):
            findings.problem(Path(path), f"{what}; a submission must leave it as it is")
        elif path in base.untracked:
            continue
        elif board in (f"leaderboards/{version}/{profile}/board" for profile in PROFILES):
            boards[board] += 1
        elif not any(PurePosixPath(path).is_relative_to(folder) for folder in folders):
            findings.warn(Path(path), f"{what}; is no part of a submission, look at it")
    for board, count in boards.items():
        text = f"{count} of its files changed; it is built after the merge, leave them out"
        findings.warn(Path(board), text)
    methods = sorted({folder.name for folder in folders})
    if len(methods) > 1:
        text = f"changes several methods ({', '.join(methods)}); send one pull request for each"
        findings.problem(Path(f"leaderboards/{version}/submitted"), text)
    for folder in folders:
        card = f"{folder.as_posix()}/{CARD}"
        if base.changed.get(card) and base.read(card) is not None:
            findings.problem(Path(folder), "the submission was removed; they stay on their board")


def touched(base: Base, version: str) -> list[PurePosixPath]:
    """Return the folders of submissions in which something changed, sorted."""
    root = PurePosixPath("leaderboards", version, "submitted")
    inside = (PurePosixPath(p) for p in base.changed if PurePosixPath(p).is_relative_to(root))
    return sorted({PurePosixPath(*path.parts[:5]) for path in inside if len(path.parts) > 5})
