"""One cell of the board: one method on one data set, from folders to a `Result`."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from datasets.files import sha256_of_files
from datasets.frozen import SplitError, read_split
from datasets.registry import DATASETS, UsageError, shown_name
from metrics.cache import FeatureCache, environment
from metrics.figures import Bootstrap, Scores
from metrics.predictions import Inventory, RefusedError, take_inventory, wanted_clips
from metrics.result import Checkpoint, Coverage, Result, Split, Status, clips_digest
from metrics.score import score_folder
from metrics.strict_json import build
from metrics.views import Extraction, load_tools

PARTITION = "test"
UNFROZEN = "unfrozen"
_ROOT = Path(__file__).parents[1]
SOURCES = (
    "aggregate",
    "fid",
    "figures",
    "identity",
    "keypoints",
    "l1",
    "metric",
    "motion",
    "reference",
    "score",
    "true_motion",
    "views",
    "extractors/efflite",
    "extractors/inception",
    "extractors/__init__",
    "extractors/mini",
    "extractors/mini_detect",
    "extractors/mini_nets",
)
"""The modules that determine the numbers."""


@dataclass(frozen=True)
class EvaluateConfig:
    """Section ``profiles.<profile>.evaluate`` of ``params.yaml``.

    Attributes:
        bootstrap: Bootstrap samples.
        fd_stride: Image features are taken of every so many frames, beginning with frame 0.
        threads: Of the extractors; fixed, so that the last digits do not depend on the machine.
    """

    bootstrap: int = 10_000
    fd_stride: int = 4
    threads: int = 2

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        for name in ("bootstrap", "fd_stride", "threads"):
            if getattr(self, name) < 1:
                raise UsageError(f"evaluate.{name}: must be at least 1, got {getattr(self, name)}")


@dataclass(frozen=True)
class Cell:
    """What to score.

    Attributes:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        clips: The folder of true clips.
        predictions: The folder of predictions.
        method: Its name; None: what ``method.json`` says, or the folder's name.
        allow_missing: Score what is there; the result says what is missing.
        allow_lossy: Score lossy predictions; the result says so.
    """

    dataset: str
    profile: str
    clips: Path
    predictions: Path
    method: str | None = None
    allow_missing: bool = False
    allow_lossy: bool = False


@dataclass(frozen=True)
class MethodFile:
    """``method.json`` of a folder of predictions."""

    method: str
    status: Status
    checkpoint: Checkpoint | None


def inspect(cell: Cell, *, deep: bool = False) -> tuple[Inventory, list[str]]:
    """Return the inventory of a cell and the clips of the split whose truth is not to be had.

    Raises:
        UsageError: No clips or no predictions at all.
        RefusedError: Something is wrong that ``cell`` does not allow.
    """
    wanted, failed = wanted_clips(cell.clips, partition=PARTITION)
    inventory = take_inventory(cell.predictions, wanted, deep=deep)
    if inventory.refused(allow_missing=cell.allow_missing, allow_lossy=cell.allow_lossy):
        raise RefusedError(str(inventory))
    return inventory, failed


def evaluate(
    cell: Cell,
    config: EvaluateConfig,
    *,
    seed: int,
    cache: Path | None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    notice: Callable[[str], None] = lambda _text: None,
) -> tuple[Result, Scores]:
    """Score a cell.

    Args:
        cell: What to score.
        config: How.
        seed: Of the bootstrap.
        cache: Folder of the feature cache; None: no cache.
        progress: Called with (clips done, clips to do).
        notice: Called with the inventory if something is wrong but allowed.

    Raises:
        UsageError: No clips, no predictions, or a clip that cannot be read.
        RefusedError: As `inspect`.
    """
    inventory, failed = inspect(cell)
    if inventory.problems:
        notice(str(inventory))
    who = _who(cell)
    tools = load_tools(cell.dataset, cell.profile)
    store = FeatureCache(cache, environment=environment(config.threads))
    subject = DATASETS[cell.dataset].subject
    scores = score_folder(
        inventory,
        tools,
        Extraction(tools, store, stride=config.fd_stride),
        subject=subject,
        bootstrap=Bootstrap(config.bootstrap, seed),
        progress=progress,
    )
    ids = [row.clip_id for row in scores.rows]
    split, listed = _split(cell, {w.clip_id for w in inventory.wanted} | set(failed))
    missing = sorted(listed - set(ids))
    result = Result(
        dataset=cell.dataset,
        profile=cell.profile,
        shown_name=shown_name(cell.dataset, cell.profile),
        method=who.method,
        status=who.status,
        split=split,
        coverage=Coverage(len(listed), len(ids), clips_digest(ids), tuple(missing)),
        metrics=scores.metrics,
        source_sha256=source_digest(),
        lossy=inventory.lossy,
        paired=scores.paired,
        extractors=tools.digests(),
        protocol={"bootstrap": config.bootstrap, "fd_stride": config.fd_stride, "seed": seed},
        checkpoint=who.checkpoint,
    )
    return result, scores


def source_digest() -> str:
    """Return one sha256 over the files that determine the numbers."""
    paths = [_ROOT / "metrics" / f"{name}.py" for name in SOURCES]
    return sha256_of_files([path for path in paths if path.is_file()], _ROOT)


def _who(cell: Cell) -> MethodFile:
    """Return whose predictions these are; those of nobody here have been submitted."""
    path = cell.predictions / "method.json"
    if not path.is_file():
        return MethodFile(cell.method or cell.predictions.resolve().name, "submitted", None)
    try:
        node = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path}: not JSON ({error})") from error
    found = build(MethodFile, node, where=str(path))
    return MethodFile(cell.method or found.method, found.status, found.checkpoint)


def _split(cell: Cell, present: AbstractSet[str]) -> tuple[Split, AbstractSet[str]]:
    """Return which list the clips ``present`` in the manifest are of, and all its clip ids.

    Clips that are not of the frozen list, or of a list that is not frozen, get no citable id.
    """
    try:
        frozen = read_split(cell.dataset, cell.profile)
    except SplitError:
        frozen = None
    listed = {row.clip_id for row in frozen.of(PARTITION).rows} if frozen else set()
    if frozen and present <= listed:
        return Split(frozen.id, PARTITION, frozen.of(PARTITION).sha256), listed
    name = f"{shown_name(cell.dataset, cell.profile)}@{UNFROZEN}"
    return Split(name, PARTITION, clips_digest(present)), present
