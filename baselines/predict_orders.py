"""Who is asked for what: the predictions of a run, dealt to shards and processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from baselines.method import device_of
from baselines.packs import WHOLE, Job, Shard, make_packs, share
from baselines.predict_config import PredictConfig
from baselines.predict_jobs import frame_size
from baselines.predict_share import Order
from baselines.prediction_marks import marks, run_facts


@dataclass(frozen=True)
class Run:
    """What is predicted, and by what.

    Attributes:
        weights: The checkpoint.
        sha256: Its digest.
        method: Its method.
        files: The method's source files, relative to the repository.
        config: How.
        relative: Whether motion is relative to the driver's first frame.
    """

    weights: Path
    sha256: str
    method: str
    files: Iterable[str]
    config: PredictConfig
    relative: bool = False


def all_facts(run: Run) -> dict[str, Any]:
    """Return what is the same for all predictions of a run.

    Raises:
        UsageError: There is no such device.
    """
    return run_facts(
        run.files,
        checkpoint=run.sha256,
        batch=run.config.batch,
        threads=run.config.threads,
        device=_kind(device_of(run.config.device)),
        relative=run.relative,
    )


def _kind(device: torch.device) -> str:
    """Return ``cpu``, or the model of a GPU: another one may choose other kernels."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def all_marks(run: Run, jobs: Sequence[Job]) -> dict[str, str]:
    """Return the mark of each prediction of a run, whoever makes it."""
    return marks(make_packs(jobs, run.config.batch), all_facts(run))


def make_orders(
    run: Run,
    jobs: Sequence[Job],
    out: Path,
    *,
    known: dict[str, str],
    processes: int = 1,
    shard: Shard = WHOLE,
) -> list[Order]:
    """Return what each process of a shard is asked for; a process without work is left out.

    Args:
        run: What is predicted, and by what.
        jobs: All predictions of the run.
        out: Folder of predictions.
        known: Their marks.
        processes: How many share the work of the shard.
        shard: Which part of the run is done here.
    """
    size = frame_size(jobs)
    mine = share(make_packs(jobs, run.config.batch), shard)
    orders = []
    for index in range(processes):
        if part := share(mine, Shard(index, processes)):
            label = f"{shard.index}-of-{shard.count}.{index}-of-{processes}"
            how = (run.weights, run.method, run.config)
            orders.append(Order(*how, part, known, out, label, size, run.relative))
    return orders
