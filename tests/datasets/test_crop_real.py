"""Crop on real videos: H.264 4:2:0 at 256x256, boxes off the centre, windows inside."""

import numpy as np
import pytest

from datasets.clips import read_clip
from datasets.crop import main
from datasets.manifest import read_manifest
from datasets.metadata import MetadataRow, write_metadata
from datasets.resize import area_antialias

CLIPS = [
    MetadataRow("taichi-driving1", 30, 70, (60, 20, 250, 210), 10.0, 256, 256, "test"),
    MetadataRow("taichi-driving1", 50, 90, (40, 0, 240, 256), 10.0, 256, 256, "test"),
    MetadataRow("ted-driving1", 100, 160, (30, 40, 200, 210), 10.0, 256, 256, "train"),
    MetadataRow("vox-driving1", 125, 225, (50, 30, 210, 240), 25.0, 512, 512, "test"),
    MetadataRow("vox-driving1", 1600, 1700, (100, 60, 420, 480), 25.0, 512, 512, "test"),
]


@pytest.fixture
def source(shared, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for video in sorted((shared / "data" / "clips").glob("*.mp4")):
        (folder / video.name).symlink_to(video.resolve())
    write_metadata(folder / "metadata.csv", CLIPS)
    return folder


@pytest.mark.slow
def test_real_videos(source, tmp_path, monkeypatch):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    monkeypatch.chdir(tmp_path)
    assert main(["--source", str(source), "--out", "out", "--size", "96"]) == 0
    rows = {row.clip_id: row for row in read_manifest(tmp_path / "out" / "manifest.csv")}
    assert len(rows) == 5
    late = rows.pop("vox-driving1#001600#001700")
    assert (late.status, late.message) == (
        "too-short",
        "vox-driving1.mp4: ends after 652 frames, frame 679 is wanted",
    )
    assert {row.status for row in rows.values()} == {"ok"}
    # 100 frames at 25 fps of a video that has 10: the window is 4 s, so 40 frames.
    assert rows["vox-driving1#000125#000225"].got_frames == 40

    pipe = ffmpeg.read_frames(str(source / "vox-driving1.mp4"), pix_fmt="rgb24")
    next(pipe)
    data = [next(pipe) for _ in range(90)]
    theirs = [np.frombuffer(frame, np.uint8).reshape(256, 256, 3) for frame in data]
    pipe.close()
    found = read_clip(tmp_path / "out" / "test" / "vox-driving1#000125#000225.mkv")
    for frame, original in zip(found, theirs[50:90], strict=True):
        assert np.array_equal(frame, area_antialias(original[15:120, 25:105], 96))
