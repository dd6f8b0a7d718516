"""Writing and comparing files; the other folders' helpers may not be imported here."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

_LONGEST = 200
"""Characters of a file name that are shown."""


def write_if_changed(path: Path, text: str | bytes) -> bool:
    """Write bytes, or text in UTF-8, to ``path`` unless they are there already.

    They go to a temporary name, which is then renamed.

    Returns:
        Whether the file was written.
    """
    data = _bytes(text)
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


def difference(path: Path, rebuilt: str | bytes) -> str | None:
    """Return where the file at ``path`` differs from what was ``rebuilt``; None if nowhere."""
    if not path.is_file():
        return f"{path}: missing"
    old, new = path.read_bytes(), _bytes(rebuilt)
    if old == new:
        return None
    if b"\0" in old + new:
        return f"{path}: differs ({len(old)} bytes committed, {len(new)} rebuilt)"
    found = first_difference(
        *(data.decode("utf-8", errors="surrogateescape") for data in (old, new))
    )
    assert found is not None, "unequal bytes are unequal texts"
    number, committed, expected = found
    return f"{path}: line {number} differs\n  committed: {committed}\n  rebuilt:   {expected}"


def complaint(error: Exception) -> str:
    """Return ``error`` as it is shown: of the system's, which file and what is wrong, in one line.

    Example:
        >>> complaint(FileNotFoundError(2, "No such file or directory", "a"))
        'a: no such file or directory'
    """
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    name = str(error.filename or "file")
    short = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return f"{short}: {error.strerror[:1].lower()}{error.strerror[1:]}"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", errors="surrogateescape")
