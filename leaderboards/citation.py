"""What to cite for a number: the method, the data set, the frozen list, and this suite."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from datasets.registry import VERSION, get
from leaderboards.bibtex import entry, quoted

if TYPE_CHECKING:
    from leaderboards.card import Card

SUITE_TITLE = "Tai-Chi-HD: a benchmark and dataset suite for image animation"
SUITE_AUTHORS = "The authors of the Tai-Chi-HD benchmark"
_KEY = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}()]+)\s*,")


def suite(version: str = VERSION) -> str:
    """Return the entry of this suite, whose leaderboards have a version."""
    fields = {
        "title": f"{{{SUITE_TITLE}}}",
        "author": f"{{{SUITE_AUTHORS}}}",
        "note": f"Leaderboards {version}",
    }
    return entry("misc", f"tai-chi-hd-benchmark-{version}", fields)


def frozen_list(split: str, sha256: str) -> str:
    """Return the entry of a frozen list, as ``python -m datasets.splits cite`` prints it.

    Args:
        split: Its citable id, ``taichi-hd@v1``.
        sha256: The digest of parameters and list.
    """
    fields = {
        "title": f"The frozen split {{{split}}}",
        "author": f"{{{SUITE_AUTHORS}}}",
        "howpublished": SUITE_TITLE,
        "note": f"sha256 {sha256}",
    }
    return entry("misc", split.replace("@", "-"), fields)


def dataset(name: str, *, profile: str) -> str:
    """Return the entry of a data set; empty for a mini world, which is part of this suite."""
    return get(name).bibtex if profile == "full" else ""


def method(card: Card) -> str:
    """Return the entry of a method: its card's own, or one made of what the card says.

    Empty for an anchor without one: it is described in the suite.
    """
    if card.bibtex.strip() or card.kind == "anchor":
        return card.bibtex.strip()
    family = re.sub(r"[^A-Za-z]", "", card.authors[0].split()[-1]) if card.authors else ""
    fields = {
        "title": quoted(card.title),
        "author": " and ".join(map(quoted, card.authors)),
        "year": str(card.year or ""),
        "howpublished": quoted(card.venue),
        "url": quoted(card.paper or card.code),
    }
    word = re.sub(r"[^A-Za-z0-9]", "", card.name)
    return entry("misc", f"{family.lower()}{card.year or ''}{word}", fields)


def joined(entries: Iterable[str]) -> str:
    r"""Return ``entries`` one after the other; one with the key of an earlier one is left out.

    Example:
        >>> joined(["@misc{a, note = {x}}", "", "@misc{a, note = {y}}"])
        '@misc{a, note = {x}}\n'
    """
    kept: dict[str, str] = {}
    for text in entries:
        if text:
            found = _KEY.search(text)
            kept.setdefault(found[1] if found else text, text)
    return "\n\n".join(kept.values()) + "\n" if kept else ""
