"""Where a file ought to end by its own words, for containers whose reader does not complain."""

from __future__ import annotations

from pathlib import Path

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


def cut_short(path: Path) -> str:
    """Return how a GIF, Matroska or WebM file ends too early; empty if it does not."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(512)
        if head.startswith(b"GIF8"):
            file.seek(max(0, size - 512))
            return "" if file.read().rstrip(b"\0").endswith(b";") else "the GIF has no end"
    if head.startswith(_EBML):
        end = _matroska_end(head)
        return f"the file ends after {size} of {end} bytes" if size < end else ""
    return ""


def _matroska_end(head: bytes) -> int:
    """Return the number of bytes that a Matroska file announces; 0 if it does not."""
    length, at = _number(head, len(_EBML))
    at += length
    if head[at : at + 4] != _SEGMENT:
        return 0
    length, begin = _number(head, at + 4)
    unknown = (1 << 7 * (begin - at - 4)) - 1  # all ones: written by somebody who did not know
    return 0 if length == unknown else begin + length


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return value, at + width
