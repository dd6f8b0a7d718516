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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with params.yaml (24 steps, a save after each) and two clips of 64x64."""
    rng = np.random.default_rng(0)
    rows = []
    for video in "ab":
        path = tmp_path / "clips" / "train" / f"{video}#000000#000006.mkv"
        frames = np.repeat(np.repeat(rng.integers(0, 255, (6, 8, 8, 3), np.uint8), 8, 1), 8, 2)
        write_clip(path, frames)
        rows.append(
            ManifestRow(path.stem, "train", video, 6, 6, 25.0, 64, 64, sha256(path), "ok", "")
        )
    write_manifest(tmp_path / "clips" / "manifest.csv", rows)
    section = PARAMS["profiles"]["mini"]["train"]["fomm"]
    section |= {"steps": 24, "save_every": 1, "log_every": 5, "batch": 2, "threads": 1}
    section["config"] = str(ROOT / section["config"])
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(PARAMS), encoding="utf-8")
    return tmp_path


def start(folder: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "baselines.train", "--dataset", "taichi-hd"]
    command += ["--method", "fomm", "--clips", "clips", "--out", f"{name}.safetensors"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_killed_training_ends_with_the_same_bytes(folder: Path) -> None:
    assert start(folder, "whole").wait() == 0
    state = folder / "killed.resume.pt"
    seen = set()
    for _ in range(3):
        process = start(folder, "killed")
        while process.poll() is None:
            changed = state.is_file() and state.stat().st_mtime_ns
            if changed and changed not in seen:
                time.sleep(0.3)
                process.send_signal(signal.SIGKILL)
                process.wait()
            time.sleep(0.005)
        seen.add(state.is_file() and state.stat().st_mtime_ns)
    if not (folder / "killed.safetensors").is_file():
        assert start(folder, "killed").wait() == 0
    assert len(seen) > 1, "it was never killed between two saves"
    for ending in (".safetensors", "-loss.csv"):
        whole, killed = (folder / f"{name}{ending}" for name in ("whole", "killed"))
        assert killed.read_bytes() == whole.read_bytes()
    assert not state.exists()
