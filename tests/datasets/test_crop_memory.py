"""Crop streams: its memory grows neither with the video nor with the clips."""

import subprocess
import sys
from pathlib import Path

import pytest

from datasets.metadata import write_metadata
from datasets.video import write_video

# Not getrusage: its peak includes that of the process that started this one.
PEAK = """
import sys
from pathlib import Path
from datasets.crop import main
assert main(sys.argv[1:]) == 0
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, Linux only")
@pytest.mark.slow
def test_peak_memory_does_not_depend_on_length(row, moving, tmp_path):
    """600 frames of 320x240 are 138 MB as RGB, 720 MB as the five clips that overlap."""
    peaks = []
    for count in (40, 600):
        folder = tmp_path / str(count)
        folder.mkdir()
        box = (0, 0, 240, 240)
        rows = [row("v", k, count, bbox=box, width=320, height=240) for k in range(5)]
        write_metadata(folder / "metadata.csv", rows)
        frames = moving(40, 240, 320)[[k % 40 for k in range(count)]]
        write_video(folder / "v.mp4", frames, fps=25)
        arguments = ["--source", str(folder), "--out", str(folder / "out"), "--size", "64"]
        code = [sys.executable, "-c", PEAK, *arguments]
        done = subprocess.run(code, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.splitlines()[-1]))
    assert peaks[1] < peaks[0] + 40, peaks
