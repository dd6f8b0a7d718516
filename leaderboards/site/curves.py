"""The losses of a training: one figure, and the same as a table."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from leaderboards.site import svg, words
from leaderboards.site.model import LossCurve

SHOWN_STEPS = 10
"""A table of losses has at most so many rows, the last step among them."""
APART = ("rate",)
"""Columns that are no losses."""
_STYLES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)))
_LINE = 0.083  # of the height of the axes, a line of a label
_LONGEST = 21  # letters that fit into one


@dataclass(frozen=True)
class Losses:
    """The losses as a table: names of the columns, and rows of step and values."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[float | None, ...]], ...]


def names(curve: LossCurve) -> list[str]:
    """Return the losses that were computed at any step, in the order of the file."""
    return [n for n, values in curve.columns.items() if n not in APART and _positive(values)]


def losses(curve: LossCurve) -> Losses:
    """Return `SHOWN_STEPS` steps at equal distances, the last one among them."""
    shown, count = names(curve), len(curve.steps)
    picked = sorted({round(i * (count - 1) / (SHOWN_STEPS - 1)) for i in range(SHOWN_STEPS)})
    rows = [(curve.steps[i], tuple(curve.columns[n][i] for n in shown)) for i in picked if count]
    return Losses(tuple(shown), tuple(rows))


def plot(curve: LossCurve, *, name: str, of: str) -> Markup:
    """Return the losses over steps, on a logarithmic scale, each named at its end.

    Args:
        curve: What the training wrote down.
        name: Unique in its page.
        of: What was trained, in words: ``fomm on taichi-hd-mini``.

    Returns:
        An SVG; empty if there is no loss to draw.
    """
    shown = names(curve)
    if not shown:
        return Markup()
    with mpl.rc_context(svg.STYLE):
        figure = Figure(figsize=(340 / 72, 240 / 72))
        axes = figure.add_axes((0.1, 0.15, 0.52, 0.75))
        for place, loss in enumerate(shown):
            colour = svg.ACCENT if loss == "l1" else svg.INK if place < 2 else svg.SOFT
            steps, values = _points(curve, loss)
            width = 2.0 if loss == "l1" else 1.3
            style = _STYLES[place % len(_STYLES)]
            axes.plot(steps, values, color=colour, lw=width, ls=style, solid_capstyle="round")
        axes.set_yscale("log")
        axes.set_title("loss, logarithmic", loc="left", x=-0.17, fontsize=11, color=svg.SOFT)
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.margins(x=0.02, y=0.08)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=svg.HAIR, lw=0.8)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        _label(figure, axes, curve, shown)
        return svg.inline(figure, name=name, title=f"Losses of {of}", description=_said(curve))


def _label(figure: Figure, axes: mpl.axes.Axes, curve: LossCurve, shown: list[str]) -> None:
    """Name every line at its right end, with its last value; names keep a distance."""
    figure.draw_without_rendering()
    inverse = axes.transAxes.inverted()
    ends = []
    for loss in shown:
        steps, values = _points(curve, loss)
        y = float(inverse.transform(axes.transData.transform((steps[-1], values[-1])))[1])
        text = f"{loss.replace('_', ' ')} {words.significant(values[-1])}"
        ends.append((y, loss, text if len(text) <= _LONGEST else "\n".join(text.rsplit(" ", 1))))
    ends.sort()
    heights = [_LINE * (1 + text.count("\n")) for _, _, text in ends]
    for at, (_, loss, text) in zip(_apart([y for y, _, _ in ends], heights), ends, strict=True):
        colour = svg.ACCENT if loss == "l1" else svg.INK
        axes.text(1.04, at, text, color=colour, transform=axes.transAxes, va="center")


def _apart(middles: list[float], heights: list[float]) -> list[float]:
    """Return ``middles``, ascending, moved so far that none covers another, and below 1."""
    placed, edge = [], -1.0
    for middle, height in zip(middles, heights, strict=True):
        placed.append(max(middle, edge + height / 2))
        edge = placed[-1] + height / 2
    edge = 1.05
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], edge - heights[i] / 2)
        edge = placed[i] - heights[i] / 2
    return placed


def _points(curve: LossCurve, loss: str) -> tuple[list[int], list[float]]:
    pairs = zip(curve.steps, curve.columns[loss], strict=True)
    known = [(step, value) for step, value in pairs if value is not None and value > 0]
    return [step for step, _ in known], [value for _, value in known]


def _positive(values: tuple[float | None, ...]) -> bool:
    return any(value is not None and value > 0 for value in values)


def _said(curve: LossCurve) -> str:
    parts = []
    for loss in names(curve):
        steps, values = _points(curve, loss)
        first, last = (f"{words.significant(values[i])} at step {steps[i]}" for i in (0, -1))
        parts.append(f"{loss.replace('_', ' ')} from {first} to {last}")
    return "On a logarithmic axis: " + "; ".join(parts) + "."
