"""The engine's onlooker: measures a run, shows it, and keeps the best weights on ``val``."""

from __future__ import annotations

import math
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from baselines import checkpoint
from baselines.meter import Meter
from baselines.pairs import list_clips
from baselines.tensorboard import Board
from baselines.trainer import Trainer
from baselines.validation import Validation
from baselines.watch import Watch
from datasets.registry import UsageError


@dataclass
class RunWatcher:
    """Watches one run; see `baselines.engine.Watcher`.

    Attributes:
        folder: Of the run.
        info: What its checkpoint will say.
        validation: The pairs that are looked at; None: none.
        every: Steps between looks.
        board: TensorBoard; or None.
    """

    folder: Path
    info: checkpoint.CheckpointInfo
    validation: Validation | None
    every: int
    board: Board | None
    _meter: Meter = field(init=False)
    _watch: Watch = field(init=False)
    _best: float = field(init=False, default=math.inf)

    def began(self, begin: int) -> None:
        """Start to measure; what an earlier session saw after ``begin`` will be seen again."""
        self._meter = Meter(self.info.steps, begin=begin)
        self._watch = Watch(
            self.folder,
            validation=self.validation,
            every=max(self.every, 1),
            pictures=True,
            board=self.board,
        )
        if begin == 0:
            (self.folder / "best.safetensors").unlink(missing_ok=True)
        self._best = self._watch.least(until=begin)

    def waiting(self) -> AbstractContextManager[None]:
        """Return a context that counts as a wait for data."""
        return self._meter.waiting()

    def step(self) -> None:
        """Count a step."""
        self._meter.step()

    def row(self, row: dict[str, float], trainer: Trainer) -> None:
        """Note a row of the loss curve with what was measured, and look if it is time."""
        step = int(row["step"])
        norms = {f"grad_norm_{player}": norm for player, norm in trainer.norms.items()}
        with trainer.averaged():
            full = self._meter.row(step) | norms | row
            found = self._watch.after(step, trainer.method, trainer.device, full)
            if found is not None and found < self._best:
                self._best = found
                info = replace(self.info, steps=step)
                path = self.folder / "best.safetensors"
                checkpoint.save(path, trainer.method.inference_state(), info)

    def close(self) -> None:
        """Let go of files."""
        if self.board is not None:
            self.board.close()


def validation_of(clips: Path) -> Validation | None:
    """Return the validation on a folder of clips; None, and a note on stderr, if it has no val."""
    try:
        return Validation(list_clips(clips, "val"))
    except UsageError as error:
        print(f"no validation: {error}", file=sys.stderr)
        return None
