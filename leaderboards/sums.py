"""The digests of a board's inputs, so that an edited one is named even if no other can tell.

A mean follows from values per clip, but a distance between sets of frames, or a picture, follows
from nothing that is kept with the board. ``sha256sum --check SHA256SUMS`` does the same by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

SUMS = "SHA256SUMS"


def sums(inputs: Mapping[str, bytes]) -> dict[str, str]:
    """Return the file of digests: its name -> text; nothing if there are no inputs.

    Args:
        inputs: Path below the board -> bytes.

    Example:
        >>> sums({"a": b""})["SHA256SUMS"].split()
        ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'a']
    """
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in inputs.items()]
    return {SUMS: "".join(sorted(lines, key=lambda line: line[66:]))} if lines else {}


def sums_differences(board: Path, inputs: Mapping[str, bytes]) -> list[str]:
    """Return one message for each input of a committed board that is not the listed one.

    Args:
        board: The board.
        inputs: As they lie there, path below the board -> bytes.
    """
    path = board / SUMS
    if not path.is_file():
        return [f"{path}: missing"] if inputs else []
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    listed = {line[66:]: line[:64] for line in text.splitlines()}
    found = []
    for name in sorted(listed.keys() | inputs.keys()):
        if name not in inputs:
            found.append(f"{board / name}: listed in {SUMS}, but no input of the board")
        elif name not in listed:
            found.append(f"{board / name}: not listed in {SUMS}; build the board again")
        elif hashlib.sha256(inputs[name]).hexdigest() != listed[name]:
            found.append(f"{board / name}: is not the file that {SUMS} lists; restore it")
    return found
