"""Predictions written batch after batch, in this thread or in others while the network goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from baselines.batch_mover import Made
from baselines.motion_writer import MotionWriter
from baselines.packs import Job
from baselines.predictions import CLIP, MOTION
from baselines.stage import StageError
from datasets.clips import ClipWriter
from datasets.files import remove

_WAITING = 4
"""Batches that may wait for one thread: memory is bounded, and a slow disk slows the network."""


class PredictionWriter:
    """Writes the clip of one prediction and, if it has one, its motion.

    Args:
        folder: Where; files get their names by `commit`.
        job: Whose prediction it is.
    """

    def __init__(self, folder: Path, job: Job) -> None:
        self._job = job
        self._paths = [folder / f"{job.name}{suffix}" for suffix in (CLIP, MOTION)]
        self._clip = ClipWriter(self._paths[0])
        self._motion: MotionWriter | None = None
        self._count = 0

    def write(self, made: Made) -> bool:
        """Append some frames; return whether they were the last."""
        for picture in made.pictures:
            self._clip.write(picture)
        if made.motion is not None:
            if self._motion is None:
                self._motion = MotionWriter(self._paths[1], self._job.frames)
            self._motion.write(made.motion)
        self._count += len(made.pictures)
        return self._count == self._job.frames

    def commit(self) -> None:
        """Finish both files."""
        if self._motion is not None:
            self._motion.commit()
        self._clip.commit()

    def discard(self) -> None:
        """Leave nothing, not even what was finished."""
        for writer in (self._motion, self._clip):
            if writer is not None:
                with suppress(OSError):  # a full disk refuses the end of what nobody wants
                    writer.discard()
        for path in self._paths:
            remove(path)


class Writers:
    """Writes predictions of several clips, each by one thread.

    A context manager, which waits at its end for what is still to be written. When something goes
    wrong with a prediction, nothing is left of it, and what still comes for it is dropped.

    Args:
        folder: Where predictions are put together.
        threads: How many; 0: what `write` is asked for is done when it returns.
        publish: Called with the name of each prediction that is finished, by the thread that did.

    Raises:
        StageError: From any method: something could not be written; the message names the clip.
    """

    def __init__(self, folder: Path, threads: int, *, publish: Callable[[str], None]) -> None:
        self._folder, self._publish = folder, publish
        self._lanes = [_Lane() for _ in range(threads)]
        self._open: dict[str, PredictionWriter] = {}
        self._turn: dict[str, int] = {}
        self._failed: set[str] = set()

    def write(self, job: Job, made: Made) -> None:
        """Append frames to a prediction, which is finished by its last frame."""
        self._do(job, lambda: self._write(job, made))

    def discard(self, job: Job) -> None:
        """Leave nothing of a prediction that was begun, if it was."""
        if job.name in self._turn:
            self._do(job, lambda: self._close(job.name))

    def _write(self, job: Job, made: Made) -> None:
        if job.name not in self._open:
            self._open[job.name] = PredictionWriter(self._folder, job)
        if self._open[job.name].write(made):
            self._open[job.name].commit()
            self._publish(job.name)
            del self._open[job.name]

    def _close(self, name: str) -> None:
        if writer := self._open.pop(name, None):
            writer.discard()

    def _close_all(self) -> None:
        for name in list(self._open):
            self._close(name)

    def _do(self, job: Job, task: Callable[[], None]) -> None:
        turn = self._turn.setdefault(job.name, len(self._turn))

        def named() -> None:
            if job.name in self._failed:
                return
            try:
                task()
            except Exception as error:
                self._failed.add(job.name)
                with suppress(OSError):
                    self._close(job.name)
                raise StageError(f"{job.name}: cannot be written: {error}") from error

        if self._lanes:
            self._lanes[turn % len(self._lanes)].do(named)
        else:
            named()

    def __enter__(self) -> Self:
        """Return the writers themselves."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for all that is to be written; after an error leave nothing that was begun."""
        with ExitStack() as stack:
            stack.callback(self._close_all)  # last, when no thread opens one any more
            for lane in self._lanes:
                stack.callback(lane.end, drop=kind is not None)


class _Lane:
    """A thread that does one thing after the other."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def do(self, task: Callable[[], None]) -> None:
        """Ask for a task; wait while too many wait, and raise what one of them raised."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(task))

    def end(self, *, drop: bool) -> None:
        """Wait for all tasks, or ``drop`` those not begun; raise what one of them raised."""
        self._pool.shutdown(cancel_futures=drop)
        if not drop:
            for task in self._waiting:
                task.result()
