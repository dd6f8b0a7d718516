"""Figures of matplotlib as SVG that lives in a page: themed, small, with a text alternative.

Plots are drawn in the colours of `INK` and its like; they become the CSS variables of the page,
so a figure follows its theme. Text stays text in the font of the page.
"""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

import matplotlib as mpl
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT, FAINT, HAIR, ACCENT, PAPER, TINT = (f"#0102{n:02x}" for n in range(3, 10))
"""Colours to draw with; each stands for a variable of ``style.css``."""
_VARIABLES = dict(
    zip(
        (INK, SOFT, FAINT, HAIR, ACCENT, PAPER, TINT),
        ("ink", "soft", "faint", "hair", "accent", "paper", "accent-tint"),
        strict=True,
    )
)
STYLE: dict[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "leaderboards",
    "path.simplify": False,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": HAIR,
    "axes.labelcolor": SOFT,
    "axes.facecolor": "none",
    "axes.linewidth": 1.0,
    "figure.facecolor": "none",
    "xtick.color": SOFT,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
"""Settings of matplotlib for every figure: ``with mpl.rc_context(STYLE)``; 72 units an inch."""

_NUMBER = re.compile(r"-?\d+\.\d+")


def inline(figure: Figure, *, name: str, title: str, description: str) -> Markup:
    """Return ``figure`` as an ``<svg role="img">`` to put into a page.

    Args:
        figure: Made under `STYLE`, drawn in the colours of this module.
        name: Unique in its page: what ids in the SVG begin with.
        title: What the figure shows; its accessible name.
        description: What can be read from it, in words; the text alternative.
    """
    with mpl.rc_context(STYLE):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    body = _body(text.getvalue(), name)
    width, height = (round(72 * side) for side in figure.get_size_inches())
    return Markup(
        f'<svg role="img" aria-labelledby="{name}-t {name}-d" viewBox="0 0 {width} {height}">'
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>{body}</svg>'
    )


def _body(text: str, name: str) -> str:
    """Return what is inside of the ``<svg>``, without what a page does not need."""
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", body, flags=re.S)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", body))
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r"(url\(#|href=\"#)", rf"\1{name}-", body).replace("xlink:href", "href")
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, f"var(--{variable})")
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", body)
    body = _NUMBER.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), body)
    return re.sub(r"\s*\n\s*", "\n", body).strip()
