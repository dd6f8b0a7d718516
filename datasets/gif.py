"""Whether the bytes of a GIF are all there; its decoder shows what it has and says nothing.

Sizes of blocks as in the GIF89a specification, section 12 onwards.
"""

from __future__ import annotations

_HEAD = 13  # signature (6) and logical screen descriptor (7)
_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B


def gif_cut_short(data: bytes) -> str:
    """Return how a GIF ends within a block, empty if it does not.

    A missing trailer after a whole block is let through, as all browsers do, and so is anything
    after the trailer.
    """
    at = _HEAD + _table(data, 10)
    while at < len(data) and data[at] in (_EXTENSION, _PICTURE):
        if data[at] == _PICTURE:
            at += 10 + _table(data, at + 9) + 1  # descriptor, colours, code size
        else:
            at += 2
        at = _after_blocks(data, at)
    if at > len(data):
        return f"the file ends after {len(data)} bytes, within a block"
    return ""


def _table(data: bytes, at: int) -> int:
    """Return the bytes of the colour table that the flags at ``at`` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Return where the sub-blocks at ``at`` end; beyond the end of ``data`` if they do not."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at
    return len(data) + 1
