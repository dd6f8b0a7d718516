"""Submitting and scoring again; what scores is stood in for, but for the walk-through."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboards import rescore, scoring, submit
from leaderboards.card import read_card
from leaderboards.rescore import Difference, table
from leaderboards.submission import TASK_FILES, read_predictions
from metrics.result import read_clips, read_result
from tests.leaderboards.submitted import ROOT, change_clips, change_result, row, submission

PAPER, CODE = "https://example.org/paper", "https://example.org/code"


@pytest.fixture
def predictions(tmp_path):
    """A folder with a file for every clip, and one that is of none."""
    folder = tmp_path / "predictions"
    folder.mkdir()
    for clip in read_clips(row("reconstruction", "taichi-hd", "x2face").with_suffix(".clips.csv")):
        for ending in (".mkv", ".motion.npz"):
            (folder / f"{clip.clip_id}{ending}").write_text(clip.clip_id + ending)
    (folder / "method.json").write_text("{}")
    (folder / "other.mkv").write_text("of another split")
    return folder


@pytest.fixture
def evaluated(monkeypatch, tmp_path):
    """Stand in for metrics.eval: it scores as our X2Face did; returns the commands it was given."""
    commands = []
    state = {"status": 0, "change": lambda path: None}

    def run(command, *, check):
        commands.append(command)
        assert command[:3] == [sys.executable, "-m", "metrics.eval"]
        given = dict(part.split("=", 1) for part in command[3:] if "=" in part)
        if not state["status"]:
            home = submission(
                tmp_path / "scored", method=given["--method"], tasks=(given["--task"],)
            )
            task = "" if given["--task"] == "reconstruction" else given["--task"]
            out = Path(given["--out"], task)
            out.mkdir(parents=True, exist_ok=True)
            stem = out / f"{given['--dataset']}-{given['--method']}"
            for name, ending in zip(
                TASK_FILES, (".json", ".clips.csv", ".provenance.json"), strict=False
            ):
                Path(f"{stem}{ending}").write_bytes((home / task / name).read_bytes())
            where = Path(f"{stem}.provenance.json")
            told = json.loads(where.read_text()) | {"command": command[2:], "host": "secret"}
            where.write_text(json.dumps(told))
            state["change"](stem)
        return subprocess.CompletedProcess(command, state["status"])

    monkeypatch.setattr(scoring.subprocess, "run", run)
    run.commands, run.state = commands, state
    return run


@pytest.fixture
def command(predictions, tmp_path):
    def run(*more, told=("--paper", PAPER, "--code", CODE, "--license", "MIT")):
        fixed = ["--method", "mine", "--dataset", "taichi-hd", "--repository", str(ROOT)]
        where = ["--predictions", str(predictions), "--out", str(tmp_path / "submitted")]
        return submit.main([*fixed, *where, *told, *more])

    return run


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "submitted" / "taichi-hd-mini" / "mine"


def test_a_submission_is_made_and_checked(command, evaluated, mine, predictions, capsys):
    assert command("--title", "Mine; $(rm)", "--authors", "A B", "C D", "--year", "2026") == 0
    out = capsys.readouterr().out
    assert f"wrote {mine}" in out
    assert "1 submissions checked: 0 problems" in out
    assert f"git add {mine}" in out
    assert {path.name for path in mine.iterdir()} == {*TASK_FILES, "method.toml"}
    card = read_card(mine / "method.toml")
    assert (card.title, card.authors, card.year) == ("Mine; $(rm)", ("A B", "C D"), 2026)
    assert (card.paper, card.code, card.license, card.revision) == (PAPER, CODE, "MIT", 1)
    assert read_result(mine / "result.json").status == "submitted"
    files = read_predictions(mine / "predictions.csv")
    assert len(files) == 56
    assert all((predictions / one.file).stat().st_size == one.bytes for one in files)


def test_the_machine_it_was_made_on_is_nobodys_business(command, evaluated, mine, predictions):
    assert command() == 0
    text = (mine / "result.provenance.json").read_text()
    assert "secret" not in text and str(predictions) not in text
    assert json.loads(text)["command"][-2:] == ["--predictions=PREDICTIONS", "--out=OUT"]


def test_what_scoring_refuses_is_passed_on(command, evaluated, mine, capsys):
    evaluated.state["status"] = 1
    assert command() == 1
    evaluated.state["status"] = 2
    assert command() == 2
    assert not mine.exists()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("method", ["fomm", "Monkey_Net", "../x", "a b", ""])
def test_a_name_that_cannot_be_is_refused_before_anything_is_scored(
    evaluated, tmp_path, method, capsys
):
    told = ["--paper", PAPER, "--code", CODE, "--license", "MIT", "--repository", str(ROOT)]
    where = ["--predictions", str(tmp_path), "--out", str(tmp_path / "submitted")]
    options = [f"--method={method}", "--dataset", "taichi-hd"]
    assert submit.main([*options, *where, *told]) == 2
    assert evaluated.commands == []
    assert not (tmp_path / "submitted").exists()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ((), "--paper, --code, --license must be given"),
        (("--paper", "", "--code", "", "--license", "MIT"), "neither a paper nor code"),
        (("--paper", "x", "--code", CODE, "--license", "MIT"), "the card: paper: string should"),
    ],
)
def test_a_card_must_say_whose_it_is(command, evaluated, capsys, told, message):
    assert command(told=told) == 2
    assert message in capsys.readouterr().err
    assert evaluated.commands == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path, "entry.bib: there is no such file; name a text file with the entry"),
        (lambda path: Path("/dev/zero"), "/dev/zero: is no regular file; name a text file"),
        (lambda path: path.parent, "is no regular file"),
        (lambda path: path.write_bytes(b"a" * 16_001) and path, "entry.bib: larger than"),
        (lambda path: path.write_bytes(b"\xff") and path, "entry.bib: is no text in UTF-8"),
    ],
)
def test_the_entry_to_cite_is_a_small_text_file(
    command, evaluated, tmp_path, capsys, make, message
):
    assert command("--bibtex", str(make(tmp_path / "entry.bib"))) == 2
    assert message in capsys.readouterr().err
    assert evaluated.commands == []


def test_the_title_of_somebody_else_is_refused_before_anything_is_scored(
    command, evaluated, capsys
):
    assert command("--title", "First Order Motion Model") == 2
    assert "reads as that of our fomm" in capsys.readouterr().err
    assert evaluated.commands == []


def test_an_earlier_one_is_only_replaced_for_a_reason(command, evaluated, mine, capsys):
    assert command() == 0
    before = {path.name: path.read_bytes() for path in mine.iterdir()}
    assert command() == 2
    assert "is there already; pass --update 'why'" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in mine.iterdir()} == before

    assert command("--update", "the first was blurred", told=()) == 0
    card = read_card(mine / "method.toml")
    assert (card.revision, card.changes) == (2, ("the first was blurred",))
    assert card.paper == PAPER, "what is not said again stays"
    assert command("--update", "again", "--title", "Mine", told=()) == 0
    assert read_card(mine / "method.toml").changes == ("the first was blurred", "again")
    assert not list(mine.parent.glob(".*"))


def test_there_must_be_something_to_update(command, evaluated, capsys):
    assert command("--update", "why") == 2
    assert "nothing to --update" in capsys.readouterr().err


def test_another_task_joins_the_folder(command, evaluated, mine, predictions):
    assert command() == 0
    clips = row("animation-relative", "taichi-hd", "x2face").with_suffix(".clips.csv")
    for clip in read_clips(clips):
        (predictions / f"{clip.clip_id}.mkv").write_text("animated")
        (predictions / f"{clip.clip_id}.motion.npz").write_text("moved")
    assert command("--task", "animation-relative", told=()) == 0
    assert {path.name for path in (mine / "animation-relative").iterdir()} == set(TASK_FILES)
    assert read_card(mine / "method.toml").revision == 1


def test_a_killed_run_leaves_the_earlier_one(command, evaluated, mine, monkeypatch):
    assert command() == 0
    before = (mine / "method.toml").read_bytes()

    def fail(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(submit.shutil, "copytree", fail)
    assert command("--update", "why", told=()) == 2
    assert (mine / "method.toml").read_bytes() == before
    assert not list(mine.parent.glob(".*"))


def test_arguments_are_passed_on(command, evaluated):
    assert command("--", "--allow-missing", "--device=cpu") == 0
    assert evaluated.commands[0][-2:] == ["--allow-missing", "--device=cpu"]


@pytest.fixture
def again(mine, predictions):
    def run(*more):
        return rescore.main([str(mine), "--predictions", str(predictions), *more])

    return run


def test_the_same_predictions_give_the_same_numbers(command, evaluated, again, capsys):
    assert command() == 0
    assert again() == 0
    assert "the same predictions give the same numbers (within 1e-06)" in capsys.readouterr().out
    assert "--no-cache" in evaluated.commands[-1]


def test_another_file_is_named_and_nothing_is_scored(
    command, evaluated, again, predictions, capsys
):
    assert command() == 0
    evaluated.commands.clear()
    first, second, *_ = sorted(predictions.glob("taichi-*.mkv"))
    first.write_text("another")
    second.unlink()
    assert again() == 1
    out = capsys.readouterr().out
    assert f"{first}: is another file (sha256 " in out
    assert f"{second}: missing" in out
    assert evaluated.commands == []


def test_a_number_that_is_another_is_shown(command, evaluated, again, capsys):
    assert command() == 0

    def change(stem):
        path = Path(f"{stem}.json")
        change_result(path, lambda node: node["metrics"]["fd-efflite0"].update(value=300.0))

        def up(rows):
            rows[0].values["psnr"] += 1e-3
            return rows

        change_clips(Path(f"{stem}.clips.csv"), up)

    evaluated.state["change"] = change
    assert again() == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[-3:]]
    assert lines[0] == ["what", "submitted", "now"]
    assert [line[0] for line in lines[1:]] == ["fd-efflite0", "psnr"]
    assert again("--epsilon", "1e-3") == 1
    assert "psnr" not in capsys.readouterr().out


def test_what_is_no_submission_is_not_scored(evaluated, tmp_path, capsys):
    assert rescore.main([str(tmp_path / "none"), "--predictions", str(tmp_path)]) == 2
    assert "none: there is nothing" in capsys.readouterr().err


def test_long_tables_are_cut():
    found = [Difference(f"l1@clip of {n}", None, 0.5) for n in range(100)]
    lines = table(found).splitlines()
    assert len(lines) == 42
    assert lines[1].split() == ["l1@clip", "of", "0", "none", "0.5"]
    assert lines[-1] == "and 60 more"
