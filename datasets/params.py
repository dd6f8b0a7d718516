"""Read ``params.yaml`` once, in a command line, and turn a section into a frozen dataclass."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Protocol, TypeVar

import yaml

from datasets.registry import DATASETS, PROFILES, UsageError, choose

KEYS = ("profile", "splits", "seed", "datasets", "methods", "anchors", "scored", "profiles")
STAGES = ("download", "crop", "train", "predict", "evaluate")


class _Dataclass(Protocol):
    __dataclass_fields__: typing.ClassVar[dict[str, dataclasses.Field[Any]]]


C = TypeVar("C", bound=_Dataclass)

Params = Mapping[str, Any]


def load(path: Path = Path("params.yaml")) -> Params:
    """Return the parsed ``params.yaml``.

    Raises:
        UsageError: The file is missing, is no YAML or not a mapping, has an unknown key, or names
            an unknown profile, stage or data set; the message lists the known ones.
    """
    if not path.is_file():
        raise UsageError(f"{path}: not found; run from the repository root")
    try:
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(params, dict):
        raise UsageError(f"{path}: expected a mapping, got {type(params).__name__}")
    try:
        _check(params)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return params


def _check(params: Params) -> None:
    """Check what is the same for all stages; `build` checks their sections."""
    for key in params:
        choose("key", key, KEYS)
    choose("profile", str(params.get("profile")), PROFILES)
    seed = params.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise UsageError(f"seed: expected a whole number, 0 or more, got {seed!r}")
    datasets = params.get("datasets", [])
    if not isinstance(datasets, list):
        raise UsageError(f"datasets: expected a list, got {datasets!r}")
    for name in datasets:
        choose("dataset", name, DATASETS)
    for name, stages in _mapping("profiles", params.get("profiles")).items():
        choose("profile", name, PROFILES)
        for stage in _mapping(f"profiles.{name}", stages):
            choose(f"stage in profiles.{name}", stage, STAGES)


def _mapping(where: str, value: object) -> Mapping[Any, Any]:
    """Return ``value``, an empty mapping if it is None."""
    if value is not None and not isinstance(value, Mapping):
        raise UsageError(f"{where}: expected a mapping, got {value!r}")
    return value or {}


def section(params: Params, cls: type[C], *keys: str) -> C:
    """Fill the frozen dataclass ``cls`` from the section of ``params`` at ``keys``.

    Args:
        params: What `load` returned.
        cls: A dataclass; nested dataclasses are filled from nested mappings.
        keys: The path of the section, e.g. ``"profiles", "mini", "crop"``.

    Raises:
        UsageError: The section or a field is missing, a key is unknown (the known ones are
            listed), or a value has the wrong type.
    """
    node: Any = params
    for depth, key in enumerate(keys):
        if not isinstance(node, Mapping) or key not in node:
            known = ", ".join(map(str, node)) if isinstance(node, Mapping) else "nothing"
            where = ".".join(keys[:depth]) or "the top level"
            raise UsageError(f"params.yaml: no key {key!r} in {where}; it has {known}")
        node = node[key]
    return build(cls, node or {}, where=".".join(keys) or "params.yaml")


def build(cls: type[C], values: Mapping[str, Any], *, where: str) -> C:
    """Fill the dataclass ``cls`` from ``values``; ``where`` names the place in messages.

    Example:
        >>> @dataclasses.dataclass(frozen=True)
        ... class Crop:
        ...     size: int = 64
        >>> build(Crop, {"size": 32}, where="crop")
        Crop(size=32)
        >>> build(Crop, {"sise": 32}, where="crop")
        Traceback (most recent call last):
        ...
        datasets.registry.UsageError: crop: unknown key 'sise'; known: size
    """
    if not isinstance(values, Mapping):
        raise UsageError(f"{where}: expected a mapping, got {values!r}")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key in values:
        if key not in fields:
            raise UsageError(f"{where}: unknown key {key!r}; known: {', '.join(sorted(fields))}")
    hints = typing.get_type_hints(cls)
    filled = {key: _convert(values[key], hints[key], f"{where}.{key}") for key in values}
    missing = [
        name
        for name, field in fields.items()
        if name not in filled
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise UsageError(f"{where}: missing key {missing[0]!r}; known: {', '.join(sorted(fields))}")
    return cls(**filled)


def _convert(value: Any, hint: Any, where: str) -> Any:  # noqa: ANN401 - any YAML value
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        return _convert_union(value, typing.get_args(hint), where)
    if origin is typing.Literal:
        return choose(where, value, typing.get_args(hint))
    if origin is tuple and isinstance(value, (list, tuple)):
        item = typing.get_args(hint)[0]
        return tuple(_convert(v, item, f"{where}[{i}]") for i, v in enumerate(value))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where=where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = origin or hint
    if hint is not Any and (
        not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool)
    ):
        raise UsageError(f"{where}: expected {getattr(plain, '__name__', plain)}, got {value!r}")
    return value


def _convert_union(value: Any, hints: tuple[Any, ...], where: str) -> Any:  # noqa: ANN401
    if value is None and type(None) in hints:
        return None
    errors = []
    for hint in hints:
        if hint is type(None):
            continue
        try:
            return _convert(value, hint, where)
        except UsageError as error:
            errors.append(str(error))
    raise UsageError("; ".join(errors))
