"""Numbers and names as the pages print them; plain text, escaped by the templates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from statistics import median

from leaderboards.board import Section
from leaderboards.markdown import NONE, magnitude, number
from leaderboards.site.model import Site
from metrics.result import MetricValue, PairedDifference

DIGITS = 2
"""Significant digits of a half-width; the value is cut at the same place."""
LOPSIDED = 1.5
"""From this ratio of the sides of an interval on it is not told by half of its length."""


def half_width(figure: MetricValue) -> float | None:
    """Return half the length of the interval of ``figure``; None without interval."""
    if figure.lo is None or figure.hi is None:
        return None
    return (figure.hi - figure.lo) / 2


def decimals(figures: Iterable[MetricValue]) -> int:
    """Return the decimals of a column: the median half-width keeps `DIGITS` digits.

    Without intervals the median value keeps four.

    Example:
        >>> row = MetricValue(0.06086, 0.05736, 0.06424, "", 28, 24)
        >>> decimals([row])
        4
    """
    known = [figure for figure in figures if figure.value is not None]
    widths = [width for figure in known if (width := half_width(figure))]
    if widths:
        return places_of(median(widths), DIGITS)
    return places_of(median([abs(f.value) for f in known if f.value] or [1.0]), 4)


def places_in(site: Site, dataset: str, metric: str) -> int:
    """Return the decimals of ``metric`` on ``dataset``, the same on every page: `decimals`.

    The methods of all tasks decide; without a value of theirs all rows do.
    """
    return _places_in(tuple(site.of(dataset).values()), metric)


@lru_cache(maxsize=1024)  # every page of a method asks
def _places_in(sections: tuple[Section, ...], metric: str) -> int:
    for rows in ([s.methods for s in sections], [s.rows for s in sections]):
        figures = [row.metrics[metric] for group in rows for row in group if metric in row.metrics]
        if any(figure.value is not None for figure in figures):
            return decimals(figures)
    return decimals([])


def places_of(value: float, digits: int = DIGITS) -> int:
    """Return how many decimals show ``digits`` significant digits of ``value``."""
    if value == 0.0:
        return 4
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return min(max(0, digits - 1 - exponent), 12)


def fixed(value: float | None, places: int, *, sign: bool = False) -> str:
    """Return ``value`` with ``places`` decimals; what would look like zero is less than that.

    With ``sign`` it is a difference: one that cannot be seen with these decimals is zero.

    Example:
        >>> fixed(11.7396, 1), fixed(0.0017, 1), fixed(0.0, 3), fixed(None, 1), fixed(-2.0, 1)
        ('11.7', '<0.1', '0', '—', '−2.0')
        >>> fixed(0.25, 1, sign=True), fixed(-0.0017, 1, sign=True)
        ('+0.2', '0.0')
    """
    if value is None:
        return NONE
    if value == 0.0:
        return "0"
    text = f"{abs(value):.{places}f}"
    if float(text) == 0.0:
        return text if sign else f"{'>−' if value < 0 else '<'}{10.0**-places:.{places}f}"
    return ("−" if value < 0 else "+" if sign else "") + text


def difference_places(pair: PairedDifference, places: int) -> int:
    """Return the decimals of a difference: its half-width keeps `DIGITS` digits.

    It keeps one more where an end would look like zero, since it matters on which side it is.

    Args:
        pair: The difference.
        places: Those of its metric, for a difference without an interval.

    Example:
        >>> difference_places(PairedDifference(-9.365, -10.586, -8.253, 28, 24), 5)
        1
        >>> difference_places(PairedDifference(-1.08, -2.23, 0.03, 24, 24), 1)
        2
    """
    if pair.lo is None or pair.hi is None or pair.lo == pair.hi:
        return places
    found = places_of((pair.hi - pair.lo) / 2)
    return found + any(end != 0.0 and round(end, found) == 0.0 for end in (pair.lo, pair.hi))


def doubt(figure: MetricValue, places: int) -> str:
    """Return the interval beside a value: half of it, or both ends where its sides differ.

    Empty without an interval, and where half of it is less than the last decimal.

    Example:
        >>> doubt(MetricValue(0.0609, 0.0574, 0.0642, "", 28, 24), 4)
        '±0.0034'
        >>> doubt(MetricValue(0.1046, 0.0504, 0.2582, "", 24, 24), 2)
        '0.05–0.26'
    """
    width = half_width(figure)
    if not width or figure.value is None or round(width, places) == 0.0:
        return ""
    low, high = span(figure)
    sides = sorted((figure.value - low, high - figure.value))
    if sides[1] > LOPSIDED * sides[0]:
        return f"{fixed(low, places)}–{fixed(high, places)}"
    return f"±{fixed(width, places)}"


def exactly(figure: MetricValue) -> str:
    """Return value and interval in words: ``0.06086, 95 % interval 0.05736 to 0.06424``."""
    if figure.value is None:
        return figure.reason or "no value"
    text = number(figure.value)
    if figure.lo is None or figure.hi is None:
        return f"{text}, {figure.reason or 'no interval'}"
    low, high = (number(end, like=figure.value or max(figure.hi, 0.0)) for end in span(figure))
    return f"{text}, 95 % interval {low} to {high}"


def span(figure: MetricValue) -> tuple[float, float]:
    """Return the ends of the interval; twice the value if there is none."""
    value = figure.value or 0.0
    return (
        value if figure.lo is None else figure.lo,
        value if figure.hi is None else figure.hi,
    )


def count(value: int | None) -> str:
    """Return a whole number with thin spaces between thousands, a dash for None.

    Example:
        >>> count(1022), count(917450), count(None)
        ('1022', '917\u202f450', '—')
    """
    if value is None:
        return NONE
    return str(value) if abs(value) < 10_000 else f"{value:,}".replace(",", "\u202f")


def prefixed(value: int | None) -> str:
    """Return a count with a decimal prefix, ``10.1 M``; a dash for None."""
    return NONE if value is None else magnitude(value).replace("&nbsp;", "\u00a0")


def digest(sha256: str | None, length: int = 12) -> str:
    """Return the first digits of a digest."""
    return "not pinned" if sha256 is None else sha256[:length]


def significant(value: float) -> str:
    """Return ``value`` with three significant digits, without powers of ten.

    Example:
        >>> significant(12.345), significant(1236.0), significant(0.5)
        ('12.3', '1236', '0.500')
    """
    return f"{value:.{places_of(value, 3)}f}"
