"""The committed facts of the metrics are what the registry says."""

import json
from pathlib import Path

import pytest

from metrics import METRICS
from metrics.describe import main
from metrics.facts import FROZEN, document

COMMITTED = Path(__file__).parents[2] / "leaderboards" / "v1" / "metrics.json"


def test_the_committed_file_is_what_the_registry_says():
    remedy = "python -m metrics.describe --json --out leaderboards/v1/metrics.json"
    assert COMMITTED.read_text(encoding="utf-8") == document("v1"), f"write it again: {remedy}"


def test_every_metric_has_every_fact_in_the_order_of_the_registry():
    nodes = json.loads(document())["metrics"]
    assert [node["id"] for node in nodes] == list(METRICS)
    for node in nodes:
        assert tuple(node) == FROZEN
        assert node["subjects"] == list(METRICS[node["id"]].subjects)
        assert (node["example"] is None) == bool(node["no_example"])


def test_the_value_of_an_example_is_the_one_by_hand():
    for node in json.loads(document())["metrics"]:
        if node["example"]:
            assert node["example"]["value"] == METRICS[node["id"]].example.value


def test_out_writes_the_file_and_says_where(tmp_path, capsys):
    path = tmp_path / "new" / "metrics.json"
    assert main(["--json", "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("given", [[], ["--table"], ["--json", "fid"]])
def test_out_takes_the_whole_file_alone(given, tmp_path, capsys):
    path = tmp_path / "metrics.json"
    assert main([*given, "--out", str(path)]) == 2
    assert "--out goes with --json" in capsys.readouterr().err
    assert not path.exists()
