"""Forms and workflows: valid, with a token that may do little, and of commands that exist."""

from __future__ import annotations

import json
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

from datasets.registry import DATASETS, PROFILES, shown_name
from leaderboards.submitted_report import MARK
from leaderboards.tasks import TASKS
from leaderboards.validate import _parser

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [
    path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"
]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


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
    assert read(GITHUB / "workflows" / "validate.yml")["permissions"] == {"contents": "read"}
    posting = read(GITHUB / "workflows" / "comment.yml")
    assert posting["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in steps(GITHUB / "workflows" / "comment.yml") if "run" in step]
    used = {step["uses"].split("@")[0] for step in steps(GITHUB / "workflows" / "comment.yml")}
    assert "actions/checkout" not in used, "what may write must not run what strangers sent"
    for step in steps(GITHUB / "workflows" / "validate.yml"):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_the_workflow_runs_commands_that_exist() -> None:
    script = next(
        s["run"]
        for s in steps(GITHUB / "workflows" / "validate.yml")
        if "id" not in s and "leaderboards" in s.get("run", "")
    )
    line = next(line for line in script.splitlines() if "leaderboards.validate" in line)
    words = shlex.split(line.split(">")[0])
    at = words.index("-m")
    assert find_spec(words[at + 1]) is not None
    args = _parser().parse_args(words[at + 2 :])
    assert args.markdown and args.base and args.path == [Path("leaderboards/v1/submitted")]
    paths = read(GITHUB / "workflows" / "validate.yml")[True]["pull_request"]["paths"]
    assert paths == ["leaderboards/v1/submitted/**"]


def test_validation_needs_what_the_workflow_installs() -> None:
    install = next(
        s["run"] for s in steps(GITHUB / "workflows" / "validate.yml") if "pip" in s.get("run", "")
    )
    given = set(shlex.split(install)[4:-2])
    code = (
        "import sys\nbefore = set(sys.modules)\nimport leaderboards.validate\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"av", "cv2", "jinja2", "joblib", "matplotlib", "PIL", "rich", "skimage", "sklearn"}
    known = heavy | {"numpy", "pydantic", "safetensors", "scipy", "torch", "yaml"}
    assert {name for name in done.stdout.split() if name in known} == given


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
const core = {notice: (text) => posted.push({notice: text})};
const posted = [];
const context = {repo: {owner: 'o', repo: 'r'}};
const github = {
  paginate: async () => COMMENTS,
  rest: {
    pulls: {get: async () => ({data: {state: 'open', head: {sha: 'SHA'}}})},
    issues: {
      listComments: null,
      createComment: async (said) => posted.push({create: said}),
      updateComment: async (said) => posted.push({update: said}),
    },
  },
};
(async () => { SCRIPT })().then(
  () => console.log(JSON.stringify(posted)),
  (error) => { console.log(JSON.stringify([{error: error.message}])); });
"""


def posted(
    folder: Path, report: str, number: str, *, sha: str = "SHA", comments: str = "[]"
) -> Any:
    """What the script of comment.yml would do with an artifact, told by stand-ins for GitHub."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    (folder / "report").mkdir(exist_ok=True)
    (folder / "report" / "number").write_text(number)
    (folder / "report" / "report.md").write_text(report, encoding="utf-8")
    script = steps(GITHUB / "workflows" / "comment.yml")[1]["with"]["script"]
    code = HARNESS.replace("COMMENTS", comments).replace("SCRIPT", script)
    (folder / "run.cjs").write_text(code.replace("require('fs')", "require('node:fs')"))
    done = subprocess.run(
        [node, "run.cjs"],
        cwd=folder,
        env={"HEAD_SHA": sha},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)[0]


def test_a_report_is_posted_once_and_then_updated(tmp_path: Path) -> None:
    report = f"{MARK}\n## Submission check\n\n| l1@clip<br><sub>x</sub> |\n"
    made = posted(tmp_path, report, "12\n")["create"]
    assert made == {"owner": "o", "repo": "r", "issue_number": 12, "body": report}
    old = json.dumps([{"id": 7, "user": {"type": "Bot"}, "body": MARK}])
    assert posted(tmp_path, report, "12", comments=old)["update"]["comment_id"] == 7
    forged = json.dumps([{"id": 7, "user": {"type": "User"}, "body": MARK}])
    assert "create" in posted(tmp_path, report, "12", comments=forged)


@pytest.mark.parametrize("number", ["", "0", "1; x", "-3", "12e3", "9999999999", "1\n2"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    assert "no number of a pull request" in posted(tmp_path, MARK, number)["error"]


def test_a_report_of_another_commit_is_not_posted(tmp_path: Path) -> None:
    assert "notice" in posted(tmp_path, MARK, "12", sha="OTHER")


def test_a_forged_report_is_plain_text(tmp_path: Path) -> None:
    evil = (
        f"{MARK}\n<img src=x>[a](https://evil.example) @everyone www.evil.example <sub onclick=x>"
    )
    body = posted(tmp_path, evil, "12")["create"]["body"]
    assert not re.search(r"<img|\]\(|://|\s@\w|www\.e|<sub ", body)
    body = posted(tmp_path, "<script>", "12")["create"]["body"]
    assert body == f"{MARK}\nThe check could not be run."
    body = posted(tmp_path, MARK + "x" * 200_000, "12")["create"]["body"]
    assert len(body) <= 60_000
