"""A full board without a row is a board, says so, and shows what papers report."""

import tomllib
from pathlib import Path

import pytest

from leaderboards import build
from metrics.result import Split, write_clips, write_result
from tests.leaderboards.scored import scored

ROOT = Path(__file__).parents[2]
REPORTED = (ROOT / "leaderboards" / "v1" / "reported.csv").read_bytes()


@pytest.fixture
def full(tmp_path):
    """The command line of a full board in a scratch folder."""
    (tmp_path / "scores").mkdir()
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "reported.csv").write_bytes(REPORTED)
    (tmp_path / "README.md").write_text("# Title\n")

    def run(*more):
        options = {
            "--profile": "full",
            "--scores": tmp_path / "scores",
            "--out": tmp_path / "v1" / "full" / "board",
            "--readme": tmp_path / "README.md",
            "--submitted": tmp_path / "v1" / "submitted",
            "--splits": ROOT / "datasets" / "splits",
        }
        return build.main([str(part) for pair in options.items() for part in pair] + list(more))

    return run


def page(tmp_path):
    return (tmp_path / "v1" / "full" / "board" / "table.md").read_text()


def test_an_empty_board_says_so_and_rebuilds(full, tmp_path):
    assert full() == 0

    made = page(tmp_path)
    assert made.count("No reproduced rows yet.") == 4
    for title in ("taichi-hd", "voxceleb", "fashion", "mgif", "TED-talks", "UvA-Nemo", "BAIR"):
        assert f"## {title}\n" in made
    table = made[made.index("## voxceleb") : made.index("## fashion")]
    assert "0.043<sup>r</sup> | 1.294 | 0.140 |" in table
    assert "recollections of low confidence; none is shown" in made[made.index("## mgif") :]
    assert "No paper's number is recorded" in made[made.index("## fashion") : made.index("## mgif")]
    assert full("--check") == 0
    assert "No reproduced rows yet." in (tmp_path / "v1/full/board/table.tex").read_text()


def test_every_number_of_the_table_is_in_the_page_once(full, tmp_path):
    full()
    made = page(tmp_path)
    cells = [
        cell for line in made.splitlines() if line.startswith("| ") for cell in line.split("|")
    ]
    numbers = [cell for cell in cells if cell.strip().split("<")[0].replace(".", "").isdigit()]
    assert len(numbers) == 196
    assert "Bold" not in made
    assert "Rank" not in made


def test_check_sees_an_edited_number_of_a_paper(full, tmp_path, capsys):
    full()
    path = tmp_path / "v1" / "reported.csv"
    path.write_text(path.read_text().replace("0.063", "0.061"))
    capsys.readouterr()

    assert full("--check") == 1
    assert "table.md: line" in capsys.readouterr().out


def test_no_folder_of_scores_is_wrong_usage(full, tmp_path, capsys):
    (tmp_path / "scores").rmdir()
    assert full() == 2
    assert "no score files" in capsys.readouterr().err


def test_papers_without_their_table_are_wrong_usage(full, tmp_path, capsys):
    (tmp_path / "v1" / "reported.csv").unlink()
    assert full() == 2
    assert "reported.csv: cannot be read" in capsys.readouterr().err


def row(method, **changes):
    """A result on the whole of the real list."""
    found = tomllib.loads((ROOT / "datasets/splits/v1/taichi-hd.toml").read_text())
    split = Split(found["id"], "test", found["splits"]["test"]["sha256"])
    values = {"l1@clip": [0.0625] * found["splits"]["test"]["clips"]}
    return scored(method, values, profile="full", split=split, **changes)


def test_a_submission_may_be_the_first_row(full, tmp_path):
    result, rows = row("mine", status="submitted")
    home = tmp_path / "v1" / "submitted" / "taichi-hd" / "mine"
    write_result(home / "result.json", result)
    write_clips(home / "result.clips.csv", rows, ["l1@clip"])
    (home / "method.toml").write_text('name = "mine"\ntitle = "Mine"\nkind = "method"\n')

    assert full() == 0
    assert "| 1 | mine" in page(tmp_path)
    assert full("--check") == 0


def test_rows_stand_above_what_papers_report(full, tmp_path):
    result, rows = row("fomm")
    write_result(tmp_path / "scores" / "taichi-hd-fomm.json", result)
    write_clips(tmp_path / "scores" / "taichi-hd-fomm.clips.csv", rows, ["l1@clip"])
    (tmp_path / "README.md").write_text(
        "<!-- BEGIN LEADERBOARD v1 full taichi-hd -->\n<!-- END LEADERBOARD v1 full taichi-hd -->\n"
    )

    assert full() == 0
    made = page(tmp_path)
    assert made.index("| 1 | fomm") < made.index("**Reported in papers**")
    assert made.count("No reproduced rows yet.") == 3
    assert "| 1 | fomm" in (tmp_path / "README.md").read_text()
    assert full("--check") == 0

    (tmp_path / "README.md").write_text("# A page without room for it\n")
    assert full() == 0


def test_a_mini_board_shows_no_paper(command, board, tmp_path):
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "reported.csv").write_bytes(REPORTED)

    assert command() == 0
    assert "papers" not in (board / "table.md").read_text()
