"""Legends of the gallery's colours, drawn as SVG and CSS."""

from __future__ import annotations

import colorsys
from math import cos, pi, sin

from markupsafe import Markup

WEDGES = 48
ERROR_STOPS: tuple[str, ...] = ("#000004", "#420a68", "#932667", "#dd513a", "#fca50a", "#fcffa4")
"""Colours of the error map at equal distances, of matplotlib's ``inferno``: none first."""
ERROR = (
    "mean absolute difference of the channels; black is none, the lightest colour {:g} of the "
    "range or more"
)
FLOW = (
    "hue is the direction to where a pixel was in the source picture, strength the length, up to "
    "the one that each scene names; white does not move"
)
OCCLUSION = "black is what the source picture does not show, white what it shows"


def flow_wheel() -> Markup:
    """Return the colour wheel of a flow: hue is direction, saturation is length.

    Angles run as in a picture, x to the right and y down.
    """
    wedges = []
    for place in range(WEDGES):
        begin, end = (2 * pi * (place + side) / WEDGES for side in (-0.55, 0.55))
        points = " L".join(f"{50 * cos(a):.2f} {50 * sin(a):.2f}" for a in (begin, end))
        red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(place / WEDGES, 1, 1))
        wedges.append(f'<path d="M0 0 L{points} Z" fill="#{red:02x}{green:02x}{blue:02x}"/>')
    return Markup(
        '<svg class="wheel" role="img" aria-labelledby="wheel-t" viewBox="-50 -50 100 100">'
        '<title id="wheel-t">Colour wheel of the flow: right is red, down is yellow-green, left is '
        "cyan, up is violet; white is no motion</title>"
        '<defs><radialGradient id="wheel-white"><stop offset="0" stop-color="#fff"/>'
        '<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>'
        '<clipPath id="wheel-disc"><circle r="49"/></clipPath></defs>'
        f'<g clip-path="url(#wheel-disc)">{"".join(wedges)}'
        '<circle r="50" fill="url(#wheel-white)"/></g></svg>'
    )


def error_ramp() -> str:
    """Return the colours of the error map as a CSS gradient."""
    return f"linear-gradient(to right, {', '.join(ERROR_STOPS)})"
