"""The tables of docs/benchmarks.md, from the committed results and the docstrings of the tests."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- BEGIN BENCHMARKS -->", "<!-- END BENCHMARKS -->"
MUST = "must"
"""The key of `extra_info` that says in words what the test asserts: ``ratio <= 0.8``."""


def page(text: str, devices: Sequence[Mapping[str, Any]]) -> str:
    """Return ``text`` with its tables made anew between the two marks.

    Args:
        text: The page as it is.
        devices: What `tests.benchmarks.record` keeps, one per device.
    """
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{tables(devices)}{END}{rest.split(END)[1]}"


def tables(devices: Sequence[Mapping[str, Any]]) -> str:
    """A section per group: what it compares, how it is run, and a table per device."""
    groups = {row["group"] for device in devices for row in device["benchmarks"].values()}
    return "\n".join(section(group, devices) for group in sorted(groups))


def section(group: str, devices: Sequence[Mapping[str, Any]]) -> str:
    rows = {
        device["device"]: {
            test: row for test, row in sorted(device["benchmarks"].items()) if row["group"] == group
        }
        for device in devices
    }
    files = sorted({test.split("::")[0] for tests in rows.values() for test in tests})
    lines = [f"## {group}", ""]
    for file in files:
        lines += [f"[{Path(file).stem}](../{file}): {compared(ROOT / file)}", ""]
    for device, tests in rows.items():
        if tests:
            lines += [f"{device} ({facts(tests)}):", "", *table(tests), ""]
    return "\n".join(lines)


def compared(file: Path) -> str:
    """The first paragraph of a test's docstring, on one line."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(said.split("\n\n")[0].split())


def facts(tests: Mapping[str, Mapping[str, Any]]) -> str:
    """When and with what it was measured: ``2026-11-29, torch 2.14.1``."""
    found = sorted({(row["date"], row["torch"]) for row in tests.values()})
    return "; ".join(f"{date}, torch {torch}" for date, torch in found)


def table(tests: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line per test; a column for all that its `extra_info` holds, what must hold at the end."""
    keys = list(dict.fromkeys(key for row in tests.values() for key in row["extra_info"]))
    keys = [key for key in keys if key != MUST]
    last = [MUST] if any(MUST in row["extra_info"] for row in tests.values()) else []
    head = ["benchmark", "median, s", *keys, *last]
    lines = [line(head), line(["---"] * len(head))]
    for test, row in tests.items():
        extra = [shown(row["extra_info"].get(key, "")) for key in keys + last]
        lines.append(line([title(test), shown(row["median_seconds"]), *extra]))
    return lines


def line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def title(test: str) -> str:
    """``test_a_step[fomm]`` as words: ``a step, fomm``."""
    name, _, case = test.split("::")[1].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    return f"{words}, {case.removesuffix(']')}" if case else words
