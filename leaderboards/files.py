"""Writing and comparing text files; the other folders' helpers may not be imported here."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path


def write_if_changed(path: Path, text: str) -> bool:
    """Write UTF-8 ``text`` to ``path`` (temporary name, then rename) unless it is there already.

    Returns:
        Whether the file was written.
    """
    data = text.encode("utf-8", errors="surrogateescape")
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


def read_exactly(path: Path) -> str:
    """Return the text of ``path`` without translating line ends; undecodable bytes are kept."""
    return path.read_bytes().decode("utf-8", errors="surrogateescape")


def first_difference(committed: str, rebuilt: str) -> tuple[int, str, str] | None:
    """Return line number (from 1) and both lines where two texts first differ; None if equal.

    A line that one text lacks is given as ``"(no line)"``; line ends belong to the lines.

    Example:
        >>> first_difference("a,1", "a,2")
        (1, 'a,1', 'a,2')
    """
    if committed == rebuilt:
        return None
    pairs = zip_longest(committed.split("\n"), rebuilt.split("\n"), fillvalue="(no line)")
    for number, (left, right) in enumerate(pairs, start=1):
        if left != right:
            return number, left, right
    raise AssertionError("unequal texts have an unequal line")


def difference(path: Path, rebuilt: str) -> str | None:
    """Return where the file at ``path`` differs from what was ``rebuilt``; None if nowhere."""
    if not path.is_file():
        return f"{path}: missing"
    found = first_difference(read_exactly(path), rebuilt)
    if found is None:
        return None
    number, committed, expected = found
    return f"{path}: line {number} differs\n  committed: {committed}\n  rebuilt:   {expected}"
