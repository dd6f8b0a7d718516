"""Clips that cannot be read: they end no run, and they do not disappear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baselines import predict
from datasets.clips import write_clip
from tests.baselines.clip_folders import cut_short, write_test_clips
from tests.baselines.test_predict_resume import run, weights  # noqa: F401 - a fixture

PARAMS = """
profile: mini
profiles: {mini: {predict: {batch: 4, threads: 1}}}
"""


@pytest.fixture
def names(tmp_path: Path, weights: Path, monkeypatch) -> list[str]:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(predict.METHODS._homes, "blend", "tests.baselines.conftest:Blend")
    (tmp_path / "params.yaml").write_text(PARAMS)
    return write_test_clips(tmp_path / "clips", (5, 3, 4, 6))


def command(*more: str) -> list[str]:
    cell = ["--dataset", "taichi-hd", "--method", "blend", "--clips", "clips", "--out", "out"]
    return [*cell, "--checkpoint", "blend.safetensors", *more]


def test_a_clip_that_is_cut_short_is_reported(names, tmp_path: Path, capsys) -> None:
    path = tmp_path / "clips" / "test" / f"{names[1]}.mkv"
    with cut_short(path):
        assert predict.main(command()) == 0
        told = capsys.readouterr()
        assert "blend: 3 clips -> out" in told.out
        [line] = [line for line in told.err.splitlines() if line.startswith(names[1])]
        assert str(path.relative_to(tmp_path)) in line
        assert "run the crop stage again" in told.err
        assert predict.main(command("--strict")) == 1
        told = capsys.readouterr()
        assert names[1] in told.err and "blend: 3 clips -> out" in told.err
    made = {path.stem for path in (tmp_path / "out").glob("*.mkv")}
    assert made == set(names) - {names[1]}
    assert predict.main(command("--strict")) == 0
    assert "blend: 4 clips -> out" in capsys.readouterr().out


def test_clips_that_are_not_what_the_list_says_are_named(names, tmp_path: Path) -> None:
    test = tmp_path / "clips" / "test"
    write_clip(test / f"{names[0]}.mkv", np.zeros((7, 16, 16, 3), np.uint8))
    write_clip(test / f"{names[2]}.mkv", np.zeros((4, 16, 32, 3), np.uint8))
    (test / f"{names[3]}.mkv").unlink()
    failed = run(tmp_path / "blend.safetensors", "out").tally.failed
    assert "has 7 frames, its manifest says 5" in failed[names[0]]
    assert "is 32x16, the first clip is 16x16" in failed[names[2]]
    assert "no such clip file" in failed[names[3]]
    assert [path.stem for path in (tmp_path / "out").glob("*.mkv")] == [names[1]]


def test_where_no_clip_can_be_read_there_is_no_prediction(names, tmp_path: Path, capsys) -> None:
    for name in names:
        (tmp_path / "clips" / "test" / f"{name}.mkv").write_bytes(b"no clip")
    assert predict.main(command()) == 0
    told = capsys.readouterr()
    assert "blend: 0 clips -> out" in told.out
    assert all(f"{name}: " in told.err for name in names)


def test_a_full_disk_ends_the_run(names, tmp_path: Path, monkeypatch, capsys) -> None:
    def full(self, name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("baselines.prediction_folder.FolderPart.publish", full)
    assert predict.main(command()) == 1
    assert f"{names[0]}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--processes", "0"], "--processes must be at least 1"),
        (["--shard", "4/4"], "expected I/N"),
    ],
)
def test_options_that_cannot_be_are_refused(names, options, message: str, capsys) -> None:
    assert predict.main(command(*options)) == 2
    assert message in capsys.readouterr().err


def test_settings_that_cannot_be_are_refused(names, tmp_path: Path, capsys) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS.replace("threads: 1", "writers: -1"))
    assert predict.main(command()) == 2
    assert "writers must be from 0 to 64" in capsys.readouterr().err
