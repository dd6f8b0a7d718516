"""What a change may do to what was there before it, in a repository of git."""

import json
import re
import shutil

import pytest

from datasets.registry import UsageError
from leaderboards.git_base import find_base
from leaderboards.submitted_scope import touched
from leaderboards.validate import main
from metrics.result import read_clips
from tests.leaderboards.submitted import (
    change_clips,
    change_result,
    git,
    problems,
    sha,
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


def figure(mine, metric="fd-efflite0"):
    return json.loads((mine / "result.json").read_text())["metrics"][metric]


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
    value = figure(mine)["value"]
    shift(mine)
    lines = found(repository)
    assert len(lines) == 1
    text = (
        f"mine/result.json: changed without a new revision: metrics: fd-efflite0: value was {value}"
    )
    assert text in lines[0]
    assert "--update" in lines[0]

    revise(mine)
    assert found(repository) == []


def digests(mine):
    path = mine / "predictions.csv"
    path.write_text(re.sub("[0-9a-f]{64}", lambda old: sha(old[0]), path.read_text()))


def json_edit(change):
    return lambda mine: change_result(mine / "result.json", change)


def clip_edit(mine):
    def change(rows):
        rows[0].values["mkr@clean"] = 0.5
        return rows

    change_clips(mine / "result.clips.csv", change)


def paired(node):
    node["paired"]["copy-source"]["akd@clean"].update(difference=-99.0, lo=-99.5, hi=-98.5)


def narrower(node):
    found = node["metrics"]["akd@clean"]
    found["lo"] = (found["lo"] + found["value"]) / 2


SILENT = {
    "digests": (digests, "predictions.csv", "taichi-0048#000001#000026.mkv: sha256 was '"),
    "clips": (clip_edit, "result.clips.csv", "values: mkr@clean was {mkr}, is 0.5"),
    "extractors": (
        json_edit(lambda node: node.update(extractors={}, slots={})),
        "result.json",
        "extractors: efflite0 was '5793",
    ),
    "paired": (json_edit(paired), "result.json", "paired: copy-source: akd@clean: difference was"),
    "interval": (
        json_edit(narrower),
        "result.json",
        "metrics: akd@clean: lo was {lo}",
    ),
    "reason": (
        json_edit(lambda node: node["metrics"]["fid"].update(reason="none")),
        "result.json",
        'metrics: fid: reason was "weights',
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_nothing_else_changes_in_silence(repository, mine, name):
    change, file, text = SILENT[name]
    mkr = read_clips(mine / "result.clips.csv")[0].values["mkr@clean"]
    text = text.format(mkr=mkr, lo=figure(mine, "akd@clean")["lo"])
    change(mine)
    lines = [line for line in found(repository) if "changed without a new revision" in line]
    assert len(lines) == 1
    assert f"mine/{file}: " in lines[0] and text in lines[0]
    revise(mine)
    assert not [line for line in found(repository) if "without a new revision" in line]


def test_a_task_that_is_added_is_somebodys(repository, mine, tmp_path):
    other = submission(tmp_path, tasks=("animation-relative",))
    shutil.copytree(other / "animation-relative", mine / "animation-relative")
    assert found(repository) == []
    said = warnings(mine, repository=repository, base="main")
    text = "animation-relative: adds animation-relative to A B's submission; its authors should"
    assert any(text in line for line in said), said


def test_a_new_revision_is_somebodys(repository, mine):
    """Who replaces a row need not be who made it."""
    revise(mine)
    said = warnings(mine, repository=repository, base="main")
    text = "method.toml: replaces A B's submission of mine; its authors should agree"
    assert any(text in line for line in said), said


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


def test_whatever_else_changes_is_named(repository):
    """A request that looks like a submission may bring code along."""
    named = ("README.md", ".github/workflows/validate.yml", "leaderboards/build.py")
    boards = ("mini/board/table.md", "mini/board/site/index.html", "full/board/table.csv")
    submission(repository / "leaderboards/v1/submitted", method="new")
    named = (*named, "leaderboards/v1/submitted/x/y")
    for path in (*named, *(f"leaderboards/v1/{board}" for board in boards)):
        write(repository / path, "x")
    git(repository, "add", "--all")
    write(repository / "predictions/of-mine.mkv", "x")
    folder = repository / "leaderboards/v1/submitted/taichi-hd-mini"
    assert problems(folder, repository=repository, base="main") == []
    said = [w.split(": ") for w in warnings(folder, repository=repository, base="main")]
    assert [file for file, text in said if "is no part of a submission" in text] == sorted(named)
    assert [(file, text[:7]) for file, text in said if "built after the merge" in text] == [
        ("leaderboards/v1/full/board", "1 of it"),
        ("leaderboards/v1/mini/board", "2 of it"),
    ]


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
    before = figure(mine)["value"]
    shift(mine)
    shown = [f"{value:#.4g}" for value in (before, figure(mine)["value"])]
    options = ["--repository", str(repository), "--base", "main", "--report"]
    assert main([str(mine), *options]) == 0
    text = capsys.readouterr().out
    assert shown[0] != shown[1]
    assert ["FD", "(EfficientNet-Lite0)", "↓", *shown] in map(str.split, text.splitlines())
    assert text.count("An update that changes no score.") == 1, "of the animation"


def test_a_submission_elsewhere_has_no_history(repository, tmp_path):
    folder = submission(tmp_path / "elsewhere")
    assert main([str(folder), "--repository", str(repository), "--base", "main"]) == 2
