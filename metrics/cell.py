"""One cell of the board: one method on one data set, from folders to a `Result`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from datasets.pair_manifest import pairs_folder, read_pairs
from datasets.registry import UsageError, shown_name
from metrics.clip_list import ClipList, clip_list, pixel_remark
from metrics.config import EvaluateConfig
from metrics.fields import METHOD_NAME, STRICT
from metrics.figures import Scores
from metrics.pair_list import pair_list
from metrics.predictions import Inventory, RefusedError, take_inventory
from metrics.result import Checkpoint, Coverage, Result, Status, clips_digest
from metrics.score import Scoring, score_folder
from metrics.sources import source_digest
from metrics.tasks import RECONSTRUCTION, Task, mode_of
from metrics.tools import load_tools
from metrics.validation import read_json
from metrics.wanted import Wanted, wanted_clips, wanted_pairs

PARTITION = "test"
_REMARKS = 5  # as many differences from the frozen list are named


@dataclass(frozen=True)
class Cell:
    """What to score.

    Attributes:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        clips: The folder of true clips; sources and driving clips of pairs are of them too.
        predictions: The folder of predictions.
        task: What they are predictions of.
        method: Its name; None: what ``method.json`` says, or the folder's name.
        submitted: Nobody here made them: whatever ``method.json`` says, the status is
            ``submitted`` and there is no checkpoint.
        allow_missing: Score what is there; the result says what is missing.
        allow_lossy: Score lossy predictions; the result says so.
    """

    dataset: str
    profile: str
    clips: Path
    predictions: Path
    task: Task = RECONSTRUCTION
    method: str | None = None
    submitted: bool = False
    allow_missing: bool = False
    allow_lossy: bool = False


@dataclass(frozen=True)
class MethodFile:
    """``method.json`` of a folder of predictions."""

    method: str
    status: Status
    checkpoint: Checkpoint | None

    __pydantic_config__ = STRICT


_METHOD_FILE = TypeAdapter(MethodFile)


def inspect(cell: Cell, *, deep: bool = False) -> tuple[Inventory, ClipList]:
    """Return the inventory of a cell and the list of clips that it should cover.

    Raises:
        UsageError: No clips or no predictions at all.
        RefusedError: Something is wrong that ``cell`` does not allow.
    """
    clips, wanted, why = _wanted(cell)
    without = {name: why(name) for name in sorted(clips.expected - {w.clip_id for w in wanted})}
    inventory = take_inventory(cell.predictions, wanted, without_truth=without, deep=deep)
    if inventory.refused(allow_missing=cell.allow_missing, allow_lossy=cell.allow_lossy):
        raise RefusedError(str(inventory))
    return inventory, clips


def _wanted(cell: Cell) -> tuple[ClipList, list[Wanted], Callable[[str], str]]:
    """Return the list to be covered, what of it can be scored, and why the rest cannot."""
    wanted, failed = wanted_clips(cell.clips, partition=PARTITION)
    clips = clip_list(
        cell.dataset,
        cell.profile,
        wanted,
        failed=failed,
        partition=PARTITION,
        folder=cell.clips,
    )
    mode = mode_of(cell.task)
    if mode is None:
        return clips, wanted, lambda _name: ""
    folder = pairs_folder(cell.dataset, cell.profile)
    pairs = read_pairs(folder)
    usable = wanted_pairs(pairs, folder, wanted, mode=mode, exact=cell.profile == "mini")
    status = {pair.pair_id: pair.status for pair in pairs}
    listed = pair_list(cell.dataset, cell.profile, pairs, clips)
    return listed, usable, lambda name: status.get(name, f"not in {folder}")


def evaluate(
    cell: Cell,
    config: EvaluateConfig,
    *,
    cache: Path | None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    notice: Callable[[str], None] = lambda _text: None,
) -> tuple[Result, Scores]:
    """Score a cell.

    Args:
        cell: What to score.
        config: How.
        cache: Folder of the feature cache; None: no cache.
        progress: Called with (clips done, clips to do).
        notice: Called with what is wrong but allowed.

    Raises:
        UsageError: No clips, no predictions, or a clip that cannot be read.
        RefusedError: As `inspect`.
    """
    owner = who(cell)
    inventory, clips = inspect(cell)
    if inventory.problems:
        notice(str(inventory))
    for remark in clips.remarks[:_REMARKS]:
        notice(f"{cell.clips}: {remark}")
    tools = load_tools(cell.dataset, cell.profile, config=config)
    side = min((min(clip.size) for clip in inventory.wanted), default=None)
    scoring = Scoring(cell.dataset, cell.profile, cell.task, config, cache, side)
    scores = score_folder(inventory, scoring, tools, progress=progress)
    ids = [row.clip_id for row in scores.rows]
    if other := pixel_remark(clips.pixels, scores.pixels):
        notice(f"{cell.clips}: {other}")
    missing = sorted(clips.expected - set(ids))
    result = Result(
        dataset=cell.dataset,
        profile=cell.profile,
        shown_name=shown_name(cell.dataset, cell.profile),
        method=owner.method,
        status=owner.status,
        split=clips.split,
        coverage=Coverage(len(clips.expected), len(ids), clips_digest(ids), tuple(missing)),
        metrics=scores.metrics,
        source_sha256=source_digest(),
        task=cell.task,
        lossy=inventory.lossy,
        paired=scores.paired,
        extractors=tools.digests(),
        slots=tools.slots(),
        protocol={
            "bootstrap": config.bootstrap,
            "bootstrap_seed": config.bootstrap_seed,
            "fd_stride": config.fd_stride,
        },
        checkpoint=owner.checkpoint,
    )
    return result, scores


def who(cell: Cell) -> MethodFile:
    """Return whose predictions these are; those of nobody here have been submitted."""
    path = cell.predictions / "method.json"
    found = MethodFile(cell.method or cell.predictions.resolve().name, "submitted", None)
    if path.is_file() and not (cell.submitted and cell.method):
        said = read_json(_METHOD_FILE, path)
        name = cell.method or said.method
        found = MethodFile(name, found.status if cell.submitted else said.status, said.checkpoint)
    if not METHOD_NAME.fullmatch(found.method):
        raise UsageError(
            f"{cell.predictions}: {found.method!r} is no method name (letters, digits, '.', '_' "
            "and '-'); pass --method"
        )
    return MethodFile(found.method, found.status, None if cell.submitted else found.checkpoint)
