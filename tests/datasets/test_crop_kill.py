"""``kill -9`` of the whole group at any moment, then again: the same bytes, no work done twice."""

import contextlib
import multiprocessing
import os
import signal
import time
from fractions import Fraction

import numpy as np
import pytest

from datasets.crop import main
from datasets.crop_config import CropConfig, RunConfig
from datasets.crop_folder import crop_folder

CONFIG = CropConfig(size=48, frames="ref-fps")


def run(source, out, jobs):
    """A process group of its own: what a shell kills, workers and all."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    crop_folder(source, out, config=CONFIG, run=RunConfig(jobs=jobs))
    os._exit(0)  # do not wait for idle workers


def start(source, out, jobs):
    process = multiprocessing.get_context("fork").Process(target=run, args=(source, out, jobs))
    process.start()
    with contextlib.suppress(OSError):  # whoever comes first; the other finds it done
        os.setpgid(process.pid, process.pid)
    return process


def finished(out):
    """Time of change of each clip that the journals know."""
    journals = [out / ".journal.csv", *out.glob(".journals/*.csv")]
    known = "".join(path.read_text() for path in journals if path.is_file())
    clips = [path for path in out.glob("*/*.mkv") if path.name.removesuffix(".mkv") in known]
    return {path: path.stat().st_mtime_ns for path in clips}


@pytest.fixture
def source(make_source, row, moving):
    videos = {f"v{n}": moving(70, 90, 120, seed=n) for n in range(6)}
    size = {"width": 120, "height": 90}
    boxes = [(0, 0, 80, 80), (30, 10, 110, 90), (7, 3, 50, 60)]
    rows = [row(v, k * 15, k * 15 + 35, bbox=boxes[k], **size) for v in videos for k in range(3)]
    return make_source(rows, videos, fps=Fraction(25))


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "kills"), [(1, 20), (2, 8)])
def test_killed_at_random_moments(source, tmp_path, tree, jobs, kills):
    crop_folder(source, tmp_path / "whole", config=CONFIG)
    began = time.monotonic()
    process = start(source, tmp_path / "timed", jobs)
    process.join()
    duration = time.monotonic() - began
    rng = np.random.default_rng(jobs)
    killed, lost, rounds = 0, [], 0
    while killed < kills:
        rounds += 1
        out = tmp_path / f"out{rounds}"
        for _ in range(4):
            before = finished(out)
            process = start(source, out, jobs)
            process.join(rng.uniform(0.1, 0.9) * duration)
            if process.exitcode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.join()
                killed += 1
            assert process.exitcode in (0, -signal.SIGKILL)
            again = [path for path, when in before.items() if path.stat().st_mtime_ns != when]
            lost += again
        crop_folder(source, out, config=CONFIG)
        assert tree(out) == tree(tmp_path / "whole")
    assert not lost  # nothing that was recorded is cut again


@pytest.mark.slow
def test_processes_end_with_a_parent_that_is_killed_alone(source, tmp_path, tree):
    """Or they would write into the folder that the next run works on."""
    process = start(source, tmp_path / "out", 2)
    parts = tmp_path / "out" / ".journals"
    for _ in range(300):
        if parts.is_dir() and process.exitcode is None:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("workers are still there 10 seconds later")
    assert main(["--source", str(source), "--out", str(tmp_path / "out"), "--size", "16"]) == 0
