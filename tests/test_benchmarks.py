"""What is kept of a report of speeds, and the page made of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.benchmarks import page as pages
from tests.benchmarks.record import main, read_all, record, slug

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = f"# Speeds\n\nWords.\n\n{pages.BEGIN}\nold\n{pages.END}\n\nMore.\n"
STEP = "tests/benchmarks/test_fomm_train_speed.py::test_step_against_the_plain_one"


def benchmark(name: str = f"{STEP}[mini]", group: str | None = "train-step", **extra: object):
    stats = {"rounds": 7, "median": 0.123456, "min": 0.1, "data": [0.1, 0.2]}
    return {"fullname": name, "group": group, "extra_info": extra, "stats": stats}


def report(path: Path, *benchmarks: dict, gpu: str | None = None, day: str = "2026-11-29") -> Path:
    machine = {
        "node": "secret-host",
        "cpu": {"brand_raw": "AMD  EPYC", "count": 2},
        "python_version": "3.11.7",
        "torch": "2.14.1",
        "gpu": gpu,
    }
    text = {"machine_info": machine, "datetime": f"{day}T10:11:12", "benchmarks": benchmarks}
    path.write_text(json.dumps(text | {"commit_info": {"author": "secret"}}))
    return path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "benchmarks.md").write_text(PAGE)
    return tmp_path / "docs"


def test_what_is_kept_and_nothing_else(docs: Path, tmp_path: Path) -> None:
    found = benchmark(ratio=0.7654321, threads=1, must="ratio <= 0.8")
    file, made = record(report(tmp_path / "r.json", found), docs)
    assert (file.name, made.name) == ("amd-epyc-2-logical-cores.json", "benchmarks.md")
    assert json.loads(file.read_text()) == {
        "device": "AMD EPYC, 2 logical cores",
        "benchmarks": {
            f"{STEP}[mini]": {
                "group": "train-step",
                "date": "2026-11-29",
                "python": "3.11.7",
                "torch": "2.14.1",
                "rounds": 7,
                "median_seconds": 0.1235,
                "extra_info": {"ratio": 0.7654, "threads": 1, "must": "ratio <= 0.8"},
            }
        },
    }
    before = file.read_bytes(), made.read_bytes()
    record(tmp_path / "r.json", docs)
    assert (file.read_bytes(), made.read_bytes()) == before, "same report, same bytes"


def test_the_page_has_a_section_per_group_and_a_table_per_device(docs: Path, tmp_path) -> None:
    fomm = benchmark(must="ratio <= 0.8", ratio=0.75)
    pair = benchmark("tests/benchmarks/test_pair_speed.py::test_random_pairs", None, png=0.5)
    record(report(tmp_path / "r.json", fomm, pair), docs)
    record(report(tmp_path / "r.json", benchmark(ratio=0.25), gpu="H200", day="2026-12-01"), docs)
    text = (docs / "benchmarks.md").read_text()
    assert text.startswith("# Speeds\n\nWords.\n") and text.endswith("\n\nMore.\n")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["pair-speed", "train-step"]
    assert "\nold\n" not in text
    train = text.split("## train-step")[1]
    assert "AMD EPYC, 2 logical cores (2026-11-29, torch 2.14.1):" in train
    assert "H200, AMD EPYC, 2 logical cores (2026-12-01, torch 2.14.1):" in train
    assert "| benchmark | median, s | ratio | must |\n| --- | --- | --- | --- |\n" in train
    assert "| step against the plain one, mini | 0.123 | 0.75 | ratio <= 0.8 |" in train
    assert "[test_fomm_train_speed](../tests/benchmarks/test_fomm_train_speed.py): " in train


def test_what_was_not_measured_again_stays_until_its_test_is_gone(docs: Path, tmp_path) -> None:
    other = benchmark(f"{STEP}[taichi]", ratio=0.5)
    gone = benchmark("tests/benchmarks/test_fomm_train_speed.py::test_that_is_gone", ratio=1.0)
    record(report(tmp_path / "r.json", benchmark(ratio=0.7), other, gone), docs)
    file, _ = record(report(tmp_path / "r.json", benchmark(ratio=0.6), day="2026-12-01"), docs)
    kept = json.loads(file.read_text())["benchmarks"]
    assert {test: row["date"] for test, row in kept.items()} == {
        f"{STEP}[mini]": "2026-12-01",
        f"{STEP}[taichi]": "2026-11-29",
    }
    assert kept[f"{STEP}[mini]"]["extra_info"] == {"ratio": 0.6}


@pytest.mark.parametrize("value", [[1], {"a": 1}, float("nan"), None])
def test_what_no_table_can_show_is_refused(docs: Path, tmp_path: Path, value: object) -> None:
    with pytest.raises(ValueError, match=r"extra_info of .*\[mini\] is .*numbers and words"):
        record(report(tmp_path / "r.json", benchmark(ratio=value)), docs)
    assert not (docs / "benchmarks").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine_info": {"cpu": {}}}'])
def test_a_file_that_is_no_report_is_named(tmp_path: Path, capsys, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    assert main([str(tmp_path / "r.json")]) == 2
    assert f"{tmp_path / 'r.json'}: no report of 'make bench'" in capsys.readouterr().err


def test_the_committed_page_is_made_of_the_committed_results() -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert pages.page(text, read_all()) == text, "python -m tests.benchmarks.record REPORT"


def test_committed_results_name_their_device_and_tests_that_exist() -> None:
    files = sorted((DOCS / "benchmarks").glob("*.json"))
    assert files
    for file, device in zip(files, read_all(), strict=True):
        assert file.stem == slug(device["device"])
        for test in device["benchmarks"]:
            path, name = test.split("[")[0].split("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test
