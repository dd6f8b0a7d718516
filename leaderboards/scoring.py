"""Scoring a folder of predictions by ``python -m metrics.eval``, which is never imported here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaderboards.submission import CLIPS, PROVENANCE, RESULT
from leaderboards.tasks import RECONSTRUCTION


class RefusedError(Exception):
    """``metrics.eval`` refused; it has said why.

    Attributes:
        status: Its exit status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"metrics.eval ended with {status}")
        self.status = status


@dataclass(frozen=True)
class Order:
    """What is to be scored.

    Attributes:
        method: The name of the method.
        dataset: The registry name of the data set.
        predictions: The folder of predictions.
        task: What they are predictions of.
        profile: ``mini`` or ``full``; None: that of ``params.yaml``.
        more: Further arguments of ``metrics.eval``.
    """

    method: str
    dataset: str
    predictions: Path
    task: str = RECONSTRUCTION
    profile: str | None = None
    more: Sequence[str] = field(default_factory=tuple)

    def command(self, out: Path) -> list[str]:
        """Return the arguments of ``metrics.eval``."""
        given = {
            "--method": self.method,
            "--dataset": self.dataset,
            "--task": self.task,
            "--profile": self.profile,
            "--predictions": str(self.predictions),
            "--out": str(out),
        }
        said = [f"{name}={value}" for name, value in given.items() if value is not None]
        return [*said, *self.more]


def score(order: Order, out: Path) -> dict[str, Path]:
    """Score into the folder ``out``.

    Returns:
        Name of a file of a submission -> where it was written.

    Raises:
        RefusedError: ``metrics.eval`` refused the predictions or did not understand.
    """
    command = [sys.executable, "-m", "metrics.eval", *order.command(out)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise RefusedError(done.returncode)
    home = out if order.task == RECONSTRUCTION else out / order.task
    stem = f"{order.dataset}-{order.method}"
    endings: Mapping[str, str] = {
        RESULT: ".json",
        CLIPS: ".clips.csv",
        PROVENANCE: ".provenance.json",
    }
    return {name: home / f"{stem}{ending}" for name, ending in endings.items()}
