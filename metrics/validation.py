"""What pydantic says of data that do not fit, in the words of this project: place, then fault."""

from __future__ import annotations

from pydantic import ValidationError

_LONGEST = 60
"""Characters that are shown of a value that does not fit."""


def faults(error: ValidationError) -> list[str]:
    """Return one line per fault: the keys that lead to it, what is wrong, and what was there.

    Example:
        >>> from pydantic import TypeAdapter
        >>> try:
        ...     TypeAdapter(dict[str, int]).validate_python({"steps": "many"}, strict=True)
        ... except ValidationError as error:
        ...     faults(error)
        ["steps: input should be a valid integer, got 'many'"]
    """
    lines = []
    for fault in error.errors(include_url=False, include_context=False):
        place = [str(part) for part in fault["loc"] if part != "[key]"]
        kind, text = fault["type"], fault["msg"]
        if kind == "missing":
            said = f"missing key {place.pop()!r}"
        elif kind in ("extra_forbidden", "unexpected_keyword_argument"):
            said = f"unknown key {shortened(place.pop())}"
        elif kind == "value_error":
            said = text.removeprefix("Value error, ")
        elif kind == "json_invalid":
            said = text[:1].lower() + text[1:]
        else:
            said = f"{text[:1].lower()}{text[1:]}, got {shortened(fault['input'])}"
        lines.append(": ".join([*place, said]))
    return lines


def shortened(value: object) -> str:
    """Return ``repr(value)``, cut so that no input can flood a message.

    Example:
        >>> shortened("a" * 1000)
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"
    """
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value[: 2 * _LONGEST] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
