"""What is printed to be cited: the method, the data set, the suite, and the split by its digest."""

import html
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from datasets.registry import DATASETS
from leaderboards import citation
from leaderboards.bibtex import fault
from leaderboards.cite import cite, main
from tests.leaderboards.submitted import ROOT, submission, suite

METHODS = ("fomm", "monkey-net", "x2face")
BOARD = ROOT / "leaderboards" / "v1" / "mini" / "board"
SPLITS = ROOT / "datasets" / "splits" / "v1"


def entries(text: str) -> list[str]:
    return re.findall(r"^@.*?^\}", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("profile", ["mini", "full"])
@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("method", METHODS)
def test_every_row_can_be_cited(method, dataset, profile):
    text = cite(method, dataset, profile=profile, repository=ROOT)
    found = entries(text)
    assert not [entry for entry in found if fault(entry)]
    keys = [re.match(r"@\w+\{([^,]+),", entry)[1] for entry in found]
    assert len(set(keys)) == len(keys), "nothing is cited twice"
    assert "tai-chi-hd-benchmark-v1" in keys
    outside = text
    for entry in found:
        outside = outside.replace(entry, "")
    assert all(line.startswith("%") and "@misc" not in line for line in outside.split("\n") if line)


@pytest.mark.parametrize("name", ["taichi-hd", "taichi-hd-mini", "voxceleb", "mgif-mini"])
def test_a_split_is_cited_by_its_digest(name):
    told = tomllib.loads((SPLITS / f"{name}.toml").read_text(encoding="utf-8"))
    profile = "mini" if name.endswith("-mini") else "full"
    text = cite("fomm", name.removesuffix("-mini"), profile=profile, repository=ROOT)
    assert entries(text)[-2].splitlines()[0] == f"@misc{{{name}-v1,"
    assert f"note = {{sha256 {told['sha256']}}}" in entries(text)[-2]


def test_the_split_is_cited_as_its_own_command_does():
    command = [sys.executable, "-m", "datasets.splits", "cite", "taichi-hd@v1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert entries(cite("fomm", "taichi-hd", repository=ROOT))[-2] in done.stdout


@pytest.mark.parametrize("dataset", ["fashion", "mgif"])
def test_a_list_that_is_not_pinned_has_no_citable_id(dataset):
    text = cite("fomm", dataset, repository=ROOT)
    assert f"{dataset}@v1 has no citable id yet" in text
    assert "sha256" not in text


def test_an_anchor_is_part_of_the_suite():
    text = cite("oracle", "fashion", profile="mini", repository=ROOT)
    assert "% oracle is an anchor of the suite" in text
    assert len(entries(text)) == 2


def test_a_submission_is_cited_by_its_card(tmp_path):
    root = suite(tmp_path)
    card = {"title": "50 % \\input{x}", "year": 2026, "authors": ("Ada Low",), "code": ""}
    submission(root / "leaderboards" / "v1" / "submitted", card=card)
    text = cite("mine", "taichi-hd", profile="mini", repository=root)
    first = entries(text)[0]
    assert first.splitlines()[0] == "@misc{low2026mine,"
    title = r"50 \% {\textbackslash}input{\textbraceleft}x{\textbraceright}"
    assert f"title = {{{title}}}" in first
    assert "url = {https://example.org/p}" in first


def test_the_command_line(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["fomm", "taichi-hd"]) == 0
    assert capsys.readouterr().out == cite("fomm", "taichi-hd", repository=ROOT)
    assert main(["fomm", "taichi-hd-mini"]) == 0
    mini = cite("fomm", "taichi-hd", profile="mini", repository=ROOT)
    assert capsys.readouterr().out == mini
    assert main(["gomm", "taichi-hd"]) == 2
    assert "unknown method 'gomm'; known: copy-source, fomm" in capsys.readouterr().err
    assert main(["fomm", "taichi"]) == 2
    assert (
        "unknown data set 'taichi'; known: taichi-hd, voxceleb, fashion, mgif, taichi-hd-mini"
        in capsys.readouterr().err
    )


def test_the_citation_file_is_valid():
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.citation-file-format", "CITATION.cff"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(ROOT / "CITATION.cff").is_file()


def test_the_suite_is_cited_as_its_citation_file_says():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert said["title"] == citation.SUITE_TITLE
    assert [author["name"] for author in said["authors"]] == [citation.SUITE_AUTHORS]


def test_the_page_has_what_the_command_prints():
    """The page's script puts together the entries of a method, a data set and the suite."""
    page = html.unescape((BOARD / "site" / "cite.html").read_text(encoding="utf-8"))
    for dataset in DATASETS:
        for method in METHODS:
            found = entries(cite(method, dataset, profile="mini", repository=ROOT))
            assert not [entry for entry in found if entry not in page]
