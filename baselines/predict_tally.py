"""What became of the predictions of a run, counted and told while it goes on."""

from __future__ import annotations

from baselines.predict_share import Event
from datasets.progress import Report

_ADVICE = (
    "these clips have no prediction: run the crop stage again (dvc repro --force crop), then this"
)


class Tally:
    """Counts what is reported.

    Attributes:
        there: Predictions that are there.
        failed: What could not be read: name of the prediction -> why.
        changed: What there is to say of files that were not what this run had written.
        lost: What there is to say of processes that did not reach their end.
    """

    def __init__(self) -> None:
        self.there = 0
        self.failed: dict[str, str] = {}
        self.lost: list[str] = []
        self.changed: list[str] = []

    def take(self, event: Event, line: Report) -> None:
        """Count an event, and tell it as a line of progress if it ends a prediction."""
        if event.kind in ("made", "kept"):
            self.there += 1
            line(event.name if event.kind == "made" else f"{event.name}: kept")
        elif event.kind == "failed":
            self.failed[event.name] = event.text
            line(f"{event.name}: {event.text}")
        elif event.kind == "changed":
            self.changed.append(f"{event.text}: made again")

    def __str__(self) -> str:
        """What went wrong, line by line; empty if nothing did."""
        lines = [f"{name}: {text}" for name, text in sorted(self.failed.items())]
        return "\n".join([*lines, *([_ADVICE] if lines else []), *self.lost])
