"""The life of an output file: nothing half, nothing lost, nothing left."""

import os
import signal
import time
from fractions import Fraction
from pathlib import Path

import pytest

from fomm.media.encode import VideoSink
from fomm.media.errors import MediaError
from fomm.media.read import Driver, read_picture
from fomm.media.write import EXTENSIONS, open_writer
from fomm.media.writer import deferred

FPS = Fraction(25)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def frames_in(path):
    if path.suffix == ".png":
        return read_picture(path).shape[1] // 64
    driver = Driver(path)
    count = len(list(driver))
    assert driver.broken == 0
    return count


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_the_target_appears_at_the_end(tmp_path, moving, kind):
    target = tmp_path / f"a{kind}"
    target.write_text("an earlier result")
    with open_writer(str(target), fps=FPS) as writer:
        for index, frame in enumerate(moving(3)):
            writer.write(frame, index / FPS)
            assert names(tmp_path) == [f".a.part{kind}", f"a{kind}"]
            assert target.read_text() == "an earlier result"
    assert names(tmp_path) == [f"a{kind}"]
    assert frames_in(target) == 3
    writer.close()  # again: nothing happens
    assert writer.abandon() == target


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("kind", EXTENSIONS)
def test_an_interruption_leaves_what_there_is(tmp_path, moving, kind, error):
    (tmp_path / f"a{kind}").write_text("an earlier result")
    with pytest.raises(error), open_writer(tmp_path / f"a{kind}", fps=FPS) as writer:
        for index, frame in enumerate(moving(9)):
            if index == 5:
                raise error
            writer.write(frame, index / FPS)
    assert names(tmp_path) == sorted([f"a.partial{kind}", f"a{kind}"])
    assert (tmp_path / f"a{kind}").read_text() == "an earlier result"
    assert writer.saved == tmp_path / f"a.partial{kind}"
    assert frames_in(writer.saved) == 5


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_abandoned_by_hand(tmp_path, moving, kind):
    writer = open_writer(tmp_path / f"b.a{kind}", fps=FPS)
    writer.write(moving(1)[0], Fraction(0))
    assert writer.abandon() == tmp_path / f"b.a.partial{kind}"
    assert writer.abandon() == writer.saved
    writer.close()
    assert names(tmp_path) == [f"b.a.partial{kind}"]
    assert frames_in(writer.saved) == 1
    with pytest.raises(MediaError, match="closed already"):
        writer.write(moving(1)[0], Fraction(1))


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_without_frames_nothing_is_left(tmp_path, kind):
    with pytest.raises(MediaError, match="no frame"), open_writer(tmp_path / f"a{kind}", fps=FPS):
        pass
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / f"a{kind}", fps=FPS) as writer:
        raise KeyboardInterrupt
    assert writer.saved is None and writer.abandon() is None
    assert names(tmp_path) == []


KILLED = """
from fractions import Fraction
import numpy as np
from fomm.media.write import open_writer
writer = open_writer(sys.argv[1], fps=Fraction(25))
for index in range(10**6):
    writer.write(np.full((48, 64, 3), index % 256, np.uint8), Fraction(index, 25))
    if index == 20:
        print("ready", flush=True)
"""


@pytest.mark.parametrize("kind", [".mp4", ".gif"])
def test_killed(tmp_path, moving, start, kind):
    """Only the hidden file is left, and the next writer takes its place."""
    process = start(KILLED, tmp_path / f"a{kind}")
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert names(tmp_path) == [f".a.part{kind}"]
    with open_writer(tmp_path / f"a{kind}", fps=FPS) as writer:
        writer.write(moving(1)[0], Fraction(0))
    assert names(tmp_path) == [f"a{kind}"]
    assert frames_in(tmp_path / f"a{kind}") == 1


def test_a_link_in_its_place_is_not_followed(tmp_path, moving):
    (tmp_path / "precious").write_text("keep")
    (tmp_path / ".a.part.mp4").symlink_to(tmp_path / "precious")
    with open_writer(tmp_path / "a.mp4", fps=FPS) as writer:
        writer.write(moving(1)[0], Fraction(0))
    assert names(tmp_path) == ["a.mp4", "precious"]
    assert (tmp_path / "precious").read_text() == "keep"


INTERRUPTED = (
    KILLED.replace("writer = open_writer(", "with open_writer(")
    .replace("fps=Fraction(25))\nfor", "fps=Fraction(25)) as writer:\n  for")
    .replace("\n    ", "\n      ")
)


def test_control_c(tmp_path, start):
    process = start(INTERRUPTED, tmp_path / "a.mp4")
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait() != 0
    assert names(tmp_path) == ["a.partial.mp4"]
    assert frames_in(tmp_path / "a.partial.mp4") > 20


FULL = """
import resource
from fractions import Fraction
import numpy as np
from fomm.media.errors import MediaError
from fomm.media.write import open_writer
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
rng = np.random.default_rng(0)
try:
    with open_writer(sys.argv[1], fps=Fraction(25)) as writer:
        for index in range(60):
            frame = rng.integers(0, 256, (96, 128, 3), dtype=np.uint8)
            writer.write(frame, Fraction(index, 25))
except MediaError as error:
    print(error)
"""


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_a_full_disk(tmp_path, start, kind):
    text, _ = start(FULL, tmp_path / f"a{kind}").communicate()
    assert f"a{kind}: cannot be written (File too large)" in text
    assert names(tmp_path) in ([], [f"a.partial{kind}"])


def test_missing_folders_are_made(tmp_path, moving):
    with open_writer(tmp_path / "b" / "c" / "a.mp4", fps=FPS) as writer:
        writer.write(moving(1)[0], Fraction(0))
    assert frames_in(tmp_path / "b" / "c" / "a.mp4") == 1


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    before = names(tmp_path)
    for path in (tmp_path / "file" / "a.mp4", tmp_path / "folder.mp4", Path("/proc/a.mp4")):
        with pytest.raises(MediaError, match=path.name):
            open_writer(path, fps=FPS)
    assert names(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MediaError, match="Permission denied"):
        open_writer(tmp_path / "a.mp4", fps=FPS)


@pytest.mark.parametrize("name", ["a.mov", "a", "a.txt", ".mp4"])
def test_unknown_kinds(tmp_path, name):
    with pytest.raises(MediaError, match=r"\.mp4, \.webm, \.mkv, \.gif, \.png"):
        open_writer(tmp_path / name, fps=FPS)
    assert names(tmp_path) == []


def test_kinds_in_capitals(tmp_path, moving):
    with open_writer(tmp_path / "A.MP4", fps=FPS) as writer:
        writer.write(moving(1)[0], Fraction(0))
    assert names(tmp_path) == ["A.MP4"]


def test_bad_rates(tmp_path):
    for fps in (Fraction(0), Fraction(-25)):
        with pytest.raises(MediaError, match="above 0"):
            open_writer(tmp_path / "a.mp4", fps=fps)
    assert names(tmp_path) == []


def test_an_encoder_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("av.codecs_available", {"gif"})
    with pytest.raises(MediaError, match="no libx264"):
        open_writer(tmp_path / "a.mp4", fps=FPS)
    assert names(tmp_path) == []


def test_not_over_the_driver(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(3))
    with pytest.raises(MediaError, match="the driver itself"):
        open_writer(path, fps=FPS, sound=path)
    assert names(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_wait_for_the_end_of_the_block(number):
    came = []
    before = signal.signal(number, lambda *_: came.append("told"))
    try:
        with deferred():
            with deferred():
                signal.raise_signal(number)
            came.append("done")
        assert came == ["done", "told"]
    finally:
        signal.signal(number, before)


def test_a_signal_while_closing_comes_after_the_rename(tmp_path, moving, monkeypatch):
    writer = open_writer(tmp_path / "a.mp4", fps=FPS)
    writer.write(moving(1)[0], Fraction(0))
    close = VideoSink.close

    def interrupted(sink):
        signal.raise_signal(signal.SIGINT)
        close(sink)

    monkeypatch.setattr(VideoSink, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.close()
    assert names(tmp_path) == ["a.mp4"]
    assert writer.saved == tmp_path / "a.mp4"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_while_writing_counts_the_frame(tmp_path, moving, monkeypatch):
    write = VideoSink.write

    def interrupted(sink, frame, seconds):
        signal.raise_signal(signal.SIGINT)
        write(sink, frame, seconds)

    monkeypatch.setattr(VideoSink, "write", interrupted)
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / "a.mkv", fps=FPS) as writer:
        writer.write(moving(1)[0], Fraction(0))
    assert writer.count == frames_in(tmp_path / "a.partial.mkv") == 1
