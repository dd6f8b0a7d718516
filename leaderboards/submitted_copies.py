"""Whether somebody else has the same predictions: the same files, or the same values.

Digests can be invented and values moved in their last digits, so near values count. Whoever moves
them further has to show predictions that score so: `leaderboards.rescore`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from leaderboards.columns import BASELINE
from leaderboards.findings import Findings
from leaderboards.neighbours import Neighbours
from leaderboards.submission import CLIPS, PREDICTIONS
from leaderboards.submitted_changes import same
from leaderboards.submitted_clips import means
from leaderboards.submitted_scores import Known, Scored

SHARE = 0.9
"""The part of clips, or of files, in common from which on two submissions are one."""
NEAR = 1e-6
"""How far, relatively, two values may lie apart and be taken for the same."""
Values = Mapping[str, Mapping[str, float]]


def check_copies(
    folder: Path,
    scored: Mapping[str, Scored],
    known: Known,
    neighbours: Neighbours,
    findings: Findings,
) -> None:
    """Compare each task of a submission with the board, and with everybody else's.

    Only copy-source may be equalled: a method that leaves the source as it is is no theft, and
    gains nothing.

    Args:
        folder: The submission.
        scored: Task -> what it has.
        known: What boards have.
        neighbours: The submissions that are there.
        findings: Where to note what is wrong.
    """
    for one in scored.values():
        where, mine = one.home / CLIPS, means(one.clips)
        board = findings.attempt(where, partial(known.rows, one.result)) or {}
        for method, (_, rows) in sorted(board.items()):
            if method != one.result.method and (said := copied(mine, means(rows))):
                note = findings.warn if method == BASELINE else findings.problem
                note(where, f"{said} of {method}")
        for other in neighbours.beside(folder):
            home = other / one.home.relative_to(folder)
            if said := copied(mine, neighbours.means(home / CLIPS)):
                findings.problem(where, f"{said} of {home.as_posix()}")
            _compare_files(one.home / PREDICTIONS, home / PREDICTIONS, neighbours, findings)


def _compare_files(where: Path, other: Path, neighbours: Neighbours, findings: Findings) -> None:
    mine, theirs = neighbours.digests(where), neighbours.digests(other)
    if common := len(mine & theirs):
        note = findings.problem if common >= SHARE * len(mine) else findings.warn
        note(where, f"{common} of {len(mine)} predictions are those of {other.as_posix()}")


def copied(mine: Values, theirs: Values) -> str:
    """Return that the values are somebody else's on nearly all common clips; empty if not.

    A clip is the same where most of its values are: some, as a share of missed keypoints, may well
    be by chance.
    """
    common = mine.keys() & theirs.keys()
    differing = 0
    for clip in common:
        differing += not _same(mine[clip], theirs[clip])
        if len(common) - differing < SHARE * len(common):
            return ""
    return f"has the values, on {len(common) - differing} of {len(common)} clips," if common else ""


def _same(mine: Mapping[str, float], theirs: Mapping[str, float]) -> bool:
    both = mine.keys() & theirs.keys()
    near = sum(same(mine[m], theirs[m], epsilon=NEAR) for m in both)
    return near > len(both) / 2
