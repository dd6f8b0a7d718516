"""Predictions that another run has made: a whole run replaces them, a shard does not touch them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from baselines import predict, predict_orders, predict_share, prediction_marks
from baselines.packs import Shard
from baselines.prediction_folder import state_beside
from baselines.stage import StageError
from datasets.registry import UsageError
from tests.baselines.clip_folders import contents, write_test_clips
from tests.baselines.test_predict_broken import command, names  # noqa: F401 - a fixture
from tests.baselines.test_predict_resume import LENGTHS, run, weights, write_weights  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def clips(names, tmp_path: Path) -> list[str]:  # noqa: F811
    """Four packs instead of the one of ``names``."""
    return write_test_clips(tmp_path / "clips", LENGTHS)


def on(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    """Say that predictions are made there, which decides their marks."""
    monkeypatch.setattr(predict_orders, "_kind", lambda found: device)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_shard_on_another_device_touches_nothing(
    tmp_path: Path, monkeypatch, capsys, processes: str
) -> None:
    with monkeypatch.context() as patch:
        on(patch, "NVIDIA H100")
        for index in range(2):
            assert predict.main(command("--shard", f"{index}/3")) == 0
    before, beside = contents(tmp_path / "out"), sorted(state_beside(tmp_path / "out").rglob("*"))
    capsys.readouterr()
    for index in range(3):
        assert predict.main(command("--shard", f"{index}/3", "--processes", processes)) == 2
        told = capsys.readouterr().err
        assert f"out: {len(before) // 2} predictions of another run" in told
        assert "device: there 'NVIDIA H100', here 'cpu'" in told
        assert "delete the folder, or start a run without --shard" in told
    assert contents(tmp_path / "out") == before
    assert sorted(state_beside(tmp_path / "out").rglob("*")) == beside


def test_a_shard_says_what_else_is_otherwise(blend, weights, tmp_path, monkeypatch) -> None:  # noqa: F811
    run(weights, "out", batch=3)
    write_weights(blend, weights, -0.4)
    monkeypatch.setattr(prediction_marks.av, "__version__", "9.9")
    with pytest.raises(UsageError) as error:
        run(weights, "out", shard=Shard(0, 2))
    for text in ("batch: there 3, here 4", "checkpoint: there '", "here '9.9'"):
        assert text in str(error.value)


@pytest.mark.parametrize("name", ["unknown", "of other clips"])
def test_a_shard_removes_nothing_that_it_does_not_know(weights, tmp_path, name: str) -> None:  # noqa: F811
    run(weights, "out")
    if name == "unknown":
        shutil.rmtree(state_beside(tmp_path / "out"))
    else:
        (tmp_path / "out" / "else.mkv").write_bytes(b"?")
    before = contents(tmp_path / "out")
    with pytest.raises(UsageError, match=r"nothing says how|of other clips, or not by this stage"):
        run(weights, "out", shard=Shard(0, 2))
    assert contents(tmp_path / "out") == before


def test_a_whole_run_says_what_it_has_replaced(tmp_path: Path, monkeypatch, capsys) -> None:
    assert predict.main(command()) == 0
    before = contents(tmp_path / "out")
    assert predict.main(command()) == 0
    assert "another run" not in capsys.readouterr().err
    with monkeypatch.context() as patch:
        on(patch, "NVIDIA H100")
        assert predict.main(command()) == 0
        told = capsys.readouterr().err
        assert "8 predictions of another run (device: there 'cpu', here 'NVIDIA H100')" in told
        assert "made again" in told
    assert contents(tmp_path / "out") == before  # the device is pretended


def test_a_run_that_was_replaced_is_forgotten(weights, tmp_path, monkeypatch) -> None:  # noqa: F811
    """Else its rows would speak for what lies there now, and a shard of it would begin."""
    with monkeypatch.context() as patch:
        on(patch, "NVIDIA H100")
        for index in range(2):
            run(weights, "out", shard=Shard(index, 2))
    run(weights, "out")
    on(monkeypatch, "NVIDIA H100")
    with pytest.raises(UsageError, match="device: there 'cpu', here 'NVIDIA H100'"):
        run(weights, "out", shard=Shard(0, 2))
    shutil.rmtree(tmp_path / "out")  # what the message says
    run(weights, "out", shard=Shard(0, 2))


@pytest.mark.parametrize("shard", [Shard(0, 1), Shard(1, 2)])
def test_a_run_does_not_mix_with_one_that_began_later(
    weights,  # noqa: F811
    tmp_path,
    monkeypatch,
    shard: Shard,
) -> None:
    """An empty folder refuses nobody; then who comes last has it."""
    first = predict_share.BatchMover.__call__

    def meanwhile(self, pieces):
        monkeypatch.setattr(predict_share.BatchMover, "__call__", first)
        with monkeypatch.context() as patch:
            on(patch, "NVIDIA H100")
            run(weights, "out", shard=shard)
        return first(self, pieces)

    monkeypatch.setattr(predict_share.BatchMover, "__call__", meanwhile)
    with pytest.raises(StageError, match="another run has begun here since"):
        run(weights, "out", shard=Shard(0, 2))
    journal = state_beside(tmp_path / "out") / f"{shard}.0-of-1.csv".replace("/", "-of-")
    there = {path.stem for path in (tmp_path / "out").glob("*.mkv")}
    assert there and there == {row.split(",")[0] for row in journal.read_text().splitlines()[1:]}


def test_the_mark_knows_the_model_of_a_gpu(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"model of {device}")
    assert predict_orders._kind(torch.device("cuda:1")) == "model of cuda:1"
    assert predict_orders._kind(torch.device("cpu")) == "cpu"
