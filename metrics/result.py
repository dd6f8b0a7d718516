"""The result of one method on one data set: frozen dataclasses <-> deterministic JSON and CSV.

A result holds only what the same inputs give again (no time, host, path or version of anything
that does not determine a number); that goes into the provenance sidecar (`metrics.provenance`).
Numbers are numbers; what is not applicable or undefined is ``null`` with a reason, never 0.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from datasets.files import write_text
from datasets.registry import UsageError, shown_name
from metrics.checks import contradictions
from metrics.clip_rows import ClipRow, clips_digest, clips_text, read_clips, write_clips
from metrics.fields import (
    METHOD_NAME,
    METHOD_PATTERN,
    STRICT,
    ClipId,
    Count,
    Few,
    MethodName,
    Name,
    Number,
    Sha256,
    Text,
)
from metrics.tasks import RECONSTRUCTION, Task
from metrics.validation import faults, read_json, read_limited

__all__ = [
    "METHOD_NAME",
    "METHOD_PATTERN",
    "STRICT",
    "Checkpoint",
    "ClipId",
    "ClipRow",
    "Count",
    "Coverage",
    "MethodName",
    "MetricValue",
    "Name",
    "Number",
    "PairedDifference",
    "Result",
    "Sha256",
    "Split",
    "Status",
    "Text",
    "check_clips",
    "check_result",
    "clips_digest",
    "clips_text",
    "dumps",
    "faults",
    "read_clips",
    "read_json",
    "read_limited",
    "read_result",
    "write_clips",
    "write_result",
]

SCHEMA = 1
Status = Literal["reproduced", "anchor", "submitted"]
_OPTIONAL = ("protocol", "slots")  # of a result file


@dataclass(frozen=True)
class Split:
    """Which frozen list was scored: its citable id, its part and the sha256 of the list."""

    id: Name
    partition: Name
    sha256: Sha256

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Coverage:
    """How many clips the list has, how many were scored, which are missing.

    ``clips_sha256`` is `clips_digest` of the scored clip ids.
    """

    expected: Count
    scored: Count
    clips_sha256: Sha256
    missing: tuple[ClipId, ...] = ()

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class MetricValue:
    """One figure: the mean over clips and its 95 % interval, clustered by source video.

    ``value`` is None when not applicable or undefined, ``lo`` and ``hi`` when there is no honest
    interval; ``reason`` says why. ``clips`` and ``videos`` count those that have a value.
    """

    value: Number | None
    lo: Number | None
    hi: Number | None
    unit: Text
    clips: Count
    videos: Count
    reason: Text | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class PairedDifference:
    """Mean of (this method - the other) over common clips, with its 95 % interval."""

    difference: Number
    lo: Number | None
    hi: Number | None
    clips: Count
    videos: Count

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Checkpoint:
    """What was trained: the method's fingerprint, the file's sha256, and its size and cost."""

    fingerprint: Sha256
    sha256: Sha256
    seed: Count
    parameters: Count
    macs: Count
    steps: Count

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Result:
    """One method on one data set.

    ``extractors`` is name -> sha256 of their weights; ``slots`` says which of them was chosen for
    the ``clean`` metrics; ``protocol`` holds what else determines the numbers.
    """

    dataset: Name
    profile: Name
    shown_name: Name
    method: MethodName
    status: Status
    split: Split
    coverage: Coverage
    metrics: Few[Name, MetricValue]
    source_sha256: Sha256
    task: Task = RECONSTRUCTION
    lossy: bool = False
    paired: Few[MethodName, Few[Name, PairedDifference]] = field(default_factory=dict)
    extractors: Few[Name, Sha256] = field(default_factory=dict)
    slots: Few[Name, Name] = field(default_factory=dict)
    protocol: Few[Name, Count] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    schema: int = SCHEMA

    __pydantic_config__ = STRICT


_RESULT = TypeAdapter(Result)


def dumps(result: Result) -> str:
    """Return the JSON text of ``result``: sorted keys, indent 1, final newline, no NaN."""
    node = dataclasses.asdict(result)
    for name in _OPTIONAL:
        if not node[name]:
            del node[name]
    return json.dumps(node, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def write_result(path: Path, result: Result) -> None:
    """Write ``result`` to ``path`` atomically; `UsageError` if it could not be read again."""
    check_result(result, where=path.name)
    text = dumps(result)
    try:
        _RESULT.validate_json(text)
    except ValidationError as error:
        raise UsageError("\n".join(f"{path.name}: {line}" for line in faults(error))) from error
    write_text(path, text)


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        UsageError: The file is missing or no result: the message names the file and the keys.
    """
    result = read_json(_RESULT, path)
    check_result(result, where=str(path))
    return result


def check_result(result: Result, *, where: str) -> None:
    """Raise `UsageError` naming ``where`` if the parts of ``result`` contradict each other."""
    problems = []
    if result.schema != SCHEMA:
        problems.append(f"schema {result.schema}, this code reads {SCHEMA}")
    if result.shown_name != shown_name(result.dataset, result.profile):
        problems.append(f"shown_name {result.shown_name!r}")
    for message in (*problems, *contradictions(result)):
        raise UsageError(f"{where}: {message}")


def check_clips(result: Result, rows: Sequence[ClipRow], *, where: str) -> None:
    """Raise `UsageError` naming ``where`` unless ``rows`` are the clips that ``result`` scored."""
    if len(rows) != result.coverage.scored:
        raise UsageError(f"{where}: {len(rows)} clips, the result scored {result.coverage.scored}")
    if clips_digest(row.clip_id for row in rows) != result.coverage.clips_sha256:
        raise UsageError(f"{where}: other clips than the result scored")
