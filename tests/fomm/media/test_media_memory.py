"""Memory does not grow with the number of frames."""

from pathlib import Path

import pytest

ANIMATE = """
from fractions import Fraction
from pathlib import Path
from fomm.media.read import Driver
from fomm.media.write import open_writer

driver = Driver(sys.argv[1])
with open_writer(sys.argv[2], fps=driver.fps, sound=Path(sys.argv[1])) as writer:
    for frame, seconds in driver:
        writer.write(frame, seconds)
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(writer.count, peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from /proc")
@pytest.mark.parametrize(
    ("kind", "few", "many"),
    [(".mp4", 100, 2000), (".webm", 100, 2000), (".mkv", 100, 2000), (".gif", 20, 200)],
)
def test_many_times_as_many_frames(tmp_path, moving, film, start, kind, few, many):
    peaks = []
    frames = moving(100)
    for count in (few, many):
        path = tmp_path / f"{count}.mp4"
        source = [frames[index % 100] for index in range(count)]
        film(path, source, codec="mpeg4", sound=("aac", 44100, 0, count / 25))
        text, _ = start(ANIMATE, path, tmp_path / f"{count}b{kind}").communicate()
        written, peak = map(int, text.split())
        assert written == count
        peaks.append(peak)
    print(peaks)
    assert peaks[1] < 1.1 * peaks[0]
