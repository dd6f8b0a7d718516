"""Frozen dataclasses from mappings and back, every key and every value checked on the way."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from fomm.settings.ranges import Range

C = TypeVar("C")


class ConfigError(ValueError):
    """A configuration has an unknown or missing key, or a value of a wrong type or size."""


def build(cls: type[C], values: object, *, where: str) -> C:
    """Fill the dataclass ``cls`` from a mapping; nested dataclasses from nested mappings.

    Args:
        cls: A dataclass of numbers, strings, tuples and dataclasses, each perhaps ``| None``.
            Numbers may carry a `fomm.settings.ranges.Range`.
        values: What a YAML file holds. Integers stand for floats; nothing else is converted.
        where: Names the place in messages.

    Raises:
        ConfigError: An unknown key (the known ones are listed), a missing one, or a value of a
            wrong type or out of range.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: expected a mapping, got {values!r}")
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise ConfigError(f"{where}: unknown key {key!r}; known: {', '.join(fields)}")
    hints = typing.get_type_hints(cls, include_extras=True)
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ConfigError(f"{where}: key {name!r} is missing")
    return cls(**{k: _convert(hints[k], v, where=f"{where}.{k}") for k, v in values.items()})


def plain(value: object) -> dict[str, Any]:
    """Return a dataclass as plain dicts and lists, which `build` takes and JSON can hold."""
    made = _plain(dataclasses.asdict(value))  # type: ignore[call-overload]
    return typing.cast(dict[str, Any], made)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _convert(hint: Any, value: object, *, where: str) -> object:  # noqa: ANN401
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        of, allowed = typing.get_args(hint)
        return _in_range(_convert(of, value, where=where), allowed, where=where)
    if origin in (typing.Union, types.UnionType):  # every union here is "X | None"
        if value is None:
            return None
        inner = next(h for h in typing.get_args(hint) if h is not type(None))
        return _convert(inner, value, where=where)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type[Any], hint), value, where=where)
    if origin is tuple:
        return _convert_list(typing.get_args(hint), value, where=where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ConfigError(f"{where}: expected {hint.__name__}, got {value!r}")
    return value


def _convert_list(hints: tuple[Any, ...], value: object, *, where: str) -> tuple[object, ...]:
    """Convert the items of ``tuple[X, ...]``, or of ``tuple[X, Y]``, which has just two."""
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{where}: expected a list, got {value!r}")
    if hints[-1] is not Ellipsis and len(value) != len(hints):
        raise ConfigError(f"{where}: expected a list of {len(hints)}, got {value!r}")
    return tuple(_convert(hints[0], item, where=where) for item in value)


def _in_range(value: Any, allowed: Range, *, where: str) -> object:  # noqa: ANN401
    if not allowed.holds(value):
        raise ConfigError(f"{where}: must be {allowed.text}, got {value!r}")
    return value
