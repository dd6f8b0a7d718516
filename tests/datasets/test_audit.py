"""The audit of a list: each fault is found and named, and nothing is repaired."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from datasets import audit_frames, audit_numbers
from datasets.audit import LIST_CHECKS, audit_list, main
from datasets.audit_numbers import outliers
from datasets.metadata import read_metadata, whole_row, write_metadata
from datasets.registry import DATASETS


@pytest.fixture
def good(row):
    """Twelve training and twelve test videos of two clips each, with nothing to find."""
    box = (100, 100, 400, 400)
    size = {"width": 640, "height": 480}
    return [
        row(f"{split}{number}", start, start + 100, box, split, **size)
        for split in ("train", "test")
        for number in range(12)
        for start in (0, 100)
    ]


def found(rows, check):
    return [finding for finding in audit_list("x", rows).findings if finding.check == check]


def test_nothing_to_find(good):
    report = audit_list("x", good)
    assert report.findings == () and not report.failed
    assert len({check.name for check in report.checks}) == len(LIST_CHECKS) == len(report.checks)


def test_a_video_and_a_person_in_two_splits(good, row):
    leak = row("train3", 500, 600, (100, 100, 400, 400), "test", width=640, height=480)
    (finding,) = found([*good, leak], "video-in-two-splits")
    assert (finding.split, finding.video_id) == ("train+test", "train3")
    assert finding.text == "2 rows in train, 1 rows in test"
    people = [
        row(f"{split}{number}", 0, 100, partition=split, person_id=f"{person}{number}")
        for split, person in (("train", "a"), ("val", "b"), ("test", "b"))
        for number in range(3)
    ]
    assert [(f.video_id, f.split) for f in found(people, "person-in-two-splits")] == [
        ("b0", "val+test"), ("b1", "val+test"), ("b2", "val+test"),
    ]  # fmt: skip
    assert audit_list("x", people).failed


def test_rows_that_are_there_twice(good, row):
    same, other = good[0], row("train1", 0, 100, (7, 100, 307, 400), width=640, height=480)
    moved = row("test0", 0, 100, (100, 100, 400, 400), "train", width=640, height=480)
    findings = found([*good, same, other, moved], "duplicate-row")
    assert [(f.clip_id, f.split, f.text) for f in findings] == [
        ("train0#000000#000100", "train", "equal in all columns"),
        ("train1#000000#000100", "train", "differs in bbox"),
        ("test0#000000#000100", "train+test", "differs in partition"),
    ]


def test_overlaps(row):
    rows = [
        row("a", 0, 100), row("a", 99, 200), row("b", 0, 100), row("b", 100, 200),
        row("c", 0, 100), row("c", 10, 110), row("d", 0, 99), row("d", 0, 100, (30, 30, 50, 40)),
    ]  # fmt: skip
    assert [(f.clip_id, f.other) for f in found(rows, "overlap")] == [
        ("a#000000#000100", "a#000099#000200"),
        ("c#000000#000100", "c#000010#000110"),
        ("d#000000#000099", "d#000000#000100"),
    ]
    (most,) = found(rows, "overlap-most")
    assert most.video_id == "c" and most.text == "window IoU 0.82, box IoU 1.00"


def test_windows_and_boxes(row):
    size = {"width": 640, "height": 480}
    rows = [
        row("empty", 9, 9, (10, 10, 300, 300), **size),
        row("thin", 0, 9, (10, 10, 10, 300), **size),
        row("minus", 0, 9, (-1, 10, 300, 300), **size),
        row("right", 0, 9, (300, 10, 642, 352), **size),
        row("both", 0, 9, (300, 200, 641, 541), **size),
        row("top", 0, 9, (10, 0, 310, 300), **size),
        row("corner", 0, 9, (0, 0, 300, 300), **size),
        row("flat", 0, 9, (10, 10, 310, 309), **size),
        row("small", 0, 9, (10, 10, 265, 265), **size),
    ]
    rest = ("window-empty", "box-empty", "box-past-edge", "box-at-edge")
    found_in = {check: [(f.video_id, f.value) for f in found(rows, check)] for check in rest}
    assert found_in == {
        "window-empty": [("empty", "0")],
        "box-empty": [("minus", "-1-10-300-300"), ("thin", "10-10-10-300")],
        "box-past-edge": [("both", "61"), ("right", "2")],
        "box-at-edge": [("corner", "top and left"), ("top", "top")],
    }
    both = found(rows, "box-past-edge")[0]
    assert both.text == "passes right by 1 and bottom by 61 px in 640x480"
    assert [f.value for f in found(rows, "box-not-square")] == ["1.003"]
    assert [f.video_id for f in found(rows, "box-small")] == ["small"]


def test_a_video_of_two_rates_or_sizes(row):
    rows = [row("a", 0, 9), row("a", 9, 18, fps=30.0), row("b", 0, 9), row("b", 9, 18)]
    (finding,) = found(rows, "video-inconsistent")
    assert finding.text == "56x40 at 25 fps and 56x40 at 30 fps"


def test_outliers_of_rate_length_and_box(good, row):
    box = (100, 100, 400, 400)
    size = {"width": 640, "height": 480}
    rows = [
        *good,
        row("fast", 0, 100, box, fps=59.94, **size), row("odd", 0, 100, box, fps=25.4, **size),
        row("long", 0, 141, box, **size), row("usual", 0, 138, box, **size),
        row("wide", 0, 100, (0, 0, 600, 440), **size),
    ]  # fmt: skip
    assert [f.video_id for f in found(rows, "rate-outlier")] == ["fast"]
    assert [f.video_id for f in found(rows, "rate-near-usual")] == ["odd"]
    assert [f.video_id for f in found(rows, "length-outlier")] == ["long"]
    assert [f.video_id for f in found(rows, "box-outlier")] == ["wide"]


def test_the_rule_of_outliers():
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(5, 0.5, 20_000))
    assert 0 < outliers(values).mean() < 0.001  # 3.5 sigma of a normal distribution: 0.0005
    assert np.array_equal(outliers(values * 7), outliers(values))
    assert outliers([*values, 1e6, 1e-3])[-2:].all()


def test_lopsided_splits(good, row):
    rows = [*good, row("train3", 200, 700, (100, 100, 400, 400), width=640, height=480)]
    (finding,) = found(rows, "lopsided")
    assert finding.text == "700 of 2900 frames (24%), 3 of 25 clips"
    few = [row("a", 0, 900), *(row(name, 0, 9) for name in "bcdefgh")]
    assert not found(few, "lopsided")
    assert found([*few, row("i", 0, 9), row("j", 0, 9)], "lopsided")


def test_ids_that_look_like_options(row):
    assert [f.video_id for f in found([row("-a", 0, 9), row("b-", 0, 9)], "id-with-dash")] == ["-a"]


def test_whole_videos_have_no_numbers():
    rows = [whole_row("a", "train"), whole_row("b", "test"), whole_row("a", "test")]
    report = audit_list("x", rows)
    assert {f.check for f in report.findings} == {"video-in-two-splits", "duplicate-row"}
    assert report.facts["all"]["distinct"]["clips"] == 2


def test_facts_count_what_the_loader_writes(row):
    rows = [row("a", 0, 10), row("a", 5, 15, partition="test"), row("a", 0, 10), row("b", 0, 4)]
    facts = audit_list("x", rows).facts
    assert facts["all"]["distinct"] == {"clips": 3, "frames": 24, "source_frames": 19}
    assert facts["train"]["as_loaded"] == {"clips": 3, "frames": 24, "source_frames": 19}
    assert facts["test"]["as_loaded"]["clips"] == 0


@pytest.mark.parametrize("dataset", DATASETS)
def test_our_own_lists_have_no_errors(dataset, tmp_path, capsys):
    assert main([f"{dataset}-mini@v1", "--strict", "--json", str(tmp_path / "a.json")]) == 0
    assert json.loads((tmp_path / "a.json").read_text())["name"] == f"{dataset}-mini@v1"
    capsys.readouterr()


def test_the_command_writes_table_json_and_csv(good, row, tmp_path, capsys):
    leak = row("train3", 500, 600, (100, 100, 400, 400), "test", width=640, height=480)
    file = tmp_path / "metadata.csv"
    write_metadata(file, [*good, leak])
    before = file.read_bytes()
    paths = [tmp_path / name for name in ("a.json", "a.csv", "b.json", "b.csv")]
    for js, table in (paths[:2], paths[2:]):
        assert main(["--metadata", str(file), "--json", str(js), "--csv", str(table)]) == 0
    out = capsys.readouterr().out
    assert "| error | video-in-two-splits | 1 | 1 | 0 | 1 |" in out
    assert "* train3 (train+test): 2 rows in train, 1 rows in test" in out
    assert paths[0].read_bytes() == paths[2].read_bytes()
    assert paths[1].read_bytes() == paths[3].read_bytes()
    said = json.loads(paths[0].read_text())
    assert said["checks"]["video-in-two-splits"]["findings"] == 1
    assert said["facts"]["test"]["numbers"]["clips"] == 25
    with paths[1].open(newline="") as table:
        (line,) = csv.DictReader(table)
    assert (line["severity"], line["check"]) == ("error", "video-in-two-splits")
    assert main(["--metadata", str(file), "--strict"]) == 1
    assert file.read_bytes() == before
    assert read_metadata(file) == [*good, leak]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a list or a data set"),
        (["taichi"], "unknown split 'taichi'; known: taichi-hd-mini@v1"),
        (["--metadata", "gone.csv"], "gone.csv: no such metadata file"),
        (["mgif-mini@v1", "--upstream"], "a mini list is made from no other file"),
        (["--metadata", "gone.csv", "--frames"], "gone.csv"),
        (["--clips", "gone"], "gone: no such folder"),
        (["mgif-mini@v1", "--frames"], "run 'python -m datasets.download --dataset mgif"),
        (["taichi-hd@v1", "--lists", "gone"], "taichi-metadata.csv"),
    ],
)
def test_wrong_usage(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_the_smallest_outlier_is_the_documented_one():
    assert np.exp(audit_numbers.LIMIT * audit_numbers.SMALLEST) == pytest.approx(1.396, abs=0.001)


def test_the_page_of_the_audit_names_every_check():
    page = (Path(audit_numbers.__file__).parents[1] / "docs/datasets/audit.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    told = {name: row[1] for row in rows for name in row[0].split(", ") if len(row) == 3}
    for check in (*LIST_CHECKS, *audit_frames.CHECKS):
        assert told[check.name] == check.severity
