"""Markdown pieces: text that cannot break out of its cell, numbers, tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

NONE = "—"
DIGITS = 4
LONGEST = 160
# Emphasis, code, links, cells, strike-through, mathematics, and ":" as in "https://" or ":emoji:".
_SPECIAL = re.compile(r"([\\`*_\[\]|~$]|:(?=\S))")
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
_AUTOLINK = re.compile(r"(?i)(www)\.")


def escape(text: str) -> str:
    r"""Return ``text`` so that GitHub renders it as it is: no markup, HTML, link or line break.

    Control and format characters (line ends, bidirectional overrides) become a space, runs of
    spaces one, and what goes beyond `LONGEST` characters is cut.

    Example:
        >>> print(escape("a|b <!-- END -->"))
        a\|b &lt;!-- END --&gt;
    """
    printable = (" " if unicodedata.category(char) in _UNSEEN else char for char in text)
    flat = " ".join("".join(printable).split())
    if len(flat) > LONGEST:
        flat = flat[: LONGEST - 1] + "…"
    html = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _AUTOLINK.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", html))


def decimals(value: float) -> int:
    """Return how many decimals show `DIGITS` significant digits of ``value``.

    Example:
        >>> decimals(0.0312), decimals(9.9999), decimals(12345.6), decimals(0.0)
        (5, 2, 0, 0)
    """
    if value == 0.0:
        return 0
    exponent = int(f"{value:.{DIGITS - 1}e}".partition("e")[2])
    return max(0, DIGITS - 1 - exponent)


def number(value: float, *, like: float | None = None, sign: bool = False) -> str:
    """Return ``value`` with `DIGITS` significant digits, or with as many decimals as ``like`` has.

    Magnitudes below 1e-5 are written in powers of ten, zero as ``0``.

    Example:
        >>> number(0.031249), number(1234.5), number(0.0), number(2.5e-7), number(0.5, like=0.0312)
        ('0.03125', '1234', '0', '2.500e-07', '0.50000')
    """
    reference = value if like is None else like
    plus = "+" if sign else ""
    if 0.0 < abs(reference) < 1e-5:
        text = f"{value:{plus}.{DIGITS - 1}e}"
    else:
        text = f"{value:{plus}.{decimals(reference)}f}"
    return ("0" if value == 0.0 else text).replace("-", "−", 1 if value < 0 else 0)


def interval(lo: float, hi: float, *, like: float, sign: bool = False) -> str:
    """Return ``[lo, hi]`` with the decimals of ``like``; a narrow column may break it in two.

    Example:
        >>> interval(0.029, 0.0335, like=0.0312)
        '[0.02900, 0.03350]'
    """
    low, high = (number(end, like=like, sign=sign) for end in (lo, hi))
    return f"[{low}, {high}]"


def magnitude(count: int) -> str:
    """Return a count with a decimal prefix: ``987``, ``41.3 k``, ``1.20 G``.

    Example:
        >>> magnitude(987), magnitude(41_300), magnitude(1_204_000_000), magnitude(999_999)
        ('987', '41.3&nbsp;k', '1.20&nbsp;G', '1.00&nbsp;M')
    """
    if count < 1000:
        return str(count)
    digits, _, exponent = f"{count:.2e}".partition("e")
    thousands, rest = divmod(int(exponent), 3)
    scaled = float(digits) * 10**rest
    return f"{scaled:.{2 - rest}f}&nbsp;{' kMGTPE'[min(thousands, 6)]}"


def small(text: str) -> str:
    """Return ``text`` in small type on a new line of its cell."""
    return f"<br><sub>{text}</sub>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Return a GitHub table of cells that are already markdown; right-aligned after ``left``.

    Raises:
        ValueError: A row has not as many cells as the header.
    """
    rule = ["---"] * left + ["---:"] * (len(header) - left)
    lines = []
    for cells in [header, rule, *rows]:
        if len(cells) != len(header):
            raise ValueError(f"{len(cells)} cells in a table of {len(header)} columns: {cells}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
