"""What must not grow, or wait, in a training: memory over 2,000 steps, and the share of waits.

Both run the stage's own code on clips that are written here: 24 of 64x64, 24 frames each.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from baselines.run import Run
from baselines.train_plan import TrainConfig
from baselines.training import train
from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import ManifestRow, write_manifest
from datasets.params import load, section
from tests.baselines.ranks import CONFIGS
from tests.benchmarks.timing import THREADS
from tests.benchmarks.timing import threads as threads

ROOT = Path(__file__).parents[2]
STEPS = 2000


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(24):
        path = tmp_path / "clips" / "train" / f"v{number:02}#000000#000024.mkv"
        small = rng.integers(0, 255, (24, 8, 8, 3), np.uint8)
        write_clip(path, small.repeat(8, 1).repeat(8, 2))
        video = path.stem.split("#")[0]
        rows.append(
            ManifestRow(path.stem, "train", video, 24, 24, 25.0, 64, 64, sha256(path), "ok", "")
        )
    write_manifest(tmp_path / "clips" / "manifest.csv", rows)
    return tmp_path / "clips"


def settings(method: str, **changes) -> TrainConfig:
    values = load(ROOT / "params.yaml")
    config = section(values, TrainConfig, "profiles", "mini", "train", method)
    return replace(config, threads=THREADS, watch_every=0, **changes)


def watched(out: Path) -> list[dict[str, float]]:
    with (out.with_suffix(".run") / "watch.csv").open() as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]


def apart(run: Run) -> None:
    """Train in a process of its own: what others have freed in this one would hide a growth."""
    process = multiprocessing.get_context("spawn").Process(target=train, args=(run,))
    process.start()
    process.join()
    assert process.exitcode == 0


@pytest.mark.benchmark(group="data-wait")
@pytest.mark.parametrize("method", ["fomm", "monkey-net", "x2face"])
@pytest.mark.parametrize("in_memory", [True, False], ids=["in-memory", "from-files"])
def test_share_of_waits_in_a_mini_training(
    benchmark, capsys, clips: Path, tmp_path: Path, method: str, in_memory: bool
) -> None:
    config = settings(method, steps=60, log_every=10, in_memory=in_memory)
    config = replace(config, config=str(ROOT / str(config.config)))
    out = tmp_path / "x.safetensors"
    benchmark.pedantic(lambda: train(Run(method, config, clips, out, 0)), rounds=1)
    rows = watched(out)[1:]
    share = sum(row["wait_share"] for row in rows) / len(rows)
    speed = sum(row["steps_per_second"] for row in rows) / len(rows)
    benchmark.extra_info |= {"wait share": share, "steps per second": speed, "threads": THREADS}
    benchmark.extra_info |= {"load": os.getloadavg()[0], "must": "wait share <= 0.05"}
    with capsys.disabled():
        print(f"\n{method}, {'in memory' if in_memory else 'from files'}: waits {share:.1%}")
    assert share <= 0.05


@pytest.mark.benchmark(group="memory")
def test_memory_of_a_long_training(benchmark, capsys, clips: Path, tmp_path: Path) -> None:
    narrow = {**CONFIGS["fomm"], "size": 64}
    (tmp_path / "narrow.yaml").write_text(yaml.safe_dump(narrow))
    config = settings("fomm", steps=STEPS, log_every=100, save_every=100, batch=2)
    config = replace(config, config=str(tmp_path / "narrow.yaml"), in_memory=False)
    out = tmp_path / "x.safetensors"
    benchmark.pedantic(lambda: apart(Run("fomm", config, clips, out, 0)), rounds=1)
    resident = [row["memory_mib"] for row in watched(out)]
    assert len(resident) == STEPS / 100
    growth = resident[-1] / resident[1] - 1  # after the first hundred, which fills caches
    benchmark.extra_info |= {"growth": growth, "resident MiB": resident[-1], "steps": STEPS}
    benchmark.extra_info["must"] = "|growth| <= 0.02"
    with capsys.disabled():
        print(f"\nresident {resident[1]:.0f} -> {resident[-1]:.0f} MiB: {growth:+.2%}")
    assert abs(growth) <= 0.02
