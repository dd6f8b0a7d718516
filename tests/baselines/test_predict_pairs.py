"""Animation of pairs: whose picture, whose motion, which folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from baselines import anchor, checkpoint, predict
from baselines.anchors import ANCHORS
from baselines.checkpoint import CheckpointInfo
from datasets.clips import read_clip, write_clip
from datasets.pair_manifest import MODES, Pair, truth_clip, write_pairs
from datasets.registry import UsageError
from datasets.truth import Truth, save_truth, truth_beside

C, D = "c#000000#000008", "d#000000#000008"
PAIR = Pair("pair-0001", C, D, "c", "d", 8, "ok")
BROKEN = Pair("pair-0002", D, C, "d", "c", 0, "missing-clip")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """One usable pair whose truth is known, and one that is not."""
    folder = tmp_path / "pairs"
    rng = np.random.default_rng(1)
    for mode in MODES:
        path = truth_clip(folder, mode, PAIR.pair_id)
        write_clip(path, rng.integers(0, 255, (8, 16, 16, 3), np.uint8))
        affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (9, 1, 1, 1))
        affines[1:, 0, 0, 2] = 3.0  # all of the picture moves by three pixels to the right
        truth = Truth(
            keypoints=np.zeros((9, 1, 2), np.float32),
            visible=np.ones((9, 1), bool),
            part_map=np.zeros((9, 16, 16), np.uint8),
            part_affines=affines,
        )
        save_truth(truth_beside(path), truth)
    write_pairs(folder, [PAIR, BROKEN])
    return folder


@pytest.fixture
def predictor(blend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> predict.Predictor:
    monkeypatch.setattr(predict, "method_class", lambda name: blend)
    info = CheckpointInfo("blend", {"start": -50.0}, "f" * 64, 0, 10, 3, 768)
    checkpoint.save(tmp_path / "blend.safetensors", blend(-50.0).state_dict(), info)
    config = predict.PredictConfig(3, threads=1)
    return predict.Predictor(tmp_path / "blend.safetensors", "blend", config)


def test_the_source_is_the_first_frame_of_the_source_clip(
    predictor, clips: Path, pairs: Path, tmp_path: Path
) -> None:
    """This method returns its source, so every frame is that picture."""
    assert predictor.animate(clips, pairs, tmp_path / "out", mode="absolute") == 1
    made = read_clip(tmp_path / "out" / "pair-0001.mkv")
    assert made.shape == (8, 16, 16, 3)
    assert (made == read_clip(clips / "test" / f"{C}.mkv")[0]).all()
    assert json.loads((tmp_path / "out" / "method.json").read_text())["checkpoint"]["steps"] == 10
    assert sorted(p.name for p in (tmp_path / "out").glob("*.mkv")) == ["pair-0001.mkv"]


@pytest.mark.parametrize("mode", MODES)
def test_relative_motion_counts_from_the_drivers_first_frame(
    predictor, clips: Path, pairs: Path, tmp_path: Path, mode: str, monkeypatch
) -> None:
    seen = []
    animate = type(predictor._method).animate

    def spy(self, state, driving, *, initial=None):
        seen.append(initial)
        return animate(self, state, driving, initial=initial)

    monkeypatch.setattr(type(predictor._method), "animate", spy)
    predictor.animate(clips, pairs, tmp_path / "out", mode=mode)
    assert len(seen) == 3  # chunks of 3, 3 and 2 frames
    if mode == "absolute":
        assert seen == [None] * 3
    else:
        first = read_clip(clips / "test" / f"{D}.mkv")[0]
        for initial in seen:
            assert np.allclose(initial[0].permute(1, 2, 0).numpy() * 255, first, atol=1e-3)


def test_the_anchors_know_the_truth(clips: Path, pairs: Path, tmp_path: Path) -> None:
    source = read_clip(clips / "test" / f"{C}.mkv")[0]
    truth = read_clip(truth_clip(pairs, "relative", "pair-0001"))
    made = {}
    for name in ANCHORS:
        out = tmp_path / name
        assert anchor.animate(clips, pairs, out, name, mode="relative") == 1
        made[name] = read_clip(out / "pair-0001.mkv")
        flow = np.load(out / "pair-0001.motion.npz")["flow"]
        assert flow.shape == (8, 16, 16, 2)
        assert (flow[..., 0] == (0 if name == "copy-source" else -3)).all()
    assert np.array_equal(made["oracle"], truth)
    assert (made["copy-source"] == source).all()
    assert made["reencoded"].shape == truth.shape


def test_without_a_known_truth_anchors_write_nothing(clips, pairs: Path, tmp_path: Path) -> None:
    truth_clip(pairs, "absolute", "pair-0001").unlink()
    assert anchor.animate(clips, pairs, tmp_path / "out", "oracle", mode="absolute") == 0


def test_pairs_of_other_clips_are_refused(predictor, clips, pairs: Path, tmp_path: Path) -> None:
    write_pairs(pairs, [replace(PAIR, driving="z#000000#000008")])
    with pytest.raises(UsageError, match=r"pair-0001: z#000000#000008 .*dvc repro pairs"):
        predictor.animate(clips, pairs, tmp_path / "out", mode="absolute")


def test_each_task_has_its_folder(clips: Path, pairs: Path, tmp_path: Path, capsys) -> None:
    command = ["--dataset", "taichi-hd", "--method", "oracle", "--clips", str(clips)]
    command += ["--pairs", str(pairs), "--out", str(tmp_path / "out")]
    assert anchor.main([*command, "--task", "animation"]) == 0
    assert capsys.readouterr().out.count("1 pairs") == 2
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(MODES)
    assert anchor.main([*command, "--task", "animation", "--mode", "relative"]) == 0
    assert (tmp_path / "out" / "pair-0001.mkv").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "all", "--out", "x"], "--out needs one task"),
        (["--mode", "relative"], "--mode is one of animation"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    clips: Path, pairs: Path, options: list[str], message: str, capsys
) -> None:
    command = ["--dataset", "taichi-hd", "--method", "oracle", "--clips", str(clips)]
    assert anchor.main([*command, "--pairs", str(pairs), *options]) == 2
    assert message in capsys.readouterr().err


def test_missing_pairs_say_what_to_run(clips: Path, tmp_path: Path, capsys) -> None:
    command = ["--dataset", "taichi-hd", "--method", "oracle", "--clips", str(clips)]
    command += ["--pairs", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]
    assert anchor.main([*command, "--task", "animation"]) == 2
    assert "dvc repro pairs" in capsys.readouterr().err
