"""Which metrics a task on a data set has, and why one of them has no value there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from metrics import METRICS, board
from metrics.metric import Metric, Partial
from metrics.tasks import RECONSTRUCTION, Task
from metrics.tools import Tools

WITHOUT_TRUTH = "needs the exact truth of a mini world"
_LOST = {
    "keypoints": "no common detection",
    "identity": "no detection",
}
_LOST_BY_ID = dict.fromkeys(("mkr@clean", "mkr@paper"), "none in truth")


@dataclass(frozen=True)
class Setting:
    """What decides which metrics apply.

    Attributes:
        tools: The extractors, or why there is none.
        subject: What moves in the data set, `datasets.registry.Subject`.
        task: What was predicted.
        side: The shorter side of the smallest clip in pixels; None: unknown.
    """

    tools: Tools
    subject: str
    task: Task = RECONSTRUCTION
    side: int | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is shown of the task, in the order of the columns."""
        return tuple(METRICS[name] for name in board(self.task))

    def usable(self) -> tuple[Metric, ...]:
        """Return the metrics that apply and whose network, if they have one, is at hand."""
        return tuple(m for m in self.applicable() if not self.why_not(m))

    def applicable(self) -> tuple[Metric, ...]:
        """Return the metrics that make sense here, whether or not their extractor is at hand."""
        return tuple(m for m in self.metrics if not m.why_not(self.subject, self.task))

    def formula(self, metric: Metric) -> Callable[[Any, Any], Partial]:
        """Return ``metric.partial``, with the network that it compares pictures by, if any."""
        assert metric.partial is not None
        network = self.tools.comparers.get(metric.id)
        formula: Callable[..., Partial] = metric.partial
        return partial(formula, network=network) if network else formula

    def why_not(self, metric: Metric) -> str | None:
        """Say why ``metric`` has no value on any clip here; None if it may have one."""
        if why := metric.why_not(self.subject, self.task):
            return why
        if self.side is not None and self.side < metric.smallest:
            return f"frames of {self.side} pixels; it takes {metric.smallest}"
        reasons = self.tools.reasons
        return next((reasons[name] for name in (metric.slot, metric.id) if name in reasons), None)


def lost(metric: Metric) -> str | None:
    """Say why frames have no value of ``metric``, where that is a matter of detection."""
    return _LOST_BY_ID.get(metric.id) or _LOST.get(metric.needs)


def undefined(metric: Metric) -> str:
    """Say why ``metric`` has no value although it applies."""
    return f"undefined on every clip: {lost(metric) or 'no frame has a value'}"


def few_motion_files(metric: Metric, have: int, of: int) -> str | None:
    """Say that the motion of some clips was not predicted; None if all have it."""
    if have == of:
        return None
    if metric.needs == "occlusion":
        return f"an occlusion map was predicted for {have} of {of} clips"
    return f"motion files for {have} of {of} clips"
