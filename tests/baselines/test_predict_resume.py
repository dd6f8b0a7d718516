"""A run that is killed, and gone on with; in the end the bytes are those of one that was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from baselines import checkpoint, predict, predict_share, prediction_marks
from baselines.checkpoint import CheckpointInfo
from baselines.packs import Shard
from baselines.prediction_folder import FolderPart, state_beside
from datasets.registry import UsageError
from tests.baselines.clip_folders import contents, cut_short, write_test_clips

LENGTHS = (5, 1, 9, 2, 30, 3, 7, 12)
BATCH = 4  # packs of 20 frames: four of them


class Killed(BaseException):
    """What no code of ours catches."""


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    return write_test_clips(tmp_path / "clips", LENGTHS)


@pytest.fixture
def weights(blend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(predict, "method_class", lambda name: blend)
    return write_weights(blend, tmp_path / "blend.safetensors", 0.3)


def write_weights(blend, path: Path, start: float) -> Path:
    info = CheckpointInfo("blend", {"start": start}, "f" * 64, 0, 10, 3, 768)
    checkpoint.save(path, blend(start).state_dict(), info)
    return path


def run(weights: Path, out: str, **options) -> predict.Predictor:
    folder, shard = weights.parent, options.pop("shard", Shard(0, 1))
    config = predict.PredictConfig(threads=1, **{"batch": BATCH, **options})
    predictor = predict.Predictor(weights, "blend", config, shard=shard)
    predictor.reconstruct(folder / "clips", folder / out)
    return predictor


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is made anew."""
    found: list[str] = []
    publish = FolderPart.publish

    def noting(self: FolderPart, name: str) -> None:
        publish(self, name)
        found.append(name)

    monkeypatch.setattr(FolderPart, "publish", noting)
    return found


def kill_at(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """End the run at the ``count``-th batch."""
    calls = 0
    move = predict_share.BatchMover.__call__

    def fatal(self, pieces):
        nonlocal calls
        calls += 1
        if calls > count:
            raise Killed
        return move(self, pieces)

    monkeypatch.setattr(predict_share.BatchMover, "__call__", fatal)


@pytest.mark.parametrize(("count", "writers"), [(0, 0), (1, 2), (5, 0), (9, 2), (16, 0)])
def test_a_run_that_was_killed_is_gone_on_with(
    names, weights, tmp_path, monkeypatch, made, count: int, writers: int
) -> None:
    run(weights, "whole")
    with monkeypatch.context() as patch:
        kill_at(patch, count)
        with pytest.raises(Killed):
            run(weights, "out", writers=writers)
    there = {path.stem for path in (tmp_path / "out").glob("*.mkv")}
    assert len(there) < len(names)
    made.clear()
    predictor = run(weights, "out", writers=writers)
    assert sorted(made) == sorted(set(names) - there) and predictor.tally.there == len(names)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not list(state_beside(tmp_path / "out").glob("*/*"))


def test_a_finished_run_is_kept(names, weights, tmp_path: Path, made) -> None:
    run(weights, "out")
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    made.clear()
    assert run(weights, "out").tally.there == len(names)
    assert not made
    assert times == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize("shards", [2, 5])
def test_shards_in_any_order_make_the_same_bytes(names, weights, tmp_path, made, shards) -> None:
    """The later ones begin when there are predictions of others."""
    run(weights, "whole")
    made.clear()
    for index in reversed(range(shards)):
        run(weights, "out", shard=Shard(index, shards))
    assert sorted(made) == names
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    made.clear()
    run(weights, "out")  # the whole knows what its parts have made
    assert not made


def test_a_shard_without_work_removes_nothing_of_others(names, weights, tmp_path, made) -> None:
    run(weights, "out", shard=Shard(0, 99))
    done = contents(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.mkv"))) == len(made) > 0
    run(weights, "out", shard=Shard(98, 99))
    assert contents(tmp_path / "out") == done


@pytest.mark.parametrize("suffix", [".mkv", ".motion.npz"])
def test_a_file_that_was_changed_is_made_again(names, weights, tmp_path, made, suffix) -> None:
    run(weights, "out")
    before = contents(tmp_path / "out")
    path = tmp_path / "out" / f"{names[3]}{suffix}"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    (tmp_path / "out" / f"{names[5]}.motion.npz").unlink()
    made.clear()
    predictor = run(weights, "out")
    assert made == [names[3], names[5]]
    [note] = predictor.tally.changed
    assert path.name in note
    assert contents(tmp_path / "out") == before


PACKS = ([0, 1, 2, 3], [4], [5, 6], [7])


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("checkpoint", PACKS),
        ("batch", PACKS),
        ("code", PACKS),
        ("pixels", PACKS),
        ("length", PACKS[3:]),  # clips of other packs do not matter
        ("list", ()),
    ],
)
def test_predictions_of_another_run_are_discarded(
    names, blend, weights, tmp_path, monkeypatch, made, change: str, again
) -> None:
    run(weights, "out")
    made.clear()
    if change == "checkpoint":
        write_weights(blend, weights, -0.4)
    elif change == "code":
        monkeypatch.setattr(prediction_marks, "_code", lambda files: "another")
    elif change == "pixels":
        write_test_clips(tmp_path / "clips", LENGTHS, seed=1)
    elif change == "length":
        names = write_test_clips(tmp_path / "clips", (*LENGTHS[:-1], 11))
    elif change == "list":
        write_test_clips(tmp_path / "clips", LENGTHS[:4])
    batch = 3 if change == "batch" else BATCH
    run(weights, "out", batch=batch)
    assert made == [names[index] for pack in again for index in pack]
    run(weights, "whole", batch=batch)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_clip_that_was_broken_is_predicted_when_it_is_whole_again(
    names, weights, tmp_path, made
) -> None:
    """Its neighbours in the pack do not notice, neither then nor later."""
    run(weights, "whole")
    with cut_short(tmp_path / "clips" / "test" / f"{names[2]}.mkv"):
        predictor = run(weights, "out")
    assert list(predictor.tally.failed) == [names[2]]
    expected = contents(tmp_path / "whole")
    del expected[f"{names[2]}.mkv"], expected[f"{names[2]}.motion.npz"]
    assert contents(tmp_path / "out") == expected
    made.clear()
    run(weights, "out")
    assert made == [names[2]]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_two_runs_of_one_shard_are_refused(names, weights, tmp_path, monkeypatch) -> None:
    first = predict_share.BatchMover.__call__

    def second(self, pieces):
        monkeypatch.setattr(predict_share.BatchMover, "__call__", first)
        with pytest.raises(UsageError, match="another run of predict works in this folder"):
            run(weights, "out")
        return first(self, pieces)

    monkeypatch.setattr(predict_share.BatchMover, "__call__", second)
    run(weights, "out")
    assert len(list((tmp_path / "out").glob("*.mkv"))) == len(names)


def test_a_run_of_other_shards_at_the_same_time_does_no_harm(
    names, weights, tmp_path, monkeypatch
) -> None:
    run(weights, "whole")
    first = predict_share.BatchMover.__call__

    def meanwhile(self, pieces):
        monkeypatch.setattr(predict_share.BatchMover, "__call__", first)
        run(weights, "out", shard=Shard(1, 2))
        return first(self, pieces)

    monkeypatch.setattr(predict_share.BatchMover, "__call__", meanwhile)
    run(weights, "out", shard=Shard(0, 3))
    for index in (1, 2):
        run(weights, "out", shard=Shard(index, 3))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
