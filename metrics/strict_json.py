"""Parsed JSON -> frozen dataclasses, refusing whatever the dataclass does not say."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Collection
from typing import Any, Literal, TypeVar

from datasets.registry import UsageError

D = TypeVar("D")


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
        return float(typing.cast("float", node))
    if origin is None and type(node) is hint:
        return node
    raise UsageError(f"{where}: expected {getattr(hint, '__name__', hint)}, got {node!r}")
