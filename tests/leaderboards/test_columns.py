"""The columns repeat what the metric registry says, which the boards may not import."""

import pytest

from leaderboards.columns import METRIC_ORDER
from metrics import METRICS


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
