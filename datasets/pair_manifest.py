"""The pairs of a data set on disk: one row per frozen pair, got or not, and where its truth lies.

    work/<profile>/pairs/<dataset>/pairs.csv
    work/<profile>/pairs/<dataset>/<mode>/<pair id>.mkv           (the mini worlds only)
    work/<profile>/pairs/<dataset>/<mode>/<pair id>.truth.npz

The truth of a pair has one frame more than its clip: frame 0 is the source picture, so that
``flow_to_first(truth)`` after its first frame is the backward flow from the clip to that picture.
Nothing that failed disappears: it stays as a row with its error class.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from datasets import manifest
from datasets.files import write_text
from datasets.manifest import OK
from datasets.metadata import check_name
from datasets.registry import PROFILES, UsageError, choose, get

PAIRS = "pairs.csv"
MODES = ("absolute", "relative")
"""``relative``: the motion since the driving clip's first frame, added to the source's own pose."""

ERRORS: dict[str, str] = manifest.ERRORS | {
    "missing-clip": "a clip of the pair is not there",
    "broken-clip": "the source clip cannot be read",
    "other-clip": "a clip of the pair is not what the mini world of the frozen split draws",
}


@dataclass(frozen=True)
class Pair:
    """What became of one frozen pair.

    Attributes:
        pair_id: Its name.
        source: Clip id; the first frame is the source picture.
        driving: Clip id.
        source_video: The video of the source.
        driving_video: The video of the driving clip; pairs of one video are not independent.
        frames: Frames T of the driving clip; 0 if it is not there.
        status: ``ok`` or one of `ERRORS`.
    """

    pair_id: str
    source: str
    driving: str
    source_video: str
    driving_video: str
    frames: int
    status: str

    @property
    def ok(self) -> bool:
        """Whether both clips, and in a mini world the truth of both modes, are there."""
        return self.status == OK


_COLUMNS = tuple(field.name for field in fields(Pair))


def pairs_folder(dataset: str, profile: str, root: Path = Path()) -> Path:
    """Return the folder of pairs: what ``datasets.pairs`` makes."""
    return root / "work" / choose("profile", profile, PROFILES) / "pairs" / get(dataset).name


def truth_clip(folder: Path, mode: str, pair_id: str) -> Path:
    """Return the clip of the exact truth; `datasets.truth.truth_beside` names the rest of it.

    Args:
        folder: See `pairs_folder`.
        mode: One of `MODES`; `UsageError` otherwise.
        pair_id: Name of the pair.
    """
    return folder / choose("mode", mode, MODES) / f"{pair_id}.mkv"


def read_pairs(folder: Path) -> list[Pair]:
    """Return all pairs, failed ones too, sorted by their ids.

    Raises:
        UsageError: There is no ``pairs.csv``, it has other columns, or a row cannot be understood.
    """
    path = folder / PAIRS
    if not path.is_file():
        raise UsageError(f"{path}: no such list; make the pairs first (dvc repro pairs)")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise UsageError(f"{path}: expected the columns {','.join(_COLUMNS)}")
            rows = [_parse(path, number, values) for number, values in enumerate(reader)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV file in UTF-8: {error}") from error
    if len({row.pair_id for row in rows}) != len(rows):
        raise UsageError(f"{path}: a pair id is there twice; make the pairs again")
    return sorted(rows, key=lambda row: row.pair_id)


def _parse(path: Path, number: int, values: Mapping[str, str]) -> Pair:
    if None in values or None in values.values():
        raise UsageError(f"{path}: row {number}: wrong number of columns")
    try:
        return Pair(
            pair_id=check_name(values["pair_id"]),
            source=check_name(values["source"]),
            driving=check_name(values["driving"]),
            source_video=values["source_video"],
            driving_video=values["driving_video"],
            frames=int(values["frames"]),
            status=choose("status", values["status"], (OK, *ERRORS)),
        )
    except ValueError as error:
        raise UsageError(f"{path}: row {number}: {error}") from error


def write_pairs(folder: Path, pairs: Iterable[Pair]) -> None:
    """Write ``pairs.csv``, sorted by pair id, atomically."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(astuple(pair) for pair in sorted(pairs, key=lambda pair: pair.pair_id))
    write_text(folder / PAIRS, out.getvalue())
