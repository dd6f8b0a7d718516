"""What a study refuses, and what it says."""

import json

import pytest

from leaderboards.claims import CLAIMED
from leaderboards.columns import column
from leaderboards.study import main
from metrics.result import Split, write_result
from tests.leaderboards.boards import of_seed, write_pairs


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "animation-relative"}, "run1/taichi-hd-fomm.json: is of task 'animation-relati"),
        ({"lossy": True}, "run1/taichi-hd-fomm.json: scored from lossy video; leave it out"),
        ({"checkpoint": None}, "run1/taichi-hd-fomm.json: has no checkpoint, so no seed"),
        ({"method": "other"}, "run1/taichi-hd-fomm.json: holds taichi-hd-other of seed 1; rename"),
        (
            {"split": Split("taichi-hd-mini@v1", "test", "0" * 64).__dict__},
            "run1/taichi-hd-fomm.json: not comparable with",
        ),
    ],
)
def test_a_result_that_does_not_belong_is_named(study, home, tmp_path, capsys, changes, message):
    change(tmp_path / "run1" / "taichi-hd-fomm.json", **changes)

    assert study() == 2
    assert message in capsys.readouterr().err
    assert not home.exists()


def test_seeds_that_were_trained_otherwise_are_refused(study, tmp_path, result, capsys):
    row = of_seed(result, 1, method="fomm", steps=601)
    write_result(tmp_path / "run1" / "taichi-hd-fomm.json", row)

    assert study() == 2
    assert "run1/taichi-hd-fomm.json: other parameters, MACs or steps" in capsys.readouterr().err


def test_two_results_of_one_seed_are_refused_equal_anchors_are_not(study, tmp_path, result, capsys):
    assert study() == 0
    row = of_seed(result, 0, method="fomm")
    write_result(tmp_path / "run1" / "taichi-hd-fomm.json", row)

    assert study() == 2
    assert "run1/taichi-hd-fomm.json: differs from" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("fomm", "copy", "pooled", 0.0, -1.0, 1.0, "undecided"), "fomm - copy: a pair of seed po"),
        (("fomm", "x2face", 2, 0.0, -1.0, 1.0, "undecided"), "a pair of seed 2 without results"),
        (
            ("fomm", "x2face", 0, 0.0, -1.0, 1.0, "undecided"),
            "differs by 0.0 in the pairs, by -0.5",
        ),
    ],
)
def test_differences_that_are_not_of_these_results_are_refused(
    study, tmp_path, capsys, row, message
):
    write_pairs(tmp_path / "pairs.csv", [row])

    assert study() == 2
    assert message in capsys.readouterr().err


def test_wrong_usage_says_what_to_do(study, tmp_path, capsys):
    assert study("--check") == 2
    assert "no study there; build it" in capsys.readouterr().err
    assert study(out=tmp_path / "studies" / "best.md") == 2
    assert "call the page ranking.md, or ranking-SOMETHING.md" in capsys.readouterr().err
    assert main(["ranking"]) == 2
    assert "--results and --pairs are needed" in capsys.readouterr().err
    assert main(["ranking", "--results", str(tmp_path), "--pairs", "x"]) == 2
    assert "no result files" in capsys.readouterr().err


def test_less_of_what_is_claimed_is_better():
    assert {column(metric).better for metric in CLAIMED} == {"lower"}
