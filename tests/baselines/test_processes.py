"""Several processes train as one: real processes, connected by gloo.

They are started by torchrun: on a CPU `accelerate launch` starts one process only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import accelerate.utils
import numpy as np
import pytest
import yaml

import datasets
from baselines.method import CPU
from baselines.processes import Processes
from baselines.training import agree
from datasets.registry import UsageError
from tests.baselines.ranks import CONFIGS
from tests.baselines.test_kill import two_clips

ROOT = Path(__file__).parents[2]
SCRIPT = "tests/baselines/ranks.py"


def losses(method: str, out: Path, *, processes: int, parts: int = 1) -> list[list[dict]]:
    """Return the losses of every step as each of the processes saw them."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node", str(processes), SCRIPT, method, "4", str(out), str(parts)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    if processes == 1:
        command = [sys.executable, SCRIPT, method, "4", str(out), str(parts)]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-3000:]
    return [json.loads(Path(f"{out}-{i}.json").read_text()) for i in range(processes)]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fomm", "monkey-net"])
def test_two_processes_train_as_one_with_the_doubled_batch(method: str, tmp_path: Path) -> None:
    (one,) = losses(method, tmp_path / "one", processes=1)
    two = losses(method, tmp_path / "two", processes=2)
    assert two[0] == two[1]
    assert len(one) == 20 and len(one[0]) >= 4
    for alone, together in zip(one, two[0], strict=True):
        assert alone.keys() == together.keys()
        for name, value in alone.items():
            most = 1e-6 if name.startswith("norm") else 1e-8
            assert abs(value - together[name]) <= most * max(1.0, abs(value)), name
    first, last = ([row[name] for name in sorted(row)] for row in (one[0], one[-1]))
    assert not np.allclose(first, last), "nothing was trained"


@pytest.mark.slow
def test_two_processes_add_up_parts_as_one_does(tmp_path: Path) -> None:
    """X2Face's batch norms see one process's part: here one pair in both cases."""
    (one,) = losses("x2face", tmp_path / "one", processes=1, parts=4)
    two = losses("x2face", tmp_path / "two", processes=2, parts=2)
    assert two[0] == two[1] and len(one) == 20
    for alone, together in zip(one, two[0], strict=True):
        assert together == pytest.approx(alone, rel=1e-8)
    (whole,) = losses("x2face", tmp_path / "whole", processes=1)
    assert whole[0] != pytest.approx(one[0], rel=1e-8), "parts make no difference here"


@pytest.mark.slow
def test_the_stage_gives_nearly_the_same_weights_in_two_processes(tmp_path: Path) -> None:
    """Each reads its share of the same pairs; rounding differs, and Adam makes more of it."""
    two_clips(tmp_path / "clips")
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["profiles"]["mini"]["train"]["fomm"] |= {
        "steps": 4,
        "batch": 4,
        "log_every": 1,
        "warmup": 0,
        "save_every": 2,
        "config": "small.yaml",
        "workers": 1,
        "accumulate": 1,
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    (tmp_path / "small.yaml").write_text(yaml.safe_dump({**CONFIGS["fomm"], "size": 64}))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    curves = []
    for count in (1, 2):
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc_per_node", str(count), "-m", "baselines.train", "--method", "fomm"]
        command += ["--dataset", "taichi-hd", "--clips", "clips", "--out", f"{count}.safetensors"]
        made = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr[-3000:]
        assert made.stderr.count("[4/4]") == 1, "one process alone shows progress"
        curves.append(np.loadtxt(tmp_path / f"{count}-loss.csv", delimiter=",", skiprows=1))
    assert curves[0].shape[0] == 4 and curves[0].shape[1] > 5
    np.testing.assert_allclose(curves[1][0], curves[0][0], rtol=1e-4)
    np.testing.assert_allclose(curves[1], curves[0], rtol=0.01)


def test_one_process_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes(CPU)
    assert (processes.count, processes.index, processes.main) == (1, 0, True)
    assert processes.share(3) == range(3)
    assert processes.mean([1.5]) == [1.5]
    assert [processes.any(flag) for flag in (True, False)] == [True, False]


def test_pairs_are_shared_evenly_or_not_at_all() -> None:
    processes = Processes(CPU)
    processes.count, processes.index = 4, 2
    assert processes.share(8) == range(4, 6)
    for batch, counts in {30: "1, 2, 3, 5, 6, 10, 15 or 30", 6: "1, 2, 3 or 6", 1: "1"}.items():
        why = f"batch {batch} cannot be shared evenly by 4 processes; {batch} can be shared by "
        with pytest.raises(UsageError, match=f"^{why}{counts}$"):
            processes.share(batch)


def test_a_process_that_would_train_something_else_is_named() -> None:
    processes = Processes(CPU)
    assert processes.gather("ours") == ["ours"]
    ours = {"settings": {"seed": 0}, "code": {"a.py": "1"}, "data": "d"}
    agree(processes, ours)
    processes.gather = lambda value: [value, value, value | {"data": "other"}]
    with pytest.raises(
        UsageError, match=r"process 2 would train .*\n  the clips: another manifest"
    ):
        agree(processes, ours)


def test_accelerate_does_not_take_our_folder_for_hugging_faces_package() -> None:
    assert Path(datasets.__file__).parent == ROOT / "datasets"
    assert not accelerate.utils.is_datasets_available()
