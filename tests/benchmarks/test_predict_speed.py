"""The stage ``predict`` over many clips: one after the other, batched across clips, two processes.

Clips are synthetic, 64x64 and of 4 to 44 frames, as the mini worlds and MGif have them; the methods
are those of the mini profile with random weights. Everything is in it: reading clips, the network,
writing predictions (``writers: 0``), journals. All forms are single-threaded.

* ``single``: one clip after the other, batches within a clip alone; the plain way.
* ``batched``: packs of whole clips, which share batches, in this process as ``single`` is.
* ``one``, ``two``: the same as ``batched`` in one and in two processes of their own, which begin as
  cold as each other. The bytes must be the same.

Process time cannot see two processes, so the clock counts the time that passes, and forms take
turns: run it on a machine that does nothing else. It begins when all processes have loaded the
method and ends with the last prediction; the time with starts (some seconds a process, most of them
for the import of torch) stands beside it, for it is what a short run costs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from baselines import METHODS, checkpoint, predict
from baselines.checkpoint import CheckpointInfo
from baselines.predict_config import PredictConfig
from baselines.predict_jobs import reconstructions
from baselines.predict_orders import all_marks, make_orders
from baselines.predict_processes import run_processes
from baselines.predict_share import Event, carry_out
from baselines.predictions import write_prediction
from baselines.stage import StageError
from baselines.train_plan import TrainConfig
from datasets import params
from datasets.clips import read_clip
from datasets.files import sha256
from tests.baselines.clip_folders import contents, write_test_clips
from tests.baselines.test_methods import PARAMS
from tests.benchmarks.timing import threads  # noqa: F401 - a fixture

pytestmark = pytest.mark.benchmark(group="predict")

LENGTHS = tuple(int(n) for n in np.random.default_rng(0).integers(4, 45, 40))
BATCH = PARAMS["profiles"]["mini"]["predict"]["batch"]
CONFIG = PredictConfig(batch=BATCH, threads=1, writers=0)
ROUNDS = 3
LEAST = 1.7


class Seconds(NamedTuple):
    """Of the work, and of all."""

    work: float
    whole: float


class Bench:
    """A checkpoint and clips in a folder, and the three ways."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.clips = name, folder, folder / "clips"
        self.weights = folder / f"{name}.safetensors"
        config = params.section(PARAMS, TrainConfig, "profiles", "mini", "train", name).model()
        torch.manual_seed(0)
        method = METHODS[name].from_config(config)
        info = CheckpointInfo(name, config, "f" * 64, 0, 1, 1, 1)
        checkpoint.save(self.weights, method.inference_state(), info)
        write_test_clips(self.clips, LENGTHS, side=64)

    def single(self) -> Seconds:
        began = time.perf_counter()
        method, _ = predict.load_method(self.weights, self.name)
        ready = time.perf_counter()
        out = self.empty("single")
        for job in reconstructions(self.clips):
            made = predict.reconstruct(method, read_clip(job.driving), BATCH)
            write_prediction(out, job.name, *made)
        return Seconds(time.perf_counter() - ready, time.perf_counter() - began)

    def batched(self) -> Seconds:
        return self.stage("batched", processes=0)

    def one(self) -> Seconds:
        return self.stage("one", processes=1)

    def two(self) -> Seconds:
        return self.stage("two", processes=2)

    def stage(self, name: str, *, processes: int) -> Seconds:
        """Predict all in processes of their own; in this one if there are to be none."""
        began = time.perf_counter()
        out, jobs = self.empty(name), reconstructions(self.clips)
        files = METHODS[self.name].files
        run = predict.Run(self.weights, sha256(self.weights), self.name, files, CONFIG)
        known = all_marks(run, jobs)
        orders = make_orders(run, jobs, out, known=known, processes=max(1, processes))
        ready: list[float] = []

        def report(event: Event) -> None:
            if event.kind == "ready":
                ready.append(time.perf_counter())

        if processes == 0:
            method, _ = predict.load_method(self.weights, self.name)
            carry_out(orders[0], method, report)
        elif lost := run_processes(orders, report):
            raise StageError(lost[0])
        assert len(ready) == len(orders)
        return Seconds(time.perf_counter() - max(ready), time.perf_counter() - began)

    def empty(self, name: str) -> Path:
        for path in (self.folder / name, self.folder / f".{name}.predict"):
            shutil.rmtree(path, ignore_errors=True)
        (self.folder / name).mkdir()
        return self.folder / name


@pytest.mark.parametrize("name", METHODS)
def test_many_clips(benchmark, capsys, tmp_path: Path, name: str) -> None:
    bench = Bench(name, tmp_path)
    taken: dict[str, list[Seconds]] = {form: [] for form in ("single", "batched", "one", "two")}

    def turn(form: str) -> None:
        taken[form].append(getattr(bench, form)())

    def others() -> None:
        for form in ("single", "batched", "one"):
            turn(form)

    benchmark.pedantic(lambda: turn("two"), setup=others, rounds=ROUNDS)
    for form in ("one", "two"):
        assert contents(tmp_path / form) == contents(tmp_path / "batched")
    frames = sum(LENGTHS)

    def ratio(slow: str, quick: str, column: str) -> float:
        pairs = zip(taken[slow], taken[quick], strict=True)
        return statistics.median(getattr(a, column) / getattr(b, column) for a, b in pairs)

    load = os.getloadavg()[0]
    benchmark.extra_info |= {
        "clips": len(LENGTHS),
        "frames": frames,
        "batch": BATCH,
        "load": load,
        "must": f"two processes against one >= {LEAST}, at a load below 2.5",
        "batched against single": ratio("single", "batched", "work"),
        "two processes against one": ratio("one", "two", "work"),
        "two processes against one, with starts": ratio("one", "two", "whole"),
        "two processes against single, with starts": ratio("single", "two", "whole"),
    } | {
        f"frames per second, {form}": frames / statistics.median(s.work for s in seconds)
        for form, seconds in taken.items()
    }
    with capsys.disabled():
        print(f"\n{name}, {len(LENGTHS)} clips, {frames} frames, load {load:.1f}:")
        for key, value in benchmark.extra_info.items():
            print(f"  {key}: {value:.4g}" if isinstance(value, float) else f"  {key}: {value}")
    if (os.cpu_count() or 1) >= 2 and load < 2.5:  # two processes need two cores for themselves
        assert benchmark.extra_info["two processes against one"] >= LEAST
