"""Ranks and bold in the tables: by the paired interval, in every table, and nothing else."""

import numpy as np

from leaderboards.board import key
from leaderboards.table import readme_section, render
from metrics.result import Split
from tests.leaderboards.scored import scored, section_of

RNG = np.random.Generator(np.random.PCG64(1))
HARD = RNG.exponential(size=24) / 10 + 0.1


def values(offset):
    return (HARD + offset + 0.002 * RNG.normal(size=24)).tolist()


BEST, CLOSE, WORSE = values(0.0), values(0.0005), values(0.05)
VALUES = {"best": BEST, "close": CLOSE, "worse": WORSE}


def page(*made, name="table.md"):
    files = render(
        [row for row, _ in made],
        {key(row): clips for row, clips in made},
        version="v1",
        profile="mini",
    )
    return files[name]


def rows(text, start="| Rank | Method |"):
    """First cells of the first table that begins with ``start``: rank, method, L1."""
    lines = text[text.index(start) :].split("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip().split("<")[0] for cell in line.split("|")[1:4]] for line in lines)
    return [tuple(line) for line in cells]


def three(**changes):
    return [scored(name, {"l1@clip": each}, **changes) for name, each in VALUES.items()]


def test_ties_share_a_rank_and_the_best_group_is_bold():
    made = page(*three(), scored("copy-source", {"l1@clip": values(0.2)}))

    shown = rows(made)
    assert [line[:2] for line in shown] == [
        ("=1", "best"),
        ("=1", "close"),
        ("3", "worse"),
        ("—", "*copy-source*"),
    ]
    assert [line[2].startswith("**") for line in shown] == [True, True, False, False]
    assert "**Bold**: the best value, and every one that the paired" in made
    assert "Rank by L1; rows share it (=)" in made


def test_readme_and_animations_have_ranks_too():
    made = three(task="animation-relative")

    assert rows(page(*made, name="animation.md"))[2][:2] == ("3", "worse")
    assert rows(readme_section(section_of(*three()), ["l1@clip"]))[0][:2] == ("=1", "best")


def test_one_method_alone_is_ranked_against_nothing_and_not_bold():
    made = page(three()[2], scored("oracle", {"l1@clip": [0.0] * 24}))

    assert rows(made)[0][:2] == ("1", "worse")
    assert "**Bold**" not in made
    assert "| **0" not in made


def test_separate_intervals_that_do_not_overlap_are_no_reason_for_bold(result):
    """Without per-clip values nothing can be told apart, and nothing has a rank."""
    made = render(
        [
            result("a", figures={"l1@clip": (0.1, 0.09, 0.11)}),
            result("b", figures={"l1@clip": (0.9, 0.8, 0.99)}),
        ],
        version="v1",
        profile="mini",
    )["table.md"]

    assert "Rank" not in made
    assert "| **0" not in made


def test_distances_of_sets_are_never_bold():
    made = page(*(scored(name, {"l1@clip": BEST, "psnr": each}) for name, each in VALUES.items()))
    assert made.count("| **0") >= 4
    one = scored("a", {"l1@clip": BEST})
    two = scored("b", {"l1@clip": WORSE})
    for row, value in ((one[0], 1.0), (two[0], 9.0)):
        figure = row.metrics["l1@clip"].__dict__ | {"value": value, "lo": None, "hi": None}
        row.metrics["fid"] = type(row.metrics["l1@clip"])(**figure)
    assert "**1.000" not in page(one, two)


def test_a_submission_is_ranked_among_the_others():
    made = page(*three(), scored("theirs", {"l1@clip": values(-0.05)}, status="submitted"))

    assert rows(made)[0][:2] == ("1", "theirs")
    assert "theirs<br><sub>submitted" in made


def test_rows_that_stand_apart_have_no_rank():
    other = Split("taichi-hd-mini@v1", "test", "0" * 64)
    made = page(*three(), scored("odd", {"l1@clip": values(-0.09)}, split=other))

    assert [name for _, name, _ in rows(made)] == ["best", "close", "worse"]
    assert "not comparable: another split" in made
    assert "common subset" not in made


def test_other_clips_are_ranked_on_the_common_subset():
    less = scored("less", {"l1@clip": values(-0.05), "akd@paper": BEST}, clips=range(4, 24))
    made = page(*three(), less)

    assert [name for _, name, _ in rows(made)] == ["best", "close", "worse"]
    assert "not comparable: other clips" in made
    table = made[made.index("Also on the common subset: the 20 clips that all of these scored") :]
    assert [line[:2] for line in rows(table)] == [
        ("1", "less"),
        ("=2", "best"),
        ("=2", "close"),
        ("4", "worse"),
    ]
    mean = sum(WORSE[4:]) / 20
    assert rows(table)[3][2] == f"{mean:.4f}"
    assert "20/24" in table
    assert "akd@paper" not in table.split("\n\n")[1]


def test_clips_that_nobody_shares_make_no_subset():
    parts = [
        scored(name, {"l1@clip": BEST}, clips=clips)
        for name, clips in (("a", range(12)), ("b", range(12, 24)))
    ]
    assert "common subset" not in page(*parts)


def test_who_scored_little_does_not_take_the_common_subset_from_the_others():
    less = scored("less", {"l1@clip": values(-0.05)}, clips=range(4, 24))
    few = scored("few", {"l1@clip": values(-0.09)}, clips=range(11))
    made = page(*three(), less, few)

    table = made[made.index("Also on the common subset: the 20 clips that all of these scored") :]
    assert [name for _, name, _ in rows(table)] == ["less", "best", "close", "worse"]
    assert "common subset" not in page(*three(), few)


def test_clips_without_a_value_are_said_on_the_common_subset():
    holes = [None if i in (5, 6) else value for i, value in enumerate(WORSE)]
    made = page(*three(), scored("less", {"l1@clip": holes}, clips=range(4, 24)))

    assert "no value on 2 of 20 clips" in made
