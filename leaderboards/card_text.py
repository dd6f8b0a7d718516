"""A card as TOML, and the entry to cite that follows from what is known."""

from __future__ import annotations

import json
import re

from leaderboards import bibtex
from leaderboards.card import Card

_ORDER = tuple(Card.model_fields)


def card_text(card: Card) -> str:
    r"""Return ``card`` as TOML; what is not known is left out.

    Example:
        >>> print(card_text(Card(name="a", title='The "A"')), end="")
        name = "a"
        title = "The \"A\""
        kind = "method"
    """
    lines = []
    for name in _ORDER:
        value = getattr(card, name)
        default = Card.model_fields[name].default
        if name != "kind" and value == default:
            continue
        if isinstance(value, tuple):
            items = "".join(f"    {_string(item)},\n" for item in value)
            lines.append(f"{name} = [\n{items}]")
        else:
            lines.append(f"{name} = {_string(value) if isinstance(value, str) else value}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's, for text without control characters.

    Line ends and DEL are the exceptions that a card could hold.
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def card_bibtex(card: Card) -> str:
    r"""Return the entry of ``card``, or one made of what it says of its authors.

    Example:
        >>> print(card_bibtex(Card(name="a_b", title="A & B", authors=("Ada Low",), year=2026)))
        @misc{low2026ab,
          title = {A \& B},
          author = {Ada Low},
          year = {2026}
        }
    """
    if card.bibtex:
        return card.bibtex
    family = re.sub(r"[^A-Za-z]", "", card.authors[0].split()[-1]) if card.authors else ""
    word = re.sub(r"[^A-Za-z0-9]", "", card.name)
    fields = {
        "title": bibtex.quoted(card.title),
        "author": " and ".join(map(bibtex.quoted, card.authors)),
        "year": str(card.year or ""),
        "howpublished": bibtex.quoted(card.venue),
        "url": bibtex.quoted(card.paper or card.code),
    }
    return bibtex.entry("misc", f"{family.lower()}{card.year or ''}{word}", fields)
