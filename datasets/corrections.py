"""What is wrong with the upstream lists: each finding named, counted, and corrected or only said.

A correction is a general rule about rows, never a list of ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from datasets.metadata import PARTITIONS, MetadataRow
from datasets.overlaps import overlapping

Rows = Sequence[MetadataRow]


@dataclass(frozen=True)
class Correction:
    """A named rule.

    Attributes:
        name: How the description of a list calls it.
        text: What is wrong, and what is done about it.
        concerns: Rows -> indices of those it concerns, rising; of pairs of rows the later one.
        change: Rows and those indices -> the corrected rows; None if the finding is only said.
        counts: What is counted: ``rows`` or ``pairs``.
        names_videos: Whether the description names the videos it concerns.
    """

    name: str
    text: str
    concerns: Callable[[Rows], list[int]]
    change: Callable[[Rows, Sequence[int]], list[MetadataRow]] | None = None
    counts: str = "rows"
    names_videos: bool = False


@dataclass(frozen=True)
class Applied:
    """What a correction found and did.

    Attributes:
        correction: The rule.
        found: Partition -> rows (or pairs) of the upstream list that it concerns.
        removed: Partition -> rows that it took out of what earlier corrections left.
        added: Partition -> rows that it moved there.
        left: Partition -> rows after it.
        videos: The videos it concerns, sorted.
    """

    correction: Correction
    found: Mapping[str, int]
    removed: Mapping[str, int]
    added: Mapping[str, int]
    left: Mapping[str, int]
    videos: tuple[str, ...]


def correct(upstream: Rows, corrections: Sequence[Correction]) -> tuple[Rows, list[Applied]]:
    """Apply ``corrections`` in their order.

    Returns:
        The corrected rows in the order of ``upstream``, and what each correction found and did.
    """
    rows: Rows = upstream
    applied = []
    for correction in corrections:
        concerned = [upstream[index] for index in correction.concerns(upstream)]
        before = count(rows)
        if correction.change is not None:
            rows = correction.change(rows, correction.concerns(rows))
        after = count(rows)
        applied.append(
            Applied(
                correction,
                found=count(concerned),
                removed={p: max(0, before[p] - after[p]) for p in PARTITIONS},
                added={p: max(0, after[p] - before[p]) for p in PARTITIONS},
                left=after,
                videos=tuple(sorted({row.video_id for row in concerned})),
            )
        )
    return rows, applied


def count(rows: Rows) -> dict[str, int]:
    """Return the number of rows of each partition."""
    counts = Counter(row.partition for row in rows)
    return {partition: counts[partition] for partition in PARTITIONS}


def leaked(rows: Rows) -> list[int]:
    """Return the rows of videos whose rows name more than one partition."""
    named: dict[str, set[str]] = {}
    for row in rows:
        named.setdefault(row.video_id, set()).add(row.partition)
    return [index for index, row in enumerate(rows) if len(named[row.video_id]) > 1]


def repeated(rows: Rows) -> list[int]:
    """Return the rows whose clip id an earlier row has."""
    seen: set[str] = set()
    found = []
    for index, clip_id in enumerate(row.clip_id for row in rows):
        if clip_id in seen:
            found.append(index)
        seen.add(clip_id)
    return found


def not_of_the_first_row(rows: Rows) -> list[int]:
    """Return the rows whose partition is not that of their video's first row."""
    first = _first_partitions(rows)
    return [index for index, row in enumerate(rows) if row.partition != first[row.video_id]]


def past_the_edge(rows: Rows) -> list[int]:
    """Return the rows whose box passes the right or the bottom edge of the reference picture."""
    return [
        index
        for index, row in enumerate(rows)
        if row.bbox[2] > row.width or row.bbox[3] > row.height
    ]


def at_the_top(rows: Rows) -> list[int]:
    """Return the rows whose box begins at the top edge."""
    return [i for i, row in enumerate(rows) if row.bbox[1] == 0 and not row.whole]


def at_the_left(rows: Rows) -> list[int]:
    """Return the rows whose box begins at the left edge."""
    return [i for i, row in enumerate(rows) if row.bbox[0] == 0 and not row.whole]


def off_square(rows: Rows) -> list[int]:
    """Return the rows whose box is not square."""
    return [
        index
        for index, row in enumerate(rows)
        if row.bbox[2] - row.bbox[0] != row.bbox[3] - row.bbox[1]
    ]


def _overlapping(rows: Rows) -> list[int]:
    return sorted(later for _, later in overlapping(rows))


def _first_partitions(rows: Rows) -> dict[str, str]:
    return {row.video_id: row.partition for row in reversed(rows)}


def _remove(rows: Rows, concerned: Sequence[int]) -> list[MetadataRow]:
    gone = set(concerned)
    return [row for index, row in enumerate(rows) if index not in gone]


def _move(rows: Rows, concerned: Sequence[int]) -> list[MetadataRow]:
    first = _first_partitions(rows)
    moved = list(rows)
    for index in concerned:
        moved[index] = replace(rows[index], partition=first[rows[index].video_id])
    return moved


LEAKED_VIDEOS = Correction(
    "leaked-videos",
    "videos whose rows are in two partitions leave both: one that is tested must not be trained "
    "on, and one that was trained on must not be tested",
    leaked,
    _remove,
    names_videos=True,
)
DUPLICATE_ROWS = Correction(
    "duplicate-rows", "of rows with one clip id the first stays", repeated, _remove
)
FIRST_ROW_PARTITION = Correction(
    "first-row-partition",
    "the authors' loader puts all clips of a video into the partition of its first row",
    not_of_the_first_row,
    _move,
    names_videos=True,
)
BOX_PAST_EDGE = Correction(
    "box-past-edge",
    "boxes that pass the right or bottom edge are cut off there by the box policy 'clip'",
    past_the_edge,
)
BOX_AT_TOP = Correction(
    "box-at-top", "boxes with top 0, most of them moved down by what passed the edge", at_the_top
)
BOX_AT_LEFT = Correction(
    "box-at-left", "boxes with left 0, moved right by what passed the edge", at_the_left
)
BOX_OFF_SQUARE = Correction(
    "box-off-square", "boxes that are not square: the crop squeezes them", off_square
)
OVERLAPPING_CLIPS = Correction(
    "overlapping-clips",
    "pairs of clips of one video that share frames without being equal; both stay",
    _overlapping,
    counts="pairs",
)

_BOXES = (BOX_PAST_EDGE, BOX_AT_TOP, BOX_AT_LEFT, BOX_OFF_SQUARE, OVERLAPPING_CLIPS)
_CHECKED = (LEAKED_VIDEOS, DUPLICATE_ROWS)
_AS_IS = (FIRST_ROW_PARTITION, DUPLICATE_ROWS)


def corrections_of(list_name: str, *, whole: bool) -> tuple[Correction, ...]:
    """Return the corrections of a list in their order.

    Args:
        list_name: ``v1``, ``v1-lite`` or ``v1-asis``.
        whole: Whether its clips are whole videos, which have neither windows nor boxes.
    """
    first = _AS_IS if list_name == "v1-asis" else _CHECKED
    return first if whole else (*first, *_BOXES)
