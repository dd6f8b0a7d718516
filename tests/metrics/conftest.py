"""A small world on disk: squares that move over a still, textured background, truth included."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from datasets.clips import write_clip
from datasets.manifest import ManifestRow, read_manifest, write_manifest
from datasets.pair_manifest import MODES, Pair, pairs_folder, truth_clip, write_pairs
from datasets.truth import Truth, flow_to_first, save_truth, truth_beside
from metrics.tools import NOT_IN_MINI, Tools

SIZE, FRAMES = 16, 6
PERFECT = {"occlusion-iou": 1, "ssim": 1, "psnr": 60}
"""The value of a perfect prediction, where it is not 0."""
ABSENT = {"fid": "weights not found", "lpips": "no AlexNet"} | dict.fromkeys(
    ("akd@paper", "mkr@paper", "aed@paper"), NOT_IN_MINI
)
"""Metrics without a value in these tests -> why."""


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


@dataclass(frozen=True)
class Scene:
    """What a clip shows: a square of one colour that moves over a background."""

    background: np.ndarray
    colour: np.ndarray
    places: np.ndarray  # (T, 2), its left upper corner

    def drawn(self):
        """Frames uint8 (T, H, W, 3) and their truth."""
        count = len(self.places)
        frames = np.repeat(self.background[None], count, axis=0)
        part_map = np.zeros((count, SIZE, SIZE), np.uint8)
        affines = np.tile(np.eye(2, 3), (count, 2, 1, 1))
        for t, (x, y) in enumerate(self.places):
            frames[t, y : y + 5, x : x + 5] = self.colour
            part_map[t, y : y + 5, x : x + 5] = 1
            affines[t, 1, :, 2] = x, y
        keypoints = affines[:, 1:, :, 2].astype(np.float32)
        return frames, Truth(keypoints, np.ones((count, 1), bool), part_map, affines)


def drawn_scene(rng):
    background = rng.integers(0, 150, (SIZE, SIZE, 3), dtype=np.uint8)
    colour = np.array([220, *rng.integers(0, 256, 2)], np.uint8)
    start, step = rng.integers(0, 3, 2), rng.integers(1, 3, 2)
    return Scene(background, colour, np.array([start + step * t % 9 for t in range(FRAMES)]))


@pytest.fixture(scope="session")
def built_world(tmp_path_factory):
    """``clips/``: 7 test clips of 6 videos, one of another partition; frames and scenes of all."""
    tmp_path = tmp_path_factory.mktemp("world")
    rng = np.random.Generator(np.random.PCG64(5))
    rows, clips, scenes = [], {}, {}
    for number in range(7):
        clip_id = f"v{number // 2 if number < 2 else number}#{number:06}#{number + 9:06}"
        scenes[clip_id] = drawn_scene(rng)
        frames, truth = scenes[clip_id].drawn()
        path = tmp_path / "clips" / "test" / f"{clip_id}.mkv"
        write_clip(path, frames)
        save_truth(path.with_name(f"{clip_id}.truth.npz"), truth)
        clips[clip_id] = frames
        rows.append(row(clip_id, "test", "ok"))
    rows += [row("other#000000#000009", "train", "ok")]
    write_manifest(tmp_path / "clips" / "manifest.csv", rows)
    return tmp_path / "clips", clips, scenes


@pytest.fixture
def world(built_world, tmp_path):
    """A copy of the small world: its folder of clips, and clip id -> frames."""
    shutil.copytree(built_world[0], tmp_path / "clips")
    return tmp_path / "clips", built_world[1]


@dataclass(frozen=True)
class PairWorld:
    """``work/<profile>/pairs/taichi-hd``: the first clip of each video drives the next video's."""

    clips: Path
    pairs: dict  # pair id -> Pair
    frames: dict  # mode -> pair id -> true frames
    truth: dict  # mode -> pair id -> Truth, the source picture first
    scenes: dict  # clip id -> Scene

    def folder(self, profile="mini"):
        return pairs_folder("taichi-hd", profile)

    def still(self):
        """The source picture repeated, by pair id."""
        return {
            name: np.repeat(self.scenes[pair.source].drawn()[0][:1], FRAMES, axis=0)
            for name, pair in self.pairs.items()
        }

    def motion(self, mode):
        """The exact motion, as `predict` takes it."""

        def exact(pair_id, frames):
            flow, visible = flow_to_first(self.truth[mode][pair_id])
            return flow[1:], visible[1:].astype(np.float16)

        return exact


@pytest.fixture
def pair_world(world, built_world, tmp_path, monkeypatch):
    """Pairs of the small world, with their truth; the folder above is the working folder."""
    monkeypatch.chdir(tmp_path)
    scenes, first = built_world[2], {}
    for clip_id in sorted(scenes):
        first.setdefault(clip_id.split("#")[0], clip_id)
    drivers = list(first.values())
    made = PairWorld(world[0], {}, {m: {} for m in MODES}, {m: {} for m in MODES}, scenes)
    for number, driving in enumerate(drivers):
        source, name = drivers[(number + 1) % len(drivers)], f"pair-{number + 1:04}"
        videos = (clip_id.split("#")[0] for clip_id in (source, driving))
        made.pairs[name] = Pair(name, source, driving, *videos, FRAMES, "ok")
        picture, steps = scenes[source], scenes[driving].places
        relative = picture.places[0] + steps - steps[0]
        for mode, places in (("relative", relative), ("absolute", steps + 1)):
            whole = replace(picture, places=np.concatenate([picture.places[:1], places]))
            frames, made.truth[mode][name] = whole.drawn()
            made.frames[mode][name] = frames[1:]
            clip = truth_clip(made.folder(), mode, name)
            write_clip(clip, frames[1:])
            save_truth(truth_beside(clip), made.truth[mode][name])
    write_pairs(made.folder(), made.pairs.values())
    write_pairs(made.folder("full"), made.pairs.values())
    return made


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
def perfect():
    """Metric -> the value of a perfect prediction; None: no value here."""
    return lambda name: None if name in ABSENT else PERFECT.get(name, 0)


@pytest.fixture
def tools():
    return Tools(
        {"keypoints": FakeKeypoints(), "identity": FakeIdentity(), "efflite0": FakeFeatures()},
        {"inception": ABSENT["fid"], "lpips": ABSENT["lpips"]}
        | {f"{slot}@paper": NOT_IN_MINI for slot in ("keypoints", "identity")},
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
