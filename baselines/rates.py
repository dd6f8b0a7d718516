"""Measure how long a training step takes, and keep it in the table that `baselines.plan` reads.

    python -m baselines.rates --profile full --dataset taichi-hd --method fomm --device cuda

A rate holds for the machine that the row names: no stage makes it, and whoever has another machine
adds rows of their own. Cells with the same configuration share one row.

Timed is a step as the engine takes it (all losses, backward, all optimisers) on frames of noise
that lie on the device already; reading and augmenting pairs is not in it. Weights are fresh, those
of VGG19 too, which training itself would refuse: how long a step takes does not depend on their
values. The figure is the median of several steps after a warm-up. With one CPU thread the clock
counts the processor time of the process, see `baselines.speed`.
"""

from __future__ import annotations

import argparse
import resource
import shlex
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from baselines import METHODS
from baselines.engine import Engine
from baselines.fomm import FOMMMethod
from baselines.fresh_features import fresh_vgg19
from baselines.method import Batch, Method, device_of
from baselines.planned import Training, fresh, trainings
from baselines.rate_table import FILE, RATES
from baselines.schedule import Schedule
from baselines.speed import clock_of, device_name
from baselines.stage import StageError, run_stage
from datasets import params
from datasets.registry import DATASETS, UsageError, choose

PRECISIONS = ("float32", "tf32")
WARM_UPS = 1


@dataclass(frozen=True)
class Job:
    """One measurement.

    Attributes:
        training: What is trained; other data sets may have the same configuration.
        batch: Pairs of a step.
        precision: One of `PRECISIONS`.
        threads: CPU threads.
        steps: How many are timed, after the warm-up.
    """

    training: Training
    batch: int
    precision: str
    threads: int
    steps: int

    @property
    def frames(self) -> tuple[int, int, int, int]:
        """Shape of the sources of a step, and of its driving frames: ``(B, 3, H, W)``."""
        size = self.training.size
        return (self.batch, 3, size, size)


def jobs_of(args: argparse.Namespace) -> list[Job]:
    """Return what the command line asks for, each configuration once.

    Raises:
        UsageError: A name or a number is wrong.
    """
    values = params.load(args.params)
    profile = args.profile or str(values["profile"])
    for name in ("batch", "threads", "steps"):
        if (number := getattr(args, name)) is not None and number < 1:
            raise UsageError(f"--{name} must be at least 1, got {number}")
    choose("precision", args.precision, PRECISIONS)
    jobs: dict[tuple[str, str], Job] = {}
    for one in trainings(values, profile, dataset=args.dataset, method=args.method):
        threads = args.threads or one.config.threads
        job = Job(one, args.batch or one.batch, args.precision, threads, args.steps)
        jobs.setdefault((one.method, one.path), job)
    return list(jobs.values())


def measure(job: Job, device: torch.device) -> dict[str, str]:
    """Measure one step; return its row of the table, the memory left open.

    Raises:
        StageError: The batch does not fit into the device's memory.
    """
    torch.set_num_threads(job.threads)
    torch.manual_seed(0)
    method = fresh(job.training)
    note = _give_features(method, device)
    source, driving, *more = (torch.rand(job.frames) for _ in range(method.sources + 1))
    step = stepper(
        method, Batch(source, driving, tuple(more)), precision=job.precision, device=device
    )
    try:
        seconds = time_steps(step, job.steps, clock=clock_of(device, job.threads))
    except torch.cuda.OutOfMemoryError as error:
        raise StageError(f"{job.training.path}: {job.batch} pairs do not fit: --batch") from error
    return {
        "config": job.training.path,
        "method": job.training.method,
        "size": str(job.training.size),
        "batch": str(job.batch),
        "precision": job.precision,
        "device": device_name(device),
        "threads": str(job.threads),
        "kind": device.type,
        "seconds_per_step": str(float(f"{seconds:.4g}")),
        "peak_memory_mib": "",
        "how": f"median of {job.steps} steps after {WARM_UPS}; frames of noise{note}",
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
        "command": shlex.join(_command(job, device)),
    }


def _give_features(method: Method, device: torch.device) -> str:
    """Give a method that needs VGG19 one with fresh weights; return a remark that says so."""
    if not isinstance(method, FOMMMethod) or method.options.features != "vgg19":
        return ""
    network = fresh_vgg19(taps=len(method.options.loss_weights.perceptual)).to(device)
    method.use_features(network.to(memory_format=torch.channels_last))
    return "; VGG19 with fresh weights"


def stepper(
    method: Method, batch: Batch, *, precision: str, device: torch.device
) -> Callable[[], object]:
    """Return a function that takes one training step on ``batch``."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    engine = Engine(
        method,
        lambda step: batch,
        Schedule(1000),
        seed=0,
        fingerprint="",
        state_path=Path("nothing is resumed"),
        device=device,
    )
    return lambda: engine._step(0)


def time_steps(step: Callable[[], object], steps: int, *, clock: Callable[[], float]) -> float:
    """Return the median of the seconds of ``steps`` steps, after a warm-up.

    Example:
        >>> ticks = iter([0, 9, 9, 11, 20, 23, 30, 31])
        >>> time_steps(lambda: None, 3, clock=lambda: next(ticks))
        2
    """
    seconds = []
    for _ in range(WARM_UPS + steps):
        began = clock()
        step()
        seconds.append(clock() - began)
    return statistics.median(seconds[WARM_UPS:])


def peak_memory_mib(device: torch.device) -> int:
    """Return the most memory that was taken: from a GPU by torch, else by this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device) >> 20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def measure_all(jobs: Sequence[Job], device: torch.device) -> list[dict[str, str]]:
    """Measure one after the other; see `measure`.

    A process that measured something before has a peak of its own: on a CPU the memory is measured
    if there is one job only.
    """
    rows = []
    for job in jobs:
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
        row = measure(job, device)
        if device.type == "cuda" or len(jobs) == 1:
            row["peak_memory_mib"] = str(peak_memory_mib(device))
        rows.append(row)
    return rows


def _command(job: Job, device: torch.device) -> list[str]:
    one = job.training
    cell = ["--profile", one.profile, "--dataset", one.dataset, "--method", one.method]
    step = ["--batch", str(job.batch), "--precision", job.precision, "--steps", str(job.steps)]
    where = ["--device", device.type, "--threads", str(job.threads)]
    return ["python", "-m", "baselines.rates", *cell, *step, *where]


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m baselines.rates",
        description="Measure the seconds of a training step, and keep them in a table.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = cli.add_argument
    add("--profile", default=None, help="mini or full; None: as in params.yaml")
    add("--dataset", default=None, help=f"one of {', '.join(DATASETS)}; None: each")
    add("--method", default=None, help=f"one of {', '.join(METHODS)}; None: each")
    add("--device", default="auto", help="cpu, cuda or auto")
    add("--batch", type=int, default=None, help="pairs of a step; None: those of the training")
    add("--precision", default="float32", help=f"one of {', '.join(PRECISIONS)}")
    add("--threads", type=int, default=None, help="CPU threads; None: those of the training")
    add("--steps", type=int, default=5, help="steps that are timed")
    add("--params", type=Path, default=Path("params.yaml"), help="settings file")
    add("--out", type=Path, default=FILE, help="the table")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = _parser().parse_args(argv)

    def body() -> str:
        RATES.read(args.out)  # another table is refused before the work
        rows = measure_all(jobs_of(args), device_of(args.device))
        RATES.add(args.out, rows)
        line = "{config}: {seconds_per_step} s per step of {batch} pairs on {device}"
        return "\n".join([*(line.format(**row) for row in rows), f"-> {args.out}"])

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
