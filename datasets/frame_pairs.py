"""Random pairs of frames for training: two frames of one clip, the earlier one the source.

The rule is the authors': every identity (`Clip.identity`: the person in VoxCeleb, elsewhere the
video) is as likely as every other, then every clip of it; both frames are drawn with replacement.
Which pair an index gives follows from the seed, the epoch and the index alone, so it does not
depend on the number of workers. (The authors' six workers drew the same frames as each other.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from datasets.clips import Frames
from datasets.frame_draw import draw, grouped
from datasets.loader import Clip
from datasets.registry import UsageError


class FramePair(NamedTuple):
    """Two frames of one clip.

    Attributes:
        source: The earlier frame, uint8 ``(H, W, 3)`` RGB.
        driving: The later frame (or the same), uint8 ``(H, W, 3)`` RGB.
        clip_id: The clip.
        identity: Whose clip it is.
        indices: Frame numbers of source and driving.
    """

    source: Frames
    driving: Frames
    clip_id: str
    identity: str
    indices: tuple[int, int]


class FramePairs:
    """Random frame pairs of ``clips``, with ``len`` and indexing: a data set for torch, too.

    ``pairs[i]`` is a pair of the i-th identity (sorted by name); one pass gives each identity
    ``repeats`` pairs. Set ``epoch`` to get other pairs in the next pass; worker processes that live
    on (``persistent_workers=True``) do not see it and repeat theirs. `sample` draws one by a
    generator of your own.

    Example:
        >>> from pathlib import Path
        >>> ids = ["ann#v#000000#000009", "ann#w#000000#000009", "bob#x#000000#000009"]
        >>> clips = [Clip(clip_id, "train", clip_id[4], Path()) for clip_id in ids]
        >>> len(FramePairs(clips)), len(FramePairs(clips, id_sampling=False))
        (2, 3)
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        *,
        seed: int = 0,
        id_sampling: bool = True,
        repeats: int = 1,
        in_memory: bool = False,
    ) -> None:
        """Prepare to draw; nothing is read yet.

        Args:
            clips: What `datasets.load` or `datasets.load_folder` returned.
            seed: Of all draws by index.
            id_sampling: Draw identities; False: every clip is as likely as every other.
            repeats: Pairs per identity (or clip) in one pass; ``num_repeats`` of the authors.
            in_memory: Keep every clip that was drawn, decoded. For videos that are no clip files
                and for strips, of which single frames cannot be read.

        Raises:
            UsageError: There are no clips, or ``repeats`` is below 1.
        """
        if not clips:
            raise UsageError("no clips to draw pairs from")
        if repeats < 1:
            raise UsageError(f"repeats must be 1 or more, got {repeats}")
        ordered = sorted(clips, key=lambda clip: clip.id)
        self.groups = grouped(ordered, lambda clip: clip.identity if id_sampling else clip.id)
        self.seed = seed
        self.epoch = 0
        self._repeats = repeats
        self._decoded: dict[Clip, Frames] | None = {} if in_memory else None

    def __len__(self) -> int:
        """Return the number of pairs in one pass."""
        return len(self.groups) * self._repeats

    def __getitem__(self, index: int) -> FramePair:
        """Return pair ``index`` of this epoch.

        Raises:
            IndexError: There are not so many.
            ClipError: The clip cannot be read; the message names it.
        """
        place = int(index) + len(self) if index < 0 else int(index)
        if not 0 <= place < len(self):
            raise IndexError(f"pair {index} of {len(self)}")
        rng = np.random.default_rng([self.seed, self.epoch, place])
        return self._pair(rng, self.groups[place % len(self.groups)])

    def sample(self, rng: np.random.Generator) -> FramePair:
        """Return a pair of a random identity (or clip).

        Raises:
            ClipError: The clip cannot be read; the message names it.
        """
        return self._pair(rng, self.groups[int(rng.integers(len(self.groups)))])

    def _pair(self, rng: np.random.Generator, group: Sequence[Clip]) -> FramePair:
        clip, (first, second) = draw(rng, group, lambda clip: clip.length)
        source, driving = self._frames(clip, [first, second])
        return FramePair(source, driving, clip.id, clip.identity, (first, second))

    def _frames(self, clip: Clip, indices: list[int]) -> Frames:
        if self._decoded is None:
            return clip.frames(indices)
        if clip not in self._decoded:
            self._decoded[clip] = clip.frames()
        return self._decoded[clip][indices]
