"""The tables of a study: means over seeds, paired differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leaderboards import markdown as md
from leaderboards import sizes
from leaderboards.claims import FULL, RANKED, Kind
from leaderboards.columns import ANCHOR_ORDER, column
from leaderboards.differences import difference
from leaderboards.notes import Notes, small_print
from leaderboards.pairs import POOLED, Pair
from leaderboards.rows import header
from leaderboards.seeds import Group, Row
from leaderboards.tasks import items
from metrics.result import PairedDifference


def values_table(kind: Kind, group: Group, metrics: Sequence[str]) -> str:
    """Return the table method x metric of means over seeds."""
    shown = [m for m in metrics if any(row.values(m) for row in group.rows)]
    notes = Notes()
    rows = sorted(group.rows, key=_order(kind))
    size = sizes.header((row.any for row in rows), narrow=True)
    lines = [
        [
            _name(row),
            *(_mean(row, metric, notes) for metric in shown),
            *(sizes.cells(row.checkpoint, narrow=True) if size else []),
        ]
        for row in rows
    ]
    legend = "Mean over seeds; below it smallest–largest, which is no interval; *italics*: anchors."
    absent = [
        f"No {md.escape(column(metric).title)}: {md.escape(_reasons(group.rows, metric))}."
        for metric in metrics
        if metric not in shown
    ]
    table = md.table(["Method", *map(header, shown), *size], lines)
    return f"{table}\n{small_print([*notes.footnotes(), legend, *absent])}"


def _order(kind: Kind) -> Callable[[Row], tuple[bool, int, str]]:
    known = RANKED if kind == "ranking" else (FULL,)

    def key(row: Row) -> tuple[bool, int, str]:
        of = ANCHOR_ORDER if row.anchor else known
        return row.anchor, of.index(row.method) if row.method in of else len(of), row.method

    return key


def _name(row: Row) -> str:
    if row.anchor:
        return f"*{md.escape(row.method)}*{md.small('anchor')}"
    seeds = [str(seed) for seed in row.results]
    return md.escape(row.method) + md.small(f"seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}")


def _mean(row: Row, metric: str, notes: Notes) -> str:
    values, mean = row.values(metric), row.mean(metric)
    without = [str(seed) for seed in row.results if seed not in _seeds_with_value(row, metric)]
    if mean is None:
        return md.NONE + notes.reference(_reasons([row], metric))
    text = md.number(mean)
    if without:
        text += notes.reference(f"no value of seed {', '.join(without)}")
    low, high = min(values), max(values)
    return (
        text
        if low == high
        else text + md.small(f"{md.number(low, like=mean)}–{md.number(high, like=mean)}")
    )


def _seeds_with_value(row: Row, metric: str) -> set[int | None]:
    return {seed for seed, figure in row.figures(metric).items() if figure.value is not None}


def _reasons(rows: Sequence[Row], metric: str) -> str:
    """Return why there is no value."""
    figures = [figure for row in rows for figure in row.figures(metric).values()]
    reasons = {(figure.reason or "no reason given").rstrip(".") for figure in figures}
    return "; ".join(sorted(reasons)) or "not in the result file"


def differences_table(pairs: Sequence[Pair], metrics: Sequence[str]) -> str:
    """Return the table of ``pairs``: first - second (and seed) x metric."""
    shown = [m for m in metrics if any(p.metric == m and p.difference is not None for p in pairs)]
    notes = Notes()
    cells: dict[tuple[str, str, int | None], dict[str, Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: -1 if pair.seed is None else pair.seed):
        cells.setdefault((pair.first, pair.second, pair.seed), {})[pair.metric] = pair
    lines = [
        [_against(*key), *(_difference(of.get(metric), notes) for metric in shown)]
        for key, of in sorted(cells.items(), key=lambda item: item[0][:2])
    ]
    legend = (
        f"First minus second on the same {items(pairs[0].task)}, paired 95 % interval, and whether "
        "the first is better or worse by it."
    )
    table = md.table(["Difference", *map(header, shown)], lines)
    return f"{table}\n{small_print([*notes.footnotes(), legend])}"


def _against(first: str, second: str, seed: int | None) -> str:
    below = POOLED if seed is None else f"seed {seed}"
    return f"{md.escape(first)} − {md.escape(second)}{md.small(below)}"


def _difference(pair: Pair | None, notes: Notes) -> str:
    if pair is None:
        return md.NONE
    if pair.difference is None:
        return md.NONE + notes.reference(pair.reason)
    text = difference(
        PairedDifference(pair.difference, pair.lo, pair.hi, pair.clips, pair.videos),
        said=pair.verdict or "",
    )
    return text + (notes.reference(pair.reason) if pair.reason else "")
