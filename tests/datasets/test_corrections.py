"""Corrections of upstream lists: each by hand on a small list, and the arithmetic on any list."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import corrections
from datasets.corrections import (
    DUPLICATE_ROWS,
    FIRST_ROW_PARTITION,
    LEAKED_VIDEOS,
    correct,
    corrections_of,
    count,
)
from datasets.metadata import MetadataRow, whole_row


def row(video, start=0, partition="train", bbox=(10, 10, 50, 50), end=None):
    return MetadataRow(video, start, end or start + 9, bbox, 25.0, 100, 80, partition)


# The shape of the real findings: "x" and "y" are in both partitions, "x" also has a repeat.
ROWS = [
    row("a"), row("a", 20), row("a"),
    row("x"), row("y"), row("y", 30), row("b", partition="test"),
    row("y", partition="test"), row("y", 30, "test"), row("x", partition="test"), row("x"),
]  # fmt: skip


def names(rows):
    return [(r.video_id, r.start, r.partition) for r in rows]


def test_leaked_videos_leave_both_partitions():
    rows, (applied,) = correct(ROWS, [LEAKED_VIDEOS])
    assert names(rows) == [
        ("a", 0, "train"), ("a", 20, "train"), ("a", 0, "train"), ("b", 0, "test"),
    ]  # fmt: skip
    assert applied.found == applied.removed == {"train": 4, "val": 0, "test": 3}
    assert applied.left == {"train": 3, "val": 0, "test": 1}
    assert applied.videos == ("x", "y")


def test_of_repeated_clips_the_first_stays():
    rows, (applied,) = correct(ROWS, [DUPLICATE_ROWS])
    assert names(rows) == [
        ("a", 0, "train"), ("a", 20, "train"), ("x", 0, "train"), ("y", 0, "train"),
        ("y", 30, "train"), ("b", 0, "test"),
    ]  # fmt: skip
    assert applied.found == applied.removed == {"train": 2, "val": 0, "test": 3}


def test_found_is_of_the_upstream_list_and_removed_of_what_is_left():
    rows, (_, repeats) = correct(ROWS, [LEAKED_VIDEOS, DUPLICATE_ROWS])
    assert names(rows) == [("a", 0, "train"), ("a", 20, "train"), ("b", 0, "test")]
    assert repeats.found == {"train": 2, "val": 0, "test": 3}
    assert repeats.removed == {"train": 1, "val": 0, "test": 0}
    assert repeats.left == {"train": 2, "val": 0, "test": 1}


def test_the_authors_loader_takes_the_partition_of_the_first_row():
    rows, (moved, repeats) = correct(ROWS, [FIRST_ROW_PARTITION, DUPLICATE_ROWS])
    assert count(rows) == {"train": 5, "val": 0, "test": 1}
    assert moved.found == moved.removed == {"train": 0, "val": 0, "test": 3}
    assert moved.added == {"train": 3, "val": 0, "test": 0}
    assert repeats.removed == {"train": 5, "val": 0, "test": 0}


@pytest.mark.parametrize(
    ("rule", "concerned"),
    [
        ("BOX_PAST_EDGE", [1, 2]),
        ("BOX_AT_TOP", [3]),
        ("BOX_AT_LEFT", [4]),
        ("BOX_OFF_SQUARE", [1, 4]),
        ("OVERLAPPING_CLIPS", [2]),
    ],
)
def test_findings_are_said_and_change_nothing(rule, concerned):
    rows = [
        row("a"),
        row("a", 20, bbox=(50, 10, 101, 50)),
        row("a", 28, bbox=(20, 21, 80, 81)),
        row("b", bbox=(60, 0, 100, 40)),
        row("b", 20, bbox=(0, 1, 40, 42)),
    ]
    correction = getattr(corrections, rule)
    assert correction.concerns(rows) == concerned
    kept, (applied,) = correct(rows, [correction])
    assert kept == rows
    assert applied.found["train"] == len(concerned) and not any(applied.removed.values())


def test_whole_videos_have_no_boxes_and_no_windows():
    rows = [whole_row("a", "train"), whole_row("b", "test")]
    found = corrections_of("v1", whole=True)
    assert [one.name for one in found] == ["leaked-videos", "duplicate-rows"]
    assert correct(rows, found)[0] == rows
    for rule in corrections_of("v1", whole=False):
        assert rule.name == "box-past-edge" or rule.concerns(rows) == []


ANY_ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from("abcde"),
        st.integers(0, 3).map(lambda k: 5 * k),
        st.sampled_from(("train", "test")),
        st.sampled_from(((0, 0, 9, 9), (10, 10, 120, 60))),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(ANY_ROWS, st.sampled_from(("v1", "v1-asis")))
def test_every_correction_adds_up_and_a_second_pass_finds_nothing_to_change(rows, list_name):
    rules = corrections_of(list_name, whole=False)
    corrected, applied = correct(rows, rules)
    before = count(rows)
    for one in applied:
        for part, number in before.items():
            assert number - one.removed[part] + one.added[part] == one.left[part]
        before = one.left
    assert before == count(corrected)
    assert correct(corrected, rules)[0] == corrected
    assert max(Counter(r.clip_id for r in corrected).values(), default=1) == 1
    parts = {(r.video_id, r.partition) for r in corrected}
    assert len({video for video, _ in parts}) == len(parts)


@settings(deadline=None)
@given(ANY_ROWS)
def test_corrections_keep_order_and_take_nothing_that_they_do_not_name(rows):
    corrected, _ = correct(rows, [LEAKED_VIDEOS, DUPLICATE_ROWS])
    left = iter(rows)
    assert all(one in left for one in corrected)
    sound = {r.video_id for r in rows} - {rows[i].video_id for i in corrections.leaked(rows)}
    assert {r.clip_id for r in corrected} == {r.clip_id for r in rows if r.video_id in sound}
    as_is, _ = correct(rows, [FIRST_ROW_PARTITION, DUPLICATE_ROWS])
    assert {r.clip_id for r in as_is} == {r.clip_id for r in rows}
    first = {r.video_id: r.partition for r in reversed(rows)}
    assert all(r == replace(r, partition=first[r.video_id]) for r in as_is)
