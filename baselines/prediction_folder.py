"""A folder of predictions that can be left at any moment and gone on with, by several at a time.

    work/mini/predictions/taichi-hd-fomm/            <- the predictions, whole ones only
    work/mini/predictions/.taichi-hd-fomm.predict/   <- beside it, no output of any stage:
        run.json                                        of which run they are
        0-of-1.0-of-1.csv                               what was made: mark and digests
        0-of-1.0-of-1/                                  what is in work

Every process of every shard has a journal and a folder of work of its own, named
``<shard>-of-<shards>.<process>-of-<processes>``. A prediction is finished there; its row is
written, and then it is renamed into the folder. So what lies in the folder has a row, and who
begins can tell by it what is of this run and what is not, even while others work. The **mark** of a
prediction says what decides its bytes: checkpoint, code, libraries, settings, device, and the clips
of its pack (`baselines.packs`). All that lies in the folder is of one run: a whole run replaces
what another one has made, a shard refuses to begin.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from baselines.prediction_origin import differences, is_origin, write_origin
from baselines.predictions import CLIP, MOTION
from datasets.files import parts, remove, sha256
from datasets.journal import Journal, Row, read_journal
from datasets.lock import alone
from datasets.registry import UsageError

COLUMNS = ("name", "mark", "sha256", "motion_sha256")


class PredictionFolder:
    """What is in a folder of predictions, and what of it is of this run.

    Args:
        out: The folder.
        marks: Name of each wanted prediction -> its mark.
    """

    def __init__(self, out: Path, marks: Mapping[str, str]) -> None:
        self.out, self.state = out, state_beside(out)
        self._marks = marks
        for folder in (self.out, self.state):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def begin(self, facts: Mapping[str, Any], *, replace: bool) -> Iterator[str]:
        """Remove whatever is not of this run, then hold the folder while the caller writes to it.

        What other shards of this very run have made stays.

        Args:
            facts: What is the same for all predictions of the run, JSON-able.
            replace: Whether predictions of another run may be removed.

        Yields:
            What there is to say of those that were; empty if there were none.

        Raises:
            UsageError: There are some, and they may not.
        """
        with held(self.state):
            others = self._of_others()
            count = len({path.name.removesuffix(MOTION).removesuffix(CLIP) for path in others})
            how = differences(self.state, facts)
            why = f"{self.out}: {count} predictions of another run ({how})"
            if others and not replace:
                raise UsageError(
                    f"{why}: a shard removes none of them. Start it as they were made; or delete "
                    "the folder, or start a run without --shard, which makes them again"
                )
            for path in (*others, *parts(self.out)):
                remove(path)
            self._forget_others()
            write_origin(self.state, facts, self._marks)
            yield f"{why}: made again" if others else ""

    def _of_others(self) -> list[Path]:
        """Return the files of predictions that are not of this run."""
        there = sorted(self.out.iterdir())  # before the journals: what is there has a row
        rows = self._rows()
        named = [(path, found) for path in there if (found := split_name(path))]
        return [path for path, (name, kind) in named if not _listed(rows.get(name, ()), kind)]

    def _forget_others(self) -> None:
        """Drop the rows of other runs: they would speak for what this one puts in their place."""
        for path in sorted(self.state.glob("*.csv")):
            rows = read_journal(path, COLUMNS)
            if strange := [n for n, row in rows.items() if row["mark"] != self._marks.get(n)]:
                journal = Journal(path, COLUMNS)
                for name in strange:
                    journal.drop(name)
                journal.finish()

    def kept(self, names: Iterable[str]) -> tuple[set[str], list[Path]]:
        """Look for predictions of this run that are there.

        Args:
            names: Those to look for; nobody else may be at work on them.

        Returns:
            The names of those that are whole; and the files that somebody has changed, which are
            removed.
        """
        rows, kept, changed = self._rows(), set(), []
        for name in names:
            clip, motion = (self.out / f"{name}{suffix}" for suffix in (CLIP, MOTION))
            digests = {path: sha256(path) for path in (clip, motion) if path.is_file()}
            found = (digests.get(clip, ""), digests.get(motion, ""))
            known = {(row["sha256"], row["motion_sha256"]) for row in rows.get(name, ())}
            if found[0] and found in known:
                kept.add(name)
                continue
            columns = {clip: {row[0] for row in known}, motion: {row[1] for row in known}}
            changed += [path for path, digest in digests.items() if digest not in columns[path]]
            for path in digests:
                remove(path)
        return kept, changed

    @contextmanager
    def part(self, label: str) -> Iterator[FolderPart]:
        """Open the part of one who works: his journal, and an empty folder for what is in work.

        Args:
            label: Of the one; no two at work have the same.

        Raises:
            UsageError: Somebody else works under this label.
        """
        with alone(self.state / label, "predict"):
            for left in (self.state / label).iterdir():
                remove(left)
            yield FolderPart(self, label, self._marks)

    def _rows(self) -> dict[str, list[Row]]:
        """Return the rows of this run by name, of all journals."""
        found: dict[str, list[Row]] = defaultdict(list)
        for path in sorted(self.state.glob("*.csv")):
            for name, row in read_journal(path, COLUMNS).items():
                if self._marks.get(name) == row["mark"]:
                    found[name].append(row)
        return found


class FolderPart:
    """The part of one who works on a folder; its methods may be called from several threads.

    Attributes:
        work: Folder for what is in work.
    """

    def __init__(self, folder: PredictionFolder, label: str, marks: Mapping[str, str]) -> None:
        self.work = folder.state / label
        self._folder, self._marks = folder, marks
        self._journal = Journal(folder.state / f"{label}.csv", COLUMNS)
        self._lock = threading.Lock()

    def publish(self, name: str) -> None:
        """Move the files of a finished prediction from ``work`` into the folder.

        Raises:
            UsageError: The folder is of another run by now.
        """
        clip, motion = (self.work / f"{name}{suffix}" for suffix in (CLIP, MOTION))
        row = {"name": name, "mark": self._marks[name], "sha256": sha256(clip)}
        row["motion_sha256"] = sha256(motion) if motion.is_file() else ""
        with self._lock, held(self._folder.state):
            if not is_origin(self._folder.state, self._marks):
                raise UsageError(f"{self._folder.out}: another run has begun here since")
            self._journal.add(row)
            # The clip last: where it is, the prediction is complete.
            for path in (motion, clip) if row["motion_sha256"] else (clip,):
                path.replace(self._folder.out / path.name)


def state_beside(out: Path) -> Path:
    """Return where the journals of a folder of predictions lie.

    Example:
        >>> state_beside(Path("/data/mine")).as_posix()
        '/data/.mine.predict'
    """
    whole = out.resolve()
    return whole.with_name(f".{whole.name}.predict")


def split_name(path: Path) -> tuple[str, str] | None:
    """Return clip id and kind, `CLIP` or `MOTION`, of a file of predictions; None of another."""
    for suffix in (MOTION, CLIP):
        if path.name.endswith(suffix) and not path.name.startswith("."):
            return path.name.removesuffix(suffix), suffix
    return None


def _listed(rows: Iterable[Row], kind: str) -> bool:
    return any(row["sha256" if kind == CLIP else "motion_sha256"] for row in rows)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold ``folder``, waiting for others; where locks cannot be had it is not held."""
    with ExitStack() as stack:
        try:
            import fcntl

            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except (ImportError, OSError):
            pass  # Windows, some network file systems
        yield
