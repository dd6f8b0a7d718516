"""Keep the results of ``make bench``: one small JSON file per device, and the page of all of them.

    make bench
    python -m tests.benchmarks.record work/benchmarks.json

From a report of pytest-benchmark it takes, for each benchmark, the group, `extra_info` (the
ratios), rounds and median; of the machine, processor, GPU and versions; no names. What was measured
before stays until it is measured again or its test is gone. The same reports give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.files import write_text
from datasets.registry import UsageError
from tests.benchmarks.page import page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def short(value: object, *, where: str) -> object:
    """Four digits of a float; words and whole numbers as they are; nothing else.

    Raises:
        UsageError: if it is a list, a dictionary or not finite.
    """
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.4g}")
    if isinstance(value, str | int):
        return value
    raise UsageError(f"extra_info of {where} is {value!r}: put numbers and words there")


def device_of(machine: Mapping[str, Any]) -> str:
    """How the tables of speed call a machine: processor with logical cores, the GPU in front."""
    processor = f"{' '.join(machine['cpu']['brand_raw'].split())}, {machine['cpu']['count']}"
    gpu = [machine["gpu"]] if machine.get("gpu") else []
    return ", ".join([*gpu, f"{processor} logical cores"])


def slug(device: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")


def group_of(benchmark: Mapping[str, Any]) -> str:
    """Its own group, or the name of its file: ``crop-speed``."""
    file = Path(benchmark["fullname"].split("::")[0])
    return benchmark["group"] or file.stem.removeprefix("test_").replace("_", "-")


def slim(report: Mapping[str, Any]) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the device of a report, and by test what is kept of it."""
    machine = report["machine_info"]
    common = {"date": report["datetime"][:10], "python": machine["python_version"]}
    common["torch"] = machine["torch"]
    kept = {}
    for benchmark in report["benchmarks"]:
        name = benchmark["fullname"]
        extra = {key: short(value, where=name) for key, value in benchmark["extra_info"].items()}
        stats = benchmark["stats"]
        times = {"rounds": stats["rounds"], "median_seconds": float(f"{stats['median']:.4g}")}
        kept[name] = {"group": group_of(benchmark), **common, **times, "extra_info": extra}
    return device_of(machine), kept


def still_there(test: str) -> bool:
    file, function = test.split("[")[0].split("::")
    path = ROOT / file
    return path.is_file() and f"def {function}(" in path.read_text(encoding="utf-8")


def record(report: Path, docs: Path = DOCS) -> list[Path]:
    """Write what a report says below ``docs``, and the page; return the files written.

    Raises:
        UsageError: if the file is no such report.
    """
    try:
        device, measured = slim(json.loads(report.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        message = f"{report}: no report of 'make bench' ({type(error).__name__}: {error})"
        raise UsageError(message) from error
    file = docs / "benchmarks" / f"{slug(device)}.json"
    before = read(file)["benchmarks"] if file.is_file() else {}
    kept = {test: found for test, found in before.items() if still_there(test)} | measured
    text = json.dumps({"device": device, "benchmarks": kept}, indent=2, sort_keys=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text + "\n")
    made = docs / "benchmarks.md"
    write_text(made, page(made.read_text(encoding="utf-8"), read_all(docs)))
    return [file, made]


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def read_all(docs: Path = DOCS) -> list[dict[str, Any]]:
    """All committed results, in the order of the names of their files."""
    return [read(file) for file in sorted((docs / "benchmarks").glob("*.json"))]


def main(argv: Sequence[str] | None = None) -> int:
    cli = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("report", type=Path, help="what --benchmark-json wrote")
    try:
        for file in record(cli.parse_args(argv).report):
            print(file)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
