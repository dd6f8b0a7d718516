"""Results: exact round trip, deterministic bytes, and a refusal that names file and key."""

import dataclasses
import json
import math
import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from datasets.registry import UsageError
from metrics.result import (
    Checkpoint,
    ClipRow,
    Coverage,
    MetricValue,
    PairedDifference,
    Result,
    Split,
    check_clips,
    clips_digest,
    dumps,
    read_clips,
    read_json,
    read_result,
    write_clips,
    write_result,
)


@pytest.fixture
def result():
    return Result(
        dataset="taichi-hd",
        profile="mini",
        shown_name="taichi-hd-mini",
        method="fomm",
        status="reproduced",
        split=Split("taichi-hd-mini@v1", "test", "ab" * 32),
        coverage=Coverage(3, 2, clips_digest(["a", "b"]), ("c",)),
        metrics={
            "l1@clip": MetricValue(0.1 + 0.2, 0.1, 0.5, "intensity in [0, 1]", 2, 2),
            "fid": MetricValue(None, None, None, "squared feature distance", 0, 0, "no weights"),
        },
        paired={"copy-source": {"l1@clip": PairedDifference(-0.1, None, None, 2, 2)}},
        extractors={"efflite0": "cd" * 32},
        protocol={"seed": 0},
        checkpoint=Checkpoint("f1" * 32, "5a" * 32, 0, 10, 20, 30),
        source_sha256="ef" * 32,
    )


def rewrite(path, change):
    node = json.loads(path.read_text())
    change(node)
    path.write_text(json.dumps(node))


def paired_l1(node):
    return node["paired"]["copy-source"]["l1@clip"]


def test_round_trip_and_bytes(tmp_path, result):
    write_result(tmp_path / "a.json", result)
    text = (tmp_path / "a.json").read_text()
    assert read_result(tmp_path / "a.json") == result
    assert text == dumps(result) == dumps(read_result(tmp_path / "a.json"))
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_the_schema_is_the_contract(result):
    node = json.loads(dumps(dataclasses.replace(result, protocol={})))
    assert set(node) == {
        *("schema", "dataset", "profile", "shown_name", "task", "method", "status", "split"),
        *("coverage", "lossy", "metrics", "paired", "extractors", "checkpoint", "source_sha256"),
    }
    assert set(node["metrics"]["fid"]) == {
        *("value", "lo", "hi", "unit", "clips", "videos", "reason"),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n: n.update(extra=1), "unknown key 'extra'"),
        (lambda n: n.pop("metrics"), "missing key 'metrics'"),
        (lambda n: n["metrics"]["fid"].pop("unit"), "metrics: fid: missing key 'unit'"),
        (lambda n: n["metrics"]["fid"].update(reason=None), "fid: null without a reason"),
        (
            lambda n: n["metrics"]["l1@clip"].update(value="0.3"),
            "value: .* a valid number, got '0.3'",
        ),
        (
            lambda n: n["metrics"]["l1@clip"].update(clips=2.0),
            "clips: .* a valid integer, got 2.0",
        ),
        (lambda n: n["metrics"]["l1@clip"].update(lo=None), "half an interval"),
        (lambda n: n["coverage"].update(scored=3), "scored \\+ missing is not expected"),
        (lambda n: n.update(status="best"), "status: input should be 'reproduced', 'anchor' or"),
        (lambda n: n.update(schema=2), "schema 2"),
        (lambda n: n.update(shown_name="taichi-hd"), "shown_name 'taichi-hd'"),
        (lambda n: n.update(dataset="tai"), "unknown dataset"),
        (lambda n: n.update(method="../x"), "method: string should match"),
        (lambda n: n.update(lossy=0), "lossy: input should be a valid boolean"),
        (lambda n: n.update(paired=[]), "paired"),
        (lambda n: n["metrics"]["l1@clip"].update(lo=0.4), "l1@clip: 0.3.* is not in its interval"),
        (lambda n: n["metrics"]["l1@clip"].update(hi=0.2), "l1@clip: 0.3.* is not in its interval"),
        (lambda n: n["metrics"]["l1@clip"].update(hi=1.5), r"1\.5 is outside \[0, 1\]"),
        (lambda n: n["metrics"]["l1@clip"].update(clips=3), "2 videos, 3 clips, of 2 scored"),
        (
            lambda n: n["metrics"]["l1@clip"].update(videos=-1),
            "videos: .* or equal to 0, got -1",
        ),
        (
            lambda n: n["coverage"].update(expected=-1, scored=-2),
            "scored: .* or equal to 0",
        ),
        (
            lambda n: n["checkpoint"].update(macs=-1),
            "checkpoint: macs: .* equal to 0",
        ),
        (lambda n: paired_l1(n).update(lo=-0.05, hi=0.0), "paired with copy-source: l1@clip"),
        (
            lambda n: paired_l1(n).update(difference=10**400),
            "difference: .* finite number",
        ),
        (lambda n: n["split"].update(sha256="AB" * 32), "split: sha256: string should match"),
        (
            lambda n: n["coverage"].update(missing=["a/b"]),
            "missing: 0: string should match",
        ),
        (
            lambda n: n["checkpoint"].update(steps=10**4000),
            "steps: .*13288 bits",
        ),
        (lambda n: n["metrics"]["fid"].update(unit="a" * 2001), "fid: unit: .* at most 2000"),
        (
            lambda n: n["metrics"].update({"<b>": n["metrics"]["fid"]}),
            "<b>: string should",
        ),
        (lambda n: n.update(method="m" * 65), "method: string should have at most 64"),
        (
            lambda n: n.update(protocol={f"k{i}": i for i in range(201)}),
            "protocol: .* at most 200 items",
        ),
        (
            lambda n: n["metrics"]["fid"].update(reason="to the \u202eleft"),
            "fid: reason: string should match",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, result, change, message):
    path = tmp_path / "a.json"
    write_result(path, result)
    rewrite(path, change)
    with pytest.raises(UsageError, match=message):
        read_result(path)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_nan_in_a_file_is_refused(tmp_path, result, text):
    path = tmp_path / "a.json"
    path.write_text(dumps(result).replace(repr(0.1 + 0.2), text))
    with pytest.raises(UsageError, match=r"a\.json: metrics: l1@clip: value: .* finite number"):
        read_result(path)


def test_a_number_too_large_for_a_float_is_refused(tmp_path, result):
    path = tmp_path / "a.json"
    path.write_text(dumps(result).replace("-0.1", "-1e999"))
    with pytest.raises(UsageError, match=r"paired: copy-source: l1@clip: difference: .*finite"):
        read_result(path)


def test_a_key_that_stands_there_twice_is_refused(tmp_path, result):
    path = tmp_path / "a.json"
    path.write_text(dumps(result).replace('"lossy": false', '"lossy": true, "lossy": false'))
    with pytest.raises(UsageError, match=r"a\.json: has the key 'lossy' twice"):
        read_result(path)


def test_a_key_that_stands_there_twice_is_found_among_many(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{" + ", ".join(f'"k{i % 49_999}": 1' for i in range(50_000)) + "}")
    with pytest.raises(UsageError, match=r"a\.json: has the key 'k0' twice"):
        read_json(TypeAdapter(dict[str, int]), path)


def test_all_keys_that_do_not_fit_are_named(tmp_path, result):
    path = tmp_path / "a.json"
    path.write_text(dumps(result).replace('"lossy": false', '"lossy": 0').replace(": 2", ": -2"))
    with pytest.raises(UsageError) as refused:
        read_result(path)
    lines = str(refused.value).splitlines()
    assert len(lines) == 7
    assert all(line.startswith(f"{path}: ") for line in lines)


def test_a_file_of_another_order_of_size_is_refused(tmp_path, result):
    path = tmp_path / "a.json"
    path.write_text(dumps(result) + " " * 10_000_000)
    with pytest.raises(UsageError, match=r"a\.json: larger than 10 MB"):
        read_result(path)


def test_what_could_not_be_read_again_is_not_written(tmp_path, result):
    bad = dataclasses.replace(result, source_sha256="unknown")
    with pytest.raises(UsageError, match=r"a\.json: source_sha256: string should match"):
        write_result(tmp_path / "a.json", bad)
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "[" * 100_000])
def test_no_result_at_all(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"a\.json"):
        read_result(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_result(tmp_path / "missing.json")


def test_nan_is_not_written(tmp_path, result):
    bad = dataclasses.replace(
        result, metrics={"l1@clip": MetricValue(math.nan, None, None, "x", 1, 1)}
    )
    with pytest.raises(UsageError, match="not finite"):
        write_result(tmp_path / "a.json", bad)
    assert not (tmp_path / "a.json").exists()


def test_clips_round_trip(tmp_path):
    rows = [
        ClipRow("b#1", "b", 3, {"l1@clip": 0.1 + 0.2, "akd@clean": None}),
        ClipRow("a#1", "a", 4, {"l1@clip": 1e-300, "akd@clean": 2.0}),
    ]
    path = tmp_path / "a.clips.csv"
    write_clips(path, rows, ["l1@clip", "akd@clean"])
    assert read_clips(path) == rows[::-1]
    text = path.read_text()
    write_clips(path, rows[::-1], ["l1@clip", "akd@clean"])
    assert path.read_text() == text
    assert text.splitlines()[0] == "clip_id,video_id,frames,l1@clip,akd@clean"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns"),
        ("clip,video\n", "expected the columns"),
        ("clip_id,video_id,frames,m\na,a,2,nan\n", "line 2: nan is not a finite number"),
        ("clip_id,video_id,frames,m\na,a,2\n", "line 2: 3 cells, expected 4"),
        ("clip_id,video_id,frames,m\na,a,x,1\n", "line 2: 'x' is no number of frames"),
        ("clip_id,video_id,frames,m\na,a,-1,1\n", "line 2: '-1' is no number of frames"),
        (f"clip_id,video_id,frames,m\na,a,1{'0' * 400},1\n", "line 2: '100000000' is no number"),
    ],
)
def test_bad_clip_files_are_refused(tmp_path, text, message):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_clips(path)


def test_a_clip_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"clip_id,video_id,frames\n\xff,a,2\n")
    with pytest.raises(UsageError, match=r"a\.csv: is no CSV"):
        read_clips(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_clips(tmp_path / "none.csv")


def test_clips_that_the_result_did_not_score_are_refused(result):
    rows = [ClipRow(name, name, 2, {}) for name in "abc"]
    check_clips(result, rows[:2], where="x")
    with pytest.raises(UsageError, match="x: 3 clips, the result scored 2"):
        check_clips(result, rows, where="x")
    with pytest.raises(UsageError, match="x: other clips"):
        check_clips(result, rows[1:], where="x")


def test_nan_per_clip_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not finite"):
        write_clips(tmp_path / "a.csv", [ClipRow("a", "a", 1, {"m": math.nan})], ["m"])


def test_the_registry_and_results_need_no_torch():
    code = (
        "import sys, metrics, metrics.result, metrics.extractors\n"
        "heavy = {'torch', 'av', 'cv2', 'pandas', 'torchvision'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
