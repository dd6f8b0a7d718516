"""Frames, files of all kinds made from them with av, and processes that write files."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

# `import fomm` would import torch, which takes longer than these tests.
PRELUDE = """
import sys, types
fomm = types.ModuleType("fomm")
fomm.__path__ = [sys.argv.pop(1)]
sys.modules["fomm"] = fomm
"""
LOSSLESS = {"qp": "0", "preset": "ultrafast", "x264-params": "mbtree=0"}


def _moving(count, height=48, width=64):
    """A square that moves over a gradient: uint8 (H, W, 3) each, all different."""
    y, x = np.mgrid[:height, :width]
    ground = np.stack([255 * y / height, 255 * x / width, 128 + 0 * x], axis=2).astype(np.uint8)
    frames = []
    for index in range(count):
        frame = ground.copy()
        left = index * 2 % (width - 8)
        frame[height // 2 : height // 2 + 8, left : left + 8] = (250, 40, 5 * index % 256)
        frames.append(frame)
    return frames


def _corners(height=48, width=64):
    """Grey with a red patch at the top left and a green one at the top right."""
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[: height // 3, : width // 3] = (255, 0, 0)
    picture[: height // 3, -(width // 3) :] = (0, 255, 0)
    return picture


def _beep(codec, rate, offset, seconds):
    """Frames of silence with a tone from second 1 to 1.2, mono."""
    t = np.arange(round(seconds * rate)) / rate
    wave = np.where((t >= 1) & (t < 1.2), 0.5 * np.sin(2000 * np.pi * t), 0).astype(np.float32)
    for at in range(0, len(wave), 960):
        frame = av.AudioFrame.from_ndarray(wave[None, at : at + 960], "fltp", "mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = at + round(offset * rate)
        yield frame


def _film(
    path,
    frames,
    *,
    codec="libx264",
    pixels="yuv420p",
    form="rgb24",
    fps=25,
    times=None,
    options=None,
    turn=None,
    container=None,
    sound=None,
    late=False,
):
    """Write frames with av.

    `times` are in seconds; `sound` is (codec, rate, offset, seconds); `turn` is (degrees, flip
    left and right, flip up and down); `late` leaves the index of an mp4 at its end.
    """
    if options is None:
        options = LOSSLESS if codec == "libx264" else {}
    muxing = {"movflags": "faststart"} if path.suffix in (".mp4", ".mov") and not late else {}
    with av.open(str(path), "w", format=container, container_options=muxing) as out:
        stream = out.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.thread_count = 1
        base = Fraction(1, 1000) if times else 1 / Fraction(fps)
        stream.codec_context.time_base = base
        if turn is not None:
            stream.set_display_rotation(*turn)
        packets = []
        if sound is not None:
            voice = out.add_stream(sound[0], rate=sound[1], layout="mono")
            for frame in [*_beep(*sound), None]:
                packets += voice.encode(frame)
        for index, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format=form)
            picture.time_base = base
            picture.pts = round(times[index] * 1000) if times else index
            packets += stream.encode(picture)
        packets += stream.encode()
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            out.mux(packet)
    return path


@pytest.fixture
def moving():
    return _moving


@pytest.fixture
def corners():
    return _corners


@pytest.fixture
def film():
    return _film


@pytest.fixture
def unlike():
    """The largest difference of two pictures."""
    return lambda one, two: int(np.abs(one.astype(int) - two.astype(int)).max())


@pytest.fixture
def start():
    """Start Python on code that uses fomm.media; returns the process, its stdout piped as text."""

    def starting(code, *arguments, **environment):
        folder = Path(__file__).resolve().parents[3] / "fomm"
        command = [sys.executable, "-c", PRELUDE + code, str(folder), *map(str, arguments)]
        environment = os.environ | environment
        return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)

    return starting
