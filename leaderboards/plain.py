"""What text of others may hold, and what a hurried reader takes it for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that Unicode calls letters, marks or symbols, and that show nothing."""
_MARKS = 2
"""Combining marks that one letter may carry: Vietnamese needs two."""
_CYRILLIC = "авгеимнопрстухѕіјһԁԛԝѵкь", "abreumhonpctyxsljhdqwvkb"
_GREEK = "αβγεηικμνορτυχω", "abyenlkuvoptuxw"
_ALIKE = str.maketrans("01iı" + _CYRILLIC[0] + _GREEK[0], "olll" + _CYRILLIC[1] + _GREEK[1])


def unseen(text: str) -> str | None:
    r"""Return why ``text`` shows something else than it holds; None if it does not.

    Example:
        >>> unseen("Müller"), unseen("a\u202eb")
        (None, "has the control character '\\u202e'; write plain text")
    """
    for char in sorted(set(text)):
        if unicodedata.category(char) in _UNSEEN:
            return f"has the control character {char!a}; write plain text"
        if char in _BLANKS:
            return f"has the invisible character {char!a}; write plain text"
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run > _MARKS:
            return f"has more than {_MARKS} combining marks on one letter"
    return None


def is_visible(text: str) -> bool:
    """Whether ``text`` has a letter or a digit.

    Example:
        >>> is_visible("A"), is_visible("   "), is_visible("--")
        (True, False, False)
    """
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def skeleton(text: str) -> str:
    """Return what a hurried reader sees: no case, accents or separators, no 0 for o.

    Letters of other scripts that look like Latin ones are those.

    Example:
        >>> skeleton("Monkey_Net") == skeleton("monkey-net"), skeleton("F0MM") == skeleton("fomm")
        (True, True)
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"[\W_]", "", folded.translate(_ALIKE))


def hidden(node: object, where: str = "") -> Iterator[str]:
    r"""Yield what is `unseen` in the texts of lists and mappings, keys too, with its place.

    Example:
        >>> list(hidden({"a": ["b", 1, "\u200b"]}))
        ["a: has the control character '\\u200b'; write plain text"]
    """
    if isinstance(node, str):
        if why := unseen(node):
            yield f"{where}: {why}" if where else why
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield from hidden(key, where)
            yield from hidden(inner, f"{where}: {key}" if where else key)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from hidden(inner, where)
