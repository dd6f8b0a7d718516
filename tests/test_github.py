"""Forms and workflows: valid, with a token that may do little, and of commands that exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from datasets.registry import DATASETS, PROFILES, shown_name
from leaderboards.tasks import TASKS
from leaderboards.validate import _parser
from tests.leaderboards.submitted import git, submission, suite

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
VALIDATE = GITHUB / "workflows" / "validate.yml"
MARK = "<!-- leaderboards.validate -->"
FORMS = [
    path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"
]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def job(name: str) -> Any:
    return read(VALIDATE)["jobs"][name]


def script(word: str) -> str:
    """The commands of the step of ``report`` that has ``word``."""
    return next(step["run"] for step in job("report")["steps"] if word in step.get("run", ""))


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_files_are_valid(schema: str, paths: list[Path]) -> None:
    assert paths
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_jobs_end_and_actions_are_pinned(path: Path) -> None:
    for job in read(path)["jobs"].values():
        assert job["timeout-minutes"] <= 20
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_of_a_pull_request_is_put_into_a_script(path: Path) -> None:
    """Names of branches are text of strangers: they come as variables, never as code."""
    for step in steps(path):
        script = step.get("run", "") + step.get("with", {}).get("script", "")
        assert "${{" not in script, "pass it by env"


def test_tokens_may_do_little() -> None:
    assert [path.stem for path in WORKFLOWS] == ["validate"]
    assert read(VALIDATE)["permissions"] == {}
    assert job("report")["permissions"] == {"contents": "read"}
    assert job("comment")["permissions"] == {"pull-requests": "write"}
    used = [step.get("uses", "run").split("@")[0] for step in job("comment")["steps"]]
    assert used == ["actions/download-artifact", "actions/github-script"], (
        "what may write must not come near what strangers sent"
    )
    checkouts = [step["with"] for step in job("report")["steps"] if "ref" in step.get("with", {})]
    assert [at.pop("path") for at in checkouts] == ["suite", "change"]
    for at, whose in zip(checkouts, ("base", "head"), strict=True):
        assert at["ref"] == f"${{{{ github.event.pull_request.{whose}.sha }}}}"
        assert at["persist-credentials"] is False
    assert "secrets" not in VALIDATE.read_text(encoding="utf-8")


def test_the_code_that_runs_is_that_of_the_branch_it_is_sent_to() -> None:
    """A request brings its own workflow along, and under ``pull_request`` that one would run."""
    triggers = read(VALIDATE)[True]
    assert triggers == {"pull_request_target": {"paths": ["leaderboards/v1/submitted/**"]}}
    for step in job("report")["steps"]:
        for line in step.get("run", "").splitlines():
            if "python" in line and "pip install" not in line:
                assert line.split()[:3] == ["python", "-P", "-m"]
                assert step["env"]["PYTHONPATH"] == "${{ github.workspace }}/suite"
            assert not re.search(r"(^|[\s;&|])(\./|make|bash|sh|source|git)\b", line)


def test_the_workflow_runs_commands_that_exist() -> None:
    line = next(line for line in script("validate").splitlines() if "validate" in line)
    words = shlex.split(line.split(">")[0])
    at = words.index("-m")
    assert find_spec(words[at + 1]) is not None
    args = _parser().parse_args(words[at + 2 :])
    assert args.report and args.base and args.path == [Path("leaderboards/v1/submitted")]


def test_the_workflow_installs_what_is_needed() -> None:
    given = set(shlex.split(script("pip install"))[4:-2])
    code = (
        "import sys\nbefore = set(sys.modules)\n"
        "import leaderboards.build, leaderboards.validate\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"av", "cv2", "joblib", "pandas", "rich", "skimage", "sklearn"}
    known = heavy | {"jinja2", "matplotlib", "numpy", "pydantic", "safetensors", "scipy", "torch"}
    found = done.stdout.replace("PIL", "pillow").split()
    assert {name for name in found if name in known | {"pillow", "yaml"}} == given


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """``suite`` is this checkout, ``change`` a request that submits, and brings programs along."""
    (tmp_path / "suite").symlink_to(ROOT)
    change = suite(tmp_path / "change")
    git(change, "switch", "--quiet", "--create", "change")
    submission(change / "leaderboards" / "v1" / "submitted")
    evil = f"open({str(tmp_path / 'harmed')!r}, 'w')\n"
    for name in ("json.py", "sitecustomize.py", "leaderboards/__init__.py", "pydantic/__init__.py"):
        path = change / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(evil)
    (change / "leaderboards" / "validate.py").write_text(evil)
    git(change, "add", "--all")
    git(change, "commit", "--quiet", "--message=mine")
    return tmp_path


def test_nothing_that_a_request_brings_along_is_run(workspace: Path) -> None:
    programs = workspace / "bin"
    programs.mkdir()
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)
    variables = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(workspace / "suite"),
        "BASE": "main",
    }
    command = ["bash", "-e", "-c", script("leaderboards.validate")]
    subprocess.run(command, cwd=workspace / "change", env=os.environ | variables, check=True)
    text = (workspace / "report" / "report.txt").read_text(encoding="utf-8")
    assert text.startswith("1 submissions: 0 problems, 5 warnings\n")
    assert "warning: leaderboards/validate.py: changed; is no part of a submission" in text
    assert "\nmine on taichi-hd-mini, reconstruction\n" in text
    assert not (workspace / "harmed").exists()


def test_the_form_offers_what_there_is() -> None:
    form = {part["id"]: part["attributes"] for part in read(FORMS[-1])["body"] if "id" in part}
    shown = [shown_name(name, profile) for profile in PROFILES for name in DATASETS]
    assert sorted(form["datasets"]["options"]) == sorted(shown)
    assert form["tasks"]["options"] == list(TASKS)


def test_the_template_names_commands_that_exist() -> None:
    text = (GITHUB / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    modules = re.findall(r"python -m ([\w.]+)", text)
    assert modules == ["leaderboards.submit", "leaderboards.validate"]
    assert all(find_spec(module) for module in modules)
    targets = re.findall(r"`make (\w+)`", text)
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets and all(
        re.search(rf"^{target}:", made, flags=re.MULTILINE) for target in targets
    )


HARNESS = """
const posted = [];
const context = {
  repo: {owner: 'o', repo: 'r'},
  payload: {pull_request: {number: 12, head: {sha: 'abc'}}},
};
const github = {
  paginate: async () => COMMENTS,
  rest: {
    issues: {
      listComments: null,
      createComment: async (said) => posted.push({create: said}),
      updateComment: async (said) => posted.push({update: said}),
    },
  },
};
(async () => { SCRIPT })().then(() => console.log(JSON.stringify(posted)));
"""


def posted(folder: Path, report: str | None, *, comments: str = "[]") -> Any:
    """What the job ``comment`` would do with a report, told by stand-ins for GitHub."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    (folder / "report").mkdir(exist_ok=True)
    if report is not None:
        (folder / "report" / "report.txt").write_text(report, encoding="utf-8", newline="")
    code = HARNESS.replace("COMMENTS", comments)
    code = code.replace("SCRIPT", job("comment")["steps"][1]["with"]["script"])
    (folder / "run.cjs").write_text(code)
    done = subprocess.run([node, "run.cjs"], cwd=folder, capture_output=True, text=True, check=True)
    (said,) = json.loads(done.stdout)
    return said


def test_a_report_is_posted_once_and_then_updated(tmp_path: Path) -> None:
    made = posted(tmp_path, "1 submissions")["create"]
    body = f"{MARK}\nSubmission check of abc:\n\n```text\n1 submissions\n```\n"
    assert made == {"owner": "o", "repo": "r", "issue_number": 12, "body": body}
    old = {"id": 7, "user": {"login": "github-actions[bot]"}, "body": MARK}
    assert posted(tmp_path, "", comments=json.dumps([old]))["update"]["comment_id"] == 7
    forged = old | {"user": {"login": "octocat"}}
    assert "create" in posted(tmp_path, "", comments=json.dumps([forged]))


def test_a_check_that_did_not_end_is_said(tmp_path: Path) -> None:
    assert "The check could not be run." in posted(tmp_path, None)["create"]["body"]


EVIL = (
    "[details][1] ![ok][2] _@octocat_ &#64;octocat Fixes #1\n\n[1]: //evil.example/login",
    "```\n# Approved\n```",
    "\n````text\n`````\n<img src=x> @everyone\n" + "`" * 99,
    "~~~\r\n```\r```\u2028```",
    "` " * 9_000,
    "`" * 50_000,
)


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_a_report_is_a_block_of_code_whatever_it_says(tmp_path: Path, text: str) -> None:
    body = posted(tmp_path, text)["create"]["body"]
    assert len(body) <= 65_536
    html, opened, said, closed, block = MarkdownIt().parse(body)
    assert html.content.rstrip() == MARK
    assert [token.type for token in (opened, closed)] == ["paragraph_open", "paragraph_close"]
    assert said.content == "Submission check of abc:"
    lines = re.sub(r"\r\n?", "\n", text[:20_000]) + "\n"
    assert (block.type, block.content) == ("fence", lines)
