"""Training pairs: two frames of one clip, the earlier one the source, the later one the driving.

Which pairs step ``n`` sees follows from the seed and ``n`` alone, so that a resumed run sees what
an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.augment import Augmentation, augment
from baselines.method import Batch
from datasets.clips import ClipReader, read_clip
from datasets.manifest import clip_path, usable
from datasets.registry import UsageError

_DATA, _AUGMENT = 11, 12


@dataclass(frozen=True)
class TrainingClip:
    """One clip of a training split."""

    clip_id: str
    video_id: str
    path: Path
    frames: int


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


@dataclass
class PairSource:
    """Draws batches of pairs: a video, one of its clips, two frames in order of time.

    Attributes:
        clips: The clips to draw from; every *video* is as likely as every other.
        batch: Pairs per batch.
        seed: Of the whole run.
        augmentation: Applied to both frames of a pairs alike.
        in_memory: Keep all decoded clips (mini); otherwise frames are read one by one.
    """

    clips: Sequence[TrainingClip]
    batch: int
    seed: int
    augmentation: Augmentation
    in_memory: bool = True
    _videos: list[list[TrainingClip]] = field(init=False)
    _decoded: dict[str, NDArray[np.uint8]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_video: dict[str, list[TrainingClip]] = defaultdict(list)
        for clip in self.clips:
            by_video[clip.video_id].append(clip)
        self._videos = [by_video[video] for video in sorted(by_video)]
        if self.in_memory:
            self._decoded = {clip.clip_id: read_clip(clip.path) for clip in self.clips}

    def __call__(self, step: int) -> Batch:
        """Return the batch of step ``step``, on the CPU."""
        rng = np.random.default_rng([self.seed, _DATA, step])
        pairs = np.stack([self._pair(rng) for _ in range(self.batch)])  # (B, 2, H, W, 3)
        frames = torch.from_numpy(pairs).permute(0, 1, 4, 2, 3).float().div_(255)
        rng = np.random.default_rng([self.seed, _AUGMENT, step])
        frames = augment(frames, self.augmentation, rng)  # (B, 2, 3, H, W)
        return Batch(source=frames[:, 0], driving=frames[:, 1])

    def _pair(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return two frames of one clip, uint8 ``(2, H, W, 3)``."""
        clips = self._videos[int(rng.integers(len(self._videos)))]
        clip = clips[int(rng.integers(len(clips)))]
        first, second = sorted(int(i) for i in rng.integers(clip.frames, size=2))
        if clip.clip_id in self._decoded:
            return self._decoded[clip.clip_id][[first, second]]
        with ClipReader(clip.path) as reader:
            return np.stack([reader[first], reader[second]])
