"""The CSV of paired differences: read, refused, written again."""

import pytest

from datasets.registry import UsageError
from leaderboards.pairs import COLUMNS, pairs_csv, read_pairs

HEAD = ",".join(COLUMNS)
ROWS = (
    "taichi-hd-mini,reconstruction,fomm,x2face,l1@clip,pooled,-0.5,-0.75,-0.25,3,2,better,",
    "taichi-hd-mini,reconstruction,fomm,x2face,l1@clip,0,-0.25,,,3,2,,no interval: 2 videos",
    "taichi-hd-mini,reconstruction,fomm,x2face,l1@clip,10,-0.75,-1.0,0.0,3,2,undecided,",
    "taichi-hd-mini,reconstruction,fomm,x2face,akd@clean,pooled,,,,0,0,,no common points",
    "mgif-mini,animation-relative,fomm,x2face,l1@clip,0,0.5,0.25,0.75,3,2,worse,",
)


@pytest.fixture
def pairs(tmp_path):
    def write(*rows, head=HEAD, name="pairs.csv"):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows, ""]))
        return path

    return write


def test_what_is_read_is_written_again(pairs):
    assert pairs_csv(read_pairs([pairs(*ROWS)]), profile="mini").splitlines() == [HEAD, *ROWS]


def test_several_files_in_any_order_give_one_table(pairs):
    files = [pairs(ROWS[4], ROWS[3], ROWS[2], name="a"), pairs(ROWS[0], ROWS[1], name="b")]

    assert pairs_csv(read_pairs(files), profile="mini").splitlines() == [HEAD, *ROWS]


def test_data_sets_may_be_called_as_in_params(pairs):
    plain = pairs(ROWS[0].replace("taichi-hd-mini", "taichi-hd"))

    assert pairs_csv(read_pairs([plain]), profile="mini").splitlines()[1] == ROWS[0]


def test_turned_round_better_is_worse(pairs):
    (pair,) = read_pairs([pairs(ROWS[0])])
    turned = pair.turned()

    assert (turned.first, turned.second) == ("x2face", "fomm")
    assert (turned.difference, turned.lo, turned.hi) == (0.5, 0.25, 0.75)
    assert (pair.verdict, turned.verdict) == ("better", "worse")
    assert turned.turned() == pair


def test_turning_makes_no_negative_zero(pairs):
    (pair,) = read_pairs(
        [pairs(ROWS[0].replace("-0.5,-0.75,-0.25,3,2,better", "0.0,0.0,0.0,3,2,"))]
    )

    assert pairs_csv([pair.turned()], profile="mini").endswith(",0.0,0.0,0.0,3,2,undecided,\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROWS[0] + ",", "14 cells, expected 13"),
        (ROWS[0].replace("-0.5", "nan"), "nan is not a finite number"),
        (ROWS[0].replace("pooled", "all"), "invalid literal"),
        (ROWS[0].replace("better", "worse"), "verdict 'worse', but the interval says 'better'"),
        (ROWS[0].replace("-0.5", "-0.8"), "-0.8 is not in its interval"),
        (ROWS[0].replace("-0.5", ""), "no difference and no reason"),
        (ROWS[0].replace("-0.75", ""), "half an interval"),
        (ROWS[0].replace("x2face", "fomm"), "fomm against itself"),
        (ROWS[0].replace("taichi-hd-mini", "tai"), "unknown dataset 'tai'; known: taichi-hd"),
        (ROWS[0].replace("reconstruction", "animation"), "unknown task 'animation'; known: recon"),
    ],
)
def test_a_row_that_cannot_be_is_named(pairs, row, message):
    with pytest.raises(UsageError, match=rf"pairs\.csv, line 3: .*{message}"):
        read_pairs([pairs(ROWS[4], row)])


@pytest.mark.parametrize("again", [ROWS[0], ROWS[0].replace("fomm,x2face", "x2face,fomm")])
def test_one_difference_twice_is_refused(pairs, again):
    files = [pairs(ROWS[0], name="a.csv"), pairs(again, name="b.csv")]

    with pytest.raises(
        UsageError, match=r"b\.csv, line 2: the same difference as .*a\.csv, line 2"
    ):
        read_pairs(files)


def test_other_columns_are_refused(pairs, tmp_path):
    with pytest.raises(UsageError, match=r"pairs\.csv: expected the columns dataset,task,first"):
        read_pairs([pairs(*ROWS, head=HEAD.replace("seed", "run"))])
    with pytest.raises(UsageError, match=r"none\.csv: cannot be read"):
        read_pairs([tmp_path / "none.csv"])
