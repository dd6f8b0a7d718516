"""The one training loop: seeded, resumable; on a CPU the same weights, interrupted or not.

All randomness of step ``n`` (torch's on every device, NumPy's and Python's) is seeded by (seed,
``n``), and so are its pairs: a state to go on from is weights, moments, averages and a step number.
"""

from __future__ import annotations

import csv
import io
import math
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from baselines import interrupts
from baselines.loader import Loaded
from baselines.resume import States
from baselines.schedule import Milestones, Schedule
from baselines.stage import StoppedError
from baselines.trainer import NotFiniteError, Trainer
from datasets.files import replacing

Row = dict[str, float]


class DivergedError(RuntimeError):
    """A loss is not finite; the message says which, at which step, and where the batch is kept."""


class Reader(Protocol):
    """Where batches come from; see `baselines.loader.Loader`."""

    def batches(self, begin: int, end: int) -> Iterator[Loaded]:
        """Yield the batches of steps ``begin`` to ``end``, the last one left out."""


class Watcher(Protocol):
    """What looks at a run from outside; none of it changes a weight."""

    def began(self, begin: int) -> None:
        """The first ``begin`` steps were done in an earlier session."""

    def waiting(self) -> Any:  # noqa: ANN401
        """Return a context around every wait for data."""

    def step(self) -> None:
        """A step is done."""

    def row(self, row: Row, trainer: Trainer) -> None:
        """A row of the loss curve was made."""


@dataclass
class Engine:
    """Runs a trainer through a schedule.

    Attributes:
        trainer: Does the steps.
        loader: Reads the batches.
        schedule: Learning-rate factor and length.
        seed: Of the run.
        states: Where its states are kept.
        save_every: Steps between saves of the state.
        log_every: Steps between rows of the loss curve, which are means over that interval.
        watcher: Looks at it; None: nobody does.
    """

    trainer: Trainer
    loader: Reader
    schedule: Schedule | Milestones
    seed: int
    states: States
    save_every: int = 100
    log_every: int = 20
    watcher: Watcher | None = None
    _rows: list[Row] = field(init=False, default_factory=list)
    _sums: Row = field(init=False, default_factory=dict)
    begin: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        state = self.states.load()
        if state is not None:
            self.trainer.load(state["trainer"])
            self.begin, self._rows, self._sums = state["step"], state["rows"], state["sums"]

    @property
    def rows_left(self) -> int:
        """Rows of the loss curve that `run` has still to make."""
        return math.ceil(self.schedule.steps / self.log_every) - self.begin // self.log_every

    def run(
        self, *, report: Callable[[Row], None] = lambda row: None, came: Callable[[], int] = int
    ) -> list[Row]:
        """Train to the end of the schedule and return the loss curve.

        Args:
            report: Called with every new row of the curve.
            came: Returns the signal that asked to stop, or 0; see `baselines.interrupts`.

        Raises:
            DivergedError: A loss or a gradient is not finite.
            StoppedError: A signal asked for it; the state is saved.
        """
        if self.watcher is not None:
            self.watcher.began(self.begin)
        for step, loaded in enumerate(self._batches(), self.begin):
            done = step + 1
            self._count(done, self._step(step, loaded), report)
            last = done == self.schedule.steps
            stop = self.trainer.processes.any(bool(came())) and not last
            if stop or (done % self.save_every == 0 and not last):
                self._save(done)
            if stop:
                status = interrupts.STATUS[signal.Signals(came() or signal.SIGTERM)]
                raise StoppedError(status, f"stopped after step {done}; its state is saved")
        return self._rows

    def _batches(self) -> Iterator[Loaded]:
        """Yield the batches that are left; the watcher sees the time that they take."""
        batches = self.loader.batches(self.begin, self.schedule.steps)
        waiting = nullcontext if self.watcher is None else self.watcher.waiting
        while True:
            with waiting():
                loaded = next(batches, None)
            if loaded is None:
                return
            yield loaded

    def _step(self, step: int, loaded: Loaded) -> Row:
        """Do one optimisation step; return its losses."""
        seed_all(self.seed * 1_000_003 + step)
        try:
            values = self.trainer.step(loaded.batch, self.schedule.factor(step))
        except NotFiniteError as error:
            kept = self._keep_batch(step, loaded)
            raise DivergedError(f"step {step}: {error}; its batch is in {kept}") from error
        if self.watcher is not None:
            self.watcher.step()
        return values

    def _count(self, done: int, values: Row, report: Callable[[Row], None]) -> None:
        """Add a step's losses to the interval; at its end make a row."""
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if done % self.log_every and done != self.schedule.steps:
            return
        count = (done - 1) % self.log_every + 1
        row = {"step": float(done), "rate": self.schedule.factor(done - 1)}
        row |= {name: total / count for name, total in self._sums.items()}
        self._rows.append(row)
        self._sums = {}
        report(row)
        if self.watcher is not None:
            self.watcher.row(row, self.trainer)

    def _save(self, step: int) -> None:
        if self.trainer.processes.main:
            state = {"rows": self._rows, "sums": self._sums, "trainer": self.trainer.state()}
            self.states.save(step, state)
        self.trainer.processes.wait()

    def _keep_batch(self, step: int, loaded: Loaded) -> Path:
        """Write what a step saw, and the weights, for somebody to look at.

        A player whose turn came before in this step has stepped already.
        """
        index = self.trainer.processes.index
        path = self.states.folder / f"not-finite-step-{step}-process-{index}.pt"
        batch = loaded.batch
        frames = {"source": batch.source, "driving": batch.driving}
        frames |= {f"source_{i + 2}": more for i, more in enumerate(batch.more_sources)}
        content: dict[str, Any] = {name: tensor.cpu() for name, tensor in frames.items()}
        content |= {"clips": loaded.clips, "frames": loaded.indices, "step": step}
        content["method"] = self.trainer.method.state_dict()
        with replacing(path) as part:
            torch.save(content, part)
        return path


def seed_all(seed: int) -> None:
    """Seed torch on every device, NumPy's global generator and Python's."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - a method may use it, though it should not
    random.seed(seed)


def loss_csv(rows: list[Row]) -> str:
    """Return the loss curve as CSV text: ``step``, ``rate``, then the losses by name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_number(row[name]) if name in row else "" for name in names])
    return text.getvalue()


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else f"{value:.6g}"
