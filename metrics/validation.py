"""JSON files -> dataclasses, by pydantic, with messages that name the file and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from datasets.registry import UsageError

T = TypeVar("T")
LARGEST = 10_000_000
"""Bytes of the largest file that is read."""
_MOST = 20
"""Faults of one file that are named."""
_LONGEST = 60
"""Characters that are shown of a value that does not fit."""


def read_json(adapter: TypeAdapter[T], path: Path, *, largest: int = LARGEST) -> T:
    """Read what ``adapter`` describes from a JSON file.

    Args:
        adapter: Of a dataclass; nothing is converted if its configuration is strict.
        path: The file.
        largest: Bytes of the largest file that is read.

    Raises:
        UsageError: The file cannot be read, is too large, is no JSON in UTF-8, has a key twice,
            or does not fit; the message names the file and every key that does not.
    """
    data = read_limited(path, largest=largest)
    try:
        value = adapter.validate_json(data)
        json.loads(data, object_pairs_hook=_once)
    except ValidationError as error:
        raise UsageError("\n".join(f"{path}: {line}" for line in faults(error))) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from error
    return value


def read_limited(path: Path, *, largest: int = LARGEST) -> bytes:
    """Return the content of a file; `UsageError` if it cannot be read or is ``largest`` passed."""
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > largest:
        raise UsageError(f"{path}: larger than {largest / 1e6:g} MB")
    return data


def _once(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ValueError(f"has the key {shortened(key)} twice")
        seen.add(key)


def faults(error: ValidationError) -> list[str]:
    """Return one line per fault: the keys that lead to it, what is wrong, and what was there.

    Example:
        >>> try:
        ...     TypeAdapter(dict[str, int]).validate_python({"steps": "many"}, strict=True)
        ... except ValidationError as error:
        ...     faults(error)
        ["steps: input should be a valid integer, got 'many'"]
    """
    lines = []
    for fault in error.errors(include_url=False, include_context=False)[:_MOST]:
        place = [shortened(part, plain=True) for part in fault["loc"] if part != "[key]"]
        kind, text = fault["type"], fault["msg"]
        text = text[:1].lower() + text[1:]
        if kind == "missing":
            said = f"missing key {place.pop()!r}"
        elif kind in ("extra_forbidden", "unexpected_keyword_argument"):
            said = f"unknown key {place.pop()!r}"
        elif kind == "value_error":
            said = text.removeprefix("value error, ")
        elif kind == "json_invalid":
            said = text
        else:
            said = f"{text}, got {shortened(fault['input'])}"
        lines.append(": ".join([*place, said]))
    more = error.error_count() - _MOST
    return [*lines, f"and {more} more"] if more > 0 else lines


def shortened(value: object, *, plain: bool = False) -> str:
    r"""Return ``repr(value)`` (``plain``: its text), cut so that no input can flood a message.

    Example:
        >>> shortened("a" * 1000)
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"
        >>> shortened("a: \n", plain=True)
        'a: \\n'
    """
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, list | dict | tuple) and len(value) > _LONGEST:
        return f"{len(value)} entries"
    text = repr(value[: 2 * _LONGEST] if isinstance(value, str | bytes) else value)
    text = text[1:-1] if plain and isinstance(value, str) else text
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
