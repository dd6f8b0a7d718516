"""The command line with a made-up detector: resuming, broken videos, flags, on to the crop."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datasets import crop, track
from datasets.metadata import read_metadata
from datasets.registry import UsageError
from datasets.track_run import videos_in
from datasets.tracking import Detection
from datasets.video_writer import write_video

BOX = (20, 10, 30, 30)
SMALL = ["--min-picture", "40", "--min-side", "8", "--min-frames", "3"]


class Finder:
    """One person in the brightness of the first pixel's frame; counts what it is shown."""

    name, version, sha256 = "finder", "1", "00"
    shown = 0
    stop_at = None

    def __call__(self, frame):
        Finder.shown += 1
        if Finder.shown == Finder.stop_at:
            raise KeyboardInterrupt
        return [Detection(BOX, 0.95)]


@pytest.fixture(autouse=True)
def finder(monkeypatch):
    monkeypatch.setattr(Finder, "shown", 0)
    monkeypatch.setattr(Finder, "stop_at", None)
    monkeypatch.setitem(track.DETECTORS, "person", Finder)
    return Finder


@pytest.fixture
def folder(tmp_path):
    """Videos a (5 frames), b (2 frames: too short), c (4 frames), and a page that is no video."""
    path = tmp_path / "videos"
    path.mkdir()
    for name, count in {"a": 5, "b": 2, "c": 4}.items():
        picture = np.random.default_rng(ord(name)).integers(60, 200, (40, 56, 3)).astype(np.uint8)
        write_video(path / f"{name}.mp4", np.repeat(picture[None], count, axis=0), fps=25)
    (path / "broken.mp4").write_text("<html>")
    return path


def run(folder, *more, recipe="taichi"):
    out = folder / "metadata.csv"
    return track.main([str(folder), "--recipe", recipe, "--out", str(out), *SMALL, *more])


def report(folder):
    return json.loads((folder / "metadata.tracks.json").read_text())


def test_the_whole_way_to_clips(folder, tmp_path, capsys):
    assert run(folder, "--partition", "test") == 0
    rows = read_metadata(folder / "metadata.csv")
    assert [row.clip_id for row in rows] == ["a#000000#000005", "c#000000#000004"]
    assert {(row.bbox, row.fps, row.width, row.height, row.partition) for row in rows} == {
        ((14, 9, 36, 31), 25.0, 56, 40, "test")
    }
    out = capsys.readouterr()
    assert "4 videos, 1 failed; tracks dropped: 1 too-short" in out.out
    assert "unreadable: broken: broken.mp4: not a video" in out.err
    clips = tmp_path / "clips"
    assert crop.main(["--source", str(folder), "--out", str(clips), "--size", "16"]) == 0
    assert sorted(path.name for path in clips.rglob("*.mkv")) == [
        "a#000000#000005.mkv",
        "c#000000#000004.mkv",
    ]


def test_the_report_names_everything(folder):
    run(folder, "--flow-cut", "0.5")
    found = report(folder)
    assert found["recipe"] == "taichi"
    assert found["rules"]["flow_cut"] == 0.5
    assert found["rules"]["grow"] == 0.05
    assert found["detector"] == {"name": "finder", "version": "1", "sha256": "00"}
    assert found["counts"] == {
        "videos": {"ok": 3, "unreadable": 1},
        "tracks": {"ok": 2, "too-short": 1},
        "ended": {"video-end": 3},
    }
    videos = {video["video_id"]: video for video in found["videos"]}
    assert list(videos) == ["a", "b", "broken", "c"]
    assert videos["b"]["tracks"] == [
        {"start": 0, "end": 2, "box": [14, 9, 36, 31], "ended": "video-end", "status": "too-short"}
    ]
    assert "not a video" in videos["broken"]["message"]


def test_a_finished_video_is_not_looked_at_again(folder, finder, tree):
    run(folder)
    assert finder.shown == 11
    before = tree(folder)
    run(folder)
    assert finder.shown == 11
    assert tree(folder) == before


def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(folder, finder, tree):
    run(folder)
    whole = tree(folder)
    for path in (*folder.glob("metadata*"), *folder.glob(".metadata.csv.tracks/*")):
        path.unlink()
    finder.shown, finder.stop_at = 0, 8  # in c: a and b are done
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    assert not (folder / "metadata.csv").exists()
    (folder / ".metadata.csv.tracks" / ".c.json.part").write_text("{")  # what a kill leaves
    finder.stop_at = None
    run(folder)
    assert finder.shown == 8 + 4
    assert tree(folder) == whole


@pytest.mark.parametrize("left", ["", "{}", "[]", '{"made_by": 1', "null"])
def test_a_state_that_cannot_be_read_is_made_anew(folder, finder, left, tree):
    run(folder)
    whole = tree(folder)
    (folder / ".metadata.csv.tracks" / "a.json").write_text(left)
    run(folder)
    assert finder.shown == 11 + 5
    assert tree(folder) == whole


def test_other_rules_another_video_or_detector_are_looked_at_anew(folder, finder, monkeypatch):
    run(folder)
    run(folder, "--grow", "0.06")
    assert finder.shown == 22
    run(folder)
    (folder / "c.mp4").write_bytes((folder / "a.mp4").read_bytes())
    run(folder)
    assert finder.shown == 33 + 5
    monkeypatch.setattr(Finder, "sha256", "11")
    run(folder)
    assert finder.shown == 38 + 12


def test_strict_turns_a_broken_video_into_exit_1(folder):
    assert run(folder, "--strict") == 1
    (folder / "broken.mp4").unlink()
    assert run(folder, "--strict") == 0


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["nowhere", "--out", "m.csv"], "nowhere: no such video or folder"),
        (["empty", "--out", "m.csv"], "empty: there is no .mp4 file in it"),
        (["videos", "--out", "m.txt"], "m.txt: --out must be the name of a .csv file"),
        (["videos", "--out", "m.csv", "--grow", "-1"], "grow must be 0 or more, got -1.0"),
        (["videos", "twin", "--out", "m.csv"], "videos/a.mp4 and twin/a.mp4 have one id"),
        (["odd", "--out", "m.csv"], "odd/x#y.mp4: a video's name must be shorter and hold no '#'"),
        (["long", "--out", "m.csv"], "a video's name must be shorter"),
    ],
)
def test_wrong_usage(folder, tmp_path, monkeypatch, capsys, args, text):
    monkeypatch.chdir(tmp_path)
    names = {"empty": "x.txt", "twin": "a.mp4", "odd": "x#y.mp4", "long": "n" * 190 + ".mp4"}
    for name, file in names.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("")
    assert track.main([*args, "--recipe", "taichi"]) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / "m.csv").exists()


def test_metadata_of_others_are_never_written_over(folder, capsys):
    (folder / "metadata.csv").write_text("video_id,start\n")
    assert run(folder) == 2
    assert "is no metadata file of datasets.track" in capsys.readouterr().err
    assert (folder / "metadata.csv").read_text() == "video_id,start\n"


def test_files_and_folders_come_sorted_and_once(folder):
    found = videos_in([folder / "c.mp4", folder, folder / "a.mp4"])
    assert [path.name for path in found] == ["a.mp4", "b.mp4", "broken.mp4", "c.mp4"]
    with pytest.raises(UsageError):
        videos_in([folder / "none.mp4"])


def test_without_mediapipe_it_says_what_to_install(folder, monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.setattr("datasets.track_mediapipe.find_spec", lambda name: None)
    for recipe in ("taichi", "vox"):
        assert run(folder, recipe=recipe) == 2
        assert "make detectors" in capsys.readouterr().err
    assert not (folder / "metadata.csv").exists()


def test_the_list_of_rules_and_their_defaults_is_shown(capsys):
    with pytest.raises(SystemExit) as stop:
        track.main(["--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "default: taichi 1024, vox 1024, vox-2019-08 1024, nemo 0" in text
    assert "--min-score MIN_SCORE default: taichi 0.9, vox 0.5" in text
    assert "--shape {square,aspect} default: taichi square, vox aspect" in text


def test_nothing_heavy_is_imported():
    code = "import sys, datasets.track; assert not {'mediapipe', 'torch', 'jax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(track.__file__).parents[1])
