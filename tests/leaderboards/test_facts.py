"""The reader of the facts refuses what is not such a file, and says where."""

import json
from pathlib import Path

import pytest

from datasets.registry import UsageError
from leaderboards.columns import METRIC_ORDER
from leaderboards.facts import read_facts

COMMITTED = Path(__file__).parents[2] / "leaderboards" / "v1" / "metrics.json"


def test_every_column_of_the_boards_has_its_facts():
    facts = read_facts(COMMITTED)
    assert {column.id for column in METRIC_ORDER} == set(facts)
    for column in METRIC_ORDER:
        assert facts[column.id].better == column.better
        assert facts[column.id].definition


def test_an_example_and_an_infinite_bound_are_read():
    facts = read_facts(COMMITTED)
    assert facts["akd@clean"].bounds == [0.0, None]
    assert facts["akd@clean"].siblings["akd@paper"] == 0.875
    assert facts["mkr@clean"].example.prediction[0][0][1] == [None, None], "a lost keypoint"
    assert facts["lpips"].example is None


def changed(node, **keys):
    return node | {"metrics": [node["metrics"][0] | keys, *node["metrics"][1:]]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda node: changed(node, better="up"), "metrics.0.better: "),
        (lambda node: changed(node, colour="red"), "metrics.0.colour: "),
        (lambda node: changed(node, unit=3), "metrics.0.unit: "),
        (lambda node: changed(node, id="fid"), "a metric is there twice"),
        (lambda node: {"version": "v1"}, "metrics: "),
        (lambda node: [], "the file: "),
    ],
)
def test_a_damaged_file_is_refused_by_name(change, said, tmp_path):
    node = json.loads(COMMITTED.read_text(encoding="utf-8"))
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(change(node)), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_facts(path)
    assert str(error.value).startswith(f"{path}: {said}")


def test_a_missing_file_names_the_command(tmp_path):
    with pytest.raises(UsageError, match=r"metrics\.json: cannot be read .* metrics\.describe"):
        read_facts(tmp_path / "metrics.json")
