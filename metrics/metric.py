"""What a metric is: a definition that docs, command lines and boards read, and its formula.

A formula works on one clip and returns a `Partial`, a pair of sums. Partials are pooled with
exactly rounded sums (`math.fsum`), so no order of frames, clips or workers changes a value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.tasks import TASKS, Task

Array = NDArray[Any]
Needs = Literal["frames", "keypoints", "identity", "features", "motion", "occlusion", "mask"]
Against = Literal["truth", "source", "motion"]
Pooling = Literal["clip", "frame", "set"]
ALL_SUBJECTS: tuple[str, ...] = ("body", "face", "animal")
WITH_KEYPOINTS: tuple[str, ...] = ("body", "face")


@dataclass(frozen=True)
class Partial:
    """What one clip adds to a metric.

    Attributes:
        total: Sum of the values of its frames (for a ratio: the numerator).
        weight: Number of frames that have a value (for a ratio: the denominator).
        skipped: Frames without a value; they are counted and shown, not averaged around.
    """

    total: float
    weight: float
    skipped: int = 0

    @property
    def value(self) -> float:
        """The clip's value, NaN if no frame has one."""
        return self.total / self.weight if self.weight else math.nan


@dataclass(frozen=True)
class Metric:
    """One metric: what it says, where it applies, and how it is computed.

    Attributes:
        id: Formula included, e.g. ``"akd@clean"``.
        title: Name in text and tables.
        definition: What it tells, in one line of plain words.
        unit: Of the value.
        better: Which direction is better.
        bounds: Smallest and largest possible value.
        needs: What the metric reads of truth and prediction; `score` says in which shape.
        subjects: Subjects (`datasets.registry.Subject`) it applies to.
        formula: How exactly it is computed, in words.
        source: Where the definition comes from.
        sibling: How it differs from the metric of the same family, or "".
        pooling: ``"clip"``: mean over clips of the mean over frames; ``"frame"``: every frame
            weighs the same; ``"set"``: one figure for all frames, no values per clip.
        partial: The formula of one clip (``truth``, ``prediction``) -> `Partial`; None for sets.
        sets: The formula over all clips, for ``"set"``.
        features: Which feature extractor a set metric reads.
        common: It leaves out what is not detected, so that a paired difference takes only the
            points or frames that both predictions have.
        against: What takes the place of the truth: the true frames, the source picture repeated,
            or the source picture's keypoints moved as those of the driving clip.
        tasks: Tasks it applies to.
        referred: Results say its paired difference from copy-source; not where that would cost as
            much as scoring another method (`metrics.compare` says it of any two).
        smallest: Side of the smallest frames it can be computed of, in pixels.
        example: A case computed by hand; None if there is none.
        no_example: Why there is none, or "".
    """

    id: str
    title: str
    definition: str
    unit: str
    better: Literal["lower", "higher"]
    bounds: tuple[float, float]
    needs: Needs
    subjects: tuple[str, ...]
    formula: str
    source: str
    sibling: str
    pooling: Pooling
    partial: Callable[[Any, Any], Partial] | None = None
    sets: Callable[[Sequence[Array], Sequence[Array]], float] | None = None
    features: Literal["efflite0", "inception"] | None = None
    common: bool = False
    against: Against = "truth"
    tasks: tuple[Task, ...] = TASKS
    referred: bool = True
    smallest: int = 1
    example: Example | None = field(default=None, compare=False)
    no_example: str = ""

    @property
    def slot(self) -> str:
        """What is extracted for it: the same slot, the same numbers, whatever is made of them.

        Example:
            >>> from metrics import METRICS
            >>> [METRICS[name].slot for name in ("akd@clean", "akd@paper", "fid", "l1@paper")]
            ['keypoints', 'keypoints@paper', 'inception', 'frames']
        """
        if self.features:
            return self.features
        detected = self.needs in ("keypoints", "identity")
        return f"{self.needs}@paper" if detected and self.id.endswith("@paper") else self.needs

    @property
    def extracted(self) -> bool:
        """Whether it reads what a network sees in single frames, and not the frames."""
        return self.needs in ("keypoints", "identity", "features")

    def why_not(self, subject: str, task: Task) -> str | None:
        """Say why it does not apply to a task on data of a subject; None if it does.

        Args:
            subject: What moves in the data set, `datasets.registry.Subject`.
            task: What is predicted.
        """
        if task not in self.tasks:
            return f"does not apply to this task ({task})"
        if subject not in self.subjects:
            return f"does not apply to this subject ({subject})"
        return None

    def score(self, truth: Sequence[Any], prediction: Sequence[Any]) -> float:
        """Return the value over clips.

        Args:
            truth: One item per clip: for ``needs`` = frames: uint8 or float in [0, 1]
                (T, H, W, 3); keypoints: (T, K, 2), NaN for missing; identity: (T, D);
                features: (N, D); mask: a pair (frames, bool (T, H, W)); motion and occlusion: a
                pair (flow (T, H, W, 2) in pixels, visibility (T, H, W)).
            prediction: The same clips in the same order and shapes (mask: frames only).

        Returns:
            A float, NaN where the metric is undefined on everything given.

        Raises:
            ValueError: No clips, another number of clips, or a clip (named by its place)
                whose arrays do not fit.
        """
        if len(truth) != len(prediction) or not len(truth):
            raise ValueError(f"{self.id}: {len(truth)} true and {len(prediction)} predicted clips")
        if self.partial is None:
            assert self.sets is not None
            try:
                return self.sets(truth, prediction)
            except ValueError as error:
                raise ValueError(f"{self.id}: {error}") from error
        partials = []
        for place, (one, other) in enumerate(zip(truth, prediction, strict=True)):
            try:
                partials.append(self.partial(one, other))
            except ValueError as error:
                raise ValueError(f"{self.id}, clip {place}: {error}") from error
        return pool(partials, by=self.pooling)


def pool(partials: Iterable[Partial], *, by: Pooling) -> float:
    """Return the value over clips: every clip (``"clip"``) or frame (``"frame"``) weighs the same.

    Example:
        >>> pool([Partial(1.0, 1), Partial(0.0, 3)], by="clip")
        0.5
        >>> pool([Partial(1.0, 1), Partial(0.0, 3)], by="frame")
        0.25
    """
    valid = [p for p in partials if p.weight]
    if not valid:
        return math.nan
    if by == "clip":
        return math.fsum(p.value for p in valid) / len(valid)
    return math.fsum(p.total for p in valid) / math.fsum(p.weight for p in valid)


def partial_of(frame_values: NDArray[np.float64]) -> Partial:
    """Sum the values of the frames of a clip (float64 (T,)), NaN = a frame without a value."""
    valid = frame_values[~np.isnan(frame_values)]
    skipped = len(frame_values) - len(valid)
    return Partial(math.fsum(valid.tolist()), float(len(valid)), skipped)


def check_pair(truth: Array, prediction: Array, *, shape: str) -> None:
    """Raise `ValueError` unless both arrays have the same shape with the axes named ``shape``."""
    for name, array in (("truth", truth), ("prediction", prediction)):
        if not isinstance(array, np.ndarray) or array.ndim != len(shape.split(",")):
            got = getattr(array, "shape", type(array).__name__)
            raise ValueError(f"{name} must be an array ({shape}), got {got}")
    if len(truth) == 0:
        raise ValueError("a clip without frames")
    if len(truth) != len(prediction):
        raise ValueError(f"truth has {len(truth)} frames, prediction {len(prediction)}")
    if truth.shape != prediction.shape:
        raise ValueError(f"truth is {truth.shape}, prediction {prediction.shape} ({shape})")
