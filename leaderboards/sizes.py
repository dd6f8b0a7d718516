"""Size and cost of what was trained: parameters, MACs per frame, training steps. Never seconds."""

from __future__ import annotations

from collections.abc import Iterable

from leaderboards import markdown as md
from metrics.result import Checkpoint, Result

CSV_COLUMNS: tuple[str, ...] = ("parameters", "macs", "steps")


def csv_cells(row: Result) -> list[str]:
    """Return the counts of `CSV_COLUMNS`, exact; empty without a checkpoint."""
    made = row.checkpoint
    return [str(n) for n in (made.parameters, made.macs, made.steps)] if made else [""] * 3


def header(rows: Iterable[Result], *, narrow: bool = False) -> list[str]:
    """Return the headers: three columns, or one if ``narrow``; none if no row was trained."""
    if not any(row.checkpoint for row in rows):
        return []
    if narrow:
        return ["Size" + md.small("parameters; MACs per frame, steps")]
    return ["Parameters", "MACs per frame", "Steps"]


def cells(made: Checkpoint | None, *, narrow: bool = False) -> list[str]:
    """Return the cells below `header`; a dash for what was not trained.

    Example:
        >>> cells(Checkpoint("f", "e", 0, 694_000, 191_266_560, 200), narrow=True)
        ['694&nbsp;k<br><sub>191&nbsp;M, 200</sub>']
    """
    if made is None:
        return [md.NONE] * (1 if narrow else 3)
    size, cost = md.magnitude(made.parameters), md.magnitude(made.macs)
    return [size + md.small(f"{cost}, {made.steps}")] if narrow else [size, cost, str(made.steps)]
