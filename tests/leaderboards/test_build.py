import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaderboards.boards import contents, submit, without_site

ROOT = Path(__file__).parents[2]


def test_the_board_holds_results_and_tables(command, board, tmp_path):
    assert command() == 0

    assert (board / "site" / "index.html").is_file()
    assert sorted(map(str, without_site(board))) == [
        "SHA256SUMS",
        "metrics/taichi-hd-fomm.json",
        "paired.csv",
        "results/taichi-hd-copy-source.clips.csv",
        "results/taichi-hd-copy-source.json",
        "results/taichi-hd-fomm.clips.csv",
        "results/taichi-hd-fomm.json",
        "table.csv",
        "table.md",
        "table.tex",
    ]
    for copy in (board / "results").iterdir():
        assert copy.read_bytes() == (tmp_path / "scores" / copy.name).read_bytes()
    assert "| fomm<br>" in (tmp_path / "README.md").read_text()


def test_building_again_gives_the_same_bytes_and_writes_nothing(command, tmp_path, capsys):
    command()
    before = contents(tmp_path)
    times = {path: (tmp_path / path).stat().st_mtime_ns for path in before}
    capsys.readouterr()

    assert command() == 0

    assert "nothing changed" in capsys.readouterr().out
    assert contents(tmp_path) == before
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in before} == times


def test_a_method_that_is_gone_leaves_the_board(command, board, tmp_path):
    command()
    for path in (tmp_path / "scores").glob("taichi-hd-fomm.*"):
        path.unlink()

    command()

    assert not list((board / "results").glob("*fomm*"))
    assert "fomm" not in (board / "table.csv").read_text()
    assert command("--check") == 0


def test_a_missing_marker_stops_the_build_before_it_writes(command, board, tmp_path, capsys):
    (tmp_path / "README.md").write_text("# Title\n")

    assert command() == 2
    assert "BEGIN LEADERBOARD v1 mini taichi-hd" in capsys.readouterr().err
    assert not board.exists()


def test_no_scores_is_wrong_usage(command, tmp_path, capsys):
    assert command("--scores", str(tmp_path / "none")) == 2
    assert "no score files" in capsys.readouterr().err


def test_no_board_to_check_is_wrong_usage(command, capsys):
    assert command("--check") == 2
    assert "no board there" in capsys.readouterr().err


def test_check_accepts_what_was_built_and_writes_nothing(command, tmp_path):
    command()
    before = contents(tmp_path)

    assert command("--check") == 0
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["table.csv", "table.md", "table.tex", "paired.csv", "metrics/taichi-hd-fomm.json"]
)
def test_check_names_an_edited_file_and_its_line(command, board, capsys, name):
    command()
    path = board / name
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + "x", *lines[1:]]) + "\n")
    capsys.readouterr()

    assert command("--check") == 1

    out = capsys.readouterr().out
    assert f"{name}: line 1 differs" in out
    assert f"committed: {lines[0]}x" in out
    assert f"rebuilt:   {lines[0]}" in out


@pytest.mark.parametrize("edit", [b"\r\n", b"\n\n"])
def test_check_sees_line_ends(command, board, edit):
    command()
    path = board / "table.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", edit))

    assert command("--check") == 1


def test_check_names_a_missing_file(command, board, capsys):
    command()
    (board / "table.md").unlink()

    assert command("--check") == 1
    assert "table.md: missing" in capsys.readouterr().out


def test_check_sees_an_edited_value_in_a_result(command, board, tmp_path, capsys):
    command()
    path = board / "results" / "taichi-hd-fomm.json"
    path.write_text(path.read_text().replace('"lo": 0.125', '"lo": 0.2'))
    capsys.readouterr()

    assert command("--check") == 1

    out = capsys.readouterr().out
    assert "table.csv: line 2 differs" in out
    assert "table.md: line" in out
    assert f"{tmp_path / 'README.md'}: line" in out


def test_check_sees_a_figure_that_is_not_the_mean_of_its_clips(command, board, capsys):
    command()
    path = board / "results" / "taichi-hd-fomm.json"
    path.write_text(path.read_text().replace('"value": 0.25', '"value": 0.2'))
    capsys.readouterr()

    assert command("--check") == 1
    assert "fomm.json: l1@clip is 0.2, but 0.25 by" in capsys.readouterr().out


def test_check_sees_a_removed_result(command, board, capsys):
    command()
    capsys.readouterr()
    for path in (board / "results").glob("taichi-hd-copy-source.*"):
        path.unlink()

    assert command("--check") == 1
    out = capsys.readouterr().out
    assert "table.csv: line 3 differs\n  committed: taichi-hd-mini,copy-source,anchor" in out


def test_check_names_a_damaged_result(command, board, capsys):
    command()
    (board / "results" / "taichi-hd-fomm.json").write_text("{")

    assert command("--check") == 1
    assert "taichi-hd-fomm.json: invalid JSON" in capsys.readouterr().out


def test_check_names_removed_per_clip_values(command, board, capsys):
    command()
    (board / "results" / "taichi-hd-fomm.clips.csv").unlink()

    assert command("--check") == 1
    assert "taichi-hd-fomm.clips.csv: missing" in capsys.readouterr().out


def test_check_sees_an_edited_readme_section_only(command, tmp_path, capsys):
    command()
    readme = tmp_path / "README.md"
    good = readme.read_text()

    readme.write_text(good + "A new paragraph.\n")
    assert command("--check") == 0

    readme.write_text(good.replace("0.2500", "0.1500"))
    assert command("--check") == 1
    assert "0.1500" in capsys.readouterr().out


def test_what_a_killed_build_left_is_removed(command, board):
    command()
    (board / ".table.md.part").write_text("half")
    assert command("--check") == 1
    assert command() == 0
    assert command("--check") == 0


def test_submissions_join_the_board_without_being_copied(command, board, scores, result):
    submit(scores, result("mine", status="submitted"))

    assert command() == 0

    assert "taichi-hd-mini,mine,submitted," in (board / "table.csv").read_text()
    assert not list((board / "results").glob("*mine*"))
    assert command("--check") == 0


def test_the_board_can_be_its_own_source(command, board):
    command()
    before = contents(board)

    assert command("--scores", str(board / "results")) == 0
    assert contents(board) == before


@pytest.mark.parametrize("module", ["build", "band", "study"])
def test_neither_torch_nor_a_locale_is_needed(module, tmp_path):
    code = (
        f"import sys, leaderboards.{module}\n"
        "assert not {'torch', 'cv2', 'av', 'baselines', 'fomm'} & set(sys.modules), 'heavy import'"
    )
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
