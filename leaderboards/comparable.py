"""Which results may stand in one ranked table, and why the others may not.

How an interval was made (samples and seed of the bootstrap) and how a method was trained change no
value of the same predictions, so they do not matter here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from datasets.registry import UNFROZEN
from leaderboards.columns import BASELINE, column, ordered
from metrics.result import Result

PROTOCOL: tuple[str, ...] = ("fd_stride",)
"""The keys of ``protocol`` that change values."""
EXTRACTORS: Mapping[str, frozenset[str]] = {
    "keypoints@paper": frozenset({"openpose-coco18", "fan4-face68"}),
    "identity@paper": frozenset({"reid-resnet50@paper", "openface-nn4"}),
    "efflite0": frozenset({"efflite0"}),
    "inception": frozenset({"inception-2015-12-05"}),
    "lpips": frozenset({"lpips-alex"}),
}
"""Slot -> the extractors that can fill it, one per subject; of other slots results say which."""
_PRECEDENCE = ("anchor", "reproduced", "submitted")


class Terms(NamedTuple):
    """What two results must share so that their values can be compared."""

    task: str
    split: str
    partition: str
    clips: str
    protocol: tuple[tuple[str, int], ...]


_OTHER = ("another task", "another split", "another partition", "other clips")


def terms(row: Result) -> Terms:
    """Return the terms under which ``row`` was scored."""
    protocol = tuple((key, row.protocol[key]) for key in PROTOCOL if key in row.protocol)
    split = row.split
    return Terms(row.task, split.sha256, split.partition, row.coverage.clips_sha256, protocol)


def difference(one: Result, other: Result) -> str | None:
    """Return why the values of two results are not comparable; None if they are.

    Extractors are compared by what was chosen for a slot, and by digest. What one of them does not
    name matters where it has a value that was made by it.
    """
    return _either(one, other, terms(other))


def difference_on_common_clips(one: Result, other: Result) -> str | None:
    """Return why the values that two results have on the same clips are not comparable."""
    wanted = terms(other)._replace(clips=one.coverage.clips_sha256)
    return _either(one, other, wanted)


def _either(one: Result, other: Result, wanted: Terms) -> str | None:
    """Return why ``one`` is not as ``wanted``, or which of the two names no extractor."""
    why = _difference(one, wanted, other.slots, other.extractors)
    return why or _silent(other, one.slots, one.extractors)


def _difference(
    row: Result, wanted: Terms, slots: Mapping[str, str], extractors: Mapping[str, str]
) -> str | None:
    said = (*_OTHER, f"another {' or '.join(PROTOCOL)}")
    for mine, theirs, why in zip(terms(row), wanted, said, strict=True):
        if mine != theirs:
            return why
    return _other_tools(row, slots, extractors)


def _other_tools(
    row: Result, slots: Mapping[str, str], extractors: Mapping[str, str]
) -> str | None:
    chosen = sorted(s for s, name in row.slots.items() if slots.get(s) not in (None, name))
    if chosen:
        return f"another extractor of {' and '.join(chosen)}"
    other = sorted(n for n in row.extractors if extractors.get(n) not in (None, row.extractors[n]))
    if other:
        return f"another version of {', '.join(other)}"
    return _silent(row, slots, extractors)


def _silent(row: Result, slots: Mapping[str, str], extractors: Mapping[str, str]) -> str | None:
    """Return which values of ``row`` are without the extractor that others name."""
    unnamed = [name for name in ordered(row.metrics) if _unnamed(row, name, slots, extractors)]
    return f"no extractor of {' and '.join(unnamed)} is named" if unnamed else None


def _unnamed(
    row: Result, metric: str, slots: Mapping[str, str], extractors: Mapping[str, str]
) -> bool:
    slot = column(metric).slot
    if not slot or row.metrics[metric].value is None:
        return False
    if slot in EXTRACTORS:
        known = EXTRACTORS[slot]
        return bool(known & extractors.keys()) and not known & row.extractors.keys()
    return slot in slots and row.slots.get(slot) not in row.extractors


def divide(
    rows: Sequence[Result], *, same_clips: bool = True
) -> tuple[list[Result], dict[str, str]]:
    """Part the results of one data set, whose methods are distinct.

    The terms are those of the anchor `BASELINE`; without it, of the widest coverage, then of
    most rows. Where extractors differ, anchors come before methods and those before submissions.

    Args:
        rows: The results, in any order.
        same_clips: Whether rows that scored other clips are to be parted.

    Returns:
        The rows that can be ranked together, and of every other method why it is not among them.
    """
    same: list[Result] = []
    apart = {row.method: said for row in rows if (said := unrankable(row))}
    able = sorted((row for row in rows if row.method not in apart), key=_precedence)
    if able:
        reference = _reference(able)
        slots: dict[str, str] = {}
        known: dict[str, str] = {}
        for row in [reference, *(row for row in able if row is not reference)]:
            wanted = terms(reference)
            if not same_clips:
                wanted = wanted._replace(clips=row.coverage.clips_sha256)
            why = _difference(row, wanted, slots, known)
            if why is None:
                same.append(row)
                slots |= row.slots
                known |= row.extractors
            else:
                apart[row.method] = f"not comparable: {why}"
    return same, apart


def unrankable(row: Result) -> str:
    """Return why ``row`` can be ranked in no table; empty if it can."""
    lossy = "scored from lossy video" if row.lossy else ""
    loose = "scored on a split that is not frozen" if row.split.id.endswith(f"@{UNFROZEN}") else ""
    return "; ".join(why for why in (lossy, loose) if why)


def _reference(rows: Sequence[Result]) -> Result:
    for row in rows:
        if row.method == BASELINE and row.status == "anchor":
            return row
    counts = Counter(map(terms, rows))
    return max(rows, key=lambda row: (row.coverage.scored, counts[terms(row)], terms(row)))


def _precedence(row: Result) -> tuple[int, str]:
    return _PRECEDENCE.index(row.status), row.method
