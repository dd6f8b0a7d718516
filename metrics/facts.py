"""What the registry says of a metric, as JSON; and the file that a version of the boards keeps.

Boards and pages read that file, not the registry: what a metric meant in a version stays said
there. ``python -m metrics.describe --json --out leaderboards/v1/metrics.json`` writes it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from datasets.registry import DATASETS, VERSION
from metrics import METRICS
from metrics.metric import Metric

DIGITS = 12
"""Significant digits of what a sibling gives on an example: the same on every machine."""
FROZEN = (
    *("id", "title", "definition", "unit", "better", "bounds", "formula", "source"),
    *("sibling", "siblings", "pooling", "subjects", "tasks", "needs", "example", "no_example"),
)
"""The keys of a metric in the file."""
EXACT = ("mask", "motion", "occlusion")  # read from the exact truth, which mini worlds alone have


def siblings(metric: Metric) -> tuple[Metric, ...]:
    """Return the metrics that the text on siblings of ``metric`` names, in that order.

    Example:
        >>> [other.id for other in siblings(METRICS["aed@paper"])]
        ['aed@clean']
    """
    named = dict.fromkeys(re.findall(r"[a-z0-9@-]+", metric.sibling))
    return tuple(METRICS[name] for name in named if name in METRICS and name != metric.id)


def where(metric: Metric) -> dict[str, str]:
    """Return data set -> "yes", or "no" and why not, for the first task of ``metric``."""
    yes = "yes, in its mini world alone: needs the exact truth" if metric.needs in EXACT else "yes"
    reasons = {
        name: metric.why_not(spec.subject, metric.tasks[0]) for name, spec in DATASETS.items()
    }
    return {name: f"no: {reason}" if reason else yes for name, reason in reasons.items()}


def as_json(metric: Metric) -> dict[str, Any]:
    """Return all there is to say about ``metric``, for JSON: null for infinite and missing."""
    example = metric.example
    others = siblings(metric)
    return {
        "id": metric.id,
        "title": metric.title,
        "definition": metric.definition,
        "formula": metric.formula,
        "unit": metric.unit,
        "better": metric.better,
        "bounds": finite(metric.bounds),
        "needs": metric.needs,
        "slot": metric.slot,
        "against": metric.against,
        "pooling": metric.pooling,
        "tasks": list(metric.tasks),
        "source": metric.source,
        "example": example
        and {
            "text": example.text,
            "truth": finite(example.truth),
            "prediction": finite(example.prediction),
            "value": metric.score(*example.clips),
        },
        "no_example": metric.no_example or None,
        "sibling": metric.sibling or None,
        "siblings": {other.id: on_example(metric, other) for other in others},
        "datasets": where(metric),
    }


def on_example(metric: Metric, other: Metric) -> float | None:
    """Return what ``other`` gives on the worked example of ``metric``; None if it reads others."""
    same = (metric.needs, metric.features, metric.against)
    if metric.example is None or same != (other.needs, other.features, other.against):
        return None
    return other.score(*metric.example.clips)


def finite(node: Any) -> Any:  # noqa: ANN401 - nested numbers
    """Return ``node`` for JSON: lists for tuples, None for numbers that are not finite."""
    if isinstance(node, tuple | list):
        return [finite(part) for part in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def frozen(metric: Metric) -> dict[str, Any]:
    """Return what the file says of ``metric``; the value of its example is the one by hand."""
    node = as_json(metric) | {"subjects": list(metric.subjects)}
    if metric.example:
        node["example"] |= {"value": metric.example.value}
    node |= {name: node[name] or "" for name in ("sibling", "no_example")}
    node["siblings"] = {name: _rounded(value) for name, value in node["siblings"].items()}
    return {key: node[key] for key in FROZEN}


def document(version: str = VERSION) -> str:
    """Return the file: an object with one metric a line, in the order of the registry."""
    nodes = [frozen(metric) for metric in METRICS.values()]
    lines = [json.dumps(node, ensure_ascii=False, allow_nan=False) for node in nodes]
    head = f'{{"version": {json.dumps(version)}, "metrics": [\n'
    return head + ",\n".join(lines) + "\n]}\n"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
