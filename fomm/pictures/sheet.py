"""A sheet of tiles: columns with titles and legends, one row per driving frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fomm.media.picture import Picture

_INK, _SOFT, _EDGE, _PAPER = (20, 20, 20), (90, 90, 90), (200, 200, 200), (255, 255, 255)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a sheet.

    Attributes:
        title: Above it.
        note: Below it, in small letters.
        tiles: One picture per row, uint8 ``(S, S, 3)``, all of one size.
        legend: Between tiles and note, uint8 ``(h, w, 3)``, or None.
    """

    title: str
    note: str
    tiles: Sequence[Picture]
    legend: Picture | None = None


def sheet(columns: Sequence[Column], *, rows: Sequence[str]) -> Picture:
    """Return all columns beside each other on white, uint8 ``(H, W, 3)``.

    Letters and margins grow with the tiles: a sheet looks alike at any scale.

    Args:
        columns: At least one, with a tile per row.
        rows: Labels, written upwards at the left.
    """
    side = len(columns[0].tiles[0])
    gap, strip = max(side // 24, 2), max(side // 7, 10)
    title, small = _font(side / 8.6), _font(side / 11)
    top = gap + strip + gap
    bottom = top + len(rows) * (side + gap)
    notes = [_wrapped(column.note, small, side) for column in columns]
    legends = [0 if c.legend is None else len(c.legend) + gap for c in columns]
    line = round(side / 8.5)
    foot = max(h + line * n.count("\n") + line for h, n in zip(legends, notes, strict=True))
    width = strip + gap + len(columns) * (side + gap)
    image = Image.new("RGB", (width, bottom + foot + gap), _PAPER)
    draw = ImageDraw.Draw(image)
    for number, label in enumerate(rows):
        at = (gap // 2, top + number * (side + gap))
        image.paste(_upwards(label, small, size=(strip, side)), at)
    for number, (column, note) in enumerate(zip(columns, notes, strict=True)):
        left = strip + gap + number * (side + gap)
        draw.text((left, gap), column.title, fill=_INK, font=title)
        for row, tile in enumerate(column.tiles):
            upper = top + row * (side + gap)
            image.paste(Image.fromarray(tile), (left, upper))
            draw.rectangle((left - 1, upper - 1, left + side, upper + side), outline=_EDGE)
        if column.legend is not None:
            image.paste(Image.fromarray(column.legend), (left, bottom))
        at = (left, bottom + legends[number])
        draw.multiline_text(at, note, fill=_SOFT, font=small, spacing=side / 48)
    return np.asarray(image)


def _wrapped(text: str, font: Font, width: int) -> str:
    """Return ``text`` with line breaks such that no line is wider than ``width`` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _upwards(text: str, font: Font, *, size: tuple[int, int]) -> Image.Image:
    """Return ``text`` centred in a white picture of ``size``, to be read from bottom to top."""
    width, height = size
    image = Image.new("RGB", (height, width), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((height / 2, width / 2), text, fill=_SOFT, font=font, anchor="mm")
    return image.transpose(Image.Transpose.ROTATE_90)


def _font(size: float) -> Font:
    return ImageFont.load_default(size)
