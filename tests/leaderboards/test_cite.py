"""What is printed to be cited: the method, the data set, the suite, and the split by its digest."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from datasets.registry import DATASETS
from leaderboards.bibtex import fault
from leaderboards.cite import citation, main
from tests.leaderboards.submitted import ROOT, submission, suite

METHODS = ("fomm", "monkey-net", "x2face")
SPLITS = ROOT / "datasets" / "splits" / "v1"


def entries(text: str) -> list[str]:
    return re.findall(r"^@.*?^\}", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("profile", ["mini", "full"])
@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("method", METHODS)
def test_every_row_can_be_cited(method, dataset, profile):
    text = citation(method, dataset, profile=profile, repository=ROOT)
    found = entries(text)
    assert not [entry for entry in found if fault(entry)]
    keys = [re.match(r"@\w+\{([^,]+),", entry)[1] for entry in found]
    assert len(set(keys)) == len(keys), "nothing is cited twice"
    assert "tai-chi-hd-benchmark" in keys
    outside = text
    for entry in found:
        outside = outside.replace(entry, "")
    assert all(line.startswith("%") and "@misc" not in line for line in outside.split("\n") if line)


@pytest.mark.parametrize("name", ["taichi-hd", "taichi-hd-mini", "voxceleb", "mgif-mini"])
def test_a_split_is_cited_by_its_digest(name):
    told = tomllib.loads((SPLITS / f"{name}.toml").read_text(encoding="utf-8"))
    profile = "mini" if name.endswith("-mini") else "full"
    text = citation("fomm", name.removesuffix("-mini"), profile=profile, repository=ROOT)
    assert entries(text)[-1].splitlines()[0] == f"@misc{{{name}-v1,"
    assert f"note = {{sha256 {told['sha256']}}}" in entries(text)[-1]


def test_the_split_is_cited_as_its_own_command_does():
    command = [sys.executable, "-m", "datasets.splits", "cite", "taichi-hd@v1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert entries(citation("fomm", "taichi-hd", repository=ROOT))[-1] in done.stdout


@pytest.mark.parametrize("dataset", ["fashion", "mgif"])
def test_a_list_that_is_not_pinned_has_no_citable_id(dataset):
    text = citation("fomm", dataset, repository=ROOT)
    assert f"{dataset}@v1 has no citable id yet" in text
    assert "sha256" not in text


def test_an_anchor_is_part_of_the_suite():
    text = citation("oracle", "fashion", profile="mini", repository=ROOT)
    assert "an anchor of this suite" in text
    assert len(entries(text)) == 2


def test_a_submission_is_cited_by_its_card(tmp_path):
    root = suite(tmp_path)
    (root / "CITATION.cff").write_text((ROOT / "CITATION.cff").read_text())
    card = {"title": "50 % \\input{x}", "year": 2026, "authors": ("Ada Low",), "code": ""}
    submission(root / "leaderboards" / "v1" / "submitted", card=card)
    text = citation("mine", "taichi-hd", profile="mini", repository=root)
    first = entries(text)[0]
    assert first.splitlines()[0] == "@misc{low2026mine,"
    assert "title = {50 \\% {\\textbackslash}input\\{x\\}}" in first
    assert "url = {https://example.org/p}" in first


def test_the_command_line(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["fomm", "taichi-hd"]) == 0
    assert capsys.readouterr().out == citation("fomm", "taichi-hd", repository=ROOT)
    assert main(["gomm", "taichi-hd"]) == 2
    assert "unknown method 'gomm'; known: copy-source, fomm" in capsys.readouterr().err
    assert main(["fomm", "taichi"]) == 2
    assert "unknown dataset 'taichi'" in capsys.readouterr().err


def test_the_citation_file_is_valid():
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.citation-file-format", "CITATION.cff"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(ROOT / "CITATION.cff").is_file()
