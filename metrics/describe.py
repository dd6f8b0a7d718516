"""Say what a metric is: ``python -m metrics.describe akd@paper``.

Everything comes from the registry; worked examples are computed when they are shown.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from datasets.files import write_text
from datasets.registry import UsageError, choose
from metrics import METRICS
from metrics.console import Help
from metrics.facts import as_json, document, on_example, siblings, where
from metrics.metric import Metric
from metrics.tasks import TASKS

ARROWS = {"lower": "↓", "higher": "↑"}
POOLING = {
    "clip": "every clip weighs the same",
    "frame": "every frame weighs the same",
    "set": "one figure for all frames",
}
READS = {
    "frames": "RGB, 8-bit or floats in [0, 1]",
    "mask": "the frames, and which pixels are foreground in truth",
    "motion": "the predicted flow, and the exact one",
    "occlusion": "the predicted visibility, and the exact one",
    "keypoints": "keypoints, by the extractor of the data set",
    "keypoints@paper": "keypoints, by the networks of the 2019 scripts: 18 joints of a VGG-19 body "
    "network, 68 landmarks of 2D-FAN-4",
    "identity": "identity embeddings of an aligned crop, by the extractor of the data set",
    "identity@paper": "embeddings of the whole frame, by the networks of the 2019 scripts: a "
    "ResNet-50 of person re-identification, OpenFace nn4.small2.v1",
    "efflite0": "features of EfficientNet-Lite0",
    "inception": "pool3 features of Inception (2015-12-05)",
}
PIPE_WIDTH = 120


def table() -> str:
    """Return the table of `metrics/README.md`: one line per metric, in Markdown."""
    lines = [
        "| id | what it tells | unit | range | reads | of | pooling |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for metric in METRICS.values():
        unit = f"{metric.unit} {ARROWS[metric.better]}"
        cells = f"`{metric.id}`", metric.definition, unit, _range(metric), metric.slot
        of = ", ".join(metric.subjects)
        if metric.tasks != TASKS:
            of += f"; {' and '.join(metric.tasks)}"
        lines.append(f"| {' | '.join(cells)} | {of} | {POOLING[metric.pooling]} |")
    return "\n".join(lines) + "\n"


def _range(metric: Metric) -> str:
    low, high = (f"{bound:g}" if math.isfinite(bound) else "∞" for bound in metric.bounds)
    return f"{low} to {high}"


def _lines(metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield (label, text) of what is printed about ``metric``."""
    yield "definition", metric.definition
    yield "formula", metric.formula
    yield "unit", metric.unit
    yield "direction", f"{metric.better} is better {ARROWS[metric.better]}"
    yield "range", _range(metric)
    yield "reads", f"{metric.slot}: {READS[metric.slot]}"
    yield "pooling", POOLING[metric.pooling]
    yield "tasks", "all" if metric.tasks == TASKS else ", ".join(metric.tasks)
    yield "source", metric.source
    yield "example", metric.example.text if metric.example else f"none: {metric.no_example}"
    if metric.example:
        yield "", f"= {metric.score(*metric.example.clips):.6g} {metric.unit}"
    yield "siblings", metric.sibling or "none"
    for other in siblings(metric):
        value = on_example(metric, other)
        if value is not None:
            yield "", f"{other.id} of the example: {value:.6g} {other.unit}"
    yield from where(metric).items()


def _grid(metric: Metric) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    grid.add_row(metric.id, Text(metric.title, style="bold"))
    for label, text in _lines(metric):
        grid.add_row(label, Text(text))
    return grid


def _overview() -> Table:
    grid = Table.grid(padding=(0, 2))
    for style in ("cyan", "", ""):
        grid.add_column(style=style, no_wrap=True)
    grid.add_column()
    for metric in METRICS.values():
        grid.add_row(metric.id, metric.title, ARROWS[metric.better], Text(metric.definition))
    return grid


def _write(grid: Table, console: Console) -> None:
    """Print ``grid`` without the spaces that fill its lines."""
    with console.capture() as captured:
        console.print(grid)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m metrics.describe",
        description="Say what metrics are: definition, unit, range, what they read, source, an "
        "example computed by hand, how they differ from their siblings, and where they apply. "
        "Without an id: all of them, one line each. Exit status: 0 shown, 2 wrong usage.",
        formatter_class=Help,
    )
    cli.add_argument("ids", nargs="*", metavar="ID", help="which metrics, e.g. akd@paper")
    form = cli.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON list, and nothing else")
    form.add_argument("--table", action="store_true", help="print the table of metrics/README.md")
    cli.add_argument(
        "--out",
        type=Path,
        help="with --json, without ids: write the file of facts that a version of the boards keeps",
    )
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        chosen = [METRICS[choose("metric", name, METRICS)] for name in args.ids]
        if args.out and (args.ids or not args.json):
            raise UsageError("--out goes with --json and without ids: the file holds all metrics")
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if args.out:
        write_text(args.out, document())
        sys.stdout.write(f"{args.out}\n")
    elif args.table:
        sys.stdout.write(table())
    elif args.json:
        nodes = [as_json(metric) for metric in chosen or METRICS.values()]
        lines = [json.dumps(node, ensure_ascii=False, allow_nan=False) for node in nodes]
        sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")
    else:
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        for place, grid in enumerate([_grid(metric) for metric in chosen] or [_overview()]):
            sys.stdout.write("\n" * (place > 0))
            _write(grid, Console(width=width))
    return 0


if __name__ == "__main__":
    sys.exit(main())
