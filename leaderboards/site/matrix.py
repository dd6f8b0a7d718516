"""Is A better than B? The paired comparisons of a section as tables of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboards.board import Section
from leaderboards.columns import BASELINE, column
from leaderboards.duels import Duel, duels
from leaderboards.rows import has_value
from leaderboards.site import words
from leaderboards.site.grid import main_metrics
from leaderboards.site.plots import MOST

WIDE = 7
"""With more columns a cell has a word alone, without its difference."""
WIDE_METRICS = 4
CLASSES = {"better": "b", "worse": "w", "undecided": "u"}


@dataclass(frozen=True)
class Square:
    """One comparison.

    Attributes:
        word: The verdict, or a dash.
        kind: Its class in the style sheet.
        difference: Of the two means.
        title: All of it in words.
    """

    word: str
    kind: str
    difference: str
    title: str


@dataclass(frozen=True)
class Matrix:
    """All comparisons in one metric.

    Attributes:
        metric: Its id.
        names: The columns: the methods, then the baseline if it was scored.
        rows: Method -> its cells; None where it meets itself.
        wide: Whether it has so many columns that cells are terse.
    """

    metric: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]
    wide: bool


def matrices(section: Section) -> list[Matrix]:
    """Return a matrix for every main metric that two rows have, of the first `MOST` methods."""
    found = []
    for metric in main_metrics(section):
        able = [row.method for row in section.methods[:MOST] if has_value(row, metric)]
        base = [r.method for r in section.anchors if r.method == BASELINE and has_value(r, metric)]
        if column(metric).bold and able and len(able + base) > 1:
            found.append(_matrix(section, able, [*able, *base], metric))
        if found and found[0].wide and len(found) == WIDE_METRICS:
            break
    return found


def _matrix(section: Section, methods: Sequence[str], names: Sequence[str], metric: str) -> Matrix:
    all_of = duels(section, names, metric)
    widths = [d.hi - d.lo for d in all_of.values() if d.lo is not None and d.hi is not None]
    places = words.places_of(sorted(widths)[len(widths) // 2] / 2) if widths else 4
    rows = tuple(
        (one, tuple(_square(all_of.get((one, other)), places) for other in names))
        for one in methods
    )
    return Matrix(metric, tuple(names), rows, len(names) > WIDE)


def _square(duel: Duel | None, places: int) -> Square | None:
    if duel is None:
        return None
    if duel.difference is None:
        return Square("—", "u", "", duel.reason or "")
    difference = words.fixed(duel.difference, places, sign=True)
    if duel.lo is None or duel.hi is None:
        return Square("—", "u", difference, duel.reason or "")
    low, high = (words.fixed(end, places, sign=True) for end in (duel.lo, duel.hi))
    verdict = duel.verdict or ""
    title = (
        f"{duel.first} − {duel.second}: {difference}, 95 % interval {low} to {high}, "
        f"{duel.clips} in common from {duel.videos} videos"
    )
    return Square(verdict or "—", CLASSES.get(verdict, "u"), difference, title)
