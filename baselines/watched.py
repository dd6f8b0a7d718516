"""What a person sees of a training run: its watcher, and rows of its curve as progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from baselines.checkpoint import CheckpointInfo
from baselines.engine import Engine, Row
from baselines.processes import Processes
from baselines.run import Run
from baselines.tensorboard import Board
from baselines.watcher import RunWatcher, validation_of
from datasets.progress import progress


@contextmanager
def watched(run: Run, info: CheckpointInfo, engine: Engine) -> Iterator[None]:
    """Let the first process look at its engine meanwhile."""
    if not engine.trainer.processes.main:
        yield
        return
    every = run.config.watch_every
    validation = validation_of(run.clips) if every else None
    board = Board(run.folder / "tensorboard") if run.config.tensorboard else None
    engine.watcher = watcher = RunWatcher(run.folder, info, validation, every, board)
    try:
        yield
    finally:
        watcher.close()


@contextmanager
def shown_by(processes: Processes, title: str, rows: int) -> Iterator[Callable[[Row], None]]:
    """Yield what shows rows of the loss curve as progress; of several processes the first does."""
    if not processes.main:
        yield lambda row: None
        return
    with progress(title, rows) as report:
        yield lambda row: report(shown(row))


def shown(row: Row) -> str:
    """Return a row of the loss curve as one line of text."""
    losses = (f"{name} {value:.3g}" for name, value in row.items() if name not in ("step", "rate"))
    return f"step {row['step']:.0f} {' '.join(losses)}"
