"""Crop streams: its memory grows neither with the video nor with the clips."""

import subprocess
import sys
from pathlib import Path

import pytest

from datasets.metadata import write_metadata
from datasets.video_writer import write_video

# Not getrusage: its peak includes that of the process that started this one.
PEAK = """
import sys
from pathlib import Path
from datasets.crop import main
assert main(sys.argv[1:]) == 0
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, Linux only"),
    pytest.mark.slow,
]


def peak(folder, *arguments):
    """Peak memory in MB of the command line over ``folder``."""
    where = ["--source", str(folder), "--out", str(folder / "out")]
    code = [sys.executable, "-c", PEAK, *where, *arguments]
    done = subprocess.run(code, capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1])


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
        peaks.append(peak(folder, "--size", "64"))
    assert peaks[1] < peaks[0] + 40, peaks


def test_peak_memory_of_forty_clips_at_once(row, moving, tmp_path):
    """1280x720, all clips in work at the same frame. With ten minutes of video it is no more."""
    size = {"width": 1280, "height": 720}
    rows = [row("v", k % 5, 8 + k // 5, bbox=(k, 0, k + 600, 600), **size) for k in range(40)]
    write_metadata(tmp_path / "metadata.csv", rows)
    write_video(tmp_path / "v.mp4", moving(24, 720, 1280), fps=25)
    assert peak(tmp_path, "--size", "256", "--frames", "ref-fps") <= 600
