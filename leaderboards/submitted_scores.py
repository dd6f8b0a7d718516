"""Whether the numbers of a submission are of a frozen list, consistent, and possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from datasets.registry import UNFROZEN
from leaderboards import consistent
from leaderboards.columns import RANKED_BY
from leaderboards.comparable import difference
from leaderboards.consistent_pairs import paired_faults
from leaderboards.facts import MetricFacts
from leaderboards.findings import Findings
from leaderboards.frozen import Frozen, check_split
from leaderboards.listed import PARTITION, listed_ids
from leaderboards.plain import hidden
from leaderboards.plausible import impossible, other_differences, suspicious
from leaderboards.submission import (
    CLIPS,
    PREDICTIONS,
    RESULT,
    PredictionFile,
    clip_of,
    is_motion,
    read_predictions,
)
from leaderboards.submitted_clips import read_clip_table
from metrics.result import ClipRow, Result, dumps, read_limited, read_result

_NAMED = 5
"""As many clips are named in one message."""
_MOTION_METRICS = ("flow-epe", "occlusion-iou")


@dataclass(frozen=True)
class Known:
    """What submissions are compared with.

    Attributes:
        facts: Metric id -> what it is.
        frozen: The frozen splits.
        splits: The folder that they lie in, ``datasets/splits/<version>``.
        rows: Returns the rows of the board that a result belongs to: method -> result and values
            per clip.
    """

    facts: Mapping[str, MetricFacts]
    frozen: Frozen
    splits: Path
    rows: Callable[[Result], Mapping[str, tuple[Result, Sequence[ClipRow]]]]


@dataclass(frozen=True)
class Scored:
    """One task of a submission, as it was read."""

    home: Path
    result: Result
    clips: Sequence[ClipRow]
    predictions: Sequence[PredictionFile]


def check_scores(home: Path, *, task: str, known: Known, findings: Findings) -> Scored | None:
    """Check the files of one task; return them if they could be read."""
    path = home / RESULT
    result = findings.attempt(path, lambda: read_result(path))
    clips = findings.attempt(home / CLIPS, lambda: read_clip_table(home / CLIPS, known.facts))
    files = findings.attempt(home / PREDICTIONS, lambda: read_predictions(home / PREDICTIONS))
    if result is None or clips is None or files is None:
        return None
    if dumps(result).encode() != read_limited(path):
        findings.problem(path, "was not written by metrics.eval: its bytes would be others")
    if result.task != task:
        findings.problem(path, f"is of task {result.task!r}; {task!r} belongs into this folder")
    if result.status != "submitted":
        findings.problem(path, f"status is {result.status!r}, expected 'submitted'")
    if result.checkpoint is not None:
        findings.problem(path, "has a checkpoint; only what was trained here can have one")
    if result.lossy:
        findings.warn(path, "scored from lossy video: it will stand apart, unranked")
    findings.problems_of(path, hidden(asdict(result)))
    findings.problems_of(path, _metrics(result, known.facts))
    before = len(findings.problems)
    _list(path, result, clips, known=known, findings=findings)
    findings.problems_of(home / PREDICTIONS, _inventory(result, clips, files))
    findings.attempt(path, lambda: consistent.check_clips(result, clips, path=path))
    findings.attempt(path, lambda: consistent.check_values(result, clips, path=path))
    if len(findings.problems) == before:
        findings.attempt(path, lambda: consistent.check_intervals([(path, result, clips)]))
        findings.attempt(path, lambda: _differences(path, result, clips, known, findings))
    findings.problems_of(path, impossible(result, clips))
    _beside(path, result, clips, known=known, findings=findings)
    return Scored(home, result, clips, files)


def _metrics(result: Result, facts: Mapping[str, MetricFacts]) -> list[str]:
    said = [f"unknown metric {name!r}" for name in sorted(set(result.metrics) - set(facts))]
    for name in sorted(set(result.metrics) & set(facts)):
        unit = result.metrics[name].unit
        if unit != facts[name].unit:
            said.append(f"{name} is in {unit!r}, expected {facts[name].unit!r}")
    if (figure := result.metrics.get(RANKED_BY)) is None or figure.value is None:
        said.append(f"has no value of {RANKED_BY}, which ranks")
    return said


def _list(
    path: Path, result: Result, clips: Sequence[ClipRow], *, known: Known, findings: Findings
) -> None:
    """Check which list was scored, and how much of it."""
    split, coverage = result.split, result.coverage
    if split.id.split("@")[0] != result.shown_name or split.id.endswith(UNFROZEN):
        findings.problem(path, f"split {split.id}: is no frozen list of {result.shown_name}")
    if split.partition != PARTITION:
        findings.problem(path, f"is of the partition {split.partition!r}, expected {PARTITION!r}")
    findings.attempt(path, lambda: check_split(result, known.frozen, path=path))
    scored = {row.clip_id for row in clips}
    ids = listed_ids(result, known.splits)
    if ids is not None:
        if strange := sorted(scored - ids):
            findings.problem(path.parent / CLIPS, f"not in {split.id}: {_named(strange)}")
        missing = sorted(ids - scored)
        if missing != sorted(coverage.missing):
            findings.problem(path, f"missing are {_named(missing) or 'none'}; it says otherwise")
    if both := sorted(scored & set(coverage.missing)):
        findings.problem(path, f"both scored and missing: {_named(both)}")
    if coverage.missing:
        count = f"{coverage.scored} of {coverage.expected}"
        findings.warn(path, f"scored on {count}; missing: {_named(sorted(coverage.missing))}")


def _inventory(
    result: Result, clips: Sequence[ClipRow], files: Sequence[PredictionFile]
) -> list[str]:
    """Return what is wrong with the list of predictions."""
    scored = {row.clip_id for row in clips}
    frames: dict[str, list[str]] = {}
    motion = set()
    strange = []
    for one in files:
        clip = clip_of(one.file, scored)
        if clip is None:
            strange.append(one.file)
        elif is_motion(one.file):
            motion.add(clip)
        else:
            frames.setdefault(clip, []).append(one.file)
    said = [f"of no scored clip: {_named(strange)}"] if strange else []
    if lacking := sorted(scored - set(frames)):
        said.append(f"no prediction of {_named(lacking)}")
    said += [
        f"several predictions of {clip}: {_named(frames[clip])}"
        for clip in sorted(frames)
        if len(frames[clip]) > 1
    ]
    if empty := sorted(one.file for one in files if not one.bytes):
        said.append(f"empty: {_named(empty)}")
    said += [
        f"{name} has a value, but there is no motion file of {_named(sorted(scored - motion))}"
        for name in _MOTION_METRICS
        if name in result.metrics and result.metrics[name].value is not None and scored - motion
    ]
    return said


def _beside(
    path: Path, result: Result, clips: Sequence[ClipRow], *, known: Known, findings: Findings
) -> None:
    """Compare with the rows of the board."""
    board = findings.attempt(path, lambda: known.rows(result)) or {}
    anchors = {name: row for name, (row, _) in board.items() if row.status == "anchor"}
    read = [(Path(f"{row.dataset}-{name}.json"), row, rows) for name, (row, rows) in board.items()]
    where = path.parent / CLIPS
    findings.attempt(where, lambda: consistent.check_agreement([*read, (path, result, clips)]))
    for anchor in list(anchors.values())[:1]:
        if why := difference(result, anchor):
            findings.warn(path, f"not comparable with the board: {why}; it will stand apart")
        if result.source_sha256 != anchor.source_sha256:
            findings.warn(path, "scored by another version of the code than the board")
        findings.problems_of(path, _protocol(result, anchor))
    for text in suspicious(result, anchors):
        findings.warn(path, f"{text}: too good?")
    for text in other_differences(result, anchors):
        findings.warn(path, text)


def _protocol(result: Result, anchor: Result) -> list[str]:
    """Return what of the protocol is not that of the board; ``fd_stride`` is told elsewhere."""
    said = [
        f"unknown protocol {name!r}" for name in sorted(result.protocol.keys() - anchor.protocol)
    ]
    for name in ("bootstrap", "bootstrap_seed"):
        mine, theirs = result.protocol.get(name), anchor.protocol.get(name)
        if mine != theirs:
            said.append(f"protocol: {name} is {mine}, but {theirs} on the board")
    return said


def _differences(
    path: Path, result: Result, clips: Sequence[ClipRow], known: Known, findings: Findings
) -> None:
    """Check the differences from copy-source against those of the values per clip."""
    board = [(Path(name), row, rows) for name, (row, rows) in known.rows(result).items()]
    found = paired_faults([*board, (path, result, clips)])
    told = [text for where, _, text in found if where == path]
    if result.profile == "mini":
        findings.problems_of(path, told)
    for text in told if result.profile != "mini" else ():
        findings.warn(path, f"{text}; were other pixels scored than those of the anchor?")


def _named(names: Sequence[str]) -> str:
    """Return the first ``names``, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
