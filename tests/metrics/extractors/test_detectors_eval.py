"""The whole evaluation on real clips with the offline detectors; nothing is downloaded."""

import json

import numpy as np
import pytest
import yaml

from datasets.readers import read_frames
from datasets.resize import area_antialias
from metrics.eval import main
from tests.metrics.extractors.detecting import detector
from tests.metrics.folders import write_clips_folder, write_predictions
from tests.vectors import SHARED


@pytest.fixture
def clips(tmp_path, monkeypatch):
    """Five clips of two frames of a real face, one per pretended video; the working folder."""
    for name in ("mediapipe-face", "dlib-faceid"):
        detector(name)
    path = SHARED / "data" / "clips" / "vox-driving1.mp4"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in TCHD_SHARED ({SHARED})")
    frames = read_frames(path, allow_lossy=True)[::60]
    frames = np.stack([area_antialias(frame, 256) for frame in frames])
    found = {f"v{n}#{n:06}#{n + 2:06}": frames[2 * n : 2 * n + 2] for n in range(5)}
    write_clips_folder(tmp_path / "clips", found)
    write_predictions(tmp_path / "oracle", found)
    still = {name: np.stack([clip[0], clip[0] * 0]) for name, clip in found.items()}
    write_predictions(tmp_path / "lost", still)
    section = {
        "bootstrap": 100,
        "fd_stride": 2,
        "threads": 1,
        "extractors": {"face": {"keypoints": "mediapipe-face", "identity": "dlib-faceid"}},
    }
    params = {"profile": "full", "seed": 0, "datasets": [], "profiles": {"full": {}}}
    params["profiles"]["full"]["evaluate"] = section
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("metrics.eval.fix_threads", lambda threads: None)


def scored(capsys, name, *more):
    arguments = ["--dataset", "voxceleb", "--method", name, "--predictions", name]
    assert main([*arguments, "--clips", "clips", "--out", "out", "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)[0]


@pytest.mark.slow
def test_real_clips_are_scored_without_a_download(clips, capsys):
    oracle = scored(capsys, "oracle")
    for name in ("l1@clip", "akd@clean", "mkr@clean", "aed@clean"):
        assert oracle["metrics"][name]["value"] == 0, name
    assert oracle["slots"] == {"keypoints": "mediapipe-face", "identity": "dlib-faceid"}
    assert set(oracle["extractors"]) >= {"mediapipe-face", "dlib-faceid", "efflite0"}
    assert "s3fd" in oracle["metrics"]["akd@paper"]["reason"]


@pytest.mark.slow
def test_a_face_that_is_gone_is_counted_not_averaged(clips, capsys):
    lost = scored(capsys, "lost")["metrics"]
    assert lost["mkr@clean"]["value"] == 0.5
    assert lost["akd@clean"]["value"] == lost["aed@clean"]["value"] == 0
    assert "5 of 10 frames without" in lost["akd@clean"]["reason"]
    other = scored(capsys, "lost", "--keypoints", "dlib-face68")
    assert other["slots"]["keypoints"] == "dlib-face68"
    assert other["metrics"]["mkr@clean"]["value"] == 0.5
