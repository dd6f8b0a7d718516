"""The recipes on real people at known places in videos of 1280x720, up to the clips.

The clips are crops by the very recipes, 256x256, so where one is laid down is about the box that
must come back. Who must be inside is what MediaPipe finds in the clip itself, and, of the first
frame, what was marked by hand.
"""

import json

import numpy as np
import pytest

from datasets import crop, track
from datasets.clips import read_clip
from datasets.manifest import read_manifest
from datasets.metadata import read_metadata
from datasets.tracking import iou
from datasets.video_writer import write_video
from tests.datasets.canvases import area_of, blurred, canvas, frames_of

pytest.importorskip("mediapipe", reason="needs the second environment: make test-detectors")

CROWN, SHOES = (127, 17), [(123, 243), (144, 243)]  # marked by hand in frame 0, clip pixels


@pytest.fixture
def clips(shared):
    return shared / "data" / "clips"


def run(folder, *more):
    """Run the command line; return the rows, and the tracks by video."""
    out = folder / "metadata.csv"
    assert track.main([str(folder), "--out", str(out), "--strict", *more]) == 0
    report = json.loads((folder / "metadata.tracks.json").read_text())
    return read_metadata(out), {v["video_id"]: v["tracks"] for v in report["videos"]}


def spans(tracks):
    return [(t["start"], t["end"], t["ended"], t["status"]) for t in tracks]


def laid(points, left, top, side):
    """Points (N, 2) of a clip of 256x256 where it is laid down."""
    return np.asarray(points, float) * side / 256 + (left, top)


def holds(box, points):
    return bool(((points >= box[:2]) & (points <= box[2:])).all())


def landmarks(frames):
    """The visible landmarks of the one person in each frame, seen in the clip itself."""
    detector = track.DETECTORS["person"]()
    for frame in frames:
        (_, marks), *_ = detector.landmarks(canvas((frame, 0, 0, 720))[:, :720])
        yield marks[marks[:, 2] > 0.5, :2] * 256 / 720


@pytest.mark.slow
def test_taichi_with_the_numbers_of_the_recipe(clips, tmp_path):
    """A whole clip, a cut, and the person elsewhere for too short a time."""
    place, later = (400, 100, 560), (100, 60, 640)
    frames = frames_of(clips / "taichi-driving1.mp4", 136, every=3)
    scenes = [canvas((frame, *place)) for frame in frames[:130]]
    scenes += [canvas((frame[:, ::-1], *later)) for frame in frames[130:]]
    write_video(tmp_path / "tai.mp4", np.stack(scenes), fps=25)
    (row,), tracks = run(tmp_path, "--recipe", "taichi", "--partition", "test")
    first, second = spans(tracks["tai"])
    assert first[:2] == (0, 130)
    assert first[2] in {"cut-flow", "cut-intensity"}
    assert first[3] == "ok"
    assert second == (130, 136, "video-end", "too-short")
    assert iou(tuple(tracks["tai"][1]["box"]), area_of(*later)) > 0.75

    assert (row.video_id, row.start, row.end, row.partition) == ("tai", 0, 130, "test")
    assert iou(row.bbox, area_of(*place)) > 0.8
    assert holds(row.bbox, laid([CROWN, *SHOES], *place))
    for points in landmarks(frames[:130:10]):
        assert holds(row.bbox, laid(points, *place))

    out = tmp_path / "clips"
    assert crop.main(["--source", str(tmp_path), "--out", str(out), "--size", "64"]) == 0
    (made,) = read_manifest(out / "manifest.csv")
    assert (made.status, made.got_frames) == ("ok", 130)
    assert read_clip(out / "test" / f"{row.clip_id}.mkv").shape == (130, 64, 64, 3)


@pytest.mark.slow
def test_two_persons_at_once(clips, tmp_path):
    """Apart they are two tracks; when one comes near, the other's track ends."""
    frames = frames_of(clips / "taichi-driving1.mp4", 16, skip=20)
    strips = [frame[:, 72:184] for frame in frames]  # 219 pixels wide, the person in the middle
    left, right, near = (250, 180, 500), (850, 180, 500), (475, 180, 500)
    scenes = [canvas((f, *left), (f[:, ::-1], *right)) for f in strips[:10]]
    scenes += [canvas((f, *left), (f[:, ::-1], *near)) for f in strips[10:]]
    write_video(tmp_path / "two.mp4", np.stack(scenes), fps=25)
    rows, tracks = run(
        tmp_path,
        *("--recipe", "taichi", "--min-frames", "8", "--flow-cut", "0", "--intensity-cut", "0"),
    )
    assert [(row.start, row.end) for row in rows] == [(0, 10), (0, 10)]
    for row, (x, y, side) in zip(rows, (left, right), strict=True):
        assert iou(row.bbox, area_of(x - (side - 219) // 2, y, side)) > 0.75
    assert (0, 10, "crowded", "ok") in spans(tracks["two"])
    assert {t["status"] for t in tracks["two"] if t["start"] >= 10} <= {"too-short"}


@pytest.mark.slow
def test_without_feet_there_is_no_track_of_taichi(clips, tmp_path):
    frames = frames_of(clips / "ted-driving1.mp4", 6, every=10)
    write_video(tmp_path / "ted.mp4", np.stack([canvas((f, 300, 60, 600)) for f in frames]), fps=25)
    options = ("--recipe", "taichi", "--min-frames", "1", "--flow-cut", "0", "--intensity-cut", "0")
    assert run(tmp_path, *options) == ([], {"ted": []})
    (_, tracks) = run(tmp_path, *options, "--min-visibility", "0")
    assert spans(tracks["ted"])[0][:2] == (0, 6)


@pytest.mark.slow
def test_vox_with_the_numbers_of_the_recipe(clips, tmp_path):
    """Blurred surroundings, a cut, and a face for too short a time."""
    place, later = (500, 120, 480), (80, 60, 480)
    frames = frames_of(clips / "vox-driving1.mp4", 72)
    ground = blurred(frames[0])
    scenes = [canvas((f, *place), ground=ground) for f in frames[:66]]
    scenes += [canvas((f, *later), ground=255 - ground) for f in frames[66:]]
    write_video(tmp_path / "vox.mp4", np.stack(scenes), fps=25)
    (row,), tracks = run(tmp_path, "--recipe", "vox")
    assert [span[:2] for span in spans(tracks["vox"])] == [(0, 66), (66, 72)]
    assert [span[3] for span in spans(tracks["vox"])] == ["ok", "too-short"]
    assert spans(tracks["vox"])[0][2] in {"cut-flow", "cut-intensity"}
    assert iou(row.bbox, area_of(*place)) > 0.8
    assert iou(tuple(tracks["vox"][1]["box"]), area_of(*later)) > 0.7

    detector = track.DETECTORS["face"]()
    for frame in frames[:66:10]:
        (face,) = detector(canvas((frame, 0, 0, 720))[:, :720])
        corners = np.array(face.box).reshape(2, 2) * 256 / 720
        assert holds(row.bbox, laid(corners, *place))


@pytest.mark.slow
def test_nemo_takes_the_first_face_for_the_whole_video(clips, tmp_path):
    frames = frames_of(clips / "vox-driving1.mp4", 5, every=20)
    place = (300, 100, 400)
    write_video(tmp_path / "nemo.mp4", np.stack([canvas((f, *place)) for f in frames]), fps=50)
    (row,), _ = run(tmp_path, "--recipe", "nemo")
    assert (row.start, row.end, row.fps) == (0, 5, 50.0)
    assert iou(row.bbox, area_of(*place)) > 0.6
