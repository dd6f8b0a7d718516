"""Whoever edits a committed board is found: each edit, and the file that was edited."""

import json
from dataclasses import replace

import pytest

from leaderboards.build import build
from leaderboards.check import differences
from metrics.result import MetricValue, write_clips, write_result
from tests.leaderboards.boards import SPLIT
from tests.leaderboards.scored import scored

UNMADE = {"fd-efflite0": 101.5}  # a figure that follows from nothing on the board
METRICS = {
    "l1@clip": [0.1 + i / 100 for i in range(24)],
    "psnr": [20.0 + i % 7 for i in range(24)],
    "akd@clean": [1.0 + i % 5 for i in range(24)],
}


@pytest.fixture
def board(tmp_path):
    """A board of one method, and what says where it differs."""
    (tmp_path / "splits" / "v1").mkdir(parents=True)
    text = SPLIT.replace("clips = 3", "clips = 24").replace("count = 3", "count = 24")
    (tmp_path / "splits" / "v1" / "taichi-hd-mini.toml").write_text(text)
    result, rows = scored("fomm", METRICS)
    unmade = {
        name: MetricValue(value, None, None, "units", 24, 24, "of all frames")
        for name, value in UNMADE.items()
    }
    result = replace(result, metrics=result.metrics | unmade)
    write_result(tmp_path / "scores" / "taichi-hd-fomm.json", result)
    write_clips(tmp_path / "scores" / "taichi-hd-fomm.clips.csv", rows, list(METRICS))
    beside = {"submitted": tmp_path / "submitted", "splits": tmp_path / "splits"}
    home = tmp_path / "v1" / "mini" / "board"
    build(tmp_path / "scores", home, profile="mini", **beside)

    def found():
        return "\n".join(differences(home, profile="mini", version="v1", **beside))

    assert found() == ""
    return home, found


@pytest.mark.parametrize(
    "name", ["table.csv", "table.md", "table.tex", "metrics/taichi-hd-fomm.json"]
)
def test_an_edited_table(board, name):
    home, found = board
    text = (home / name).read_text()
    place = text.index("0.2")
    (home / name).write_text(text[:place] + "0.1" + text[place + 3 :])

    assert found().startswith(f"{home / name}: line ")
    assert found().count("differs") == 1


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("field", ["value", "lo", "hi", "clips", "videos"])
def test_an_edited_number_of_a_result(board, metric, field):
    home, found = board
    path = home / "results" / "taichi-hd-fomm.json"
    node = json.loads(path.read_text())
    figure = node["metrics"][metric]
    figure[field] -= 1 if field in ("clips", "videos") else 0.01 * (figure["hi"] - figure["lo"])
    path.write_text(json.dumps(node))

    assert f"{path}: {metric}" in found()


@pytest.mark.parametrize("metric", UNMADE)
def test_an_edited_number_that_nothing_tells_is_told_by_its_digest(board, metric):
    home, found = board
    path = home / "results" / "taichi-hd-fomm.json"
    path.write_text(path.read_text().replace(repr(UNMADE[metric]), "1.5"))

    assert f"{path}: is not the file that SHA256SUMS lists; restore it" in found()


@pytest.mark.parametrize("line", [0, 1])
def test_an_edited_list_of_digests(board, line):
    home, found = board
    lines = (home / "SHA256SUMS").read_text().splitlines(keepends=True)
    named = lines.pop(line)[66:-1]
    (home / "SHA256SUMS").write_text("".join(lines) + f"{'0' * 64}  results/gone.json\n")

    assert f"{home / named}: not listed in SHA256SUMS" in found()
    assert f"{home / 'results/gone.json'}: listed in SHA256SUMS, but no input" in found()


def test_no_list_of_digests(board):
    home, found = board
    (home / "SHA256SUMS").unlink()
    assert found() == f"{home / 'SHA256SUMS'}: missing"


def test_a_removed_clip(board):
    home, found = board
    path = home / "results" / "taichi-hd-fomm.clips.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")

    assert f"{path}: 23 clips, but taichi-hd-fomm.json says that 24 were scored" in found()


@pytest.mark.parametrize(
    ("place", "key", "said"),
    [
        ("coverage", "clips_sha256", "clips.csv: these are not the clips"),
        ("split", "sha256", "json: split taichi-hd-mini@v1, test: sha256 000000000000..."),
    ],
)
def test_a_changed_digest(board, place, key, said):
    home, found = board
    path = home / "results" / "taichi-hd-fomm.json"
    node = json.loads(path.read_text())
    node[place][key] = "0" * 64
    path.write_text(json.dumps(node))

    assert f"{home}/results/taichi-hd-fomm.{said}" in found()
