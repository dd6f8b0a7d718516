"""A sheet to draw plots on, in units of the page, with matplotlib's artists and its SVG writer.

Without axes: their frames, ticks and layout cost nine tenths of the time of a small plot, and a
site has hundreds. `ticks` and `Scale` are what is left of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from leaderboards.site.svg import HAIR, INK, SOFT, inline

Float = NDArray[np.float64]
Side = Literal["left", "center", "right"]
Span = tuple[float, float]


class Look(NamedTuple):
    """Colours of edge and inside, and the marker of a point."""

    edge: str
    inside: str
    marker: str


@dataclass(frozen=True)
class Scale:
    """From values to units of the sheet.

    Attributes:
        low: The value at ``start``.
        high: The value at ``end``; not ``low``.
        start: In units of the sheet.
        end: In units of the sheet.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: Iterable[float]) -> Float:
        """Return where ``values`` lie."""
        part = (np.array(list(values), np.float64) - self.low) / (self.high - self.low)
        return np.asarray(self.start + part * (self.end - self.start))

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Return at most ``most`` + 1 round values within the scale: where they lie, and as text.

        Example:
            >>> Scale(0.0, 0.11, 0, 110).ticks(3)
            [(0.0, '0'), (50.0, '0.05'), (100.0, '0.10')]
        """
        values = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        edge = (self.high - self.low) * 1e-9
        inside = [float(v) for v in values if self.low - edge <= v <= self.high + edge]
        step = float(values[1] - values[0]) if len(values) > 1 else 1.0
        places = max(0, -int(f"{step:.0e}".partition("e")[2]))
        texts = ("0" if abs(v) < step / 2 else f"{v:.{places}f}".replace("-", "−") for v in inside)
        return [(round(float(at), 3), text) for at, text in zip(self(inside), texts, strict=True)]


def fitted(values: Iterable[float], start: float, end: float) -> Scale:
    """Return the scale from ``start`` to ``end`` on which all ``values`` lie, with a margin."""
    known = list(values)
    low, high = min(known), max(known)
    margin = 0.03 * (high - low) or 0.5 * abs(high) or 1.0
    return Scale(low - margin, high + margin, start, end)


class Canvas:
    """A sheet of ``width`` x ``height`` units; (0, 0) is its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._figure = Figure((width / 72, height / 72), dpi=72)
        self._transform = Affine2D().scale(1, -1).translate(0, height)

    def segments(self, x: Sequence[Span], y: Sequence[Span], colour: str, width: float = 1) -> None:
        """Draw a line from (x[i][0], y[i][0]) to (x[i][1], y[i][1]) for each i."""
        xs, ys = (np.array([(*span, np.nan) for span in ends]).ravel() for ends in (x, y))
        self._add(Line2D(xs, ys, color=colour, lw=width, solid_capstyle="butt"))

    def dots(self, x: Float, y: Float, colour: str, size: float) -> None:
        """Draw dots that show each other through, as lines of no length with round ends."""
        xs, ys = (np.column_stack([at, at, np.full(len(at), np.nan)]).ravel() for at in (x, y))
        self._add(Line2D(xs, ys, color=colour, lw=size, alpha=0.7, solid_capstyle="round"))

    def points(self, x: Float, y: Float, look: Look) -> None:
        """Draw one marker for each point."""
        line = Line2D(x, y, ls="", marker=look.marker, markersize=6.5)
        line.set(markeredgewidth=1.5, markeredgecolor=look.edge, markerfacecolor=look.inside)
        self._add(line)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        side: Side = "left",
        colour: str = INK,
        turn: int = 0,
    ) -> None:
        """Write ``text`` in the size of the page with its base line at ``y``."""
        font = FontProperties(family="DejaVu Sans", size=11)
        self._add(
            Text(
                x,
                y,
                text,
                color=colour,
                ha=side,
                rotation=turn,
                fontproperties=font,
                parse_math=False,
            )
        )

    def grid_below(self, scale: Scale, top: float, bottom: float, *, most: int = 4) -> None:
        """Draw the upright lines of a horizontal ``scale``, and its values below them."""
        marks = scale.ticks(most)
        self.segments([(x, x) for x, _ in marks], [(top, bottom)] * len(marks), HAIR)
        for x, text in marks:
            self.text(x, bottom + 14, text, side="center", colour=SOFT)

    def svg(self, *, name: str, title: str, description: str) -> Markup:
        """Return what was drawn, see `leaderboards.site.svg.inline`."""
        return inline(self._figure, name=name, title=title, description=description)

    def _add(self, artist: Line2D | Text) -> None:
        artist.set_transform(self._transform)
        self._figure.add_artist(artist)
