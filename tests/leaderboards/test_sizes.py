"""Size and cost on the boards: what was trained has them, what was not has a dash."""

import pytest

from leaderboards import sizes
from leaderboards.table import render
from metrics.result import Checkpoint


@pytest.mark.parametrize(
    ("narrow", "head", "trained", "anchor"),
    [
        (False, 3, ["694&nbsp;k", "192&nbsp;M", "200"], ["—", "—", "—"]),
        (True, 1, ["694&nbsp;k<br><sub>192&nbsp;M, 200</sub>"], ["—"]),
    ],
)
def test_cells_fit_their_header(result, narrow, head, trained, anchor):
    made = Checkpoint("f" * 64, "e" * 64, 0, 694_123, 191_966_560, 200)

    assert len(sizes.header([result()], narrow=narrow)) == head
    assert sizes.cells(made, narrow=narrow) == trained
    assert sizes.cells(None, narrow=narrow) == anchor


def test_where_nothing_is_trained_there_are_no_columns_of_size(result):
    made = render(
        [result("mine", status="submitted", checkpoint=None), result("oracle")],
        version="v1",
        profile="mini",
    )

    assert "Parameters" not in made["table.md"]
    assert ",mine,submitted,,,,0.25," in made["table.csv"]
