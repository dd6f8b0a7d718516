"""Measure how long a training step takes, and keep it in the table that `baselines.plan` reads.

    python -m baselines.rates --profile full --dataset taichi-hd --method fomm --device cuda

A rate holds for the machine that the row names: no stage makes it, and whoever has another machine
adds rows of their own. Cells with the same configuration share one row.

Timed is a step of `baselines.trainer` (all losses, backward, all optimisers), with the settings of
the training, on frames of noise that lie on the device already; reading and augmenting pairs is not
in it. Weights are fresh, those
of VGG19 too, which training itself would refuse: how long a step takes does not depend on their
values. The figure is the median of several steps after a warm-up. With one CPU thread the clock
counts the processor time of the process, see `baselines.speed`.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shlex
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from baselines import METHODS
from baselines.fomm import FOMMMethod
from baselines.fresh_features import fresh_vgg19
from baselines.method import Batch, Method, device_of
from baselines.planned import Training, fresh, trainings
from baselines.precision import PRECISIONS
from baselines.processes import Processes
from baselines.rate_table import FILE, RATES, computed_in
from baselines.speed import clock_of, device_name
from baselines.stage import StageError, run_stage
from baselines.train_plan import TrainConfig
from baselines.training import trainer_of
from datasets import params
from datasets.registry import DATASETS, UsageError

WARM_UPS = 2


@dataclass(frozen=True)
class Job:
    """One measurement.

    Attributes:
        training: What is trained; other data sets may have the same configuration.
        config: How; what the command line says wins over ``params.yaml``.
        batch: Pairs of a step.
        steps: How many are timed, after the warm-up.
    """

    training: Training
    config: TrainConfig
    batch: int
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
    jobs: dict[tuple[str, str], Job] = {}
    for one in trainings(values, profile, dataset=args.dataset, method=args.method):
        job = Job(one, _config(args, one.config), args.batch or one.batch, args.steps)
        jobs.setdefault((one.method, one.path), job)
    return list(jobs.values())


def _config(args: argparse.Namespace, config: TrainConfig) -> TrainConfig:
    """Return how a step is taken. A batch other than that of the training is taken in one part."""
    return dataclasses.replace(
        config,
        precision=args.precision or config.precision,
        compiled=config.compiled if args.compiled is None else args.compiled,
        threads=args.threads or config.threads,
        accumulate=config.accumulate if args.batch is None else 1,
    )


def measure(job: Job, device: torch.device) -> dict[str, str]:
    """Measure one step; return its row of the table, the memory left open.

    Raises:
        StageError: The batch does not fit into the device's memory.
    """
    torch.set_num_threads(job.config.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)  # as in training
    torch.manual_seed(0)
    method = fresh(job.training)
    note = _give_features(method, device)
    source, driving, *more = (torch.rand(job.frames) for _ in range(method.sources + 1))
    batch = Batch(source, driving, tuple(more))
    try:
        step = stepper(method, batch, config=job.config, device=device)
        seconds = time_steps(step, job.steps, clock=clock_of(device, job.config.threads))
    except torch.cuda.OutOfMemoryError as error:
        raise StageError(f"{job.training.path}: {job.batch} pairs do not fit: --batch") from error
    return {
        "config": job.training.path,
        "method": job.training.method,
        "size": str(job.training.size),
        "batch": str(job.batch),
        "precision": computed_in(job.config.precision, device.type),
        "compiled": str(job.config.compiled).lower(),
        "device": device_name(device),
        "threads": str(job.config.threads),
        "kind": device.type,
        "seconds_per_step": str(float(f"{seconds:.4g}")),
        "peak_memory_mib": "",
        "how": f"median of {job.steps} steps after {WARM_UPS}; frames of noise{_parts(job)}{note}",
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
        "command": shlex.join(_command(job, device)),
    }


def _parts(job: Job) -> str:
    return f"; in {job.config.accumulate} parts" if job.config.accumulate > 1 else ""


def stepper(
    method: Method, batch: Batch, *, config: TrainConfig, device: torch.device
) -> Callable[[], object]:
    """Return a function that takes one training step on ``batch``, whose frames are moved first."""
    trainer = trainer_of(method, config, Processes(device))
    form = torch.channels_last if config.channels_last else torch.contiguous_format
    source, driving, *more = (
        frames.to(device, memory_format=form)
        for frames in (batch.source, batch.driving, *batch.more_sources)
    )
    there = Batch(source, driving, tuple(more))
    return lambda: trainer.step(there, 1.0)


def _give_features(method: Method, device: torch.device) -> str:
    """Give a method that needs VGG19 one with fresh weights; return a remark that says so."""
    if not isinstance(method, FOMMMethod) or method.options.features != "vgg19":
        return ""
    network = fresh_vgg19(taps=len(method.options.loss_weights.perceptual)).to(device)
    method.use_features(network.to(memory_format=torch.channels_last))
    return "; VGG19 with fresh weights"


def time_steps(step: Callable[[], object], steps: int, *, clock: Callable[[], float]) -> float:
    """Return the median of the seconds of ``steps`` steps, after a warm-up.

    Example:
        >>> ticks = iter([0, 9, 0, 7, 9, 11, 20, 23, 30, 31])
        >>> time_steps(lambda: None, 3, clock=lambda: next(ticks))
        2
    """
    seconds = []
    for _ in range(WARM_UPS + steps):
        began = clock()
        step()
        seconds.append(clock() - began)
    return statistics.median(seconds[WARM_UPS:])


def peak_memory_mib(device: torch.device, status: Path = Path("/proc/self/status")) -> str:
    """Return the most memory that was taken: from a GPU by torch, else by this process.

    Empty where the system does not tell.
    """
    if device.type == "cuda":
        return str(torch.cuda.max_memory_reserved(device) >> 20)
    text = status.read_text(encoding="utf-8") if status.is_file() else ""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", text, flags=re.MULTILINE)
    return str(int(found[1]) >> 10) if found else ""


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
            row["peak_memory_mib"] = peak_memory_mib(device)
        rows.append(row)
    return rows


def _command(job: Job, device: torch.device) -> list[str]:
    one = job.training
    cell = ["--profile", one.profile, "--dataset", one.dataset, "--method", one.method]
    batch = [] if job.batch == one.batch else ["--batch", str(job.batch)]
    step = ["--precision", job.config.precision, "--steps", str(job.steps)]
    step.append("--compiled" if job.config.compiled else "--no-compiled")
    where = ["--device", device.type, "--threads", str(job.config.threads)]
    return ["python", "-m", "baselines.rates", *cell, *batch, *step, *where]


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
    precisions = ", ".join(PRECISIONS)
    add("--precision", default=None, help=f"one of {precisions}; None: that of the training")
    add(
        "--compiled",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="let torch compile networks; None: as in the training",
    )
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
