"""Dataclasses that check the ranges of their numbers, which their types name."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from datasets.registry import UsageError
from fomm.settings.ranges import AboveZero, Count, FromZero, Positive, Range, Scale

__all__ = ["AboveZero", "Checked", "Count", "FromZero", "Positive", "Scale"]


class Checked:
    """A base of frozen dataclasses; numbers may lie in tuples and in unions."""

    def __post_init__(self) -> None:
        """Raise `UsageError` for a number out of range."""
        for name, hint in typing.get_type_hints(type(self), include_extras=True).items():
            value = getattr(self, name)
            for allowed in ranges_in(hint):
                for item in value if isinstance(value, tuple) else (value,):
                    if isinstance(item, int | float) and not allowed.holds(item):
                        raise UsageError(f"{name} must be {allowed.text}, got {item!r}")


def ranges_in(hint: Any) -> Iterator[Range]:  # noqa: ANN401 - any annotation
    """Yield the ranges that a type names."""
    if typing.get_origin(hint) is typing.Annotated:
        yield from (part for part in hint.__metadata__ if isinstance(part, Range))
    else:
        for part in typing.get_args(hint):
            yield from ranges_in(part)
