from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from baselines import anchor, checkpoint, predict, predictions
from baselines.anchors import ANCHORS, Motion
from baselines.checkpoint import CheckpointInfo
from datasets.clips import read_clip
from datasets.registry import UsageError


@pytest.fixture
def weights(blend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(predict, "method_class", lambda name: blend)
    info = CheckpointInfo("blend", {"start": 50.0}, "f" * 64, 0, 10, 3, 768)
    checkpoint.save(tmp_path / "blend.safetensors", blend(50.0).state_dict(), info)
    return tmp_path / "blend.safetensors"


def run(clips: Path, weights: Path, out: Path, batch: int = 3) -> int:
    config = predict.PredictConfig(batch, threads=1)
    return predict.Predictor(weights, "blend", config).reconstruct(clips, out)


def test_all_usable_test_clips_are_predicted(clips: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(clips, weights, out) == 2
    for name in ("c#000000#000008", "d#000000#000008"):
        # The method returns the driving frame, so rounding must give the truth back.
        assert np.array_equal(
            read_clip(out / f"{name}.mkv"), read_clip(clips / "test" / f"{name}.mkv")
        )
        motion = np.load(out / f"{name}.motion.npz")
        assert motion["flow"].shape == (8, 16, 16, 2) and motion["flow"].dtype == np.float16
        assert motion.files == ["flow"]  # it predicts no occlusion
    method = json.loads((out / "method.json").read_text())
    assert method["status"] == "reproduced" and method["checkpoint"]["steps"] == 10


def test_nothing_of_an_earlier_run_stays(clips: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stale = [out / "x#000000#000008.mkv", out / "x#000000#000008.motion.npz"]
    out.mkdir()
    for path in stale:
        path.write_bytes(b"old")
    run(clips, weights, out)
    assert len(list(out.iterdir())) == 5
    assert not any(path.exists() for path in stale)


def test_batches_do_not_change_the_bytes(clips: Path, weights: Path, tmp_path: Path) -> None:
    run(clips, weights, tmp_path / "one", batch=1)
    run(clips, weights, tmp_path / "all", batch=8)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "all" / path.name).read_bytes()


def test_a_checkpoint_of_another_method_is_refused(clips, weights, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'blend', not of 'fomm'"):
        predict.Predictor(weights, "fomm", predict.PredictConfig())


def test_the_anchors(clips: Path, tmp_path: Path) -> None:
    truth = read_clip(clips / "test" / "c#000000#000008.mkv")
    for name in ANCHORS:
        assert anchor.predict(clips, tmp_path / name, name) == 2
        assert json.loads((tmp_path / name / "method.json").read_text())["status"] == "anchor"
    made = {name: read_clip(tmp_path / name / "c#000000#000008.mkv") for name in ANCHORS}
    assert np.array_equal(made["oracle"], truth)
    assert (made["copy-source"] == truth[0]).all()
    error = np.abs(made["reencoded"].astype(int) - truth).mean()
    assert 0 < error < 20


def test_a_motion_is_written_before_its_clip(tmp_path: Path) -> None:
    flow = np.ones((2, 4, 4, 2), np.float16)
    with pytest.raises(ValueError):
        predictions.write_prediction(
            tmp_path, "x", np.zeros((0, 4, 4, 3), np.uint8), Motion(flow, flow[..., 0])
        )
    # The motion is there although the clip failed, so a clip that is there has its motion.
    assert [path.name for path in tmp_path.iterdir()] == ["x.motion.npz"]


def test_broken_clips_and_manifests_are_named(clips: Path, tmp_path: Path, capsys) -> None:
    command = ["--dataset", "taichi-hd", "--method", "oracle", "--clips", str(clips)]
    command += ["--out", str(tmp_path / "out")]
    (clips / "test" / "d#000000#000008.mkv").write_bytes(b"no clip")
    assert anchor.main(command) == 1
    assert "d#000000#000008.mkv" in capsys.readouterr().err
    (clips / "manifest.csv").write_text("clip_id\n")
    assert anchor.main(command) == 2
    assert "manifest.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "known"),
    [
        (["--dataset", "taichi", "--method", "oracle"], "taichi-hd"),
        (["--dataset", "taichi-hd", "--method", "orakle"], "copy-source"),
        (["--dataset", "taichi-hd", "--method", "oracle", "--profile", "tiny"], "mini, full"),
    ],
)
def test_unknown_names_list_the_known_ones(command: list[str], known: str, capsys) -> None:
    assert anchor.main(command) == 2
    assert known in capsys.readouterr().err
