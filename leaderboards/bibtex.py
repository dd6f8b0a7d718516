"""BibTeX entries: which ones are taken from others, and how our own are written.

An entry ends up in somebody's paper, where TeX executes it: of its commands only accents and
symbols are let through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENTRY = re.compile(r"@(?P<kind>[A-Za-z]+)\s*\{\s*(?P<key>[A-Za-z0-9][A-Za-z0-9:._-]*)\s*,")
_KINDS = {
    *("article", "book", "inbook", "incollection", "inproceedings", "mastersthesis", "misc"),
    *("online", "phdthesis", "proceedings", "software", "techreport", "unpublished"),
}
_COMMAND = re.compile(r"\\([A-Za-z]+|.|$)", re.DOTALL)
_ACCENTS = set("`'^\"~=.cuvHtdbkr")
_SYMBOLS = {
    *("ss", "o", "O", "l", "L", "aa", "AA", "ae", "AE", "oe", "OE", "i", "j"),
    *("&", "%", "_", "#", "$", "-", ","),
}
_ESCAPES = {char: "\\" + char for char in "&%$#_"} | {
    "\\": r"{\textbackslash}",
    "{": r"\{",
    "}": r"\}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
}


def fault(text: str) -> str | None:
    r"""Return why ``text`` is not one BibTeX entry that is safe to paste; None if it is.

    Example:
        >>> fault("@misc{a, title = {A {\\'e}}}")
        >>> fault("@misc{a, title = {\\input{/etc/passwd}}}")
        'the command \\input: only accents and symbols may stand in an entry'
    """
    found = _ENTRY.match(text)
    if found is None or found["kind"].lower() not in _KINDS:
        return "is no entry such as @inproceedings{key, ...}"
    for command in _COMMAND.findall(text):
        if command not in _ACCENTS | _SYMBOLS:
            return f"the command \\{command}: only accents and symbols may stand in an entry"
    if "%" in text.replace("\\%", ""):
        return "a % would hide the rest of its line; write \\%"
    return _braces(text)


def _braces(text: str) -> str | None:
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth < 0 or (depth == 0 and char == "}" and text[at + 1 :].strip()):
            return "goes on after its end"
    return "braces that are not closed" if depth else None


def quoted(text: str) -> str:
    r"""Return plain ``text`` for a field: what TeX would read as a command is escaped.

    Example:
        >>> quoted("50 % of {A_1}")
        '50 \\% of \\{A\\_1\\}'
    """
    return "".join(_ESCAPES.get(char, char) for char in " ".join(text.split()))


def entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    """Return an entry of ``fields``, which are BibTeX already; empty ones are left out.

    Example:
        >>> print(entry("misc", "a", {"title": "{A}", "year": ""}))
        @misc{a,
          title = {{A}}
        }
    """
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"
