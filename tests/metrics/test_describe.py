"""What is said of a metric is in the registry, and its worked example is true."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from metrics import METRICS
from metrics.describe import READS, as_json, main, siblings, table
from metrics.example import Example

ROOT = Path(__file__).parents[2]
ALL = pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.id)
WITH_EXAMPLE = [metric for metric in METRICS.values() if metric.example]


@pytest.mark.parametrize("metric", WITH_EXAMPLE, ids=lambda metric: metric.id)
def test_the_worked_example_is_true(metric):
    value = metric.score(*metric.example.clips)
    assert value == pytest.approx(metric.example.value, rel=1e-12)
    low, high = metric.bounds
    assert low < value < high, "an example at a bound shows little"
    assert len(metric.example.text) > 50


@ALL
def test_there_is_an_example_or_a_reason(metric):
    assert (metric.example is None) == bool(metric.no_example)


def test_only_networks_have_no_example():
    assert set(METRICS) - {metric.id for metric in WITH_EXAMPLE} == {"lpips"}


@ALL
def test_everything_is_printed(metric, capsys):
    assert main([metric.id]) == 0
    said = " ".join(capsys.readouterr().out.split())
    parts = [metric.id, metric.title, metric.definition, metric.formula, metric.unit]
    parts += [f"{metric.better} is better", metric.source, metric.sibling, metric.no_example]
    parts += [f"reads {metric.slot}: {READS[metric.slot]}"]
    for part in parts:
        assert " ".join(part.split()) in said
    if metric.example:
        assert metric.example.text in said
        assert f"= {metric.example.value:.6g} {metric.unit}" in said


def test_applicability_is_said_per_data_set(capsys):
    main(["mkr@paper"])
    lines = capsys.readouterr().out.splitlines()
    said = dict(re.split(r"  +", line, maxsplit=1) for line in lines if not line.startswith(" "))
    assert said["taichi-hd"] == said["fashion"] == "yes"
    assert said["voxceleb"] == "no: does not apply to this subject (face)"
    assert said["mgif"] == "no: does not apply to this subject (animal)"
    main(["l1-foreground", "akd-motion@clean"])
    said = capsys.readouterr().out
    assert said.count("yes, in its mini world alone: needs the exact truth") == 4
    assert re.search("^tasks +animation-relative$", said, re.MULTILINE)


@ALL
def test_a_text_on_siblings_names_the_family(metric):
    family = {n for n in METRICS if n.split("@")[0] == metric.id.split("@")[0]} - {metric.id}
    assert family <= {other.id for other in siblings(metric)}


@ALL
def test_siblings_are_named_by_each_other_or_by_their_text(metric):
    assert bool(siblings(metric)) == bool(metric.sibling)


def test_a_sibling_differs_on_the_same_example(capsys):
    main(["akd@paper"])
    assert "akd@clean of the example: 2.5 pixels at 256" in capsys.readouterr().out
    assert as_json(METRICS["akd@clean"])["siblings"] == {
        "akd@paper": 0.875,
        "akd-motion@clean": None,  # its truth is another
    }
    for name in ("l1@clip", "l1@paper", "akd@clean", "akd@paper", "mkr@clean", "mkr@paper"):
        own = METRICS[name].example.value
        others = [v for v in as_json(METRICS[name])["siblings"].values() if v is not None]
        assert others
        assert own not in others


def test_features_of_another_network_are_not_compared():
    assert as_json(METRICS["fid"])["siblings"] == {"fd-efflite0": None}


def test_all_of_them_one_line_each(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(METRICS)
    for line, metric in zip(lines, METRICS.values(), strict=True):
        assert line.endswith(metric.definition)


def test_an_unknown_id_is_wrong_usage(capsys):
    assert main(["akd", "l1@clip"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("unknown metric 'akd'; known: l1@clip, l1@paper, ")


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_json_has_all_and_nothing_that_is_not_json(capsys):
    assert main(["--json"]) == 0
    nodes = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert [node["id"] for node in nodes] == list(METRICS)
    assert main(["--json", "mkr@clean"]) == 0
    (node,) = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert node["bounds"] == [0, 1]
    assert node["example"]["value"] == 0.25
    assert node["example"]["prediction"][0][0][1] == [None, None], "a lost keypoint"
    assert node["datasets"]["mgif"].startswith("no: ")


def test_the_table_of_the_readme_is_current(capsys):
    assert main(["--table"]) == 0
    assert capsys.readouterr().out == table()
    page = (ROOT / "metrics" / "README.md").read_text(encoding="utf-8")
    between = re.search(r"<!-- BEGIN METRICS.*?-->\n(.*?)<!-- END METRICS -->", page, re.DOTALL)
    assert between[1] == table(), "python -m metrics.describe --table prints it"


def test_slots():
    slots = {metric.id: metric.slot for metric in METRICS.values()}
    assert set(slots.values()) == set(READS)
    assert slots["akd@clean"] == slots["akd-motion@clean"] == "keypoints"
    assert slots["akd@paper"] == slots["mkr@paper"] == "keypoints@paper"
    assert (slots["aed@clean"], slots["aed@paper"]) == ("identity", "identity@paper")
    assert slots["l1@paper"] == "frames", "no extractor: the same frames for both"
    assert (slots["fid"], slots["fd-efflite0"]) == ("inception", "efflite0")


def test_where_it_applies():
    assert METRICS["akd@clean"].why_not("body", "reconstruction") is None
    assert "subject (animal)" in METRICS["akd@clean"].why_not("animal", "reconstruction")
    assert "task (reconstruction)" in METRICS["akd-motion@clean"].why_not("body", "reconstruction")


def test_examples_become_arrays():
    truth = ([[1, 2]], ([[0.5]], [[True]]))
    first, second = Example("", truth, truth, 0.0).clips[0]
    assert (first.dtype, first.shape) == (np.uint8, (1, 2))
    assert [part.dtype for part in second] == [np.float64, np.bool_]
