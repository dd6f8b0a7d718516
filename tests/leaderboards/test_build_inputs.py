"""What lies beside the scores is kept with the board; whatever else lies there is named."""

import json

import pytest

from tests.leaderboards.boards import contents, submit
from tests.leaderboards.galleries import write_gallery

LOSSES = "step,loss\n1,0.5\n"


@pytest.fixture
def work(tmp_path):
    """Losses of three trainings and a gallery, as the pipeline leaves them."""
    (tmp_path / "train").mkdir()
    for name in ("taichi-hd-fomm", "taichi-hd-gone", "mgif-fomm"):
        (tmp_path / "train" / f"{name}-loss.csv").write_text(LOSSES)
        (tmp_path / "train" / f"{name}.safetensors").write_bytes(b"weights")
    write_gallery(tmp_path / "gallery", methods=("fomm",))
    (tmp_path / "gallery" / "mgif").mkdir()
    (tmp_path / "gallery" / "mgif" / "gallery.json").write_text("of a data set without results")
    (tmp_path / "gallery" / "taichi-hd" / "unlisted.webp").write_bytes(b"of an older gallery")
    (tmp_path / "gallery" / "taichi-hd" / "notes.txt").write_text("no")
    return tmp_path


def inputs(board):
    names = (path for path in contents(board) if path.parts[0] in ("training", "gallery"))
    return sorted(map(str, names))


def test_losses_of_scored_methods_and_the_gallery_are_copied(work, command, board):
    assert command() == 0

    listed = json.loads((work / "gallery" / "taichi-hd" / "gallery.json").read_text())
    tiles = [tile["file"] for scene in listed["scenes"] for tile in scene["tiles"]]
    named = sorted(f"gallery/taichi-hd/{file}" for file in ["gallery.json", *filter(None, tiles)])
    assert inputs(board) == [*named, "training/taichi-hd-fomm.csv"]
    for name in named:
        assert (board / name).read_bytes() == (work / name).read_bytes()
    assert (board / "training" / "taichi-hd-fomm.csv").read_text() == LOSSES
    assert command("--check") == 0


def test_the_board_can_be_its_own_source(work, command, board):
    command()
    before = contents(board)

    assert command("--scores", str(board / "results")) == 0
    assert contents(board) == before


def test_what_is_gone_leaves_the_board(work, command, board):
    command()
    for path in [*(work / "train").iterdir(), *(work / "gallery").rglob("*.*")]:
        path.unlink()

    assert command() == 0
    assert inputs(board) == []
    assert not (board / "gallery").exists()
    assert command("--check") == 0


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "site/old.html",
        "gallery/taichi-hd/x.txt",
        "results/x.provenance.json",
        "training/y.csv",
    ],
)
def test_check_names_what_does_not_belong(work, command, board, capsys, name):
    command()
    (board / name).parent.mkdir(exist_ok=True)
    (board / name).write_text("?")
    capsys.readouterr()

    assert command("--check") == 1
    assert f"{board / name}: the results give no such file" in capsys.readouterr().out


def test_a_folder_that_is_no_board_loses_nothing(work, command, tmp_path):
    mine = tmp_path / "project" / "metrics" / "code.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("{}")

    assert command("--out", str(tmp_path / "project")) == 0
    assert mine.read_text() == "{}"


def test_small_metrics_are_those_of_the_readme(command, board, scores, result):
    scores(
        result(
            "fomm",
            figures={"l1@clip": 0.1 + 0.2, "akd@clean": "no faces", "flow-epe": 2.5, "ssim": 0.5},
        ),
        name="scores",
    )
    submit(scores, result("theirs", status="submitted"))

    assert command() == 0
    text = (board / "metrics" / "taichi-hd-fomm.json").read_text()
    assert text == '{\n "L1": 0.30000000000000004,\n "Flow EPE": 2.5\n}\n'
    assert list(json.loads(text)) == ["L1", "Flow EPE"]
    assert [path.name for path in (board / "metrics").iterdir()] == ["taichi-hd-fomm.json"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"profile": "full"}, "is of taichi-hd, full; expected taichi-hd, mini"),
        ({"dataset": "mgif"}, "is of mgif, mini; expected taichi-hd, mini"),
        ({"size": -1}, "size: "),
    ],
)
def test_a_gallery_of_something_else_is_refused(work, command, board, capsys, changes, message):
    path = work / "gallery" / "taichi-hd" / "gallery.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    assert command() == 2
    assert f"gallery.json: {message}" in capsys.readouterr().err
    assert not board.exists()


@pytest.mark.parametrize("text", ["[]", "{", ""])
def test_a_damaged_gallery_is_refused(work, command, board, capsys, text):
    (work / "gallery" / "taichi-hd" / "gallery.json").write_text(text)

    assert command() == 2
    assert "gallery.json: the file: " in capsys.readouterr().err
    assert not board.exists()
