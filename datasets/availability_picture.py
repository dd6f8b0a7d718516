"""The picture of an availability report: a bar for each split, and what its colours mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from datasets.availability import MISSING, PENDING, Availability
from datasets.fetch.attempts import AVAILABLE
from datasets.fetch.errors import ERRORS
from datasets.fetch.listing import ORDER
from datasets.files import replacing
from datasets.manifest import OK

_MEANINGS = {
    OK: "here",
    AVAILABLE: "the host has it",
    **{name: kind.meaning for name, kind in ERRORS.items()},
    MISSING: "was here, and is gone",
    PENDING: "nobody has asked yet",
}
_COLOURS = {
    OK: "#2e8b57",
    AVAILABLE: "#8fce9f",
    PENDING: "#d9d9d9",
    MISSING: "#7f7f7f",
    "removed": "#b22222",
    "private": "#7b3294",
    "members-only": "#c2a5cf",
    "geo-blocked": "#1f78b4",
    "age": "#a6cee3",
    "login": "#5e4fa2",
    "drm": "#3f3f6f",
    "not-found": "#e4615a",
    "unsafe": "#000000",
    "too-large": "#80604d",
    "live": "#66c2a5",
    "no-format": "#b15928",
    "not-a-video": "#cab26b",
    "truncated": "#e6ab02",
    "not-given": "#a0a0a0",
    "bot-check": "#ff7f00",
    "rate-limited": "#fdbf6f",
    "forbidden": "#d95f02",
    "network": "#f7dc6f",
    "disk-full": "#404040",
    "unknown": "#f4a6c0",
}
_INK, _SOFT, _PAPER = "#1a1a1a", "#666666", "#ffffff"
_WIDTH, _EDGE, _BAR, _LINE = 1000, 28, 34, 26
_COLUMNS = (674, 764, 854, 944)  # right edges of test, val, train, all, from the left edge
_WIDE = 26  # pixels that a number needs inside its part of a bar


def draw_report(rows: Sequence[Availability], path: Path, *, title: str, day: str) -> None:
    """Write the picture of a report as PNG, atomically; the same rows give the same bytes.

    Args:
        rows: The report.
        path: Where the picture goes.
        title: The id of the list.
        day: The day of the report.
    """
    splits = [split for split in ORDER if any(row.split == split for row in rows)]
    used = [name for name in _MEANINGS if any(row.status == name for row in rows)]
    height = _EDGE * 2 + 80 + len(splits) * (_BAR + 34) + _LINE * (len(used) + 1)
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((_EDGE, _EDGE), title, fill=_INK, font=_font(24))
    draw.text((_EDGE, _EDGE + 32), f"availability on {day} (UTC)", fill=_SOFT, font=_font(15))
    top = _EDGE + 70
    for split in splits:
        _draw_bar(draw, top, split, [row for row in rows if row.split == split])
        top += _BAR + 34
    _draw_table(draw, top + 14, used, splits, rows)
    with replacing(path) as part:
        image.save(part, format="PNG", optimize=False)


def _draw_bar(
    draw: ImageDraw.ImageDraw, top: int, split: str, rows: Sequence[Availability]
) -> None:
    counts = Counter(row.status for row in rows)
    clips = sum(row.clips for row in rows)
    got = sum(row.clips for row in rows if row.status == OK)
    draw.text((_EDGE, top), split, fill=_INK, font=_font(17))
    more = f" (and {counts[AVAILABLE]:,} more at the host)" if counts[AVAILABLE] else ""
    text = f"{counts[OK]:,} of {len(rows):,} videos here{more}: {got:,} of {clips:,} clips"
    text += f" ({got / clips:.1%})"
    _right(draw, _WIDTH - _EDGE, top + 2, text)
    left, span, done = _EDGE, _WIDTH - 2 * _EDGE, 0
    for name in _MEANINGS:
        if not counts[name]:
            continue
        begin = left + round(span * done / len(rows))
        done += counts[name]
        end = left + round(span * done / len(rows))
        box = (begin, top + 24, max(end - 1, begin), top + 24 + _BAR)
        draw.rectangle(box, fill=_COLOURS[name])
        label = f"{counts[name]:,}"
        if end - begin >= max(_WIDE, 10 * len(label)):
            place = ((begin + end) // 2, top + 24 + _BAR // 2)
            draw.text(place, label, fill=_ink_on(_COLOURS[name]), font=_font(15), anchor="mm")


def _draw_table(
    draw: ImageDraw.ImageDraw,
    top: int,
    used: Sequence[str],
    splits: Sequence[str],
    rows: Sequence[Availability],
) -> None:
    """Draw a line for each status: its colour, its name, its meaning and its counts."""
    places = [_EDGE + right for right in _COLUMNS[-1 - len(splits) :]]
    for place, name in zip(places, (*splits, "all"), strict=True):
        _right(draw, place, top, name)
    for number, status in enumerate(used, 1):
        line = top + number * _LINE
        draw.rectangle((_EDGE, line + 3, _EDGE + 14, line + 17), fill=_COLOURS[status])
        draw.text((_EDGE + 24, line), status, fill=_INK, font=_font(15))
        draw.text((_EDGE + 140, line), _MEANINGS[status], fill=_SOFT, font=_font(15))
        of_status = [row for row in rows if row.status == status]
        counts = [sum(row.split == split for row in of_status) for split in splits]
        for place, count in zip(places, (*counts, len(of_status)), strict=True):
            _right(draw, place, line, f"{count:,}" if count else "-", fill=_INK)


def _right(
    draw: ImageDraw.ImageDraw, right: int, top: int, text: str, *, fill: str = _SOFT
) -> None:
    draw.text((right, top), text, fill=fill, font=_font(15), anchor="ra")


def _ink_on(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return _INK if 0.3 * red + 0.59 * green + 0.11 * blue > 140 else _PAPER


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
