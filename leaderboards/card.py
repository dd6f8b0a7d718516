"""The card of a method: who made it, where it is described, and what differs from that here.

Ours lie in ``leaderboards/v1/methods/<method>.toml``, that of a submission beside its result as
``method.toml``. What stands in a card was written by others: pages escape it, and links are only
web addresses.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from datasets.registry import UsageError
from leaderboards import bibtex
from leaderboards.plain import is_visible, unseen
from metrics.result import METHOD_PATTERN, faults

LARGEST = 16_000
"""Bytes of the largest card that is read; a parser of TOML takes a second for the worst ones."""
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def _line(text: str) -> str:
    if why := unseen(text):
        raise ValueError(why)
    return text


def _title(text: str) -> str:
    if not is_visible(text):
        raise ValueError("has no letter or digit")
    return _line(text)


def _paragraph(text: str) -> str:
    _line(text.replace("\n", ""))
    return text


def _url(text: str) -> str:
    if not text:
        return text
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for what is none
    except ValueError as error:
        raise ValueError(f"is no web address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not _URL.fullmatch(text):
        raise ValueError("is no web address; it must begin with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("must not name a user before its host")
    return text


def _bibtex(text: str) -> str:
    _paragraph(text)
    text = text.strip()
    if text and (fault := bibtex.fault(text)):
        raise ValueError(fault)
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Paragraph = Annotated[str, Field(max_length=1000), AfterValidator(_paragraph)]
Url = Annotated[str, Field(max_length=300, pattern=r"^(https?://.+)?$"), AfterValidator(_url)]


class Card(BaseModel):
    """What is known of a method. Empty: not known.

    Attributes:
        name: The method's id, as in its results.
        title: Its name in text.
        kind: ``anchor`` for what is shown for comparison and never ranked.
        authors: Full names, in the order of the paper.
        year: Of publication.
        venue: Where it was published.
        paper: Web address of the paper.
        code: Web address of its authors' code.
        license: Of that code.
        summary: What it does, in a sentence or two.
        notes: What differs from the paper in the results here.
        bibtex: The entry to cite.
        contact: Whom to ask.
        revision: Of a submission: how often it was submitted.
        changes: Of a submission: why, for each revision after the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=METHOD_PATTERN, max_length=64)
    title: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_title)]
    kind: Literal["method", "anchor"] = "method"
    authors: tuple[Line, ...] = Field((), max_length=100, strict=False)
    year: int | None = Field(None, ge=1900, le=2100)
    venue: Line = ""
    paper: Url = ""
    code: Url = ""
    license: Line = ""
    summary: Paragraph = ""
    notes: tuple[Paragraph, ...] = Field((), max_length=30, strict=False)
    bibtex: Annotated[str, Field(max_length=4000), AfterValidator(_bibtex)] = ""
    contact: Line = ""
    revision: int = Field(1, ge=1, le=10_000)
    changes: tuple[Line, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _every_revision_has_a_reason(self) -> Card:
        if len(self.changes) != self.revision - 1:
            raise ValueError(
                f"revision {self.revision} needs {self.revision - 1} reasons in 'changes', "
                f"there are {len(self.changes)}"
            )
        if not all(change.strip() for change in self.changes):
            raise ValueError("a reason in 'changes' is empty")
        return self


def read_card(path: Path) -> Card:
    """Read a card.

    Raises:
        UsageError: The file is missing, too large or no card; the message names it and every
            key that does not fit.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > LARGEST:
        raise UsageError(f"{path}: larger than {LARGEST} bytes; a card is a page of text")
    try:
        return Card.model_validate(tomllib.loads(data.decode("utf-8")))
    except ValidationError as error:
        raise UsageError("\n".join(f"{path}: {line}" for line in faults(error))) from error
    except (ValueError, RecursionError) as error:  # of numbers with thousands of digits too
        raise UsageError(f"{path}: is no TOML in UTF-8 ({error})") from error


def read_cards(folder: Path) -> dict[str, Card]:
    """Return name -> card of every ``<name>.toml`` in ``folder``, by name.

    Raises:
        UsageError: As `read_card`; or a card lies under another name than its own.
    """
    cards = {}
    for path in sorted(folder.glob("*.toml")):
        card = read_card(path)
        if card.name != path.stem:
            raise UsageError(f"{path}: is the card of {card.name}; rename the file")
        cards[card.name] = card
    return cards
