"""The methods of the benchmark behind one protocol, and the one engine that trains them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from datasets.registry import choose

if TYPE_CHECKING:
    from baselines.method import Method


class _Methods(Mapping[str, "type[Method]"]):
    """The list of methods; a class is imported when it is asked for, torch with it."""

    def __init__(self, homes: dict[str, str]) -> None:
        self._homes = homes

    def __getitem__(self, name: str) -> type[Method]:
        module, cls = self._homes[name].split(":")
        return cast("type[Method]", getattr(import_module(module), cls))

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


METHODS: Mapping[str, type[Method]] = _Methods(
    {
        "fomm": "baselines.fomm:FOMMMethod",
        "monkey-net": "baselines.monkey_net.method:MonkeyNetMethod",
        "x2face": "baselines.x2face.method:X2FaceMethod",
    }
)
"""Name in ``params.yaml`` -> class. The only list of methods: a new method is one entry here."""


def method_class(name: str) -> type[Method]:
    """Return the class of a method; `UsageError` lists the known names."""
    return METHODS[choose("method", name, METHODS)]
