"""Several processes: the bytes of one, whoever of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml

from baselines import checkpoint, predict, predict_processes
from baselines.checkpoint import CheckpointInfo
from baselines.packs import Shard, make_packs, share
from baselines.predict_config import PredictConfig
from baselines.predict_jobs import reconstructions
from baselines.predict_share import Order
from tests.baselines.clip_folders import contents, write_test_clips
from tests.baselines.test_methods import build
from tests.test_stages import PARAMS, ROOT

LENGTHS = (19, 8, 24, 14, 32, 6, 28, 10, 22)
CONFIG = PredictConfig(batch=4, threads=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips, a checkpoint of FOMM, and in ``whole`` what one process makes of them."""
    made = tmp_path_factory.mktemp("predict")
    write_test_clips(made / "clips", LENGTHS, side=64)
    config = yaml.safe_load(
        (ROOT / PARAMS["profiles"]["mini"]["train"]["fomm"]["config"]).read_text()
    )
    info = CheckpointInfo("fomm", config, "f" * 64, 0, 1, 1, 1)
    checkpoint.save(made / "fomm.safetensors", build("fomm").inference_state(), info)
    predict_section = {"batch": CONFIG.batch, "threads": CONFIG.threads, "writers": 1}
    params = {"profile": "mini", "profiles": {"mini": {"predict": predict_section}}}
    (made / "params.yaml").write_text(yaml.safe_dump(params))
    run(made, "whole", processes=1)
    return made


def run(folder: Path, out: str, *, processes: int) -> predict.Predictor:
    predictor = predict.Predictor(folder / "fomm.safetensors", "fomm", CONFIG, processes=processes)
    predictor.reconstruct(folder / "clips", folder / out)
    return predictor


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def until(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def kill_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the first process that begins with a clip."""
    next_event, killed = predict_processes._Worker.next_event, []

    def deadly(self):
        event = next_event(self)
        if event is not None and event.kind == "at" and not killed:
            killed.append(event.name)
            os.kill(self._process.pid, signal.SIGKILL)
        return event

    monkeypatch.setattr(predict_processes._Worker, "next_event", deadly)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="looks for processes in /proc")
def test_whoever_is_killed_the_bytes_are_those_of_one_process(folder: Path, monkeypatch) -> None:
    """One story, since every process takes seconds to start: two processes, whose parent is
    killed; three that go on, one of which is killed; and one that ends it."""
    out = folder / "out"
    command = [sys.executable, "-m", "baselines.predict", "--dataset", "taichi-hd"]
    command += ["--method", "fomm", "--checkpoint", "fomm.safetensors", "--clips", "clips"]
    command += ["--out", str(out), "--processes", "2"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.DEVNULL) as parent:
        until(lambda: len(list(out.glob("*.mkv"))) > 1)
        started = children(parent.pid)
        parent.kill()
    assert len(started) >= 2
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), 20)
    there = {path.stem: path.stat().st_mtime_ns for path in out.glob("*.mkv")}
    assert 1 < len(there) < len(LENGTHS)

    with monkeypatch.context() as patch:
        kill_one(patch)
        predictor = run(folder, "out", processes=3)
    [text] = predictor.tally.lost
    assert "died at clip-" in text and "SIGKILL" in text and "start again" in text
    died = int(text.split("0-of-1.")[1][0])
    packs = make_packs(reconstructions(folder / "clips"), CONFIG.batch)
    others = [pack for i in range(3) if i != died for pack in share(packs, Shard(i, 3))]
    made = {path.stem for path in out.glob("*.mkv")}
    assert {job.name for pack in others for job in pack} | set(there) <= made
    assert len(made) < len(LENGTHS)

    predictor = run(folder, "out", processes=1)
    assert predictor.tally.there == len(LENGTHS) and not predictor.tally.lost
    assert contents(out) == contents(folder / "whole")
    assert all((out / f"{n}.mkv").stat().st_mtime_ns == then for n, then in there.items())


def order(device: str) -> Order:
    config = PredictConfig(device=device)
    return Order(Path("x"), "fomm", config, (), {}, Path("out"), "0-of-1.0-of-1", (64, 64), False)


def test_processes_take_one_device_after_the_other(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    placed = [predict_processes._placed(order("auto"), index).config.device for index in range(3)]
    assert placed == ["cuda:0", "cuda:1", "cuda:0"]
    for device in ("cpu", "cuda:1"):
        assert predict_processes._placed(order(device), 5).config.device == device
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert predict_processes._placed(order("auto"), 1).config.device == "auto"


class Ended(BaseException):
    """In place of the end of this process."""


@pytest.mark.parametrize("stream", ["none", "closed"])
def test_a_process_without_standard_streams_ends_well(stream, monkeypatch, tmp_path) -> None:
    def end(status: int) -> None:
        raise Ended(status)

    closed = (tmp_path / "out").open("w")
    closed.close()
    monkeypatch.setattr(sys, "stdout", None if stream == "none" else closed)
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(Ended, match="0"):
        predict_processes._end()
