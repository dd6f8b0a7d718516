"""What is bold: a method better than every other one by paired intervals, and nothing else."""

import pytest

from leaderboards.board import sections
from leaderboards.rows import winners
from leaderboards.table import render


def files(results):
    return render(results, version="v1", profile="mini")


def test_one_method_alone_is_never_bold(result):
    beats = {"copy-source": {"l1@clip": (-0.01, -0.0125, -0.0075)}}
    rows = [result(against=beats), result("copy-source")]

    assert "**0" not in files(rows)["table.md"]


@pytest.mark.parametrize(
    ("metric", "pair", "bold"),
    [
        ("l1@clip", (-0.1, -0.2, -0.05), True),
        ("l1@clip", (-0.1, -0.2, 0.05), False),
        ("fd-efflite0", (-0.1, -0.2, -0.05), False),
    ],
)
def test_bold_only_by_the_paired_interval_against_every_other(result, metric, pair, bold):
    better = result("a", figures={metric: (0.1, 0.09, 0.11)}, against={"b": {metric: pair}})
    worse = result("b", figures={metric: (0.9, 0.8, 0.99)})
    anchor = result("oracle", figures={metric: (0.0, 0.0, 0.0)})

    assert (("a", metric) in winners(sections([better, worse, anchor])[0])) is bold
    assert ("**0.1000**" in files([better, worse, anchor])["table.md"]) is bold


def test_bold_also_by_the_comparison_that_the_other_row_made(result):
    better = result("a", figures={"l1@clip": (0.1, 0.0, 1.0)})
    worse = result("b", against={"a": {"l1@clip": (0.1, 0.05, 0.2)}})

    assert winners(sections([better, worse])[0]) == {("a", "l1@clip")}


def test_separate_intervals_that_do_not_overlap_are_no_reason_for_bold(result):
    rows = [
        result("a", figures={"l1@clip": (0.1, 0.09, 0.11)}),
        result("b", figures={"l1@clip": (0.9, 0.8, 0.99)}),
    ]

    assert "**0" not in files(rows)["table.md"]
