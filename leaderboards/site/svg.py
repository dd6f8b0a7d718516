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
"""Settings of matplotlib for figures with axes: ``with mpl.rc_context(STYLE)``."""

_NUMBER = re.compile(r"-?\d+\.\d+")
_SHORTER = [
    (re.compile(pattern), shorter)
    for pattern, shorter in (
        (r"\s*\n\s*", " "),
        ("xlink:href", "href"),
        (r' transform="rotate\(-0[^"]*"', ""),
        (r"<g/>|<path d=\"[^\"]*\" style=\"fill: none\"/>", ""),
        (r"; stroke-linejoin: (miter|round)|; stroke-width: 1(?=[;\"])", ""),
        (r"font-size: 11px; |font-family: [^;\"]*;? ?|font: 11px [^;\"]*; ?", ""),
        (r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px"),
        (r"M (\S+) (\S+) +L \1 \2(?= )", r"M\1 \2h0"),
        (r"([MLCz]) (?=[-\d])", r"\1"),
        (r" (?=[MLCz\"])", ""),
        (r"(?<=[;:]) ", ""),
        (f'style="text-anchor:end;fill:{INK}"', 'class="e"'),
        (f'style="text-anchor:middle;fill:{SOFT}"', 'class="m"'),
        (f'style="fill:none;stroke:{HAIR}(;stroke-linecap:square)?"', 'class="g"'),
        (f'style="fill:{ACCENT};stroke:{ACCENT};stroke-width:1.5"', 'class="b"'),
        (f'style="fill:{PAPER};stroke:{INK};stroke-width:1.5"', 'class="o"'),
        (f'style="fill:{PAPER};stroke:{FAINT};stroke-width:1.5"', 'class="a"'),
        (r'(<path id="[^"]*" d="[^"]*") style="stroke:[^"]*"', r"\1"),  # each use of it says so too
    )
]
"""What can be left out or said in fewer bytes; the style sheet sets the size of text to 11."""


def inline(figure: Figure, *, name: str, title: str, description: str) -> Markup:
    """Return ``figure`` as an ``<svg role="img">`` to put into a page.

    Args:
        figure: Drawn in the colours of this module, at 72 units an inch.
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
    body = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</defs>", "", body, flags=re.S
    )
    used = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", body))
    short = {one: f"{name}-{place}" for place, one in enumerate(used)}

    def tag(found: re.Match[str]) -> str:
        one = re.sub(
            r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in used else "", found[0]
        )
        one = re.sub(r"(url\(#|href=\"#)([^)\"]+)", lambda m: m[1] + short[m[2]], one)
        for pattern, shorter in _SHORTER:
            one = pattern.sub(shorter, one)
        for colour, variable in _VARIABLES.items():
            one = one.replace(colour, f"var(--{variable})")
        return _NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), one)

    body = re.sub(r"<[^>]*>", tag, body)
    body = re.sub(r">\s+<", "><", body).strip().replace("<g></g>", "")
    return body if "<g " in body else re.sub(r"</?g>", "", body)
