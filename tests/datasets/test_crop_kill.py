"""``kill -9`` at any moment, then the same command: the same bytes, and no work done twice."""

import signal
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest


def command(source, out):
    arguments = ["--source", str(source), "--out", str(out), "--size", "48"]
    return [sys.executable, "-m", "datasets.crop", *arguments]


@pytest.mark.slow
def test_killed_at_random_moments(make_source, row, moving, tmp_path, tree):
    videos = {f"v{n}": moving(60, 90, 120, seed=n) for n in range(6)}
    size = {"width": 120, "height": 90}
    boxes = [(0, 0, 80, 80), (30, 10, 110, 90)]
    rows = [row(v, k * 20, k * 20 + 35, bbox=boxes[k], **size) for v in videos for k in (0, 1)]
    source = make_source(rows, videos, fps=Fraction(25))
    began = time.monotonic()
    subprocess.run(command(source, tmp_path / "whole"), check=True, capture_output=True)
    duration = time.monotonic() - began

    rng = np.random.default_rng(0)
    killed = 0
    for _ in range(20):
        process = subprocess.Popen(
            command(source, tmp_path / "out"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            process.wait(timeout=rng.uniform(0.3, 0.95) * duration)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
        if process.returncode == 0:
            break
    assert killed >= 1
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*/*.mkv")}
    subprocess.run(command(source, tmp_path / "out"), check=True, capture_output=True)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    again = [path.name for path, when in finished.items() if path.stat().st_mtime_ns != when]
    assert len(again) <= 1  # at most the clip that was finished, but not yet recorded
