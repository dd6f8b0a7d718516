"""The engine's onlooker: what it keeps, and that it goes on where a killed run was."""

from __future__ import annotations

from pathlib import Path

import pytest

from baselines import checkpoint
from baselines.checkpoint import CheckpointInfo
from baselines.pairs import list_clips
from baselines.validation import Validation
from baselines.watch import read_rows
from baselines.watcher import RunWatcher, validation_of
from tests.baselines.engines import engine

INFO = CheckpointInfo("blend", {}, "f" * 64, 0, 12, 3, 768)


class StopError(Exception):
    pass


def watched(blend, clips: Path, folder: Path, *, stop: int = 99):
    """Train for 12 steps with a look at each row; stop after so many rows."""
    validation = Validation(list_clips(clips, "train"))
    watcher = RunWatcher(folder, INFO, validation, every=1, board=None)
    run = engine(blend(), clips, folder, watcher=watcher, log_every=2, ema=0.5)
    rows = []

    def report(row) -> None:
        rows.append(row)
        if len(rows) == stop:
            raise StopError

    run.run(report=report)


def best(folder: Path) -> tuple[int, dict]:
    weights, info = checkpoint.load(folder / "best.safetensors")
    return info.steps, weights


def test_the_best_weights_on_val_are_kept(blend, clips: Path, tmp_path: Path) -> None:
    watched(blend, clips, tmp_path)
    rows = read_rows(tmp_path / "watch.csv")
    assert [row["step"] for row in rows] == [2, 4, 6, 8, 10, 12]
    assert {"wait_share", "memory_mib", "seconds_left", "grad_norm_generator"} <= set(rows[0])
    errors = {row["step"]: row["l1_val"] for row in rows}
    assert len(set(errors.values())) == 6, "nothing was trained"
    assert best(tmp_path)[0] == min(errors, key=errors.__getitem__)
    assert len(list((tmp_path / "pictures").iterdir())) == 6


def test_a_killed_run_ends_with_the_same_best(blend, clips: Path, tmp_path: Path) -> None:
    watched(blend, clips, tmp_path / "whole")
    with pytest.raises(StopError):
        watched(blend, clips, tmp_path / "part", stop=3)
    watched(blend, clips, tmp_path / "part")
    one, other = (best(tmp_path / name) for name in ("whole", "part"))
    assert one[0] == other[0]
    assert all((one[1][key] == other[1][key]).all() for key in one[1])
    steps = [row["step"] for row in read_rows(tmp_path / "part" / "watch.csv")]
    assert steps == [2, 4, 6, 8, 10, 12]


def test_without_val_there_is_a_note_and_no_validation(clips: Path, capsys) -> None:
    assert validation_of(clips) is None
    assert "no validation" in capsys.readouterr().err
