"""The one training loop: seeded, resumable, the same weights whether or not it was interrupted.

Nothing here knows a method: `Method.training_step` yields (player, losses), the loop runs backward
and that player's optimisers, and resumes the step. All randomness of step ``n`` is seeded by
(seed, ``n``), so a resume state is weights, moments and a step number.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from baselines.checkpoint import load_state, save_state
from baselines.method import Batch, Method
from baselines.schedule import Milestones, Schedule

Row = dict[str, float]


class DivergedError(RuntimeError):
    """A loss is not finite; the message says which, and at which step."""


@dataclass
class Engine:
    """Trains one method.

    Attributes:
        method: What is trained; moved to ``device``.
        batches: Step number -> batch.
        schedule: Learning-rate factor and length.
        seed: Of the run.
        fingerprint: Of the run; a resume state with another one is discarded.
        state_path: Where the state of an unfinished run is kept.
        device: Where to train.
        channels_last: Memory format; faster for convolutions on most processors.
        save_every: Steps between saves of the state.
        log_every: Steps between rows of the loss curve, which are means over that interval.
    """

    method: Method
    batches: Callable[[int], Batch]
    schedule: Schedule | Milestones
    seed: int
    fingerprint: str
    state_path: Path
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    channels_last: bool = True
    save_every: int = 100
    log_every: int = 20

    def __post_init__(self) -> None:
        self.method.to(self.device)
        if self.channels_last:
            self.method.to(memory_format=torch.channels_last)
        self._optimizers: dict[str, list[torch.optim.Optimizer]] = {}
        self._rates: dict[str, list[float]] = {}
        for player, specs in self.method.players().items():
            self._optimizers[player] = [spec.build() for spec in specs]
            self._rates[player] = [s.learning_rate for s in specs]
        self._begin, self._rows, self._sums = self._resume()

    @property
    def rows_left(self) -> int:
        """Rows of the loss curve that `run` has still to make."""
        return math.ceil((self.schedule.steps - self._begin) / self.log_every)

    def run(self, *, report: Callable[[Row], None] = lambda row: None) -> list[Row]:
        """Train to the end of the schedule and return the loss curve.

        Args:
            report: Called with every new row of the curve.

        Raises:
            DivergedError: A loss is not finite.
        """
        rows, sums = self._rows, self._sums
        for step in range(self._begin, self.schedule.steps):
            for name, value in self._step(step).items():
                sums[name] = sums.get(name, 0.0) + value
            done = step + 1
            if done % self.log_every == 0 or done == self.schedule.steps:
                rows.append(self._row(done, sums))
                sums = {}
                report(rows[-1])
            if done % self.save_every == 0 and done < self.schedule.steps:
                self._save(done, rows, sums)
        return rows

    def forget(self) -> None:
        """Remove the state of the run, once its result is safe."""
        self.state_path.unlink(missing_ok=True)

    def _step(self, step: int) -> dict[str, float]:
        """Do one optimisation step; return its losses."""
        torch.manual_seed(self.seed * 1_000_003 + step)
        batch = self._to_device(self.batches(step))
        self.method.train()
        values: dict[str, float] = {}
        for player, losses in self.method.training_step(batch):
            total = torch.stack(list(losses.values())).sum()
            values |= {name: float(loss.detach()) for name, loss in losses.items()}
            if not math.isfinite(float(total.detach())):
                raise DivergedError(f"step {step}: {player} losses are not finite: {values}")
            self._update(player, total, step)
        return values

    def _update(self, player: str, total: Tensor, step: int) -> None:
        for optimizer, rate in zip(self._optimizers[player], self._rates[player], strict=True):
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = rate * self.schedule.factor(step)
        total.backward()  # type: ignore[no-untyped-call]
        for optimizer in self._optimizers[player]:
            optimizer.step()

    def _to_device(self, batch: Batch) -> Batch:
        form = torch.channels_last if self.channels_last else torch.contiguous_format

        def move(frames: Tensor) -> Tensor:
            return frames.to(self.device, memory_format=form, non_blocking=True)

        more = tuple(map(move, batch.more_sources))
        return Batch(move(batch.source), move(batch.driving), more)

    def _row(self, done: int, sums: dict[str, float]) -> Row:
        count = (done - 1) % self.log_every + 1
        row = {"step": float(done), "rate": self.schedule.factor(done - 1)}
        return row | {name: total / count for name, total in sums.items()}

    def _save(self, step: int, rows: list[Row], sums: dict[str, float]) -> None:
        state: dict[str, Any] = {
            "fingerprint": self.fingerprint,
            "step": step,
            "rows": rows,
            "sums": sums,
            "method": self.method.state_dict(),
            "optimizers": {p: [o.state_dict() for o in os] for p, os in self._optimizers.items()},
        }
        save_state(self.state_path, state)

    def _resume(self) -> tuple[int, list[Row], dict[str, float]]:
        state = load_state(self.state_path, self.fingerprint)
        if state is None:
            return 0, [], {}
        self.method.load_state_dict(state["method"])
        for player, optimizers in self._optimizers.items():
            for optimizer, saved in zip(optimizers, state["optimizers"][player], strict=True):
                optimizer.load_state_dict(saved)
        return int(state["step"]), list(state["rows"]), dict(state["sums"])


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
