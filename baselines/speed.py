"""Measure how many frames per second trained methods animate, and keep it in a table.

    python -m baselines.speed --dataset taichi-hd --method fomm

A figure of the machine that it was measured on, which the table names: no stage makes it, nothing
is ranked by it, and whoever has another machine adds rows of their own.

Timed is `Method.animate` with one encoded source: real test clips of the cell, the first
frame of the first one encoded before the clock starts, driving frames in batches on the device.
Decoding and writing of files are not in it. A figure is the median of several repeats after a
warm-up; cells that are measured together take turns, so that a machine that is busy for a while
slows all alike. With one CPU thread the clock counts the processor time of the process, which is
the time that passes unless neighbours take some; otherwise it counts the time that passes.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import re
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from baselines import METHODS
from baselines.method import Method, device_of
from baselines.pairs import list_clips
from baselines.predict import PredictConfig, load_method
from baselines.speed_table import SPEEDS
from baselines.stage import Cell, run_stage
from datasets import params
from datasets.clips import read_clip
from datasets.registry import DATASETS, VERSION, shown_name

BATCHES = 4
"""Driving frames of a repeat, in batches."""
WARM_UPS, REPEATS = 2, 21


@torch.inference_mode()
def frames_per_second(
    passes: Sequence[tuple[Method, Tensor]], batch: int, *, clock: Callable[[], float]
) -> list[float]:
    """Return driving frames per second of `Method.animate`, the sources encoded before.

    Args:
        passes: Each a method in evaluation mode and, on its device, float32 ``(T, 3, H, W)`` in
            [0, 1]: the first frame is the source, all are driving. They take turns.
        batch: Driving frames at a time.
        clock: Returns seconds, when all that was asked of the device is done.
    """
    states = [method.encode(frames[:1]) for method, frames in passes]
    seconds: list[list[float]] = [[] for _ in passes]
    for _ in range(WARM_UPS + REPEATS):
        for (method, frames), state, taken in zip(passes, states, seconds, strict=True):
            chunks = torch.split(frames, batch)
            began = clock()
            for chunk in chunks:
                method.animate(state, chunk)
            taken.append(clock() - began)
    return [
        len(frames) / statistics.median(taken[WARM_UPS:])
        for (_, frames), taken in zip(passes, seconds, strict=True)
    ]


def driving_frames(clips: Path, count: int) -> Tensor:
    """Return the first ``count`` frames of the test clips, in the order of their ids.

    Args:
        clips: Folder of clips, as the crop stage makes it.
        count: How many; fewer come back if there are no more.

    Returns:
        float32 ``(T, 3, H, W)`` in [0, 1].
    """
    parts, left = [], count
    for clip in list_clips(clips, "test"):
        parts.append(read_clip(clip.path, range(min(clip.frames, left))))
        left -= len(parts[-1])
        if not left:
            break
    return torch.from_numpy(np.concatenate(parts)).permute(0, 3, 1, 2).float().div_(255)


def clock_of(device: torch.device, threads: int) -> Callable[[], float]:
    """Return the clock for a device; see the text of the module."""
    if device.type == "cpu":
        return time.process_time if threads == 1 else time.perf_counter

    def now() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return now


def device_name(device: torch.device) -> str:
    """Return what the device calls itself; a processor with the number of its logical cores."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{_processor()}, {os.cpu_count()} logical cores"


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.is_file() else ""
    found = re.search(r"^model name\s*:\s*(\S.*)$", text, flags=re.MULTILINE)
    return " ".join(found[1].split()) if found else platform.processor() or platform.machine()


def precision_of(device: torch.device) -> str:
    """Return ``tf32`` where convolutions of float32 round to it, as they do on CUDA by default."""
    return "tf32" if device.type == "cuda" and torch.backends.cudnn.allow_tf32 else "float32"


def measure(cells: Sequence[Cell], config: PredictConfig) -> list[dict[str, str]]:
    """Measure the trained methods of some cells; return their rows of the table.

    Raises:
        UsageError: There is no checkpoint, no clip, or no such device.
    """
    torch.set_num_threads(config.threads)
    device = device_of(config.device)
    passes = [
        (
            load_method(cell.checkpoint, cell.method)[0].to(device),
            driving_frames(cell.clips, BATCHES * config.batch).to(device),
        )
        for cell in cells
    ]
    clock = clock_of(device, config.threads)
    return [
        {
            "profile": cell.profile,
            "dataset": shown_name(cell.dataset, cell.profile),
            "method": cell.method,
            "device": device_name(device),
            "precision": precision_of(device),
            "batch": str(config.batch),
            "threads": str(config.threads),
            "frames": str(len(frames)),
            "frames_per_second": str(float(f"{speed:.4g}")),
            "torch": torch.__version__,
            "date": datetime.now(UTC).date().isoformat(),
            "command": shlex.join(_command(cell, config)),
        }
        for cell, (_, frames), speed in zip(
            cells, passes, frames_per_second(passes, config.batch, clock=clock), strict=True
        )
    ]


def _command(cell: Cell, config: PredictConfig) -> list[str]:
    cells = ["--profile", cell.profile, "--dataset", cell.dataset, "--method", cell.method]
    return ["python", "-m", "baselines.speed", *cells, "--device", config.device]


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m baselines.speed",
        description="Measure frames per second of trained methods, and keep them in a table.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("--profile", default=None, help="mini or full; None: as in params.yaml")
    cli.add_argument("--dataset", default=None, help=f"one of {', '.join(DATASETS)}; None: each")
    cli.add_argument("--method", default=None, help=f"one of {', '.join(METHODS)}; None: each")
    cli.add_argument(
        "--device", default=None, help="cpu, cuda or auto; None: as predict in params.yaml"
    )
    out = Path("leaderboards", VERSION, "speed.csv")
    cli.add_argument("--out", type=Path, default=out, help="the table")
    return cli


def _cell(profile: str | None, dataset: str, method: str, default: str) -> Cell:
    args = argparse.Namespace(profile=profile, dataset=dataset, method=method, clips=None)
    return Cell(args, profile=default, methods=METHODS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = _parser().parse_args(argv)

    def body() -> str:
        settings = params.load()
        cells = [
            _cell(args.profile, dataset, method, str(settings["profile"]))
            for dataset in ([args.dataset] if args.dataset else DATASETS)
            for method in ([args.method] if args.method else METHODS)
        ]
        config = params.section(settings, PredictConfig, "profiles", cells[0].profile, "predict")
        if args.device:
            config = dataclasses.replace(config, device=args.device)
        SPEEDS.read(args.out)  # another table is refused before the work
        made = measure(cells, config)
        SPEEDS.add(args.out, made)
        line = "{dataset}, {method}: {frames_per_second} frames per second on {device}"
        return "\n".join([*(line.format(**row) for row in made), f"-> {args.out}"])

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
