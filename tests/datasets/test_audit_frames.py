"""The audit of clips: copies between splits, black, frozen, broken and shortened clips."""

import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import datasets
from datasets import audit_frames
from datasets.audit import main
from datasets.audit_frames import look_at, look_at_clips, look_at_lengths, near_duplicates
from datasets.clips import write_clip
from datasets.manifest import MANIFEST, ManifestRow, write_manifest
from datasets.video_writer import encode_h264


def film(seed, frames=9, side=96):
    """uint8 (T, side, side, 3): a smooth scene of its own in which something moves."""
    rng = np.random.default_rng(seed)
    scene = cv2.GaussianBlur(rng.integers(0, 256, (side, side, 3), dtype=np.uint8), (0, 0), 9)
    scene = cv2.normalize(scene, None, 20, 235, cv2.NORM_MINMAX)
    video = np.stack([scene] * frames)
    for number, frame in enumerate(video):
        place = (20 + 6 * number, int(rng.integers(20, 76)))
        cv2.circle(frame, place, 9, tuple(map(int, rng.integers(0, 256, 3))), -1)
    return video


@pytest.fixture
def folder(tmp_path):
    """A function that writes ``{split: {clip id: frames}}`` and returns the folder."""

    def make(clips):
        for split, videos in clips.items():
            for clip_id, frames in videos.items():
                write_clip(tmp_path / split / f"{clip_id}.mkv", frames)
        return tmp_path

    return make


def found(path, **options):
    findings = look_at_clips(datasets.load_folder(path), **options)
    return [(f.check, f.split, f.clip_id, f.other) for f in findings]


def test_clips_of_their_own(folder):
    path = folder({"train": {"a": film(0), "b": film(1)}, "test": {"c": film(2)}})
    assert found(path) == []


@pytest.mark.parametrize(
    "copy",
    [
        lambda frames: frames,
        lambda frames: encode_h264(frames, 28),
        lambda frames: np.clip(frames.astype(int) + 25, 0, 255).astype(np.uint8),
        lambda frames: np.stack([cv2.resize(f, (64, 64)) for f in frames]),
        lambda frames: np.stack([cv2.resize(f[2:-2, 2:-2], (96, 96)) for f in frames]),
    ],
    ids=["same", "h264", "brighter", "smaller", "zoomed"],
)
def test_a_copy_in_another_split_is_an_error(folder, copy):
    path = folder({"train": {"a": film(0), "b": film(1)}, "test": {"c": copy(film(1))}})
    assert found(path) == [("near-duplicate-frames", "train+test", "c", "b")]


def test_a_copy_in_the_same_split_is_a_warning(folder):
    path = folder({"train": {"a": film(0), "b": film(0)}})
    (finding,) = look_at_clips(datasets.load_folder(path))
    assert finding.check == "near-duplicate-videos" and float(finding.value) > 0.99
    assert finding.text == "frames 0 and 0: 0 bits, correlation 1.000"


def test_clips_of_one_video_are_alike_and_that_is_fine_in_one_split(folder):
    clips = {"v#000000#000009": film(0), "v#000009#000018": film(0)}
    assert found(folder({"train": clips})) == []
    leak = {"v#000020#000029": film(0)}
    (line,) = found(folder({"test": leak}))
    assert line[:2] == ("near-duplicate-frames", "train+test")


def test_each_pair_of_videos_is_said_once(folder):
    clips = {f"v#{n:06}#{n + 9:06}": film(0) for n in range(3)}
    copies = {f"w#{n:06}#{n + 9:06}": film(0) for n in range(3)}
    assert len(found(folder({"train": clips, "test": copies}))) == 1


def test_every_nth_frame_finds_a_part(folder):
    long, part = film(0, frames=40), film(3, frames=40)
    part[21:25] = long[11:15]
    path = folder({"train": {"a": long}, "test": {"b": part}})
    assert found(path) == []
    assert found(path, every=2) == [("near-duplicate-frames", "train+test", "b", "a")]


def test_blank_and_frozen_clips(folder):
    black = np.zeros((5, 32, 32, 3), np.uint8)
    noisy = np.random.default_rng(0).integers(118, 122, (5, 64, 64, 3)).astype(np.uint8)
    still = np.stack([film(1)[0]] * 5)
    path = folder({"train": {"black": black, "grey": noisy, "still": still, "one": film(2)[:1]}})
    assert sorted(found(path)) == [
        ("blank", "train", "black", ""), ("blank", "train", "grey", ""),
        ("frozen", "train", "still", ""),
    ]  # fmt: skip


def test_black_clips_are_no_copies_of_each_other(folder):
    black = np.zeros((5, 32, 32, 3), np.uint8)
    path = folder({"train": {"a": black}, "test": {"b": black}})
    assert {check for check, *_ in found(path)} == {"blank"}


def test_broken_clips_are_named_and_the_others_looked_at(folder):
    path = folder({"train": {"a": film(0), "b": film(1)}, "test": {"c": film(1)}})
    (path / "train" / "a.mkv").write_bytes(b"no clip")
    assert sorted(found(path)) == [
        ("clip-unreadable", "train", "a", ""),
        ("near-duplicate-frames", "train+test", "c", "b"),
    ]


def manifest_row(clip_id, frames, wanted=9, **changes):
    values = ("train", clip_id, wanted, frames, 25.0, 96, 96, "00", "ok", "")
    return replace(ManifestRow(clip_id, *values), **changes)


def test_lengths_against_manifest_and_list(folder):
    path = folder({"train": {"a": film(0), "b": film(1), "c": film(2)}})
    rows = [manifest_row("a", 9), manifest_row("b", 8), manifest_row("c", 9, wanted=5)]
    write_manifest(path / MANIFEST, rows)
    assert found(path) == [("file-length", "train", "b", "")]
    failed = manifest_row("gone", 0, status="missing-video", sha256="")
    whole = manifest_row("whole", 30, wanted=0)
    findings = look_at_lengths([*rows, failed, whole])
    assert [(f.clip_id, f.value) for f in findings] == [("b", "0.889"), ("c", "1.800")]


def test_nothing_to_look_at():
    assert look_at_clips([]) == near_duplicates([]) == []


def test_the_frames_looked_at(folder):
    clips = datasets.load_folder(folder({"train": {"a": film(0), "one": film(1)[:1]}}))
    assert [look_at(clip).numbers for clip in clips] == [(0, 4, 8), (0,)]
    assert look_at(clips[0], every=4).numbers == (0, 4, 8)
    assert look_at(clips[0], every=100).numbers == (0,)


def test_the_command_looks_at_clips(folder, tmp_path, capsys):
    path = folder({"train": {"a": film(0)}, "test": {"b": film(0)}})
    out = tmp_path / "out.json"
    assert main(["--clips", str(path), "--json", str(out), "--strict"]) == 1
    assert "* b and a (train+test): frames 0 and 0: 0 bits" in capsys.readouterr().out
    said = json.loads(out.read_text())
    assert list(said["checks"]) == [check.name for check in audit_frames.CHECKS]
    assert said["sha256"] is None


# Copies of real clips: what is found of them, and what is taken for a copy that is none.


def shifted(frames, share):
    by = round(frames.shape[1] * share)
    pad = ((0, 0), (0, by), (0, by), (0, 0))
    return np.pad(frames[:, by:, by:], pad, mode="edge")


def zoomed(frames, share):
    side = frames.shape[1]
    by = round(side * share / 2)
    return np.stack([cv2.resize(f[by:-by, by:-by], (side, side)) for f in frames])


def halved(frames):
    side = (frames.shape[2] // 2, frames.shape[1] // 2)
    return np.stack([cv2.resize(frame, side, interpolation=cv2.INTER_AREA) for frame in frames])


COPIES = {
    "h264 at crf 23": (lambda f: encode_h264(f, 23), 1.0),
    "h264 at crf 35": (lambda f: encode_h264(f, 35), 0.9),
    "30 levels brighter": (lambda f: np.clip(f + 30.0, 0, 255).astype(np.uint8), 1.0),
    "contrast 0.7": (lambda f: (f * 0.7).astype(np.uint8), 1.0),
    "half the size": (halved, 1.0),
    "zoomed by 5 %": (lambda f: zoomed(f, 0.05), 0.9),
    "zoomed by 10 %": (lambda f: zoomed(f, 0.10), 0.6),
    "shifted by 3 %": (lambda f: shifted(f, 1 / 32), 0.5),
}  # fmt: skip


@pytest.fixture(scope="module")
def real_clips():
    """First, middle and last frame of 39 real videos of people, as looks of the audit."""
    shared = Path(os.environ.get("TCHD_SHARED", "../shared")) / "data"
    if not shared.is_dir():
        pytest.skip(f"no shared data at {shared} (set TCHD_SHARED)")
    clips = datasets.load_folder(shared / "actions")
    names = ("taichi-driving1.mp4", "ted-driving1.mp4", "vox-driving1.mp4")
    clips += [datasets.open_clip(shared / "clips" / name) for name in names]
    return {clip: clip.frames([0, clip.length // 2, clip.length - 1]) for clip in clips}


def look(clip, frames, split):
    small = audit_frames.thumbnails(frames)
    hashes = audit_frames.hashes_of(small)
    return audit_frames.Look(replace(clip, split=split), (0, 1, 2), small.astype(np.uint8), hashes)


@pytest.mark.slow  # decodes three videos
@pytest.mark.parametrize("name", COPIES)
def test_share_of_copies_of_real_clips_that_is_found(real_clips, name):
    change, least = COPIES[name]
    found = 0
    for clip, frames in real_clips.items():
        copy = replace(clip, video_id=f"copy of {clip.video_id}")
        pair = [look(clip, frames, "train"), look(copy, change(frames), "test")]
        found += len(near_duplicates(pair))
    assert found / len(real_clips) >= least


def test_share_of_real_clips_taken_for_copies_of_others(real_clips):
    looks = [look(clip, frames, "train") for clip, frames in real_clips.items()]
    alike = {tuple(sorted((f.clip_id, f.other))) for f in near_duplicates(looks)}
    pairs = len(looks) * (len(looks) - 1) // 2
    assert len(alike) / pairs <= 0.005
    # They are those: one person at one wall, twice.
    assert alike <= {("00000024", "00000026"), ("00000040", "00000048")}
