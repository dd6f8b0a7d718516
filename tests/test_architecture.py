"""The one-way imports of the project, read with ast, and the names it must not shadow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import datasets
import metrics

ROOT = Path(__file__).parents[1]
OURS = {"datasets", "fomm", "baselines", "metrics", "leaderboards", "studies"}
FORBIDDEN = {
    "datasets": (OURS - {"datasets"}) | {"torch"},
    "fomm": OURS - {"fomm"},
    "baselines": {"metrics", "leaderboards", "studies"},
    "metrics": {"fomm", "baselines", "leaderboards", "studies"},
    "leaderboards": {"torch", "fomm", "baselines", "studies"},
}
LEADERBOARDS_MAY = {
    "datasets.registry",
    "metrics.result",
    "metrics.aggregate",
    "metrics.aggregate_many",
}
"""The last two are the one implementation of our intervals: ranks and ties are made of them."""


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports from the root, not relative ones"
            yield node.module or ""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_forbidden_arrow(package: str) -> None:
    assert modules(package)
    for file in modules(package):
        bad = {name for name in imports(file) if name.split(".")[0] in FORBIDDEN[package]}
        assert not bad, f"{file.relative_to(ROOT)} must not import {', '.join(sorted(bad))}"


def test_leaderboards_read_results_the_registry_and_the_intervals_only() -> None:
    for file in modules("leaderboards"):
        ours = {name for name in imports(file) if name.split(".")[0] in {"datasets", "metrics"}}
        assert ours <= LEADERBOARDS_MAY, f"{file.relative_to(ROOT)} imports {ours}"


def test_our_datasets_and_metrics_are_the_ones_imported() -> None:
    for module in (datasets, metrics):
        assert Path(str(module.__file__)).is_relative_to(ROOT)


def test_modules_stay_short() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for package in FORBIDDEN
        for file in modules(package)
    }
    long = {name: count for name, count in lengths.items() if count > 300}
    assert not long, f"one file, one idea, 200 lines or so: {long}"


def test_nothing_there_is_called_utils() -> None:
    assert not [f for p in FORBIDDEN for f in modules(p) if "util" in f.stem]
