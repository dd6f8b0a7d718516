"""What to cite for a number: the method, the data set, the frozen list, and this suite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from datasets.registry import DATASETS, PROFILES, VERSION, get, shown_name
from leaderboards.bibtex import entry
from leaderboards.card import Card
from leaderboards.card_text import card_bibtex

SUITE_TITLE = "Tai-Chi-HD: a benchmark and dataset suite for image animation"
SUITE_AUTHORS = "The authors of the Tai-Chi-HD benchmark"
SUITE_KEY = "tai-chi-hd-benchmark"
_KEY = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}()]+)\s*,")


def suite(version: str = VERSION) -> str:
    """Return the entry of this suite, whose leaderboards have a version."""
    fields = {
        "title": f"{{{SUITE_TITLE}}}",
        "author": f"{{{SUITE_AUTHORS}}}",
        "note": f"Leaderboards {version}",
    }
    return entry("misc", f"{SUITE_KEY}-{version}", fields)


def frozen_list(split: str, sha256: str) -> str:
    """Return the entry of a frozen list, as ``python -m datasets.splits cite`` prints it.

    Args:
        split: Its citable id, ``taichi-hd@v1``; that of a mini world says what it is not.
        sha256: The digest of parameters and list.
    """
    shown = split.partition("@")[0]
    mini = shown.removesuffix("-mini")
    what = f", a procedural stand-in, not {get(mini).title}" if shown != mini else ""
    fields = {
        "title": f"The frozen split {{{split}}}{what}",
        "author": f"{{{SUITE_AUTHORS}}}",
        "howpublished": SUITE_TITLE,
        "note": f"sha256 {sha256}",
    }
    return entry("misc", split.replace("@", "-"), fields)


def dataset(name: str, *, profile: str) -> str:
    """Return the entry of a data set; empty for a mini world, which is part of this suite."""
    return get(name).bibtex if profile == "full" else ""


def method(card: Card) -> str:
    """Return the entry of a method; empty for an anchor, which is described in the suite."""
    return "" if card.kind == "anchor" and not card.bibtex else card_bibtex(card).strip()


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


def keys(text: str) -> list[str]:
    """Return the keys of the entries in ``text``.

    Example:
        >>> keys("@misc{a, note = {x}} @book{b, note = {y}}")
        ['a', 'b']
    """
    return _KEY.findall(text)


def reserved(cards: Iterable[Card]) -> Callable[[str], str]:
    """Return what says whose a key is; empty if anybody may take it.

    The keys are those of the suite, the lists and the data sets, of every version, and of our
    methods: of two entries with one key only the first is printed.

    Args:
        cards: Of our methods.
    """
    known = {
        key.casefold(): f"our {card.name}" for card in cards for key in keys(card_bibtex(card))
    }
    known |= {key.casefold(): name for name in DATASETS for key in keys(get(name).bibtex)}
    begin = {f"{shown_name(d, profile)}-v": "a list" for d in DATASETS for profile in PROFILES}
    begin[SUITE_KEY] = "this suite"

    def whose(key: str) -> str:
        folded = key.casefold()
        prefix = next((start for start in begin if folded.startswith(start)), None)
        return known.get(folded) or (begin[prefix] if prefix else "")

    return whose
