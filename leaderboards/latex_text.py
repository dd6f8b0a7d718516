"""LaTeX pieces: text that cannot break out of its cell, numbers, rows. ASCII only."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from leaderboards import markdown as md

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': "''",
    "[": "{[}",  # after the end of a row it would begin an option
    "-": "-{}",  # two of them would become a dash
    "*": "{*}",  # the same as [
    "∞": r"$\infty$",
}


def escape(text: str) -> str:
    r"""Return ``text`` so that LaTeX prints it as it is.

    Control and format characters become a space, runs of spaces one, letters lose what ASCII does
    not have, any other character becomes ``?``, and what goes beyond `markdown.LONGEST` is cut.

    Example:
        >>> print(escape(r"a_b \input{x} 50 %"))
        a\_b \textbackslash{}input\{x\} 50 \%
    """
    printable = (" " if unicodedata.category(c).startswith("C") else c for c in text)
    flat = " ".join("".join(printable).split())
    if len(flat) > md.LONGEST:
        flat = flat[: md.LONGEST - 3] + "..."
    return "".join(_SPECIAL[c] if c in _SPECIAL else _ascii(c) for c in flat)


def _ascii(char: str) -> str:
    if char.isascii():
        return char
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return "".join(_SPECIAL.get(c, c) for c in plain) or "?"


def number(value: float, *, like: float | None = None) -> str:
    r"""Return ``value`` in mathematics, with the digits of `markdown.number`.

    Example:
        >>> number(0.031249), number(-1.5), number(2.5e-7)
        ('$0.03125$', '$-1.500$', '$2.500\\times10^{-7}$')
    """
    digits, power, exponent = md.number(value, like=like).replace("−", "-").partition("e")
    return f"${digits}\\times10^{{{int(exponent)}}}$" if power else f"${digits}$"


def row(cells: Sequence[str]) -> str:
    """Return one row of a tabular."""
    return " & ".join(cells) + r" \\"


def bold(mathematics: str) -> str:
    r"""Return a number of `number` in bold, which mathematics takes by ``\mathbf``."""
    return f"$\\mathbf{{{mathematics.strip('$')}}}$"
