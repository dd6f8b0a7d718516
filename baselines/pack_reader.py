"""The frames of a pack, read clip after clip, one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np

from baselines.anchors import Frames
from baselines.batch_mover import Piece
from baselines.packs import Job, Pack
from datasets.clips import ClipError, ClipReader


class Part(NamedTuple):
    """A piece of a batch, and what it is of."""

    job: Job
    piece: Piece


class PackReader:
    """Reads packs.

    A clip that nobody wants, or that cannot be read, leaves black frames in its place: batches have
    the same shapes for everybody, and no frame depends on what stands beside it in its batch.

    Args:
        size: Height and width of all clips.
        batch: Driving frames at a time.
        fail: Told what cannot be read, and why.
    """

    def __init__(
        self, size: tuple[int, int], batch: int, *, fail: Callable[[Job, str], None]
    ) -> None:
        self._black = np.zeros((*size, 3), np.uint8)
        self._batch, self._fail = batch, fail

    def batches(self, pack: Pack, wanted: set[str]) -> Iterator[list[Part]]:
        """Yield the batches in which a wanted clip takes part.

        Args:
            pack: Whose frames are read.
            wanted: Names of jobs; those that cannot be read are taken out, at the latest before
                the batch is yielded in which they would have been.
        """
        for job in pack:
            if job.frames < 1 and job.name in wanted:
                wanted.discard(job.name)
                self._fail(job, f"{job.driving}: has no frames")
        frames = {job.name: self._frames(job, wanted) for job in pack}
        heads: dict[str, tuple[Frames, Frames]] = {}
        for batch in layout(pack, self._batch):
            if not any(job.name in wanted for job, _, _ in batch):
                continue
            yield [self._part(frames, heads, *piece) for piece in batch]

    def _part(
        self,
        frames: Mapping[str, Iterator[Frames]],
        heads: dict[str, tuple[Frames, Frames]],
        job: Job,
        first: int,
        count: int,
    ) -> Part:
        if job.name not in heads:
            heads.clear()  # clips come one after the other
            heads[job.name] = (next(frames[job.name]), self._black)
        source, initial = heads[job.name]
        driving = np.stack(list(islice(frames[job.name], count)))
        if first == 0:
            initial = driving[0]
            heads[job.name] = (source, initial)
        return Part(job, Piece(source, driving, initial, first == 0))

    def _frames(self, job: Job, wanted: set[str]) -> Iterator[Frames]:
        """Yield the source picture, then every driving frame."""
        count = 0
        if job.name in wanted:
            try:
                for frame in self._read(job):
                    yield frame
                    count += 1
            except ClipError as error:
                wanted.discard(job.name)
                self._fail(job, str(error))
        for _ in range(count, job.frames + 1):
            yield self._black

    def _read(self, job: Job) -> Iterator[Frames]:
        with ClipReader(job.source) as reader:
            self._check(reader, None)
            yield reader[0]
        with ClipReader(job.driving) as reader:
            self._check(reader, job.frames)
            yield from reader

    def _check(self, reader: ClipReader, frames: int | None) -> None:
        count, height, width, _ = reader.shape
        if (height, width) != self._black.shape[:2]:
            wanted = f"{self._black.shape[1]}x{self._black.shape[0]}"
            raise ClipError(f"{reader.path}: is {width}x{height}, the first clip is {wanted}")
        if frames not in (None, count):
            raise ClipError(f"{reader.path}: has {count} frames, its manifest says {frames}")


def layout(pack: Pack, batch: int) -> Iterator[list[tuple[Job, int, int]]]:
    """Yield what the batches of a pack hold: jobs, their first frames there, how many frames."""
    found: list[tuple[Job, int, int]] = []
    room = batch
    for job in pack:
        first = 0
        while first < job.frames:
            count = min(room, job.frames - first)
            found.append((job, first, count))
            first, room = first + count, room - count
            if not room:
                yield found
                found, room = [], batch
    if found:
        yield found
