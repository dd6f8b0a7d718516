"""BibTeX entries: which ones are taken from others, and how our own are written.

An entry ends up in somebody's paper, where TeX executes it: of its commands only accents and
symbols are let through, and nothing that would become one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ENTRY = re.compile(r"@(?P<kind>[A-Za-z]+)\s*\{\s*(?P<key>[A-Za-z0-9][A-Za-z0-9:._-]*)\s*")
_FIELD = re.compile(r"\s*,\s*(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*=\s*")
_WORD = re.compile(r"[0-9]+|[A-Za-z][A-Za-z-]*")
_END = re.compile(r"\s*,?\s*\}\s*")
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
_BARE = {
    "%": "would hide the rest of its line",
    "#": "stops TeX outside of a definition",
    "&": "stops TeX outside of a table",
}
_ESCAPES = {char: "\\" + char for char in "&%$#_"} | {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",  # BibTeX counts \{ as a brace
    "}": r"{\textbraceright}",
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
    if "^^" in text:
        return "^^ would become another character, a backslash even"
    plain = _COMMAND.sub("", text)
    for char, why in _BARE.items():
        if char in plain:
            return f"a {char} {why}; write \\{char}"
    return _fields(text, found.end())


def _fields(text: str, at: int) -> str | None:
    """Return what is wrong with the fields, which begin at ``at``; None if nothing is."""
    while field := _FIELD.match(text, at):
        name, start = field["name"], field.end()
        end = _value_end(text, start)
        if end is None:
            if text[start : start + 1] in ("{", '"'):
                return f"{name}: braces or quotes that are not closed"
            return f'{name}: is no {{text}}, no "text", no number and no word'
        if _COMMAND.sub("", text[start:end]).count("$") % 2:
            return f"{name}: a lone $ begins a formula; write \\$"
        at = end
    end_of_entry = _END.match(text, at)
    if end_of_entry is None:
        return "braces that are not closed" if not text[at:].strip() else "is no list of fields"
    return "goes on after its end" if end_of_entry.end() < len(text) else None


def _value_end(text: str, start: int) -> int | None:
    """Return where the value that begins at ``start`` ends, as BibTeX reads it."""
    if text[start : start + 1] not in ("{", '"'):
        word = _WORD.match(text, start)
        return word.end() if word else None
    closing, depth = '"' if text[start] == '"' else "}", 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth < 0:
            return None
        if depth == 0 and at > start and text[at] == closing:
            return at + 1
    return None


def quoted(text: str) -> str:
    r"""Return plain ``text`` for a field: what TeX would read as a command is escaped.

    Example:
        >>> quoted("50 % of A_{1}")
        '50 \\% of A\\_{\\textbraceleft}1{\\textbraceright}'
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
