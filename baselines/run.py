"""What one training run is asked for, where its files lie, and whether they are there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from baselines import checkpoint
from baselines.train_plan import TrainConfig
from datasets.registry import UsageError


@dataclass(frozen=True)
class Run:
    """One run, before anything of it is done.

    Attributes:
        name: Of the method, in ``METHODS``.
        config: How to train; its ``config`` is one path.
        clips: Folder of clips, as the crop stage makes it.
        out: The checkpoint; the loss curve lies beside it, the folder of the run too.
        seed: Of everything random.
        init: Checkpoint whose weights training starts from; None: fresh ones.
        force: Train again what is there already.
        restart: Throw the state of an unfinished run away, whosever it is.
    """

    name: str
    config: TrainConfig
    clips: Path
    out: Path
    seed: int
    init: Path | None = None
    force: bool = False
    restart: bool = False

    @property
    def folder(self) -> Path:
        """Where states, and what people look at, are kept: ``<name of the checkpoint>.run``."""
        return self.out.with_suffix(".run")

    @property
    def curve(self) -> Path:
        """Where the loss curve lies."""
        return self.out.with_name(f"{self.out.stem}-loss.csv")


def keep(run: Run, info: checkpoint.CheckpointInfo) -> bool:
    """Return whether the checkpoint that is there and its curve are of the run ``info`` describes.

    What a checkpoint says of its size and cost follows the present code, even if it is kept. One
    of another step is not kept: somebody put ``best.safetensors`` in its place.
    """
    if not run.out.is_file() or not run.curve.is_file():
        return False
    try:
        weights, found = checkpoint.load(run.out)
    except UsageError:
        return False
    if (found.fingerprint, found.steps) != (info.fingerprint, info.steps):
        return False
    if found != info:
        checkpoint.save(run.out, weights, info)
    return True
