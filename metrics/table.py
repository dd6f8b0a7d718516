"""The table on the terminal: one per data set, a row per metric."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from metrics import METRICS
from metrics.reference import NAME
from metrics.result import MetricValue, PairedDifference, Result
from metrics.tasks import RECONSTRUCTION


def show(result: Result, console: Console) -> None:
    """Print ``result``; what has no value is listed below the table with its reason."""
    what = "clips" if result.task == RECONSTRUCTION else "pairs"
    coverage = f"{result.coverage.scored} of {result.coverage.expected} {what}"
    lossy = ", LOSSY input" if result.lossy else ""
    task = "" if result.task == RECONSTRUCTION else f", {result.task}"
    table = Table(title=f"{result.method} on {result.shown_name}{task} ({coverage}{lossy})")
    for name in ("metric", "value", "95 % interval", f"minus {NAME}", "videos", "unit"):
        text = name in ("metric", "unit")
        table.add_column(name, justify="left" if text else "right", no_wrap=name != "unit")
    notes: dict[str, list[str]] = {}
    differences = result.paired.get(NAME, {})
    for name, metric in result.metrics.items():
        if metric.reason:
            notes.setdefault(metric.reason, []).append(name)
        if metric.value is None:
            continue
        arrow = "↓" if METRICS[name].better == "lower" else "↑"
        difference = _difference(differences.get(name))
        row = (f"{name} {arrow}", number(metric.value), _interval(metric), difference)
        table.add_row(*row, str(metric.videos), metric.unit)
    console.print(table)
    for reason, names in notes.items():
        said = f"  {', '.join(names)}: {reason}"
        console.print(said, highlight=False, markup=False, style="dim")


def number(value: float) -> str:
    """Return ``value`` with four digits, 0 as ``"0"``."""
    return f"{value:#.4g}" if value else "0"


def _interval(metric: MetricValue | PairedDifference) -> str:
    if metric.lo is None or metric.hi is None:
        return "-"
    return f"{number(metric.lo)} to {number(metric.hi)}"


def _difference(difference: PairedDifference | None) -> str:
    if difference is None:
        return "-"
    return f"{difference.difference:+.3g} ({_interval(difference)})"
