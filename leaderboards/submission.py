"""What a submission is: one folder of small files, of which everything is checked.

``leaderboards/v1/submitted/<shown data set>/<method>/`` holds ``method.toml`` (the card) and, of
what was scored, `TASK_FILES`: for reconstructions in the folder itself, for animations in
``animation-<mode>/``. Predictions are not in it, they are far too large, but their digests are.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from datasets.registry import UsageError
from metrics.result import Count, Sha256, Text, faults, read_json, read_limited

RESULT = "result.json"
CLIPS = "result.clips.csv"
PROVENANCE = "result.provenance.json"
PREDICTIONS = "predictions.csv"
CARD = "method.toml"
TASK_FILES: tuple[str, ...] = (RESULT, CLIPS, PROVENANCE, PREDICTIONS)
LARGEST = 10_000_000
"""Bytes of the largest file of a submission."""
MOST_ROWS = 20_000
"""Rows of the longest table of a submission: the largest list has a few hundred clips."""
_COLUMNS = ("file", "bytes", "sha256")
_MOTION = ".motion.npz"
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class PredictionFile(BaseModel):
    """One prediction: a file, or a folder of pictures, whose name then ends in ``/``.

    Attributes:
        file: Its name in the folder of predictions.
        bytes: Its size, of a folder that of all its files.
        sha256: Of its content; of a folder, of the sorted lines ``<sha256>  <name>`` of its files.
    """

    model_config = _STRICT

    file: Annotated[str, Field(max_length=255, pattern=r"^[^\x00-\x1f\x7f/\\]+/?$")]
    bytes: Count
    sha256: Sha256


class Provenance(BaseModel):
    """Where, when and with what a result was made; see `metrics.provenance`."""

    model_config = _STRICT

    command: Annotated[list[Text], Field(max_length=100)]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")] | None
    dirty: bool | None
    started: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d$")]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    host: Text
    device: Text
    processor: Text
    threads: Count
    python: Text
    platform: Text
    packages: Annotated[dict[Text, Text | None], Field(max_length=100)]


_PROVENANCE = TypeAdapter(Provenance)


def read_provenance(path: Path) -> Provenance:
    """Read a sidecar; `UsageError` names the file and every key that does not fit."""
    return read_json(_PROVENANCE, path, largest=LARGEST)


def digest(path: Path) -> PredictionFile:
    """Return name, size and digest of the prediction at ``path``, a file or a folder of files.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        if not path.is_dir():
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            return PredictionFile(file=path.name, bytes=path.stat().st_size, sha256=found)
        inner = [digest(file) for file in sorted(path.iterdir()) if file.is_file()]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    lines = "".join(f"{one.sha256}  {one.file}\n" for one in inner)
    return PredictionFile(
        file=f"{path.name}/",
        bytes=sum(one.bytes for one in inner),
        sha256=hashlib.sha256(lines.encode()).hexdigest(),
    )


def find_predictions(folder: Path, clips: Iterable[str]) -> list[Path]:
    """Return the files in ``folder`` that are predictions of ``clips``, motion files too, sorted.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of predictions")
    known = set(clips)
    found = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in found if clip_of(path.name, known) is not None)


def clip_of(name: str, clips: set[str]) -> str | None:
    """Return which of ``clips`` the file ``name`` is a prediction of, or its motion file; or None.

    Example:
        >>> clip_of("a#1.mkv", {"a#1"}), clip_of("a#1.motion.npz", {"a#1"}), clip_of("a.mkv", {"b"})
        ('a#1', 'a#1', None)
    """
    name = name.removesuffix("/")
    for _ in range(3):
        if name in clips:
            return name
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return None


def is_motion(name: str) -> bool:
    """Whether ``name`` is a motion file, which lies beside the prediction of a clip."""
    return name.endswith(_MOTION)


def predictions_text(files: Iterable[PredictionFile]) -> str:
    """Return ``files`` as CSV, sorted by name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((f.file, f.bytes, f.sha256) for f in sorted(files, key=lambda f: f.file))
    return text.getvalue()


def read_predictions(path: Path) -> list[PredictionFile]:
    """Read what `predictions_text` gave.

    Raises:
        UsageError: The file cannot be read, is too large, or is not byte for byte such a table;
            the message names the file and, where one is at fault, the line.
    """
    lines = read_rows(path)
    if not lines or tuple(lines[0]) != _COLUMNS:
        raise UsageError(f"{path}: expected the columns {', '.join(_COLUMNS)}")
    files: list[PredictionFile] = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            files.append(_prediction(line))
        except ValidationError as error:
            raise UsageError(f"{path}, line {number}: {faults(error)[0]}") from error
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
    for name, count in Counter(one.file for one in files).items():
        if count > 1:
            raise UsageError(f"{path}: names {name!r} {count} times")
    if predictions_text(files).encode() != read_limited(path, largest=LARGEST):
        raise UsageError(f"{path}: is not written as leaderboards.submit does, sorted by name")
    return files


def _prediction(line: Sequence[str]) -> PredictionFile:
    if len(line) != len(_COLUMNS):
        raise ValueError(f"{len(line)} cells, expected {len(_COLUMNS)}")
    name, size, sha256 = line
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", size):
        raise ValueError(f"bytes: {size[:20]!r} is no number of bytes")
    if name.rstrip("/") in ("", ".", ".."):
        raise ValueError(f"file: {name!r} is no file name")
    return PredictionFile(file=name, bytes=int(size), sha256=sha256)


def read_rows(path: Path) -> list[list[str]]:
    """Return the lines of a CSV file of others.

    Raises:
        UsageError: It cannot be read, is too large, has too many rows, or is no CSV in UTF-8.
    """
    data = read_limited(path, largest=LARGEST)
    if data.count(b"\n") > MOST_ROWS + 1:
        raise UsageError(f"{path}: more than {MOST_ROWS} rows")
    try:
        return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV in UTF-8 ({error})") from error
