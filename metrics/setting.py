"""Which metrics a task on a data set has, and why one of them has no value there."""

from __future__ import annotations

from dataclasses import dataclass

from metrics import METRICS, board
from metrics.metric import Metric
from metrics.tasks import RECONSTRUCTION, Task
from metrics.views import Tools

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
    """

    tools: Tools
    subject: str
    task: Task = RECONSTRUCTION

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is shown of the task, in the order of the columns."""
        return tuple(METRICS[name] for name in board(self.task))

    def applicable(self) -> tuple[Metric, ...]:
        """Return the metrics that make sense here, whether or not their extractor is at hand."""
        return tuple(m for m in self.metrics if self.subject in m.subjects and self.task in m.tasks)

    def why_not(self, metric: Metric) -> str | None:
        """Say why ``metric`` has no value on any clip here; None if it may have one."""
        if self.task not in metric.tasks:
            return f"does not apply to this task ({self.task})"
        tool = metric.features if metric.needs == "features" else metric.needs
        if tool in self.tools.reasons:
            return self.tools.reasons[tool]
        if self.subject not in metric.subjects:
            return f"does not apply to this subject ({self.subject})"
        return None


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
