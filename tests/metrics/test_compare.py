"""Comparing folders of predictions: what is read, what is common, and the command line."""

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

import metrics.cell
import metrics.compare
import metrics.known
from leaderboards.pairs import read_pairs
from metrics.cell import Cell, evaluate
from metrics.compare import main
from metrics.config import EvaluateConfig
from metrics.differences_table import COLUMNS
from metrics.reference import copy_source, still_motion

DATASET = ["--dataset", "taichi-hd"]


@pytest.fixture
def project(pair_world, tools, tmp_path, monkeypatch):
    """A working folder with params.yaml, clips and pairs; no predictions yet."""
    for module in (metrics.cell, metrics.compare):
        monkeypatch.setattr(module, "load_tools", lambda dataset, profile, config: tools)
    monkeypatch.setattr("metrics.compare.fix_threads", lambda threads: None)
    sections = {"mini": {"evaluate": {"bootstrap": 100, "fd_stride": 2, "threads": 1}}}
    params = {"profile": "mini", "seed": 0, "datasets": ["taichi-hd"], "profiles": sections}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copytree(pair_world.clips, tmp_path / "work/mini/clips/taichi-hd")
    return tmp_path


@pytest.fixture
def made(project, predict, world):
    """Put predictions where the pipeline does: ``made(name, strength, motion=...)``."""

    def make(name, strength=0, *, frames=None, at="work/mini/predictions", motion=None):
        folder = predict(name, frames or noisy(world[1], strength), motion=motion)
        target = project / at / f"taichi-hd-{name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        return folder.rename(target)

    return make


def noisy(clips, strength):
    rng = np.random.Generator(np.random.PCG64(strength))
    noise = {n: rng.integers(-strength, strength + 1, f.shape) for n, f in clips.items()}
    return {n: np.clip(f + noise[n], 0, 255).astype(np.uint8) for n, f in clips.items()}


def rows_of(capsys, arguments):
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def by_metric(rows):
    return {row["metric"]: row for row in rows}


def test_a_difference_is_that_of_the_result(made, world, project, tools, capsys):
    """Against copy-source, what `metrics.eval` writes, to the last digit."""
    folder = made("mine", 30)
    made("copy-source", frames={n: copy_source(f) for n, f in world[1].items()})
    rows = by_metric(rows_of(capsys, ["mine", "copy-source", *DATASET]))
    cell = Cell("taichi-hd", "mini", world[0], folder)
    result, _ = evaluate(cell, EvaluateConfig(100, 2, 1), cache=None)
    for name, expected in result.paired["copy-source"].items():
        found = [rows[name][key] for key in ("difference", "lo", "hi", "clips", "videos")]
        assert found == [getattr(expected, f) for f in expected.__dataclass_fields__], name
    turned = by_metric(rows_of(capsys, ["copy-source", "mine", *DATASET]))
    assert turned["l1@clip"]["lo"] == -rows["l1@clip"]["hi"]


def test_joints_that_one_method_lost_count_for_none(made, world, tools, capsys):
    """A second joint: off by 40 in ``far``, by 10 in ``near``, not found in ``lost``."""

    class Marked:
        name, domain, sha256, version, licence = "marked", "test", "3" * 64, "1", "MIT"

        def __call__(self, frames):
            rows = np.zeros((len(frames), 2, 2))
            rows[:, 0, 0] = frames[:, 0, 1, 0]
            rows[:, 1, 0] = frames[:, 0, 0, 0]
            rows[frames[:, 0, 0, 0] == 255, 1] = np.nan
            return rows

    tools.extractors["keypoints"] = Marked()

    def marked(first, second):
        changed = {name: frames.copy() for name, frames in world[1].items()}
        for frames in changed.values():
            frames[:, 0, 0, 0] = frames[:, 0, 0, 0] + second if second < 200 else 255
            frames[:, 0, 1, 0] += first
        return changed

    made("far", frames=marked(2, 40))
    made("near", frames=marked(1, 10))
    made("lost", frames=marked(0, 255))
    pair = by_metric(rows_of(capsys, ["far", "near", *DATASET]))["akd@clean"]
    assert pair["difference"] == pytest.approx((42 - 11) / 2 * 256 / 16)
    rows = rows_of(capsys, ["far", "near", "lost", *DATASET])
    akd = {(r["first"], r["second"]): r["difference"] for r in rows if r["metric"] == "akd@clean"}
    assert akd == {
        ("far", "near"): pytest.approx(16.0),
        ("far", "lost"): pytest.approx(32.0),
        ("near", "lost"): pytest.approx(16.0),
    }
    mkr = {(r["first"], r["second"]): r["difference"] for r in rows if r["metric"] == "mkr@clean"}
    assert mkr["far", "lost"] == -0.5


def test_each_prediction_is_read_once_and_the_truth_too(made, tools, capsys, monkeypatch):
    read, keypoints = [], tools.extractors["keypoints"]
    real = metrics.known.read_prediction
    monkeypatch.setattr(
        "metrics.known.read_prediction", lambda path: read.append(path) or real(path)
    )
    for strength, name in enumerate(("one", "two", "three")):
        made(name, strength + 1)
    rows_of(capsys, ["one", "two", "three", *DATASET])
    assert len(read) == len(set(read)) == 3 * 7
    assert keypoints.frames == 7 * (6 + 3 * 6)  # truth, its frame 0 the source; three predictions
    keypoints.frames = 0
    rows_of(capsys, ["one", "two", "three", *DATASET])
    assert keypoints.frames == 7 * 3 * 6, "the truth is in the cache"


def test_seeds(made, project, capsys):
    folders = {
        (name, seed): made(name, strength, at=f"runs/{seed}")
        for name, seed, strength in (("a", 0, 5), ("a", 1, 9), ("b", 0, 20), ("b", 1, 30))
    }
    runs = [f"--runs={n}={folders[n, 0]},{folders[n, 1]}" for n in ("a", "b")]
    rows = rows_of(capsys, [*runs, *DATASET, "--seeds", "4,7"])
    l1 = {row["seed"]: row for row in rows if row["metric"] == "l1@clip"}
    assert list(l1) == ["4", "7", "pooled"]
    each = [l1[seed]["difference"] for seed in ("4", "7")]
    assert l1["pooled"]["difference"] == pytest.approx(np.mean(each), rel=1e-12)
    assert l1["pooled"]["spread"] == [min(each), max(each)]
    alone = by_metric(
        rows_of(capsys, [f"--runs=a={folders['a', 1]}", f"--runs=b={folders['b', 1]}", *DATASET])
    )
    assert alone["l1@clip"] == l1["7"] | {"seed": "0"}
    assert main([*runs, *DATASET]) == 0
    out = capsys.readouterr().out
    assert "a (first) minus b (second) on taichi-hd-mini" in out
    assert re.search(r"l1@clip ↓ +│ pooled │ +-0\.0\d+ │ .* │ first better +│ +7 │ +6 │", out)
    assert "l1@clip: seeds from -0.0" in out


def test_the_file_is_what_the_boards_read(made, world, project, capsys):
    made("one", 10, motion=lambda _name, f: still_motion(f.shape[:3]))
    made("two", 20)
    assert main(["one", "two", *DATASET, "--out", "new/pairs.csv"]) == 0
    assert "wrote new/pairs.csv" in capsys.readouterr().out
    with (project / "new/pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    flow = next(row for row in rows if row["metric"] == "flow-epe")
    assert flow["reason"] == "two: motion files for 0 of 7 clips"
    assert {flow[name] for name in ("difference", "lo", "hi", "clips", "videos", "verdict")} == {""}
    read = {pair.metric: pair for pair in read_pairs([project / "new/pairs.csv"])}
    exact = by_metric(rows_of(capsys, ["one", "two", *DATASET]))
    for name, pair in read.items():
        assert (pair.difference, pair.lo, pair.hi) == tuple(
            exact[name][key] for key in ("difference", "lo", "hi")
        )


def test_animations(made, pair_world, capsys):
    at = "work/mini/animations/relative"
    made("oracle", frames=pair_world.frames["relative"], at=at)
    made("still", frames=pair_world.still(), at=at)
    arguments = ["oracle", "still", *DATASET, "--task", "animation-relative"]
    rows = by_metric(rows_of(capsys, arguments))
    assert rows["l1@clip"]["task"] == "animation-relative"
    assert (rows["l1@clip"]["verdict"], rows["l1@clip"]["clips"]) == ("first better", 6)
    ways = [
        np.linalg.norm(places - places[0], axis=1).mean() * 256 / 16
        for places in (pair_world.scenes[p.driving].places for p in pair_world.pairs.values())
    ]
    assert rows["akd-motion@clean"]["difference"] == pytest.approx(-np.mean(ways))
    assert main(arguments) == 0
    assert "on taichi-hd-mini, animation-relative" in capsys.readouterr().out


def test_only_common_clips_if_allowed(made, capsys):
    one, two = made("one", 10), made("two", 20)
    gone = [sorted(one.glob("*.mkv"))[0], sorted(two.glob("*.mkv"))[-1]]
    for path in gone:
        path.unlink()
    assert main(["one", "two", *DATASET]) == 1
    error = capsys.readouterr().err
    assert gone[0].stem in error
    assert "--allow-missing" in error
    assert main(["one", "two", *DATASET, "--allow-missing", "--json"]) == 0
    captured = capsys.readouterr()
    assert by_metric(json.loads(captured.out))["l1@clip"]["clips"] == 5
    assert all(path.stem in captured.err for path in gone)
    assert "5 of 7 clips are in all folders" in captured.err


def test_a_prediction_that_breaks_while_it_is_read_is_named(made, capsys):
    made("one", 10)
    path = sorted(made("two", 20).glob("*.mkv"))[0]
    data = bytearray(path.read_bytes())
    data[-900:-700] = bytes(200)
    path.write_bytes(data)
    assert main(["one", "two", *DATASET, "--out", "pairs.csv"]) == 1
    assert f"taichi-hd-two/{path.name}: frame" in capsys.readouterr().err
    assert not Path("pairs.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["one", "nobody", *DATASET],
            r"'nobody' on taichi-hd; work/mini/predictions has: one, two",
        ),
        (["one", *DATASET], "name at least two methods; .*has: one, two"),
        (["one", "one", *DATASET], "one is there twice"),
        (["one", "two", "--dataset", "tai"], "unknown dataset 'tai'; known: taichi-hd"),
        (["one", "../two", *DATASET], "no predictions of '../two'"),
        (["one", *DATASET, "--runs", "x=none"], "none: no such folder"),
        (["one", *DATASET, "--runs", "x=none,"], "expected NAME=DIR,DIR"),
        (["one", *DATASET, "--runs", "none"], "expected NAME=DIR,DIR"),
        (["one", *DATASET, "--runs", "x=a,b"], "one has 1, x has 2 folders; give --runs"),
        ([*DATASET, "--runs", "x=a", "--runs", "x=b"], "x is there twice"),
        (["one", "two", *DATASET, "--seeds", "1,2"], "expected 1 different numbers"),
        (["one", "two", *DATASET, "--seeds", "first"], "expected whole numbers"),
        (["one", "two", *DATASET, "--profile", "full"], "no key 'full' in profiles"),
        (
            ["one", "two", *DATASET, "--task", "animation-relative"],
            "work/mini/animations/relative has: nothing yet; run dvc repro",
        ),
    ],
)
def test_wrong_usage(made, capsys, arguments, message):
    made("one", 1)
    made("two", 2)
    assert main(arguments) == 2
    assert re.search(message, capsys.readouterr().err)


def test_a_folder_of_another_seed_is_refused(made, capsys):
    checkpoint = {"fingerprint": "f" * 64, "sha256": "5" * 64, "seed": 3}
    checkpoint |= {"parameters": 1, "macs": 1, "steps": 1}
    text = {"method": "one", "status": "reproduced", "checkpoint": checkpoint}
    (made("one", 1) / "method.json").write_text(json.dumps(text))
    made("two", 2)
    assert main(["one", "two", *DATASET, "--seeds", "0"]) == 2
    assert "is of seed 3, --seeds says 0" in capsys.readouterr().err
    assert main(["one", "two", *DATASET, "--seeds", "3", "--json"]) == 0


def test_help_shows_defaults(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in ("--runs NAME=DIR,DIR,...", "--seeds", "--task", "--out FILE.csv"):
        assert option in text
    assert "None" not in text
