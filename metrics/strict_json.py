"""Parsed JSON -> frozen dataclasses, refusing whatever the dataclass does not say."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal, TypeVar

from datasets.registry import UsageError

D = TypeVar("D")


def read(cls: type[D], path: Path, *, optional: Collection[str] = frozenset()) -> D:
    """Fill the dataclass ``cls`` from a JSON file; see `build`.

    Raises:
        UsageError: The file cannot be read or is not such JSON; the message names it.
    """
    try:
        node = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        return build(cls, node, where=str(path), optional=optional)
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a {cls.__name__.lower()} file ({error})") from error


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number; use null with a reason")


def build(cls: type[D], node: object, *, where: str, optional: Collection[str] = frozenset()) -> D:
    """Fill the dataclass ``cls`` from parsed JSON: no unknown, missing or mistyped key.

    Args:
        cls: A dataclass of plain types, tuples, dicts by str, `Literal`, and dataclasses.
        node: What `json.loads` returned.
        where: Names the place in messages.
        optional: Keys of ``cls`` that may be absent.

    Raises:
        UsageError: Naming the place and the key.
    """
    if not isinstance(node, dict):
        raise UsageError(f"{where}: expected an object, got {node!r}")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(node) - set(fields))
    missing = sorted(set(fields) - set(node) - set(optional))
    if unknown:
        raise UsageError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(fields))}")
    if missing:
        raise UsageError(f"{where}: missing key {missing[0]!r}")
    hints = typing.get_type_hints(cls)
    return cls(**{key: _value(hints[key], node[key], f"{where}: {key}") for key in node})


def _value(hint: Any, node: object, where: str) -> Any:  # noqa: ANN401 - any JSON value
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if node is None else _value(args[0], node, where)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), node, where=where)
    if origin is dict and isinstance(node, dict):
        return {key: _value(args[1], item, f"{where}: {key}") for key, item in node.items()}
    if origin is tuple and isinstance(node, list):
        return tuple(_value(args[0], item, where) for item in node)
    if origin is Literal:
        if node not in args:
            raise UsageError(f"{where}: got {node!r}, expected one of {', '.join(args)}")
        return node
    if hint is float and type(node) in (int, float):
        return _finite(typing.cast("float", node), where)
    if origin is None and type(node) is hint:
        return node
    raise UsageError(f"{where}: expected {getattr(hint, '__name__', hint)}, got {node!r}")


def _finite(number: float, where: str) -> float:
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise UsageError(f"{where}: not finite; use null with a reason")
    return value
