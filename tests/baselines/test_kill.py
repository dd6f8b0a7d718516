"""Training that is killed with SIGKILL and started again ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import ManifestRow, write_manifest

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
KILLS = int(os.environ.get("KILLS", "4"))
"""Moments at which it is killed; a full account takes 20: ``KILLS=20 make test TESTS=...``."""

STEPS = 24


def two_clips(folder: Path) -> None:
    """Write two training clips of 64x64."""
    rng = np.random.default_rng(0)
    rows = []
    for video in "ab":
        path = folder / "train" / f"{video}#000000#000006.mkv"
        frames = np.repeat(np.repeat(rng.integers(0, 255, (6, 8, 8, 3), np.uint8), 8, 1), 8, 2)
        write_clip(path, frames)
        rows.append(
            ManifestRow(path.stem, "train", video, 6, 6, 25.0, 64, 64, sha256(path), "ok", "")
        )
    write_manifest(folder / "manifest.csv", rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with params.yaml (24 steps, a save after each second one) and two clips."""
    two_clips(tmp_path / "clips")
    section = PARAMS["profiles"]["mini"]["train"]["fomm"]
    section |= {"steps": STEPS, "save_every": 2, "log_every": 5, "batch": 2, "threads": 1}
    section |= {"ema": 0.9, "watch_every": 0}
    section["config"] = str(ROOT / section["config"])
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS), encoding="utf-8")
    return tmp_path


def start(folder: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "baselines.train", "--dataset", "taichi-hd"]
    command += ["--method", "fomm", "--clips", "clips", "--out", f"{name}.safetensors"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


def newest(folder: Path) -> int:
    """Return the step of the newest state, 0 if there is none."""
    states = folder.glob("killed.run/resume-*.pt")
    return max((int(path.stem.split("-")[1]) for path in states), default=0)


@pytest.mark.slow
def test_killed_training_ends_with_the_same_bytes(folder: Path) -> None:
    assert start(folder, "whole").wait() == 0
    rng = np.random.default_rng(0)
    done = 0
    while done < KILLS:
        for name in ("killed.safetensors", "killed-loss.csv"):
            (folder / name).unlink(missing_ok=True)
        while done < KILLS and newest(folder) < STEPS - 4:
            wanted, wait = newest(folder) + 2 * int(rng.integers(1, 3)), float(rng.random()) * 0.4
            process = start(folder, "killed")
            while process.poll() is None and newest(folder) < wanted:
                time.sleep(0.002)
            time.sleep(wait)  # at any moment of a step, or of a save
            killed = process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            if not killed:
                break
            done += 1
        assert start(folder, "killed").wait() == 0
        for ending in (".safetensors", "-loss.csv"):
            whole, again = (folder / f"{name}{ending}" for name in ("whole", "killed"))
            assert again.read_bytes() == whole.read_bytes()
        assert [path.name for path in (folder / "killed.run").iterdir()] == ["watch.csv"]


@pytest.mark.slow
def test_sigterm_saves_and_a_changed_setting_is_refused(folder: Path) -> None:
    process = start(folder, "killed")
    while process.poll() is None and newest(folder) < 2:
        time.sleep(0.002)
    process.terminate()
    assert process.wait() == 75
    values = yaml.safe_load((folder / "params.yaml").read_text())
    values["profiles"]["mini"]["train"]["fomm"]["warmup"] = 3
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    command = [sys.executable, "-m", "baselines.train", "--dataset", "taichi-hd"]
    command += ["--method", "fomm", "--clips", "clips", "--out", "killed.safetensors"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    refused = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "train.warmup: 50 before, 3 now" in refused.stderr
    assert "--restart" in refused.stderr
    again = subprocess.run(
        [*command, "--restart"], cwd=folder, env=environment, capture_output=True
    )
    assert again.returncode == 0
