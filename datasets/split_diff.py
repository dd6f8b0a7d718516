"""What two frozen lists have in common and what not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from datasets.frozen import FrozenSplit

EXAMPLES = 3


def compare(one: FrozenSplit, other: FrozenSplit) -> list[str]:
    """Return what differs between two lists, one line each; empty if nothing does.

    Clips are the same if their ids are; then their partition and their other values are compared.
    The parameters count too, since they decide about pixels.

    Args:
        one: A frozen split.
        other: Another one.
    """
    lines = []
    for key in sorted({*one.parameters, *other.parameters}):
        values = one.parameters.get(key, "-"), other.parameters.get(key, "-")
        if values[0] != values[1]:
            lines.append(f"{key}: {values[0]} -> {values[1]}")
    left = {row.clip_id: row for row in one.rows}
    right = {row.clip_id: row for row in other.rows}
    for split, mine, theirs in ((one, left, right), (other, right, left)):
        only = {name: mine[name].partition for name in mine if name not in theirs}
        lines += _counted(f"only in {split.id}, ", only.items())
    both = sorted(set(left) & set(right))
    moved = [(n, (left[n].partition, right[n].partition)) for n in both]
    lines += _counted("moved ", [(n, f"{a} -> {b}") for n, (a, b) in moved if a != b])
    changed = [n for n in both if _values(left[n]) != _values(right[n])]
    return lines + _counted("other ", [(n, "window, box, rate or size") for n in changed])


def _values(row: object) -> dict[str, object]:
    return {key: value for key, value in vars(row).items() if key != "partition"}


def _counted(label: str, found: Iterable[tuple[str, str]]) -> list[str]:
    """Return one line for each kind among (clip id, kind): its number and the first examples."""
    named = sorted(found)
    lines = []
    for kind, count in sorted(Counter(kind for _, kind in named).items()):
        names = [name for name, other in named if other == kind][:EXAMPLES]
        more = ", ..." if count > EXAMPLES else ""
        lines.append(f"{label}{kind}: {count} clips: {', '.join(names)}{more}")
    return lines
