"""Random frame pairs of a long clip, against the same frames as PNG files (one thread each)."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import datasets
from datasets.clips import write_clip
from tests.benchmarks.test_crop_speed import film
from tests.benchmarks.timing import timed

pytestmark = pytest.mark.benchmark
REAL = Path(os.environ.get("TCHD_SHARED", "../shared")) / "data/clips/taichi-driving1.mp4"


def real_or_film(count):
    """256x256 frames of a real clip, over and over; without shared data a drifting texture."""
    if not REAL.is_file():
        return film(count, 256, 256)
    frames = datasets.open_clip(REAL).frames()
    return np.concatenate([frames] * (1 + count // len(frames)))[:count]


def test_random_pairs_of_a_clip_of_1024_frames(tmp_path, capsys):
    frames = real_or_film(1024)
    write_clip(tmp_path / "a.mkv", frames)
    (tmp_path / "a").mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / "a" / f"{number:07}.png"), frame[..., ::-1])
    size = sum(picture.stat().st_size for picture in (tmp_path / "a").iterdir())
    clip, folder = (
        datasets.FramePairs([datasets.open_clip(tmp_path / name)], repeats=100)
        for name in ("a.mkv", "a")
    )
    for one, other in zip(clip, folder, strict=True):
        assert np.array_equal(one.source, other.source)
    clip_seconds: list[float] = []
    folder_seconds: list[float] = []
    for _ in range(5):
        timed(lambda: list(clip), clip_seconds)
        timed(lambda: list(folder), folder_seconds)
    ours, pictures = min(clip_seconds) / 100, min(folder_seconds) / 100
    with capsys.disabled():
        print(
            f"\npair of a clip {ours * 1e3:.1f} ms, of a folder of PNG {pictures * 1e3:.1f} ms: "
            f"{ours / pictures:.2f} x; {(tmp_path / 'a.mkv').stat().st_size / size:.0%} of its size"
        )
    assert ours < 3 * pictures
