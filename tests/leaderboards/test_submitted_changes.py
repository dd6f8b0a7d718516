"""What a change may do to what was there before it, in a repository of git."""

import shutil

import pytest

from datasets.registry import UsageError
from leaderboards.git_base import find_base
from leaderboards.submitted_changes import touched
from leaderboards.validate import main
from tests.leaderboards.submitted import (
    change_result,
    git,
    problems,
    submission,
    suite,
    warnings,
    write,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository with one submission of two tasks on ``main``, and a branch ``change``."""
    root = suite(tmp_path_factory.mktemp("suite"))
    submission(root / "leaderboards/v1/submitted", tasks=("reconstruction", "animation-absolute"))
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=a submission")
    git(root, "switch", "--quiet", "--create", "change")
    return root


@pytest.fixture
def repository(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository")


@pytest.fixture
def mine(repository):
    return repository / "leaderboards/v1/submitted/taichi-hd-mini/mine"


def found(repository, base="main"):
    return problems(repository / "leaderboards/v1/submitted", repository=repository, base=base)


def revise(mine, why="a bug of ours"):
    path = mine / "method.toml"
    path.write_text(path.read_text() + f'revision = 2\nchanges = ["{why}"]\n')


def shift(mine):
    """Other predictions: every value and its ends half a percent up, consistently."""
    path = mine / "result.json"

    def up(node):
        figure = node["metrics"]["fd-efflite0"]
        figure["value"] *= 1.005

    change_result(path, up)


def test_a_new_submission_is_no_change_of_another(repository):
    submission(repository / "leaderboards/v1/submitted", method="new", salt="new")
    assert found(repository) == []
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=new")
    assert found(repository) == []


def test_a_score_does_not_change_in_silence(repository, mine):
    shift(mine)
    lines = found(repository)
    assert len(lines) == 1
    assert "mine/result.json: changed without a new revision: fd-efflite0 was 171.6" in lines[0]
    assert "--update" in lines[0]

    revise(mine)
    assert found(repository) == []


def test_the_last_digits_may_change(repository, mine):
    change_result(
        mine / "result.json",
        lambda node: node["metrics"]["fd-efflite0"].update(
            value=node["metrics"]["fd-efflite0"]["value"] * (1 + 1e-11)
        ),
    )
    assert found(repository) == []


def test_reasons_are_kept_and_revisions_count(repository, mine):
    revise(mine)
    git(repository, "commit", "--quiet", "--all", "--message=2")
    git(repository, "branch", "--force", "base")
    path = mine / "method.toml"
    path.write_text(path.read_text().replace("a bug of ours", "nothing"))
    assert any("the reasons of earlier revisions are kept" in t for t in found(repository, "base"))
    text = path.read_text().replace("revision = 2", "revision = 4")
    path.write_text(text.replace('["nothing"]', '["a bug of ours", "x", "y"]'))
    assert any("revision 4 follows 2" in line for line in found(repository, "base"))


def test_nothing_is_removed(repository, mine):
    shutil.rmtree(mine / "animation-absolute")
    assert any("mine: animation-absolute was removed" in line for line in found(repository))
    shutil.rmtree(mine)
    assert any("mine: the submission was removed" in line for line in found(repository))


def test_the_split_stays(repository, mine):
    revise(mine)
    for path in (repository / "datasets/splits/v1").glob("taichi-hd-mini.toml"):
        text = path.read_text().replace("taichi-hd-mini@v1", "taichi-hd-mini@v1-lite")
        path.with_name("taichi-hd-mini.lite.toml").write_text(text)
    change_result(
        mine / "result.json", lambda node: node["split"].update(id="taichi-hd-mini@v1-lite")
    )
    assert any("the split taichi-hd-mini@v1 was removed" in line for line in found(repository))


@pytest.mark.parametrize(
    "path",
    [
        "datasets/splits/v1/taichi-hd-mini.toml",
        "leaderboards/v1/methods/fomm.toml",
        "leaderboards/v1/mini/board/results/taichi-hd-fomm.json",
        "leaderboards/v1/metrics.json",
    ],
)
def test_frozen_files_and_results_of_ours_are_left_alone(repository, path):
    with (repository / path).open("a") as file:
        file.write("\n")
    assert any(
        line == f"{path}: changed; a submission must leave it as it is"
        for line in found(repository)
    )


@pytest.mark.parametrize("path", ["reported.csv", "full/board/results/a", "schema/x"])
def test_frozen_files_are_not_added(repository, path):
    write(repository / "leaderboards/v1" / path, "x")
    assert any(line.startswith(f"leaderboards/v1/{path}: changed;") for line in found(repository))


def test_derived_files_of_a_board_may_change(repository):
    write(repository / "leaderboards/v1/mini/board/table.md", "x")
    write(repository / "README.md", "x")
    assert found(repository) == []


def test_one_change_is_of_one_method(repository, mine):
    for name in ("one", "two"):
        submission(repository / "leaderboards/v1/submitted", method=name, salt=name)
    assert [line for line in found(repository) if "several methods (one, two)" in line]
    base = find_base(repository, "main")
    assert [path.name for path in touched(base, "v1")] == ["one", "two"]


def test_a_change_of_hands_is_pointed_out(repository, mine):
    path = mine / "method.toml"
    path.write_text(path.read_text().replace("https://example.org/p", "https://example.org/q"))
    said = warnings(mine, repository=repository, base="main")
    assert any("paper changed: is this still the same owner?" in line for line in said)


def test_the_base_is_the_merge_base(repository, mine):
    """What happened on main since is no change of this branch."""
    git(repository, "switch", "--quiet", "main")
    shift(mine)
    git(repository, "commit", "--quiet", "--all", "--message=later")
    git(repository, "switch", "--quiet", "change")
    assert found(repository) == []


@pytest.mark.parametrize("base", ["nowhere", "--output=/tmp/x", "main:leaderboards", "", "-h"])
def test_a_base_that_is_no_commit_is_refused(repository, base):
    with pytest.raises(UsageError, match="--base: git rev-parse"):
        find_base(repository, base)


def test_an_update_is_shown_old_against_new(repository, mine, capsys):
    revise(mine)
    shift(mine)
    options = ["--repository", str(repository), "--base", "main", "--markdown"]
    assert main([str(mine), *options]) == 0
    text = capsys.readouterr().out
    assert "| FD (EfficientNet-Lite0) ↓ | 171.6 | 172.5 |" in text
    assert text.count("An update that changes no score.") == 1, "of the animation"


def test_a_submission_elsewhere_has_no_history(repository, tmp_path):
    folder = submission(tmp_path / "elsewhere")
    assert main([str(folder), "--repository", str(repository), "--base", "main"]) == 2
