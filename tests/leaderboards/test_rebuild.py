"""Every committed board and study, of every version, is what its own results give."""

from pathlib import Path

import pytest

from datasets.registry import PROFILES, VERSION
from leaderboards import study
from leaderboards.check import differences
from leaderboards.readme import markers

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "leaderboards").glob("v*/studies/*.md"))
BOARDS = sorted(path for path in (ROOT / "leaderboards").glob("v*/*/board") if path.is_dir())


def in_readme(version: str, profile: str) -> bool:
    begin = markers("taichi-hd", version=version, profile=profile)[0]
    readme = ROOT / "README.md"
    return readme.is_file() and begin in readme.read_text(encoding="utf-8")


def test_there_are_boards_of_both_profiles():
    found = {board.parts[-3:-1] for board in BOARDS}
    wanted = {(VERSION, profile) for profile in PROFILES}
    assert wanted <= found, "a committed board is missing; build it by 'dvc repro leaderboard'"


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: "-".join(path.parts[-3:-1]))
def test_a_committed_board_rebuilds(board):
    version, profile = board.parts[-3:-1]
    shown = version == VERSION and in_readme(version, profile)

    found = differences(
        board,
        profile=profile,
        submitted=board.parents[1] / "submitted",
        splits=ROOT / "datasets" / "splits",
        readme_file=ROOT / "README.md" if shown else None,
        version=version,
    )

    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", STUDIES, ids=lambda path: path.stem)
def test_a_committed_study_rebuilds(page):
    kind = study.kind_of(page)
    if kind is None:
        assert page.stem == "README", f"{page}: of no kind of study"
        return

    found = study.differences(kind, out=page)

    assert not found, "\n".join(found)
