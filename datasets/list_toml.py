"""The committed description of a list of real data: ``splits/v1/<name>.toml``.

It holds everything that leads to the list and everything that can be said of it, but not the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datasets import list_statistics as statistics
from datasets.corrections import Applied
from datasets.lists import LoadedList
from datasets.metadata import PARTITIONS, MetadataRow
from datasets.pair_list import PairList
from datasets.pins import PINS, STATED
from datasets.registry import frozen_parameters, list_spec, split_id
from datasets.upstream import UNPINNED, Pin

_HEAD = (
    "# Made by 'python -m datasets.splits freeze {}'. The list itself is made anew from its\n"
    "# upstream files, which carry no licence.\n"
)


def describe_list(found: LoadedList, pairs: PairList) -> str:
    """Return the description of a list whose upstream files are pinned."""
    parts = [
        _opening(found.dataset, found.list_name, found.split.sha256),
        _section("list", {"rows": len(found.rows), "sha256": found.sha256}),
        *map(_upstream, PINS[found.dataset]),
        *map(_correction, found.applied),
        _section("parameters", dict(sorted(found.split.parameters.items()))),
    ]
    for partition in PARTITIONS:
        part = found.split.of(partition)
        values = {**statistics.counts(part.rows), "sha256": part.sha256}
        parts.append(_section(f"splits.{partition}", values))
    parts.append(_statistics("all", found.rows))
    for partition in PARTITIONS:
        rows = found.split.of(partition).rows
        if rows:
            parts.append(_statistics(partition, rows))
    return "\n".join(parts) + pairs.describe()


def describe_unpinned(dataset: str, list_name: str) -> str:
    """Return the description of a list of which an upstream file is not pinned."""
    parts = [
        _opening(dataset, list_name, UNPINNED),
        *map(_upstream, PINS[dataset]),
        _section("parameters", dict(sorted(frozen_parameters(dataset, list_name).items()))),
    ]
    if list_name == "v1":
        parts.append("# Clips that the literature states; nobody here has counted them.")
        parts.append(_section("stated", STATED[dataset]))
    return "\n".join(parts)


def _opening(dataset: str, list_name: str, sha256: str) -> str:
    name = split_id(dataset, "full", list_name)
    values = {"id": name, "sha256": sha256, "text": list_spec(dataset, list_name).text}
    return _HEAD.format(name) + _lines(values)


def _upstream(pin: Pin) -> str:
    values: dict[str, Any] = {"name": pin.name, "urls": pin.urls, "sha256": pin.sha256}
    values |= {"bytes": pin.bytes} if pin.bytes is not None else {}
    values |= {"rows": pin.rows} if pin.rows is not None else {}
    return "[[upstream]]\n" + _lines(values | ({"note": pin.note} if pin.note else {}))


def _correction(applied: Applied) -> str:
    rule = applied.correction
    values: dict[str, Any] = {
        "name": rule.name,
        "text": rule.text,
        "counts": rule.counts,
        "found": _present(applied.found),
        "removed": _present(applied.removed),
    }
    if any(applied.added.values()):
        values["added"] = _present(applied.added)
    values["left"] = _present(applied.left)
    if rule.names_videos:
        values["videos"] = applied.videos
    return "[[corrections]]\n" + _lines(values)


def _present(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the partitions that an upstream list has: there is no ``val`` yet."""
    return {name: number for name, number in counts.items() if name != "val" or number}


def _statistics(name: str, rows: Sequence[MetadataRow]) -> str:
    told = [_section(f"statistics.{name}", statistics.numbers(rows))]
    tables = {"rates": statistics.rates(rows)}
    if name == "all":
        tables["sizes"] = statistics.sizes(rows)
    if name == "test":
        tables["people"] = statistics.people(rows)
    told += [_section(f"statistics.{name}.{key}", table) for key, table in tables.items() if table]
    return "\n".join(told)


def _section(name: str, values: Mapping[str, Any]) -> str:
    return f"[{name}]\n" + _lines(values)


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in values.items())


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else json.dumps(key)


def _value(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Iterable):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)
