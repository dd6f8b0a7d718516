"""Training pairs: two frames of one clip, the earlier one the source, the later one the driving.

A method may ask for several sources: then the last of several frames is the driving one. Which
pairs step ``n`` sees follows from the seed and ``n`` alone, so that a resumed run sees what
an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.augment import Augmentation, Draws, augment_frames, draw
from baselines.method import Batch
from datasets.clips import read_clip
from datasets.frame_draw import draw as draw_frames
from datasets.frame_draw import grouped
from datasets.manifest import clip_path, usable
from datasets.registry import UsageError

_DATA, _AUGMENT = 11, 12

Unit = Literal["clip", "video", "identity"]
"""What is as likely as every other; an identity is the person, where clip ids name one."""


@dataclass(frozen=True)
class TrainingClip:
    """One clip of a training split."""

    clip_id: str
    video_id: str
    path: Path
    frames: int

    def unit(self, kind: Unit) -> str:
        """Return the clip's own id, its video, or its identity: its id up to the first ``#``."""
        if kind == "identity":
            return self.clip_id.split("#", 1)[0]
        return self.video_id if kind == "video" else self.clip_id


def units(clips: Sequence[TrainingClip], kind: Unit) -> list[list[TrainingClip]]:
    """Return the clips of each unit, sorted by its name."""
    return grouped(clips, lambda clip: clip.unit(kind))


def list_clips(folder: Path, split: str) -> list[TrainingClip]:
    """Return the usable clips of a split of a clip folder, in the order of their ids.

    Raises:
        UsageError: There is no manifest, or no clip of this split has the status ``ok``.
    """
    rows = usable(folder, split)
    if not rows:
        raise UsageError(f"{folder}: no usable clip in split {split!r}; see its manifest.csv")
    return [
        TrainingClip(row.clip_id, row.video_id, clip_path(folder, row), row.got_frames)
        for row in rows
    ]


class Drawn(NamedTuple):
    """Which frames make one pair."""

    clip: TrainingClip
    frames: list[int]


class RawBatch(NamedTuple):
    """Frames of some pairs of a step as they were read, and the chance that augments them.

    Attributes:
        frames: uint8 ``(B, N, H, W, 3)``, sources before driving.
        draws: Of the augmentation of these pairs.
        clips: Id of the clip of each pair.
        indices: Frame numbers of each pair.
    """

    frames: Tensor
    draws: Draws
    clips: list[str]
    indices: list[list[int]]


@dataclass
class PairSource:
    """Draws batches of pairs: a unit, one of its clips, two frames in order of time.

    Attributes:
        clips: The clips to draw from.
        batch: Pairs per step, of all processes together.
        seed: Of the whole run.
        augmentation: Applied to both frames of a pair alike.
        in_memory: Keep all decoded clips (mini); otherwise frames are read one by one.
        unit: Every unit is as likely as every other, and so is every clip of one.
        sources: Source frames per driving frame.
        share: Which of the pairs are ours to read; None: all.
    """

    clips: Sequence[TrainingClip]
    batch: int
    seed: int
    augmentation: Augmentation
    in_memory: bool = True
    unit: Unit = "video"
    sources: int = 1
    share: range | None = None
    _units: list[list[TrainingClip]] = field(init=False)
    _decoded: dict[str, NDArray[np.uint8]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._units = units(self.clips, self.unit)
        if self.in_memory:
            self._decoded = {clip.clip_id: read_clip(clip.path) for clip in self.clips}

    @property
    def ours(self) -> slice:
        """Which pairs of a step are ours."""
        share = range(self.batch) if self.share is None else self.share
        return slice(share.start, share.stop)

    def __call__(self, step: int) -> Batch:
        """Return our pairs of step ``step``, augmented, on the CPU."""
        return self.finish(self.raw(step))

    def raw(self, step: int) -> RawBatch:
        """Return our pairs of step ``step`` as they were read, and the chance of augmentation."""
        rng = np.random.default_rng([self.seed, _DATA, step])
        drawn = [self._draw(rng) for _ in range(self.batch)][self.ours]
        rng = np.random.default_rng([self.seed, _AUGMENT, step])
        draws = draw(self.batch, self.augmentation, rng).of(self.ours)
        frames = torch.from_numpy(np.stack([self._read(pair) for pair in drawn]))
        names = [pair.clip.clip_id for pair in drawn]
        return RawBatch(frames, draws, names, [pair.frames for pair in drawn])

    def finish(self, raw: RawBatch) -> Batch:
        """Return the batch that frames become, on the device where they are."""
        frames = augment_frames(raw.frames, self.augmentation, raw.draws)
        source, *more, driving = frames.unbind(1)
        return Batch(source, driving, tuple(more), self.ours.start, self.batch)

    def _draw(self, rng: np.random.Generator) -> Drawn:
        unit = self._units[int(rng.integers(len(self._units)))]
        return Drawn(*draw_frames(rng, unit, lambda clip: clip.frames, frames=self.sources + 1))

    def _read(self, pair: Drawn) -> NDArray[np.uint8]:
        """Return sources and driving frame of one clip, uint8 ``(N, H, W, 3)``."""
        decoded = self._decoded.get(pair.clip.clip_id)
        return read_clip(pair.clip.path, pair.frames) if decoded is None else decoded[pair.frames]
