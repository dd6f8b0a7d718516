"""Small source videos and their metadata."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from datasets.files import sha256
from datasets.metadata import MetadataRow, write_metadata
from datasets.video_writer import write_video
from datasets.worlds import scenes


def draw(frames, height=40, width=56, seed=0):
    """uint8 (T, H, W, 3): a coarse random texture that drifts, so that frames differ."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 4 + 2, width // 4 + 2 + frames, 3))
    fine = np.kron(coarse, np.ones((4, 4, 1))).astype(np.uint8)
    return np.stack([fine[:height, t : t + width] for t in range(frames)])


@pytest.fixture
def moving():
    return draw


@pytest.fixture
def row():
    """A function that makes a metadata row for videos of 56x40 at 25 fps."""

    def make(video_id, start, end, bbox=(4, 2, 36, 34), partition="train", **changes):
        values = {"fps": 25.0, "width": 56, "height": 40} | changes
        return MetadataRow(video_id, start, end, bbox, partition=partition, **values)

    return make


@pytest.fixture
def make_source(tmp_path):
    """A function (rows, {video_id: frames}) that fills a source folder and returns it."""

    def make(rows, videos, fps=Fraction(25), folder="source"):
        path: Path = tmp_path / folder
        path.mkdir(exist_ok=True)
        write_metadata(path / "metadata.csv", rows)
        for video_id, frames in videos.items():
            write_video(path / f"{video_id}.mp4", frames, fps=fps)
        return path

    return make


@pytest.fixture(scope="session")
def small_plan():
    """A function (dataset, seed) that plans four test videos, 4 to 6 frames a clip, two people."""

    def make(dataset, seed=0):
        with pytest.MonkeyPatch.context() as patch:
            splits = (scenes.SplitPlan("test", videos=4, identities=2, every=4),)
            patch.setattr(scenes, "SPLITS", splits)
            patch.setattr(scenes, "FEWEST_FRAMES", 4)
            patch.setattr(scenes, "MOST_FRAMES", 6)
            return scenes.plan.__wrapped__(dataset, seed)

    return make


@pytest.fixture
def tree():
    """A function that returns {relative path: bytes} of a folder, hidden files too."""

    def read(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}

    return read


@pytest.fixture
def shared():
    """The folder of shared data, ``TCHD_SHARED`` or ``../shared``; skips where it is absent."""
    folder = Path(os.environ.get("TCHD_SHARED", "../shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data at {folder} (set TCHD_SHARED)")
    return folder


@pytest.fixture
def hashed(monkeypatch):
    """The names of the files whose digests were read anew."""
    names = []

    def reading(path):
        names.append(path.name)
        return sha256(path)

    monkeypatch.setattr("datasets.digests.sha256", reading)
    return names
