"""A small world on disk: squares that move over a still, textured background, truth included."""

import json
import shutil

import numpy as np
import pytest

from datasets.clips import write_clip
from datasets.manifest import ManifestRow, read_manifest, write_manifest
from datasets.truth import Truth, save_truth
from metrics.views import Tools

SIZE, FRAMES = 16, 6


class FakeKeypoints:
    """The corners of the brightest pixels; a dark frame has none."""

    name, domain, sha256, version, licence = "fake-keypoints", "test", "0" * 64, "1", "MIT"

    def __init__(self):
        self.frames = 0

    def __call__(self, frames):
        self.frames += len(frames)
        rows = np.full((len(frames), 2, 2), np.nan)
        for row, frame in zip(rows, frames, strict=True):
            ys, xs = np.nonzero(frame[..., 0] >= 200)
            if len(xs):
                row[:] = [[xs.min(), ys.min()], [xs.max(), ys.max()]]
        return rows


class FakeIdentity:
    """The mean colour of the brightest pixels, unit length."""

    name, domain, sha256, version, licence = "fake-identity", "test", "1" * 64, "1", "MIT"

    def __call__(self, frames):
        rows = np.full((len(frames), 3), np.nan)
        for row, frame in zip(rows, frames, strict=True):
            bright = frame[frame[..., 0] >= 200].astype(np.float64)
            if len(bright):
                row[:] = bright.mean(axis=0) / np.linalg.norm(bright.mean(axis=0))
        return rows


class FakeFeatures:
    """Mean and spread of each channel."""

    name, domain, sha256, version, licence = "fake-features", "test", "2" * 64, "1", "MIT"

    def __call__(self, frames):
        x = frames.reshape(len(frames), -1, 3) / 255
        return np.concatenate([x.mean(axis=1), x.std(axis=1)], axis=1).astype(np.float32)


def square_clip(rng):
    """Frames uint8 (T, H, W, 3) and their truth."""
    background = rng.integers(0, 150, (SIZE, SIZE, 3), dtype=np.uint8)
    colour = np.array([220, *rng.integers(0, 256, 2)], np.uint8)
    frames = np.repeat(background[None], FRAMES, axis=0)
    part_map = np.zeros((FRAMES, SIZE, SIZE), np.uint8)
    affines = np.tile(np.eye(2, 3), (FRAMES, 2, 1, 1))
    step = rng.integers(1, 3, 2)
    for t in range(FRAMES):
        x, y = 1 + step * t % 9
        frames[t, y : y + 5, x : x + 5] = colour
        part_map[t, y : y + 5, x : x + 5] = 1
        affines[t, 1, :, 2] = x, y
    keypoints = affines[:, 1:, :, 2].astype(np.float32)
    truth = Truth(keypoints, np.ones((FRAMES, 1), bool), part_map, affines)
    return frames, truth


@pytest.fixture(scope="session")
def built_world(tmp_path_factory):
    """``clips/``: 7 test clips of 6 videos, one of another partition."""
    tmp_path = tmp_path_factory.mktemp("world")
    rng = np.random.Generator(np.random.PCG64(5))
    rows, clips = [], {}
    for number in range(7):
        clip_id = f"v{number // 2 if number < 2 else number}#{number:06}#{number + 9:06}"
        frames, truth = square_clip(rng)
        path = tmp_path / "clips" / "test" / f"{clip_id}.mkv"
        write_clip(path, frames)
        save_truth(path.with_name(f"{clip_id}.truth.npz"), truth)
        clips[clip_id] = frames
        rows.append(row(clip_id, "test", "ok"))
    rows += [row("other#000000#000009", "train", "ok")]
    write_manifest(tmp_path / "clips" / "manifest.csv", rows)
    return tmp_path / "clips", clips


@pytest.fixture
def world(built_world, tmp_path):
    """A copy of the small world: its folder of clips, and clip id -> frames."""
    shutil.copytree(built_world[0], tmp_path / "clips")
    return tmp_path / "clips", built_world[1]


@pytest.fixture
def crop_failed(world):
    """Adds a test clip to the manifest that crop failed on; its id."""
    path = world[0] / "manifest.csv"
    gone = row("gone#000000#000009", "test", "missing-video")
    write_manifest(path, [*read_manifest(path), gone])
    return gone.clip_id


def row(clip_id, split, status):
    video, got = clip_id.split("#")[0], FRAMES if status == "ok" else 0
    return ManifestRow(clip_id, split, video, FRAMES, got, 25.0, 64, 64, "", status, "")


@pytest.fixture
def tools():
    return Tools(
        {"keypoints": FakeKeypoints(), "identity": FakeIdentity(), "efflite0": FakeFeatures()},
        {"inception": "weights not found"},
    )


@pytest.fixture
def predict(tmp_path):
    """Write a folder of predictions from ``{clip_id: frames}``; returns the folder."""

    def write(name, clips, *, motion=None, method=True):
        folder = tmp_path / name
        folder.mkdir()
        if method:
            content = {"method": name, "status": "anchor", "checkpoint": None}
            (folder / "method.json").write_text(json.dumps(content))
        for clip_id, frames in clips.items():
            write_clip(folder / f"{clip_id}.mkv", frames)
            if motion is not None:
                flow, occlusion = motion(clip_id, frames)
                np.savez_compressed(
                    folder / f"{clip_id}.motion.npz", flow=flow, occlusion=occlusion
                )
        return folder

    return write
