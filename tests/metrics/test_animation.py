"""A picture of one clip animated by another: the cell, on a small world with exact truth."""

import dataclasses

import numpy as np
import pytest

import metrics.cell
import metrics.known
from datasets.pair_list import read_pair_list
from datasets.pair_manifest import MODES, Pair, truth_clip, write_pairs
from datasets.registry import UsageError
from datasets.truth import save_truth, truth_beside
from metrics import ANIMATION_BOARD, METRICS, MINI_BOARD
from metrics.cell import Cell, evaluate
from metrics.clip_list import ClipList
from metrics.config import EvaluateConfig
from metrics.pair_list import pair_list
from metrics.predictions import RefusedError
from metrics.reference import still_motion
from metrics.result import Split, dumps, read_result, write_result
from metrics.tasks import ANIMATION, RECONSTRUCTION, TASKS, mode_of

CONFIG = EvaluateConfig(bootstrap=200, fd_stride=2, threads=1)
EXACT = set(MINI_BOARD) - {"fid"}
NEED_NO_TRUTH = {"aed-source@clean", "akd-motion@clean"}
TASK = pytest.mark.parametrize("task", ANIMATION)


@pytest.fixture
def run(pair_world, tools, monkeypatch):
    monkeypatch.setattr(metrics.cell, "load_tools", lambda dataset, profile, config: tools)

    def score(folder, task, *, profile="mini", notice=print, **allowed):
        cell = Cell("taichi-hd", profile, pair_world.clips, folder, task, **allowed)
        return evaluate(cell, CONFIG, cache=None, notice=notice)

    return score


def still(_name, frames):
    return still_motion(frames.shape[:3])


def test_the_tasks_are_those_of_the_pairs():
    assert [mode_of(task) for task in TASKS] == [None, *MODES]


@TASK
def test_the_oracle_is_perfect(pair_world, predict, run, task, perfect):
    mode = mode_of(task)
    result, scores = run(
        predict("oracle", pair_world.frames[mode], motion=pair_world.motion(mode)), task
    )
    assert result.task == task
    assert list(result.metrics) == list(ANIMATION_BOARD)
    for name in EXACT:
        assert result.metrics[name].value == perfect(name), name
    assert result.metrics["aed-source@clean"].value == pytest.approx(0, abs=1e-15)
    l1 = result.paired["copy-source"]["l1@clip"]
    assert l1.lo < l1.hi < 0
    assert [(row.clip_id, row.video_id) for row in scores.rows] == [
        (name, pair.driving_video) for name, pair in pair_world.pairs.items()
    ]


@TASK
def test_the_reference_is_the_source_picture_repeated(pair_world, predict, run, task, perfect):
    result, _ = run(predict("copy-source", pair_world.still(), motion=still), task)
    for name, difference in result.paired["copy-source"].items():
        assert (difference.difference, difference.lo, difference.hi) == (0, 0, 0), name
    wanted = {n for n in EXACT if perfect(n) is not None and METRICS[n].referred}
    assert {*wanted, "aed-source@clean"} - {"fd-efflite0"} <= set(result.paired["copy-source"])
    assert result.metrics["aed-source@clean"].value == 0
    assert result.metrics["l1@clip"].value > 0


def test_motion_since_frame_0_by_hand(pair_world, predict, run):
    """A still picture is off by the way of the driving square; its truth is not off at all."""
    result, scores = run(predict("still", pair_world.still()), "animation-relative")
    for row in scores.rows:
        places = pair_world.scenes[pair_world.pairs[row.clip_id].driving].places
        way = np.linalg.norm(places - places[0], axis=1)
        assert row.values["akd-motion@clean"] == pytest.approx(way.mean() * 256 / 16)
    mean = np.mean([row.values["akd-motion@clean"] for row in scores.rows])
    assert result.metrics["akd-motion@clean"].value == pytest.approx(mean)
    oracle, _ = run(predict("oracle", pair_world.frames["relative"]), "animation-relative")
    assert oracle.metrics["akd-motion@clean"].value == 0
    assert oracle.paired["copy-source"]["akd-motion@clean"].hi < 0


def test_distance_to_the_source_by_hand(pair_world, predict, run):
    """The square turns red: 1 - cos of (220, 0, 0) and its colour."""
    red = {name: frames.copy() for name, frames in pair_world.frames["absolute"].items()}
    for frames in red.values():
        frames[frames[..., 0] >= 200] = 220, 0, 0
    _, scores = run(predict("red", red), "animation-absolute")
    for row in scores.rows:
        colour = pair_world.scenes[pair_world.pairs[row.clip_id].source].colour
        expected = 1 - 220 / np.linalg.norm(colour.astype(float))
        assert row.values["aed-source@clean"] == pytest.approx(expected)


def test_relative_motion_alone_has_a_moved_source(pair_world, predict, run):
    result, _ = run(predict("oracle", pair_world.frames["absolute"]), "animation-absolute")
    metric = result.metrics["akd-motion@clean"]
    assert metric.value is None
    assert metric.reason == "does not apply to this task (animation-absolute)"


def test_each_mode_has_its_own_truth(pair_world, predict, run):
    folder = predict("mine", pair_world.frames["absolute"])
    assert run(folder, "animation-absolute")[0].metrics["l1@clip"].value == 0
    assert run(folder, "animation-relative")[0].metrics["l1@clip"].value > 0


def test_real_pairs_have_no_exact_truth(pair_world, predict, run):
    folder = predict("mine", pair_world.frames["relative"], motion=still)
    result, scores = run(folder, "animation-relative", profile="full")
    assert {name for name, m in result.metrics.items() if m.value is not None} == NEED_NO_TRUTH
    assert result.metrics["l1@clip"].reason == "needs the exact truth of a mini world"
    assert result.metrics["fd-efflite0"].reason == "needs the exact truth of a mini world"
    assert result.metrics["akd-motion@clean"].value == 0
    assert set(result.paired["copy-source"]) == NEED_NO_TRUTH
    assert (result.split.id, result.coverage.scored) == ("taichi-hd@unfrozen", 6)
    assert scores.rows[0].values.get("l1@clip") is None


def test_pairs_that_failed_are_without_truth(pair_world, predict, run):
    pairs = dict(pair_world.pairs)
    pairs["pair-0003"] = dataclasses.replace(pairs["pair-0003"], status="missing-clip", frames=0)
    write_pairs(pair_world.folder(), pairs.values())
    folder = predict("mine", pair_world.frames["absolute"])
    with pytest.raises(RefusedError, match=r"5 of 6 (?s:.)*no truth.*\n.*pair-0003: missing-clip"):
        run(folder, "animation-absolute")
    result, _ = run(folder, "animation-absolute", allow_missing=True)
    assert (result.coverage.expected, result.coverage.scored) == (6, 5)
    assert result.coverage.missing == ("pair-0003",)


@pytest.mark.parametrize("frames", [5, 7])
def test_a_prediction_of_another_length_is_refused(pair_world, predict, run, frames):
    clips = {n: np.resize(f, (frames, *f.shape[1:])) for n, f in pair_world.still().items()}
    with pytest.raises(RefusedError, match=f"pair-0001: {frames} frames, the clip has 6"):
        run(predict("mine", clips), "animation-absolute")


def _no_truth(world):
    truth_clip(world.folder(), "absolute", "pair-0002").unlink()


def _other_length(world):
    pairs = [dataclasses.replace(pair, frames=7) for pair in world.pairs.values()]
    write_pairs(world.folder(), pairs)


def _unknown_clip(world):
    pairs = [dataclasses.replace(pair, source="who#000000#000009") for pair in world.pairs.values()]
    write_pairs(world.folder(), pairs)


def _none_usable(world):
    pairs = [dataclasses.replace(pair, status="missing-clip") for pair in world.pairs.values()]
    write_pairs(world.folder(), pairs)


@pytest.mark.parametrize("damage", [_no_truth, _other_length, _unknown_clip, _none_usable])
def test_pairs_of_other_clips_are_the_users_to_make(pair_world, predict, run, damage):
    folder = predict("mine", pair_world.still())
    damage(pair_world)
    with pytest.raises(UsageError, match=r"pair.*run 'dvc repro pairs' again"):
        run(folder, "animation-absolute")


def test_the_truth_of_a_pair_starts_with_the_source_picture(pair_world, predict, run):
    path = truth_beside(truth_clip(pair_world.folder(), "absolute", "pair-0001"))
    save_truth(path, pair_world.truth["absolute"]["pair-0001"].window(1, 7))
    with pytest.raises(UsageError, match=r"pair-0001.*6 frames, expected 7"):
        run(predict("mine", pair_world.still()), "animation-absolute")


def test_no_pairs_at_all(pair_world, predict, run):
    (pair_world.folder() / "pairs.csv").unlink()
    with pytest.raises(UsageError, match="dvc repro pairs"):
        run(predict("mine", pair_world.still()), "animation-relative")


def test_the_driving_clip_is_read_where_a_metric_needs_it(pair_world, predict, run, monkeypatch):
    read = []
    real = metrics.known.read_clip
    monkeypatch.setattr(
        "metrics.known.read_clip", lambda path, *frames: read.append(path) or real(path, *frames)
    )
    folder = predict("oracle", pair_world.frames["relative"])
    counts = {}
    for task in ANIMATION:
        read.clear()
        run(folder, task)
        counts[task] = len(read)
    assert counts["animation-absolute"] == 6 * 2  # truth, source picture
    assert counts["animation-relative"] == 6 * 3


def test_the_result_survives_writing(pair_world, predict, run, tmp_path):
    result, _ = run(predict("mine", pair_world.still()), "animation-relative")
    write_result(tmp_path / "r.json", result)
    assert read_result(tmp_path / "r.json") == result


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("animation", "task: input should be 'reconstruction', .*, got 'animation'"),
        (RECONSTRUCTION, "has no value for"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(pair_world, predict, run, tmp_path, task, message):
    result, _ = run(predict("mine", pair_world.still()), "animation-relative")
    path = tmp_path / "r.json"
    path.write_text(dumps(result).replace('"animation-relative"', f'"{task}"'))
    with pytest.raises(UsageError, match=message):
        read_result(path)


def frozen_pairs():
    """The committed pairs of the mini world as the folder of pairs lists them."""
    listed = read_pair_list("taichi-hd", "mini")
    pairs = [Pair(p.pair_id, p.source, p.driving, "", "", 1, "ok") for p in listed.pairs]
    clips = ClipList(Split("taichi-hd-mini@v1", "test", "00"), frozenset(), {})
    return listed, pairs, clips


def test_frozen_pairs_have_a_citable_id():
    listed, pairs, clips = frozen_pairs()
    found = pair_list("taichi-hd", "mini", pairs[:-1], clips)
    assert found.split == Split("taichi-hd-mini@v1", "test", listed.sha256)
    assert found.expected == {pair.pair_id for pair in listed.pairs}
    assert found.remarks == ()


def test_other_pairs_have_none():
    _, pairs, clips = frozen_pairs()
    other = [dataclasses.replace(pairs[0], source=pairs[1].source), *pairs[1:]]
    found = pair_list("taichi-hd", "mini", other, clips)
    assert found.split.id == "taichi-hd-mini@unfrozen"
    assert found.remarks == ("not taichi-hd-mini@v1: pair-0001: another source or driving clip",)
    unfrozen = ClipList(Split("taichi-hd-mini@unfrozen", "test", "00"), frozenset(), {}, ("why",))
    found = pair_list("taichi-hd", "mini", pairs, unfrozen)
    assert (found.split.id, found.remarks) == ("taichi-hd-mini@unfrozen", ("why",))


@pytest.mark.parametrize("name", sorted(NEED_NO_TRUTH))
def test_what_needs_no_truth_is_of_animations(name):
    assert METRICS[name].against != "truth"
    assert RECONSTRUCTION not in METRICS[name].tasks
