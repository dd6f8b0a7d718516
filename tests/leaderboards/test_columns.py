"""The columns repeat what the metric registry says, which the boards may not import."""

import pytest

from leaderboards.columns import METRIC_ORDER
from leaderboards.comparable import EXTRACTORS
from metrics import METRICS
from metrics.extractors.catalogue import PAPER
from metrics.extractors.efflite import EffLite0
from metrics.extractors.inception import Inception
from metrics.extractors.lpips_alex import LpipsAlex


def test_every_metric_has_one_column():
    assert sorted(column.id for column in METRIC_ORDER) == sorted(METRICS)


@pytest.mark.parametrize("column", METRIC_ORDER, ids=lambda column: column.id)
def test_a_column_is_called_and_directed_as_its_metric(column):
    metric = METRICS[column.id]

    assert (column.title, column.better) == (metric.title, metric.better)
    assert column.bold == (metric.pooling != "set")
    assert column.referred == metric.referred


@pytest.mark.parametrize("column", METRIC_ORDER, ids=lambda column: column.id)
def test_a_column_is_bounded_and_pooled_as_its_metric(column):
    metric = METRICS[column.id]
    every_frame_counts = column.id == "l1@paper"  # of the others some frames have no value

    assert column.bounds == metric.bounds
    assert (column.mean == "clips") == (metric.pooling == "clip")
    assert (column.mean == "frames") == every_frame_counts
    assert metric.pooling == "frame" or not every_frame_counts


@pytest.mark.parametrize("column", METRIC_ORDER, ids=lambda column: column.id)
def test_a_column_is_extracted_and_compared_as_its_metric(column):
    metric = METRICS[column.id]
    network_of_its_own = column.id == "lpips"  # it compares pictures, and fills no slot

    assert column.slot == (metric.slot if metric.extracted else "lpips" * network_of_its_own)
    assert (column.common, column.referred) == (metric.common, metric.referred)


def test_the_extractors_of_a_slot_are_those_that_fill_it():
    assert {"efflite0": {EffLite0.name}, "inception": {Inception.name}} == {
        slot: set(EXTRACTORS[slot]) for slot in ("efflite0", "inception")
    }
    for gives in ("keypoints", "identity"):
        assert EXTRACTORS[f"{gives}@paper"] == {named[gives] for named in PAPER.values()}
    assert EXTRACTORS["lpips"] == {LpipsAlex.name}
    assert {column.slot for column in METRIC_ORDER} == {"", "keypoints", "identity", *EXTRACTORS}
