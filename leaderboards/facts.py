"""What the metrics mean in a version of the boards: the reader of ``metrics.json``.

``python -m metrics.describe --json --out`` writes the file. It is frozen with the version, so that
a page about an old board says what its numbers meant then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from datasets.registry import UsageError

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class WorkedExample:
    """A case so small that the value can be computed by hand.

    Attributes:
        text: How ``value`` is computed by hand.
        truth: One item per clip, nested lists of numbers; None where a keypoint is missing.
        prediction: Likewise.
        value: The value of the metric.
    """

    text: str
    truth: list[Any]
    prediction: list[Any]
    value: float

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True)
class MetricFacts:
    """What one metric is.

    Attributes:
        id: Formula included, e.g. ``akd@clean``.
        title: Name in text and tables.
        definition: What it tells, in one line of plain words.
        unit: Of the value.
        better: Which direction is better.
        bounds: Smallest and largest possible value; None for infinite.
        formula: How exactly it is computed, in words.
        source: Where the definition comes from.
        sibling: How it differs from the metrics of its family, or empty.
        pooling: What weighs the same: every clip, every frame; or one figure for the whole set.
        subjects: The subjects of data sets that it applies to.
        tasks: The tasks that it applies to.
        needs: What it reads of truth and prediction.
        example: A case computed by hand; None without one.
        no_example: Why there is none, or empty.
        siblings: Metric id -> its value on the same example; None if it reads something else.
    """

    id: str
    title: str
    definition: str
    unit: str
    better: Literal["lower", "higher"]
    bounds: list[float | None]
    formula: str
    source: str
    sibling: str
    pooling: Literal["clip", "frame", "set"]
    subjects: list[str]
    tasks: list[str]
    needs: str
    example: WorkedExample | None
    no_example: str
    siblings: Mapping[str, float | None] = field(default_factory=dict)

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


@dataclass(frozen=True)
class _File:
    version: str
    metrics: list[MetricFacts]

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT


def read_facts(path: Path) -> dict[str, MetricFacts]:
    """Return metric id -> its facts, in the order of the file.

    Raises:
        UsageError: The file is missing or damaged, or says a metric twice; the message names it.
    """
    try:
        file = TypeAdapter(_File).validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); {_REMEDY}") from error
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: {at}: {first['msg']}; {_REMEDY}") from error
    facts = {metric.id: metric for metric in file.metrics}
    if len(facts) != len(file.metrics):
        raise UsageError(f"{path}: a metric is there twice; {_REMEDY}")
    return facts


_REMEDY = "write it by 'python -m metrics.describe --json --out'"
