"""Boards with animations: files of their own, and nothing else changes."""

import pytest

from leaderboards.sums import SUMS
from tests.leaderboards.boards import contents, without_site

ANIMATIONS = ("animation-absolute", "animation-relative")


@pytest.fixture
def animated(command, scores, result):
    """The same with animations of both modes."""
    scores(*(result(name, task=task) for task in ANIMATIONS for name in ("fomm", "copy-source")))
    return command


def test_animations_get_files_of_their_own(animated, command, board, tmp_path):
    plain = tmp_path / "plain"
    moved = [(tmp_path / "scores" / task, tmp_path / task) for task in ANIMATIONS]
    for here, there in moved:
        here.rename(there)
    assert command("--out", str(plain)) == 0
    for here, there in moved:
        there.rename(here)

    assert animated() == 0

    made, before = without_site(board), without_site(plain)
    assert {p: made[p] for p in before if p.name != SUMS} == {
        p: data for p, data in before.items() if p.name != SUMS
    }
    assert sorted(map(str, set(made) - set(before))) == [
        "animation-paired.csv",
        "animation.csv",
        "animation.md",
        *(
            f"results/{task}/taichi-hd-{method}{suffix}"
            for task in ANIMATIONS
            for method in ("copy-source", "fomm")
            for suffix in (".clips.csv", ".json")
        ),
    ]
    for task in ANIMATIONS:
        copies = contents(board / "results" / task)
        assert copies == contents(tmp_path / "scores" / task)
    assert animated("--check") == 0


@pytest.mark.parametrize("name", ["animation.csv", "animation.md", "animation-paired.csv"])
def test_check_covers_the_files_of_animations(animated, board, capsys, name):
    animated()
    path = board / name
    path.write_text(path.read_text().replace("a", "o", 1))
    capsys.readouterr()

    assert animated("--check") == 1
    assert f"{name}: line 1 differs" in capsys.readouterr().out


def test_check_sees_an_edited_animation_result(animated, board, capsys):
    animated()
    path = board / "results" / "animation-relative" / "taichi-hd-fomm.json"
    path.write_text(path.read_text().replace('"lo": 0.125', '"lo": 0.2'))
    capsys.readouterr()

    assert animated("--check") == 1
    out = capsys.readouterr().out
    assert "animation.csv: line 4 differs" in out
    assert f"{board}/table" not in out


def test_animations_that_are_gone_leave_the_board(animated, board, tmp_path, capsys):
    animated()
    for path in (board / "results" / "animation-relative").iterdir():
        path.unlink()
    assert animated("--check") == 1
    for task in ANIMATIONS:
        for path in (tmp_path / "scores" / task).iterdir():
            path.unlink()

    assert animated() == 0

    assert not list(board.rglob("*animation*"))
    assert animated("--check") == 0


def test_check_sees_tables_of_animations_that_are_not_there(command, board, capsys):
    command()
    (board / "animation.md").write_text("# Animation\n")

    assert command("--check") == 1
    assert "animation.md: the results give no such file" in capsys.readouterr().out


def test_animations_alone_are_no_board(animated, tmp_path, capsys):
    for path in (tmp_path / "scores").glob("*.*"):
        path.unlink()

    assert animated() == 2
    assert "no score files" in capsys.readouterr().err


def test_the_board_can_be_its_own_source(animated, board):
    animated()
    before = contents(board)

    assert animated("--scores", str(board / "results")) == 0
    assert contents(board) == before
