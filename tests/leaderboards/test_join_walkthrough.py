"""CONTRIBUTING's "Join the board", command by command, with a method that is written here."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboards.submission import TASK_FILES

ROOT = Path(__file__).parents[2]
WORK = ROOT / "work" / "mini"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT[TEXT.index("## Join the board") :]
COMMANDS = re.findall(r"^\$ (.+)$", SECTION[: SECTION.index("\n## ", 5)], flags=re.MULTILINE)
METHOD = '''
"""Each frame is its clip's first one, a little less of it where the driver is dark."""

import sys
from pathlib import Path

import numpy as np

from datasets.clip_writer import write_clip
from datasets.clips import read_clip

clips, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True)
for path in sorted((clips / "test").glob("*.mkv")):
    first, driving = read_clip(path, [0])[0], read_clip(path)
    light = driving.mean(axis=(1, 2, 3)) / max(driving[0].mean(), 1.0)
    frames = np.clip(first * light[:, None, None, None], 0, 255).round().astype(np.uint8)
    write_clip(out / path.name, frames)
'''


def test_the_section_goes_from_predictions_to_a_commit() -> None:
    said = " ".join(COMMANDS)
    order = ("mine.py", "leaderboards.submit", "validate", "rescore", "git commit", "build")
    assert [said.index(word) for word in order] == sorted(said.index(word) for word in order)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what is committed; clips and pairs are those of ``make repro``, only read."""
    if not (WORK / "clips" / "taichi-hd" / "test").is_dir():
        pytest.skip(f"{WORK}/clips is not there: run make repro first")
    folder = tmp_path_factory.mktemp("join") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / "work" / "mini").mkdir(parents=True)
    for name in ("clips", "pairs"):
        (folder / "work" / "mini" / name).symlink_to((WORK / name).resolve())
    (folder / "mine.py").write_text(METHOD)
    return folder


def run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    program = sys.executable if words[0] == "python" else words[0]
    who = {
        f"GIT_{role}_{what}": "a@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    variables = os.environ | who | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [program, *words[1:]], cwd=folder, env=variables, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.pipeline
def test_a_stranger_joins_the_board(clone: Path) -> None:
    said = {command: run(command, clone) for command in COMMANDS}

    folder = clone / "leaderboards" / "v1" / "submitted" / "taichi-hd-mini" / "mine"
    assert {path.name for path in folder.iterdir()} == {*TASK_FILES, "method.toml"}
    by_word = {word: text for c, text in said.items() for word in shlex.split(c)[:3]}
    assert " 0 problems" in by_word["leaderboards.validate"]
    assert "the same numbers" in by_word["leaderboards.rescore"]

    check = run("python -m leaderboards.build --profile mini --check", clone)
    assert "same bytes" in check
    table = (clone / "leaderboards" / "v1" / "mini" / "board" / "table.csv").read_text()
    assert "\ntaichi-hd-mini,mine,submitted," in table
    assert "mine" in (clone / "README.md").read_text()
    committed = run("git show --format= --name-only HEAD", clone).split()
    assert {clone / name for name in committed} == set(folder.iterdir())
    again = "python -m leaderboards.validate leaderboards/v1/submitted --base HEAD~1 --report"
    assert "\nmine on taichi-hd-mini, reconstruction\n" in run(again, clone)

    edited = folder / "result.json"
    edited.write_text(edited.read_text().replace('"value": 0.0', '"value": 0.00', 1))
    command = [sys.executable, "-m", "leaderboards.validate", str(folder.relative_to(clone))]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "mine/result.json: " in done.stdout
