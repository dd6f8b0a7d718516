"""``weights.toml``, the list of the mini extractors' weights, and the tables it is shown as."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.files import sha256, write_text
from metrics.extractors.mini import listed

BEGIN, END = "<!-- BEGIN MINI ACCURACY -->", "<!-- END MINI ACCURACY -->"
_SHOWN = (
    ("blur", "sigma", "{:.1f}"),
    ("mean error", "mean_error_px", "{:.2f}"),
    ("median", "median_error_px", "{:.2f}"),
    ("95 %", "p95_error_px", "{:.2f}"),
    ("visible found", "visible_found", "{:.1%}"),
    ("hidden missing", "hidden_missing", "{:.1%}"),
    ("AUC", "auc", "{:.4f}"),
    ("AUC, same background", "auc_same_background", "{:.4f}"),
    ("subject found", "subject_found", "{:.1%}"),
)


def write_table(
    folder: Path, dataset: str, *, command: str, rows: Sequence[Mapping[str, float]]
) -> None:
    """Put the table of ``dataset`` into ``weights.toml`` of ``folder``; the others stay.

    Args:
        folder: Holds ``<dataset>.safetensors``.
        dataset: Name of the table.
        command: That made the weights.
        rows: Accuracy, one row per blur, as `mini_accuracy.against_blur` gives it.
    """
    path = folder / f"{dataset}.safetensors"
    tables = listed(folder) if (folder / "weights.toml").exists() else {}
    tables[dataset] = {
        "name": f"mini-{dataset}",
        "file": path.name,
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        "licence": "MIT",
        "command": command,
        "accuracy": [dict(row) for row in rows],
    }
    write_text(folder / "weights.toml", _toml(tables))


def refresh(readme: Path, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Put the accuracy between the markers of ``readme``; without file or markers do nothing."""
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        write_text(readme, f"{before}{begin}\n{markdown(tables)}\n{end}{after}")


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return TOML of tables of strings, integers and one list of flat tables."""
    lines = ["# Written by metrics.extractors.train_mini. Accuracy: held-out identities, 64x64."]
    for dataset, table in sorted(tables.items()):
        lines.append(f"\n[{dataset}]")
        for key, value in table.items():
            if key == "accuracy":
                inner = (", ".join(f"{k} = {v!r}" for k, v in row.items()) for row in value)
                lines += ["accuracy = [", *(f"  {{ {row} }}," for row in inner), "]"]
            else:
                lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def markdown(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the accuracy of every data set against blur as a Markdown table."""
    header = ["data set", *(title for title, _, _ in _SHOWN)]
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    for dataset, table in sorted(tables.items()):
        for row in table["accuracy"]:
            cells = [pattern.format(row[key]) for _, key, pattern in _SHOWN]
            lines.append(f"| {' | '.join([dataset, *cells])} |")
    return "\n".join(lines)
