"""The plots of a data set: values with intervals, two metrics against each other, single clips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from markupsafe import Markup

from leaderboards.board import Section
from leaderboards.columns import column
from leaderboards.rows import has_value
from leaderboards.site import words
from leaderboards.site.canvas import Canvas, Float, Look, fitted
from leaderboards.site.grid import ranking
from leaderboards.site.labels import Spot, place
from leaderboards.site.svg import ACCENT, FAINT, HAIR, INK, PAPER, SOFT
from leaderboards.standings import Standing
from leaderboards.tasks import items
from metrics.result import Result

MOST = 20
"""So many methods are drawn; a table has all."""
QUANTILES, FEW = 40, 20
"""So many dots at most stand for the values of single clips: `FEW` where methods are many."""
SAID = 8
"""So many rows the text alternative of a plot names."""
_WIDTH, _LABELS, _BELOW = 340, 108, 22
_BINS, _DOT = 58, 3.6
_LONGEST = 17


def drawn(section: Section) -> list[Result]:
    """Return the rows that plots show: the first `MOST` methods and all anchors."""
    return [*section.methods[:MOST], *section.anchors]


def dot_plot(section: Section, metric: str, *, name: str) -> Markup:
    """Return the values of ``metric`` and their intervals, one line a method; empty without any.

    Filled: best or not told apart from it; hollow: other methods; grey squares: anchors.
    """
    rows = [row for row in drawn(section) if has_value(row, metric)]
    if not rows:
        return Markup("")
    canvas, at = _panel(rows, step=24)
    spans = {row.method: words.span(row.metrics[metric]) for row in rows}
    scale = fitted((end for span in spans.values() for end in span), _LABELS, _WIDTH - 14)
    canvas.grid_below(scale, 2, canvas.height - _BELOW)
    for look, group in _by_look(rows, ranking(section, metric)).items():
        y = np.array([at[row.method] for row in group])
        ends = [_pair(scale(spans[row.method])) for row in group]
        canvas.segments(ends, [(line, line) for line in y], look.edge, 1.6)
        canvas.points(scale(value(row, metric) for row in group), y, look)
    said = _said(f"{r.method} ({r.status}) {words.exactly(r.metrics[metric])}" for r in rows)
    title = f"{column(metric).title} of {len(rows)} rows with 95 % intervals"
    return canvas.svg(name=name, title=title, description=said)


def scatter(section: Section, across: str, up: str, *, name: str) -> Markup:
    """Return metric ``up`` over metric ``across`` with intervals of both; empty below two rows."""
    rows = [r for r in drawn(section) if has_value(r, across) and has_value(r, up)]
    if len(rows) < 2:
        return Markup("")
    left, right, top, bottom = 52, 366, 6, 286
    canvas = Canvas(380, 330)
    of = [[words.span(row.metrics[metric]) for row in rows] for metric in (across, up)]
    wide = fitted((end for span in of[0] for end in span), left, right)
    high = fitted((end for span in of[1] for end in span), bottom, top)
    canvas.grid_below(wide, top, bottom)
    for y, text in high.ticks(5):
        canvas.segments([(left, right)], [(y, y)], HAIR)
        canvas.text(left - 6, y + 4, text, side="right", colour=SOFT)
    canvas.text((left + right) / 2, bottom + 34, column(across).header, side="center", colour=SOFT)
    canvas.text(11, (top + bottom) / 2, column(up).header, side="center", colour=SOFT, turn=90)
    spots = [
        Spot(*_pair((wide([value(row, across)])[0], high([value(row, up)])[0])),
             _pair(wide(x)), _pair(high(y)))
        for row, x, y in zip(rows, *of, strict=True)
    ]  # fmt: skip
    place_of = {row.method: spot for row, spot in zip(rows, spots, strict=True)}
    for look, group in _by_look(rows, ranking(section, across)).items():
        some = [place_of[row.method] for row in group]
        canvas.segments([s.across for s in some], [(s.y, s.y) for s in some], look.edge)
        canvas.segments([(s.x, s.x) for s in some], [s.up for s in some], look.edge)
        canvas.points(np.array([s.x for s in some]), np.array([s.y for s in some]), look)
    names = [_short(row.method) for row in rows]
    for row, label in zip(rows, place(spots, names, (2, 0, 378, 300)), strict=True):
        if label:
            canvas.text(label.x, label.y, label.name, side=label.side, colour=_ink(row))
    said = _said(
        f"{r.method}: {column(across).title} {words.exactly(r.metrics[across])}, "
        f"{column(up).title} {words.exactly(r.metrics[up])}"
        for r in rows
    )
    title = f"{column(up).title} over {column(across).title} of {len(rows)} rows"
    return canvas.svg(name=name, title=title, description=said)


def strips(section: Section, metric: str, *, name: str) -> Markup:
    """Return the values of single clips or pairs, or `quantiles` of them, one strip a method."""
    of = {row.method: _clips(section, row.method, metric) for row in drawn(section)}
    rows = [row for row in drawn(section) if len(of[row.method]) > 0]
    if not rows:
        return Markup("")
    canvas, at = _panel(rows, step=36)
    scale = fitted((end for row in rows for end in of[row.method][[0, -1]]), _LABELS, _WIDTH - 14)
    canvas.grid_below(scale, 2, canvas.height - _BELOW)
    many = quantiles(section)
    for colour, anchors in ((INK, False), (FAINT, True)):
        some = [row for row in rows if (row.status == "anchor") == anchors]
        dots = [_stacked(scale(_dots(of[r.method], many)), at[r.method]) for r in some]
        if dots:
            x, y = (np.concatenate(parts) for parts in zip(*dots, strict=True))
            canvas.dots(x, y, colour, _DOT)
    bars = [(at[row.method] - 14, at[row.method] + 14) for row in rows]
    for middle, colour in ((np.median, INK), (np.mean, ACCENT)):
        x = scale(float(middle(of[row.method])) for row in rows)
        canvas.segments([(one, one) for one in x], bars, colour, 1.6)
    what = items(section.task)
    said = _said(f"{row.method}: {_summary(of[row.method], what)}" for row in rows)
    title = f"{column(metric).title} of single {what}, {len(rows)} rows"
    return canvas.svg(name=name, title=title, description=said)


def value(row: Result, metric: str) -> float:
    """Return the value that ``row`` has of ``metric``."""
    found = row.metrics[metric].value
    assert found is not None, "only rows with a value are drawn"
    return found


def _pair(ends: Iterable[float]) -> tuple[float, float]:
    low, high = ends
    return float(low), float(high)


def _clips(section: Section, method: str, metric: str) -> Float:
    rows = section.clips.get(method, ())
    return np.sort([v for row in rows if (v := row.values.get(metric)) is not None])


def quantiles(section: Section) -> int:
    """Return how many quantiles stand for the clips of a method in `strips`; 0: all clips do."""
    many = FEW if len(section.methods) >= MOST else QUANTILES
    return many if section.rows[0].coverage.scored > many else 0


def _dots(values: Float, many: int) -> Float:
    if not many or len(values) <= many:
        return values
    return np.asarray(np.quantile(values, (np.arange(many) + 0.5) / many))


def _summary(values: Float, what: str) -> str:
    low, middle, high = (words.fixed(float(v), 4) for v in np.quantile(values, (0, 0.5, 1)))
    return f"{len(values)} {what}, median {middle}, range {low} to {high}"


def _stacked(x: Float, line: float) -> tuple[Float, Float]:
    """Return ``x`` moved to the middle of bins, and y of the dots, stacked about their ``line``."""
    width = (_WIDTH - _LABELS - 14) / _BINS
    bins = np.floor(x / width)
    counts: dict[float, int] = {}
    offsets = []
    for b in bins:
        n = counts[b] = counts.get(b, -1) + 1
        offsets.append((n + 1) // 2 * (1 if n % 2 else -1) * (_DOT + 0.4))
    return (bins + 0.5) * width, line + np.clip(offsets, -16, 16)


def _panel(rows: Sequence[Result], *, step: int) -> tuple[Canvas, dict[str, float]]:
    """Return a sheet with a line of ``step`` units a method, its name to the left, and where."""
    canvas = Canvas(_WIDTH, step * len(rows) + _BELOW + 2)
    at = {row.method: 2 + step * (i + 0.5) for i, row in enumerate(rows)}
    for row in rows:
        label = _short(row.method)
        canvas.text(_LABELS - 9, at[row.method] + 4, label, side="right", colour=_ink(row))
    return canvas, at


def _look(row: Result, standing: Standing | None) -> Look:
    if row.status == "anchor":
        return Look(FAINT, PAPER, "s")
    best = bool(standing and standing.best)
    return Look(ACCENT, ACCENT, "o") if best else Look(INK, PAPER, "o")


def _by_look(rows: Sequence[Result], ranks: Mapping[str, Standing]) -> dict[Look, list[Result]]:
    groups: dict[Look, list[Result]] = {}
    for row in rows:
        groups.setdefault(_look(row, ranks.get(row.method)), []).append(row)
    return groups


def _said(parts: Iterable[str]) -> str:
    """Return the text alternative: the first `SAID` rows; the table has all."""
    all_of = list(parts)
    more = f"; and {len(all_of) - SAID} more, see the table" if len(all_of) > SAID else ""
    return "; ".join(all_of[:SAID]) + more


def _ink(row: Result) -> str:
    return SOFT if row.status == "anchor" else INK


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
