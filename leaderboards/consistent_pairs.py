"""Whether a result's differences from copy-source are those of the values per clip of both.

Marks on the boards ("better than copy-source") come from these differences, so they are made again
wherever that can be done. A difference over what both detected (`Column.common`) cannot: of those,
only `leaderboards.rescore` can say something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.columns import BASELINE, Column, column, ordered
from leaderboards.comparable import difference_on_common_clips
from leaderboards.consistent import Read, samples_and_seed
from leaderboards.recompute import values_of, weights_of
from metrics.aggregate import Estimate
from metrics.aggregate_many import paired_many
from metrics.result import ClipRow, PairedDifference, Result

_MACHINES = 1e-6  # relative: the two may have been scored on different processors
_Of = tuple[str, str, str]


def check_paired(read: Sequence[Read]) -> None:
    """Raise `UsageError` naming file and metric unless differences are those of per-clip values.

    A submission to a full board was scored on frames that its authors downloaded, whose anchor has
    other last digits: there nothing is refused (`paired_faults` says what differs).
    """
    for path, result, text in paired_faults(read):
        if result.status != "submitted" or result.profile == "mini":
            raise UsageError(f"{path}: {text}; score it again")


def paired_faults(read: Sequence[Read]) -> Iterator[tuple[Path, Result, str]]:
    """Yield what is wrong with the differences from `BASELINE`: file, result and text.

    Args:
        read: Results with their values per clip, those of the anchor among them; without it, or
            where it was scored under other terms, nothing is said of a result.
    """
    anchors = {_of(row): (row, rows) for _, row, rows in read if row.method == BASELINE}
    for path, result, rows in read:
        found = anchors.get(_of(result))
        if result.method == BASELINE or found is None:
            continue
        anchor, still = found
        how = samples_and_seed(result, path)
        if how is not None and difference_on_common_clips(result, anchor) is None:
            for text in _faults(result, rows, still, how=how):
                yield path, result, text


def _of(result: Result) -> _Of:
    return result.dataset, result.profile, result.task


def _faults(
    result: Result, rows: Sequence[ClipRow], still: Sequence[ClipRow], *, how: tuple[int, int]
) -> Iterator[str]:
    said = result.paired.get(BASELINE, {})
    shown = [column(name) for name in ordered(result.metrics)]
    again = [one for one in shown if one.mean is not None and one.referred and not one.common]
    samples, seed = how
    videos = {row.clip_id: row.video_id for row in rows}
    for mean in ("clips", "frames"):
        each = [one for one in again if one.mean == mean]
        pairs = [(values_of(rows, one.id), values_of(still, one.id)) for one in each]
        weights = weights_of(rows, each[0].id) if each else None
        made = paired_many(pairs, videos, weights=weights, replicates=samples, seed=seed)
        for one, (mine, theirs), estimate in zip(each, pairs, made, strict=True):
            whole = len(rows) == len(mine.keys() & theirs.keys())
            if one.id in said:
                text = _wrong(one, said[one.id], estimate)
            else:
                text = "is missing" if whole else None
            if text:
                yield f"paired with {BASELINE}: {one.id} {text}"
    for name in sorted(set(said) - set(result.metrics)):
        yield f"paired with {BASELINE}: {name} is no metric of the result"
    for name in sorted(set(result.paired) - {BASELINE}):
        yield f"paired with {name}: results are compared with {BASELINE} alone"


def _wrong(shown: Column, said: PairedDifference, made: Estimate | None) -> str | None:
    """Return how the difference of a result is not the one that was ``made`` again."""
    if made is None:
        return "is of no common clip"
    if (said.clips, said.videos) != (made.clips, made.videos):
        return (
            f"is over {said.clips} clips of {said.videos} videos, but {made.clips} of "
            f"{made.videos} are common"
        )
    mine, again = (said.difference, said.lo, said.hi), (made.value, made.lo, made.hi)
    width = 0.0 if made.lo is None or made.hi is None else made.hi - made.lo
    allowed = max(shown.floor, _MACHINES * max(width, abs(made.value))) + 1e-12
    if all(_near(one, other, allowed) for one, other in zip(mine, again, strict=True)):
        return None
    return f"is {_text(mine)}, but {_text(again)} by the values per clip"


def _near(one: float | None, other: float | None, allowed: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= allowed


def _text(of: tuple[float | None, float | None, float | None]) -> str:
    return f"{of[0]} [{of[1]}, {of[2]}]"
