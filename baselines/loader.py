"""Batches of training pairs in the order of steps, read ahead by worker processes.

Which pairs a step sees, and what augmentation makes of them, follows from seed and step: the number
of workers changes nothing but the time. A run is one pass, so workers live as long as it. On a CPU
they augment too; for a GPU they hand on 8-bit frames in pinned memory, and augmentation happens
there, all pairs at once.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from baselines.method import CPU, Batch
from baselines.pairs import PairSource, RawBatch


class Loaded(NamedTuple):
    """A batch on its device, and what it was made from.

    Attributes:
        batch: For the method.
        clips: Id of the clip of each pair.
        indices: Frame numbers of each pair, sources before driving.
    """

    batch: Batch
    clips: list[str]
    indices: list[list[int]]


@dataclass
class _Steps(Dataset[tuple[RawBatch, Batch | None]]):
    """Batches by step; where they are augmented here, the raw ones have no frames any more."""

    source: PairSource
    begin: int
    end: int
    augmented: bool

    def __len__(self) -> int:
        return self.end - self.begin

    def __getitem__(self, index: int) -> tuple[RawBatch, Batch | None]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        raw = self.source.raw(self.begin + index)
        if not self.augmented:
            return raw, None
        batch = self.source.finish(raw)
        return raw._replace(frames=raw.frames.new_empty(0)), batch


@dataclass(frozen=True)
class Loader:
    """Reads the batches of a run.

    Attributes:
        source: Draws, reads and augments.
        device: Where batches are wanted.
        workers: Processes that read ahead; 0: none, each batch is read when it is wanted.
        prefetch: Batches that each of them keeps ready.
        channels_last: Memory format of the frames.
    """

    source: PairSource
    device: torch.device = CPU
    workers: int = 0
    prefetch: int = 2
    channels_last: bool = True

    def batches(self, begin: int, end: int) -> Iterator[Loaded]:
        """Yield the batches of steps ``begin`` to ``end``, the last one left out."""
        steps = _Steps(self.source, begin, end, augmented=self.device.type == "cpu")
        loader = DataLoader(
            steps,
            batch_size=None,
            num_workers=self.workers,
            prefetch_factor=self.prefetch if self.workers else None,
            pin_memory=self.device.type == "cuda",
            collate_fn=_as_it_is,
            worker_init_fn=_begin_worker,
            generator=torch.Generator(),  # the loader's own: no draw from the global one
        )
        for raw, batch in loader:
            yield Loaded(self._placed(raw, batch), raw.clips, raw.indices)

    def _placed(self, raw: RawBatch, batch: Batch | None) -> Batch:
        if batch is None:
            frames = raw.frames.to(self.device, non_blocking=True)
            batch = self.source.finish(raw._replace(frames=frames))
        order = torch.channels_last if self.channels_last else torch.contiguous_format

        def move(frames: Tensor) -> Tensor:
            return frames.to(self.device, memory_format=order)

        more = tuple(map(move, batch.more_sources))
        return Batch(move(batch.source), move(batch.driving), more, batch.first, batch.total)


def _as_it_is(item: Any) -> Any:  # noqa: ANN401
    return item


def _begin_worker(index: int) -> None:
    """One thread; and signals to the whole group are for the main process, which stops us."""
    torch.set_num_threads(1)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
