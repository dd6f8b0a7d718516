"""Which clips share frames: by hand, and against the definition."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.metadata import MetadataRow, whole_row
from datasets.overlaps import box_iou, overlapping, window_iou


def row(video, start, end, bbox=(0, 0, 9, 9)):
    return MetadataRow(video, start, end, bbox, 25.0, 64, 64, "train")


def test_pairs_by_hand():
    rows = [row("a", 5, 9), row("a", 0, 6), row("b", 0, 6), row("a", 9, 12), row("a", 5, 9)]
    assert overlapping(rows) == [(0, 1)]
    assert overlapping([whole_row("a", "train"), whole_row("b", "train")]) == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 12), st.integers(0, 8)), max_size=12)
)
def test_pairs_are_those_that_share_a_frame(values):
    rows = [row(video, start, start + length) for video, start, length in values]
    firsts = {r.clip_id: i for i, r in reversed(list(enumerate(rows)))}
    expected = [
        (i, j)
        for i, j in itertools.combinations(sorted(firsts.values()), 2)
        if rows[i].video_id == rows[j].video_id
        and set(range(rows[i].start, rows[i].end)) & set(range(rows[j].start, rows[j].end))
    ]
    assert overlapping(rows) == expected


def test_intersection_over_union_by_hand():
    """Two boxes of 10x10 pixels, 5 columns shared: 50 of 150 pixels. Edges belong to a box."""
    assert box_iou((0, 0, 9, 9), (5, 0, 14, 9)) == 50 / 150
    assert box_iou((0, 0, 9, 9), (9, 9, 20, 20)) == 1 / (100 + 144 - 1)
    assert box_iou((0, 0, 9, 9), (10, 0, 19, 9)) == 0
    assert window_iou(row("a", 0, 10), row("a", 5, 15)) == 5 / 15
    assert window_iou(row("a", 0, 5), row("a", 5, 15)) == 0
