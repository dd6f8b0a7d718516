"""A plan as plain values, as CSV and as text of 100 columns and some more."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from baselines.plan_cells import Facts
from baselines.plan_totals import SUMMED, Total, grouped, total, wall_hours

_NAMED = 4
"""So many of what is missing from a total are named in the text; JSON has all."""

Report = dict[str, Any]
Cells = Mapping[tuple[str, str], Facts]

_CELL = {
    "train_clips": "clips",
    "train_videos": "videos",
    "units": "units",
    "batch": "batch",
    "epochs": "epochs",
    "steps": "steps",
    "parameters": "parameters",
    "trained_parameters": "trained",
    "macs": "MACs",
    "precision": "precision",
    "seconds_per_step": "s/step",
    "device_hours": "hours",
    "peak_memory_mib": "MiB",
}
_DATASET = {
    "train_clips": "train",
    "val_clips": "val",
    "test_clips": "test",
    "videos": "videos",
    "frames": "frames",
    "download_bytes": "download",
    "source_bytes": "source",
    "clips_bytes": "clips",
    "predictions_bytes": "predictions",
    "checkpoints_bytes": "checkpoints",
    "states_bytes": "states",
}


def as_json(asked: Mapping[str, Any], cells: Cells, datasets: Mapping[str, Facts]) -> Report:
    """Return a plan as plain values.

    Args:
        asked: What it was asked for.
        cells: (data set, method) -> what its training takes.
        datasets: Data set -> what it takes.

    Returns:
        ``asked``; ``cells`` and ``datasets``, lists of mappings from the name of a figure to it
        or None, with ``from``, where figures come from, and ``missing``, why some are unknown;
        ``totals``.
    """
    return {
        "asked": dict(asked),
        "cells": [
            {"dataset": dataset, "method": method, **_plain(facts)}
            for (dataset, method), facts in cells.items()
        ],
        "datasets": [{"dataset": name, **_plain(facts)} for name, facts in datasets.items()],
        "totals": _totals(cells, datasets, int(asked["gpus"])),
    }


def _plain(facts: Facts) -> Report:
    known = {name: fact for name, fact in facts.items() if fact.value is not None}
    return {
        **{name: fact.value for name, fact in facts.items()},
        "from": {name: fact.why for name, fact in known.items() if fact.why},
        "missing": {name: fact.why for name, fact in facts.items() if name not in known},
    }


def _totals(cells: Cells, datasets: Mapping[str, Facts], gpus: int) -> Report:
    (hours,) = SUMMED["cells"]
    named = {"-".join(cell): facts for cell, facts in cells.items()}
    known = [facts[hours].value for facts in cells.values()]
    numbers = [float(value) for value in known if isinstance(value, int | float)]
    whole = total(named, hours)
    return {
        "all": {hours: _sum(whole)}
        | {"wall_hours": _sum(Total(wall_hours(numbers, gpus) if numbers else None, whole.missing))}
        | {name: _sum(total(datasets, name)) for name in SUMMED["datasets"]},
        "datasets": {
            name: {hours: _sum(one)}
            for name, one in grouped(cells, lambda cell: cell[0], hours).items()
        },
        "methods": {
            name: {hours: _sum(one)}
            for name, one in grouped(cells, lambda cell: cell[1], hours).items()
        },
    }


def _sum(one: Total) -> Report:
    return {"value": one.value, "missing": list(one.missing)}


def as_csv(cells: Cells) -> str:
    """Return one line per cell; ``missing`` says why a figure is not there."""
    lines = []
    for (dataset, method), facts in cells.items():
        plain = _plain(facts)
        missing = "; ".join(f"{name}: {why}" for name, why in plain.pop("missing").items())
        plain.pop("from")
        lines.append({"dataset": dataset, "method": method, **plain, "missing": missing})
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


class _Notes:
    """The reasons that a text names by numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, why: str) -> str:
        """Return the number of a reason, in brackets; nothing for an empty one."""
        return f" [{self._numbers.setdefault(why, len(self._numbers) + 1)}]" if why else ""

    def lines(self) -> list[str]:
        return [f"[{number}] {why}" for why, number in self._numbers.items()]


def as_text(report: Report) -> str:
    """Return what `as_json` returned as text for people."""
    asked, notes = report["asked"], _Notes()
    cells = [_line(one, _CELL, notes, marked=("device_hours",)) for one in report["cells"]]
    sets = [_line(one, _DATASET, notes, marked=tuple(_DATASET)[5:9]) for one in report["datasets"]]
    devices = "" if asked["gpus"] == 1 else f"{asked['gpus']} x "
    precision = f", {asked['precision']}" if asked["precision"] else ""
    parts = [
        f"Plan of profile {asked['profile']}: {devices}{asked['device']}{precision}",
        "",
        *_table(["training", "", *_CELL.values()], cells, texts=2),
        "",
        *_table(["data set", *_DATASET.values()], sets, texts=1),
        "",
        *_total_lines(report["totals"], asked),
        "",
        *notes.lines(),
    ]
    return "\n".join(line.rstrip() for line in parts)


def _line(
    one: Report, columns: Mapping[str, str], notes: _Notes, *, marked: Sequence[str]
) -> list[str]:
    cells = [one["dataset"], *([one["method"]] if "method" in one else [])]
    for name in columns:
        value = one[name]
        why = one["missing"][name] if value is None else one["from"].get(name, "")
        mark = notes.mark(why) if value is None or name in marked else ""
        cells.append(_shown(name, value) + mark)
    return cells


def _shown(name: str, value: int | float | str | None) -> str:
    """Return a figure as people read it.

    Example:
        >>> _shown("clips_bytes", 50_721_000_000), _shown("steps", 119500), _shown("steps", None)
        ('50.7 GB', '119,500', '—')
    """
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if name.endswith("_bytes"):
        return f"{value / 1e9:,.1f} GB" if value >= 1e9 else f"{value / 1e6:,.1f} MB"
    if name in ("parameters", "trained_parameters", "macs"):
        return f"{value / 1e6:,.1f} M" if value < 1e9 else f"{value / 1e9:,.1f} G"
    if isinstance(value, float):
        return f"{value:,.4g}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> list[str]:
    """Return aligned lines; all columns but the first ``texts`` are set to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i < texts else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    ]


def _total_lines(totals: Report, asked: Report) -> list[str]:
    lines = ["Totals, of what is known:"]
    for kind in ("methods", "datasets"):
        for name, sums in totals[kind].items():
            lines.append(_total_line(f"{name}: device-hours", "hours", sums["device_hours"]))
    for name, one in totals["all"].items():
        label = name.removesuffix("_bytes").replace("_", "-")
        if name == "wall_hours":
            label = f"hours until {asked['gpus']} device(s) are done, a training at a time"
        lines.append(_total_line(f"all: {label}", name, one))
    return lines


def _total_line(label: str, name: str, one: Report) -> str:
    missing = one["missing"]
    named = ", ".join(missing[:_NAMED])
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    without = f"; without {named}{more}" if missing else ""
    return f"  {label}: {_shown(name, one['value'])}{without}"
