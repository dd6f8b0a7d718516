"""The plots of a data set: values with intervals, two metrics against each other, single clips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leaderboards.board import Section
from leaderboards.columns import column
from leaderboards.site import words
from leaderboards.site.grid import has_value, ranking
from leaderboards.site.labels import place
from leaderboards.site.svg import ACCENT, FAINT, HAIR, INK, PAPER, SOFT, STYLE, inline
from leaderboards.standings import Standing
from metrics.result import Result

MOST = 20
"""So many methods are drawn; a table has all."""
PIXEL = 1 / 72
WIDTH = 340
LABELS = 104
QUANTILES = 40
SAID = 8
_LONGEST = 17
Span = tuple[float, float]


class Look(NamedTuple):
    """Colours of edge and inside, and the marker of a point."""

    edge: str
    inside: str
    marker: str


def drawn(section: Section) -> list[Result]:
    """Return the rows that plots show: the first `MOST` methods and all anchors."""
    return [*section.methods[:MOST], *section.anchors]


def dot_plot(section: Section, metric: str, *, name: str) -> Markup:
    """Return the values of ``metric`` and their intervals, one line a method; empty without any.

    Filled: best or not told apart from it; hollow: other methods; grey: anchors.
    """
    rows = [row for row in drawn(section) if has_value(row, metric)]
    if not rows:
        return Markup("")
    ranks = ranking(section, metric)
    with mpl.rc_context(STYLE):
        figure, axes = _panel([row.method for row in rows], [row.status for row in rows], step=24)
        for look, group in _by_look(rows, ranks).items():
            figures = [row.metrics[metric] for row in group]
            y = [float(rows.index(row)) for row in group]
            _segments(axes, [words.span(one) for one in figures], [(at, at) for at in y], look, 1.6)
            _points(axes, [one.value or 0.0 for one in figures], y, look)
        _value_axis(axes)
        said = _said(f"{r.method} ({r.status}) {words.exactly(r.metrics[metric])}" for r in rows)
        title = f"{column(metric).title} of {len(rows)} rows with 95 % intervals"
        return inline(figure, name=name, title=title, description=said)


def scatter(section: Section, across: str, up: str, *, name: str) -> Markup:
    """Return metric ``up`` over metric ``across`` with intervals of both; empty below two rows."""
    rows = [r for r in drawn(section) if has_value(r, across) and has_value(r, up)]
    if len(rows) < 2:
        return Markup("")
    ranks = ranking(section, across)
    with mpl.rc_context(STYLE):
        figure = Figure((380 * PIXEL, 330 * PIXEL))
        axes = figure.add_axes((0.13, 0.13, 0.84, 0.85))
        for look, group in _by_look(rows, ranks).items():
            x, y = ([row.metrics[m].value or 0.0 for row in group] for m in (across, up))
            spans = [[words.span(row.metrics[m]) for row in group] for m in (across, up)]
            _segments(axes, spans[0], [(at, at) for at in y], look, 1)
            _segments(axes, [(at, at) for at in x], spans[1], look, 1)
            _points(axes, x, y, look)
        axes.set_xlabel(column(across).header, fontsize=11)
        axes.set_ylabel(column(up).header, fontsize=11)
        axes.margins(0.06)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        _plain(axes, grid="both")
        spots = [
            [(r.metrics[m].value or 0.0, *words.span(r.metrics[m])) for m in (across, up)]
            for r in rows
        ]
        place(axes, spots, [_short(r.method) for r in rows], [_ink(r) for r in rows])
        said = _said(
            f"{r.method}: {column(across).title} {words.exactly(r.metrics[across])}, "
            f"{column(up).title} {words.exactly(r.metrics[up])}"
            for r in rows
        )
        title = f"{column(up).title} over {column(across).title} of {len(rows)} rows"
        return inline(figure, name=name, title=title, description=said)


def strips(section: Section, metric: str, *, name: str) -> Markup:
    """Return the values of single clips, one strip a method; empty without any.

    With more than `QUANTILES` clips a dot is a quantile of their distribution.
    """
    of = {row.method: _clips(section, row.method, metric) for row in drawn(section)}
    rows = [row for row in drawn(section) if len(of[row.method]) > 0]
    if not rows:
        return Markup("")
    with mpl.rc_context(STYLE):
        figure, axes = _panel([row.method for row in rows], [row.status for row in rows], step=36)
        lo, hi = (float(f(np.concatenate([of[r.method] for r in rows]))) for f in (np.min, np.max))
        for y, row in enumerate(rows):
            values = of[row.method]
            dots = values if len(values) <= QUANTILES else _quantiles(values)
            x, offsets = _stacked(dots, (hi - lo) or 1.0)
            colour = FAINT if row.status == "anchor" else INK
            axes.plot(
                np.repeat(x, 3),
                np.column_stack([y + offsets, y + offsets, np.full(len(x), np.nan)]).ravel(),
                color=colour,
                lw=3.6,
                alpha=0.6,
                solid_capstyle="round",
                clip_on=False,
            )
            for at, style in ((float(np.median(values)), INK), (float(values.mean()), ACCENT)):
                axes.plot([at, at], [y - 0.4, y + 0.4], color=style, lw=1.6, clip_on=False)
        _value_axis(axes)
        said = _said(f"{row.method}: {_summary(of[row.method])}" for row in rows)
        title = f"{column(metric).title} of single clips, {len(rows)} rows"
        return inline(figure, name=name, title=title, description=said)


def _clips(section: Section, method: str, metric: str) -> np.ndarray:
    rows = section.clips.get(method, ())
    return np.sort([v for row in rows if (v := row.values.get(metric)) is not None])


def _quantiles(values: np.ndarray) -> np.ndarray:
    return np.quantile(values, (np.arange(QUANTILES) + 0.5) / QUANTILES)


def _summary(values: np.ndarray) -> str:
    low, middle, high = (words.fixed(float(v), 4) for v in np.quantile(values, (0, 0.5, 1)))
    return f"{len(values)} clips from {low} to {high}, median {middle}"


def _stacked(values: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x of the dots, moved to the middle of bins, and how far they leave their line."""
    bins = np.floor(values / width * 58)
    counts: dict[float, int] = {}
    offsets = []
    for b in bins:
        n = counts[b] = counts.get(b, -1) + 1
        offsets.append((n + 1) // 2 * (1 if n % 2 else -1) * 0.115)
    return (bins + 0.5) / 58 * width, np.clip(offsets, -0.46, 0.46)


def _panel(methods: Sequence[str], statuses: Sequence[str], *, step: int) -> tuple[Figure, Axes]:
    """Return a figure with a line of ``step`` units for each method, its name to the left."""
    height = step * len(methods) + 24
    figure = Figure((WIDTH * PIXEL, height * PIXEL))
    axes = figure.add_axes(
        (LABELS / WIDTH, 22 / height, 1 - (LABELS + 14) / WIDTH, 1 - 24 / height)
    )
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.set_yticks(range(len(methods)), [_short(name) for name in methods])
    for label, status in zip(axes.get_yticklabels(), statuses, strict=True):
        label.set_color(SOFT if status == "anchor" else INK)
    return figure, axes


def _value_axis(axes: Axes) -> None:
    axes.margins(x=0.03)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    _plain(axes, grid="x")


def _plain(axes: Axes, *, grid: str) -> None:
    axes.grid(True, axis=grid, color=HAIR, lw=1, clip_on=False)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.ticklabel_format(axis=grid, style="plain", useOffset=False)
    axes.tick_params(length=0, labelsize=11, pad=5)


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


def _segments(axes: Axes, x: Sequence[Span], y: Sequence[Span], look: Look, width: float) -> None:
    """Draw a line from (x[i][0], y[i][0]) to (x[i][1], y[i][1]) for each i."""
    xs, ys = (np.array([(*span, np.nan) for span in ends]).ravel() for ends in (x, y))
    axes.plot(xs, ys, color=look.edge, lw=width, solid_capstyle="butt", clip_on=False)


def _points(axes: Axes, x: Sequence[float], y: Sequence[float], look: Look) -> None:
    axes.plot(
        x,
        y,
        look.marker,
        color=look.edge,
        mfc=look.inside,
        mew=1.5,
        ms=6.5,
        zorder=3,
        clip_on=False,
    )


def _said(parts: Iterable[str]) -> str:
    """Return the text alternative: the first `SAID` rows; the table has all."""
    all_of = list(parts)
    more = f"; and {len(all_of) - SAID} more, see the table" if len(all_of) > SAID else ""
    return "; ".join(all_of[:SAID]) + more


def _ink(row: Result) -> str:
    return SOFT if row.status == "anchor" else INK


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
