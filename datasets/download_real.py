"""The source videos of a real data set: what is missing is fetched, what is whole is left alone.

The folder gets ``metadata.csv`` (the list), ``dataset.toml`` (which list, which format),
``download.csv`` (a row per video) and the videos. Its bytes depend on the videos alone; attempts
and dated reports go to a folder of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from datasets.download_config import DownloadConfig
from datasets.fetch.attempts import AVAILABLE, AttemptLog, read_attempts
from datasets.fetch.errors import ERRORS, AttemptError, Interrupted, classify
from datasets.fetch.folder import COLUMNS, adopt, describe, is_there, keep, lost, settle, tidy
from datasets.fetch.lasting import is_lasting, means
from datasets.fetch.listing import Listing, Wanted
from datasets.fetch.names import remove_source
from datasets.fetch.queue import Outcome, R, run_queue
from datasets.fetch.sources import Given, Stopped, asker, getter
from datasets.fetch.ytdlp import Got
from datasets.journal import Journal, Row, read_journal
from datasets.lock import alone
from datasets.manifest import OK
from datasets.metadata import PARTITIONS, write_metadata
from datasets.progress import progress
from datasets.registry import UsageError
from datasets.stage import claim
from datasets.stamp import STAMP, write_source_stamp

STATE = "download.csv"
MIXED = "mixed"
PENDING = "pending"


@dataclass(frozen=True)
class Run:
    """One run of the stage: where, from what, and how much of it.

    Attributes:
        listing: What is wanted.
        out: Folder of the source videos. Videos that the list does not name stay.
        reports: Folder of the attempt log.
        config: Settings of the stage.
        given: What came with the command line.
        splits: Only videos of these splits.
        retry: Classes of lasting failures that are tried again all the same; ``all``.
        limit: Most videos that are asked for; None for all.
        verify: Read every video that is there and compare its sha256.
    """

    listing: Listing
    out: Path
    reports: Path
    config: DownloadConfig
    given: Given = field(default_factory=Given)
    splits: Collection[str] = PARTITIONS
    retry: Collection[str] = ()
    limit: int | None = None
    verify: bool = False

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        if self.limit is not None and self.limit < 0:
            raise UsageError(f"limit must not be negative, got {self.limit}")
        for name in self.retry:
            if name not in (*ERRORS, "all"):
                raise UsageError(f"unknown class {name!r}; known: {', '.join(ERRORS)}, all")

    @property
    def videos(self) -> list[Wanted]:
        """The videos of the splits, test first."""
        return self.listing.of(self.splits)


@dataclass(frozen=True)
class Result:
    """What a run has come to.

    Attributes:
        statuses: Status and message by video id, of all videos of the splits: ``ok``, a class of
            `datasets.fetch.errors`, ``available`` (asked only), or ``pending``.
        stopped: Why the run ended early; empty if it did not.
        lasting: How many videos were not asked for, having failed for good before.
    """

    statuses: dict[str, tuple[str, str]]
    stopped: str = ""
    lasting: int = 0


def download_real(run: Run, *, rng: np.random.Generator) -> Result:
    """Get the videos that are not there yet.

    Args:
        run: What is to be done.
        rng: Draws the pauses between attempts.

    Raises:
        UsageError: The settings contradict each other, the folder holds other files, or an archive
            cannot be read.
    """
    with alone(run.out, "download"):
        return _download(run, rng)


def _download(run: Run, rng: np.random.Generator) -> Result:
    out, config, spec = run.out, run.config, run.config.chosen_format
    claim(out, "download", marks=[STATE, STAMP])
    journal = Journal(out / STATE, COLUMNS)
    settle(out, journal)
    _describe_folder(run, journal)
    if config.source == "ready":
        return Result({})
    wanted = _wanted(run, journal)
    todo = wanted[: run.limit]
    get = getter(config, run.given, run.listing, out, [video.video_id for video in todo])

    def attempt(video: Wanted, stopped: Stopped) -> tuple[Got, Row]:
        got = get(video.video_id, stopped)
        return got, describe(got, video.video_id, source=config.source, spec=spec)

    def done(video: Wanted, outcome: Outcome[tuple[Got, Row]]) -> None:
        if outcome.value is None:
            before = journal.get(video.video_id)
            if before is not None and before["status"] == OK:
                remove_source(out, video.video_id)  # it is not what was recorded
            error = outcome.errors[-1]
            source = means(config, run.given.network, error.kind)
            journal.add(lost(video.video_id, error, source=source, spec=spec))
        else:
            keep(out, outcome.value[1], outcome.value[0], journal)

    try:
        stopped = _run(run, todo, attempt, done, OK, rng)
    finally:
        _describe_folder(run, journal)
        journal.finish()
        tidy(out)
    asked = {video.video_id for video in wanted}
    lasting = [v for v in run.videos if v.video_id not in asked and _failed(v.video_id, journal)]
    return Result(_statuses(run, journal.rows), stopped, lasting=len(lasting))


def _failed(video_id: str, journal: Journal) -> bool:
    row = journal.get(video_id)
    return row is not None and row["status"] in ERRORS


def _describe_folder(run: Run, journal: Journal) -> None:
    """Write the list and the stamp; the format is that of the videos that are there."""
    write_metadata(run.out / "metadata.csv", run.listing.rows)
    known = [journal.get(video_id) for video_id in run.listing.videos]
    formats = {row["format"] for row in known if row and row["status"] == OK}
    formats = formats or {run.config.chosen_format.name}
    shown = formats.pop() if len(formats) == 1 else MIXED
    write_source_stamp(run.out, id=run.listing.id, list_sha256=run.listing.sha256, format=shown)


def _wanted(run: Run, journal: Journal) -> list[Wanted]:
    """Return the videos that are to be asked for, after a look at what is there."""
    asked = read_attempts(run.reports)
    found = []
    for video in run.videos:
        row = journal.get(video.video_id)
        if is_there(run.out, row, verify=run.verify) or adopt(run.out, video.video_id, journal):
            continue
        last = asked.get(video.video_id)
        back = last is not None and last.status == AVAILABLE  # a later --check has found it
        if back or row is None or row["status"] not in ERRORS or not _is_lasting(row, run):
            found.append(video)
    return found


def _is_lasting(row: Row, run: Run) -> bool:
    return is_lasting(row, run.config, run.given.network, retry=run.retry)


def check_real(run: Run, *, rng: np.random.Generator) -> Result:
    """Ask the host for the videos that are not there; nothing but the attempt log is written.

    Raises:
        UsageError: The settings contradict each other.
    """
    rows = read_journal(run.out / STATE, COLUMNS)
    ask = asker(run.config, run.given, run.listing)
    found: dict[str, tuple[str, str]] = {}
    todo = [v for v in run.videos if not is_there(run.out, rows.get(v.video_id))][: run.limit]

    def attempt(video: Wanted, stopped: Stopped) -> str:
        return ask(video.video_id, stopped)

    def done(video: Wanted, outcome: Outcome[str]) -> None:
        error = outcome.errors[-1] if outcome.value is None else None
        found[video.video_id] = (error.kind, str(error)) if error else (AVAILABLE, "")

    stopped = _run(run, todo, attempt, done, AVAILABLE, rng)
    return Result(_statuses(run, rows) | found, stopped)


def _statuses(run: Run, rows: dict[str, Row]) -> dict[str, tuple[str, str]]:
    pending = {"status": PENDING, "message": ""}
    known = {video.video_id: rows.get(video.video_id, pending) for video in run.videos}
    return {name: (row["status"], row["message"]) for name, row in known.items()}


def _run(
    run: Run,
    todo: list[Wanted],
    attempt: Callable[[Wanted, Stopped], R],
    done: Callable[[Wanted, Outcome[R]], None],
    good: str,
    rng: np.random.Generator,
) -> str:
    """Run the queue, with the attempt log and the progress; return why it stopped."""
    log = AttemptLog(run.reports)
    counts: Counter[str] = Counter()
    with progress("download" if good == OK else "check", len(todo)) as report:

        def finished(video: Wanted, outcome: Outcome[R]) -> None:
            done(video, outcome)
            results = [(error.kind, str(error)) for error in outcome.errors]
            results += [(good, "")] if outcome.value is not None else []
            log.add(video.video_id, results)
            counts[results[-1][0]] += 1
            shown = ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
            report(f"{video.video_id}: {results[-1][0]} ({shown})")

        return run_queue(todo, _guarded(attempt), finished, policy=run.config.policy, rng=rng)


def _guarded(attempt: Callable[[Wanted, Stopped], R]) -> Callable[[Wanted, Stopped], R]:
    """Return ``attempt`` with every surprise made a failure of its video, not of the run."""

    def guarded(video: Wanted, stopped: Stopped) -> R:
        try:
            return attempt(video, stopped)
        except (AttemptError, Interrupted, UsageError):
            raise
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            raise AttemptError(classify(text), text) from error

    return guarded
