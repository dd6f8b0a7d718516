import json
from statistics import stdev

import pytest

from leaderboards.band import main
from metrics.result import Checkpoint, Coverage, clips_digest


def checked(folder):
    names = {"--scores": "scores", "--band": "band.json", "--board": "board"}
    return main(["check", *(str(x) for key, name in names.items() for x in (key, folder / name))])


@pytest.fixture
def folders(tmp_path, scores, result):
    """Board and scores of one method and two anchors; ``write(name, ...)`` makes another run."""

    def write(name, *, fomm=0.5, oracle=0.0, copied=0.25, mkr=0.0, **changes):
        rows = [
            result("fomm", figures={"l1@clip": fomm, "mkr@clean": mkr, "fid": "none"}, **changes),
            result("oracle", figures={"l1@clip": oracle}),
            result("copy-source", figures={"l1@clip": copied}),
        ]
        return scores(*rows, name=name)

    write("board/results")
    return write


@pytest.fixture
def make(tmp_path, folders):
    def run(*runs):
        paths = [str(tmp_path / run) for run in runs]
        where = ["--board", str(tmp_path / "board"), "--out", str(tmp_path / "band.json")]
        return main(["make", "--runs", *paths, *where])

    return run


@pytest.fixture
def check(tmp_path, folders, make):
    """Make a band from one equal run (so 10 % of each value), then check another run."""
    folders("run")
    assert make("run") == 0

    def run(**figures):
        for old in (tmp_path / "scores").glob("*"):
            old.unlink()
        folders("scores", **figures)
        return checked(tmp_path)

    return run


def test_the_band_is_four_deviations_but_at_least_a_tenth(tmp_path, folders, make):
    folders("one", fomm=0.75)
    folders("two", fomm=0.25, mkr=0.0)

    assert make("one", "two") == 0

    band = json.loads((tmp_path / "band.json").read_text())
    assert band["runs"] == 3
    assert "standard deviation" in band["rule"]
    assert list(band["bands"]) == ["taichi-hd"]
    assert band["bands"]["taichi-hd"] == {
        "fomm": {
            "fid": {"centre": None, "half_width": 0.0},
            "l1@clip": {"centre": 0.5, "half_width": 4 * stdev([0.5, 0.75, 0.25])},
            "mkr@clean": {"centre": 0.0, "half_width": 0.001},
        }
    }

    folders("three")
    assert make("three") == 0
    band = json.loads((tmp_path / "band.json").read_text())
    assert band["bands"]["taichi-hd"]["fomm"]["l1@clip"] == {"centre": 0.5, "half_width": 0.05}


def test_the_order_of_the_runs_does_not_matter(tmp_path, folders, make):
    for number, value in enumerate((0.1, 0.7, 0.3)):
        folders(f"run{number}", fomm=value)

    make("run0", "run1", "run2")
    first = (tmp_path / "band.json").read_bytes()
    make("run2", "run0", "run1")

    assert (tmp_path / "band.json").read_bytes() == first


def test_a_run_that_lacks_a_method_is_refused(tmp_path, scores, result, make, capsys):
    scores(result("other"), name="run")

    assert make("run") == 2
    assert "run 1: taichi-hd-fomm is missing" in capsys.readouterr().err


def test_a_run_without_a_number_is_refused(folders, make, capsys):
    folders("run", mkr="nothing found")

    assert make("run") == 2
    assert "mkr@clean is null in some runs only" in capsys.readouterr().err


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"fomm": 0.54},
        {"fomm": 0.46},
        {"mkr": 0.0009},
        {"copied": 0.254},
    ],
)
def test_inside(check, capsys, figures):
    assert check(**figures) == 0
    assert "3 results inside" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        ({"fomm": 0.56}, ["taichi-hd", "fomm", "l1@clip", "0.56", "0.45", "..", "0.55"]),
        ({"fomm": 0.44}, ["taichi-hd", "fomm", "l1@clip", "0.44", "0.45", "..", "0.55"]),
        ({"mkr": 0.002}, ["taichi-hd", "fomm", "mkr@clean", "0.002", "-0.001", "..", "0.001"]),
        ({"mkr": "gone"}, ["taichi-hd", "fomm", "mkr@clean", "null", "-0.001", "..", "0.001"]),
        ({"oracle": 1e-12}, ["taichi-hd", "oracle", "l1@clip", "1e-12", "exactly", "0"]),
        ({"copied": 0.26}, ["taichi-hd", "copy-source", "l1@clip", "0.26", "0.245", "..", "0.255"]),
    ],
)
def test_outside(check, capsys, figures, line):
    assert check(**figures) == 1

    lines = [shown.split() for shown in capsys.readouterr().out.splitlines()]
    assert lines[-3:-1] == [["data", "set", "method", "metric", "got", "expected"], line]
    assert lines[-1][1:3] == ["1", "outside"]


def test_other_clips_are_outside(check, capsys):
    assert check(coverage=Coverage(4, 3, clips_digest("abc"), ("d",))) == 2
    assert "these are not the clips" in capsys.readouterr().err


def test_another_protocol_is_outside(check, capsys):
    assert check(protocol={"fd_stride": 2}) == 1
    assert "another fd_stride  as on the board" in capsys.readouterr().out


def test_other_extractors_are_outside(tmp_path, folders, make, capsys):
    folders("board/results", extractors={"efflite0": "a" * 64})
    folders("run", extractors={"efflite0": "b" * 64})

    assert make("run") == 2
    assert (
        "fomm is not comparable with the board: another version of efflite0; run"
        in capsys.readouterr().err
    )


def test_a_band_of_other_training_seeds_and_bootstraps(tmp_path, folders, make):
    def write(name, *, seed, bootstrap, **changes):
        made = Checkpoint(f"{seed}" * 64, f"{seed}" * 64, seed, 1_234_567, 98_765, 600)
        protocol = {"bootstrap": bootstrap, "fd_stride": 4, "seed": seed}
        folders(name, checkpoint=made, protocol=protocol, **changes)

    write("board/results", seed=0, bootstrap=10_000)
    write("one", seed=1, bootstrap=999, fomm=0.52)
    write("two", seed=2, bootstrap=10_000, fomm=0.48)
    write("scores", seed=3, bootstrap=500, fomm=0.51)

    assert make("one", "two") == 0
    assert checked(tmp_path) == 0


@pytest.mark.parametrize("gone", ["scores", "board/results"])
def test_a_result_on_one_side_only_is_outside(check, tmp_path, capsys, gone):
    check()
    for path in (tmp_path / gone).glob("*copy-source*"):
        path.unlink()
    capsys.readouterr()

    assert checked(tmp_path) == 1
    assert "taichi-hd  copy-source  *" in capsys.readouterr().out


@pytest.mark.parametrize("text", [None, "{", "[]", '{"schema": 1, "profile": "full", "bands": {}}'])
def test_no_band_is_wrong_usage(check, tmp_path, capsys, text):
    path = tmp_path / "band.json"
    path.unlink()
    if text is not None:
        path.write_text(text)

    assert check() == 2
    assert "band.json: not" in capsys.readouterr().err


def test_a_number_without_a_band_is_outside(check, tmp_path, capsys):
    path = tmp_path / "band.json"
    band = json.loads(path.read_text())
    del band["bands"]["taichi-hd"]["fomm"]["l1@clip"]
    path.write_text(json.dumps(band))

    assert check() == 1
    assert "a band (there is none)" in capsys.readouterr().out
