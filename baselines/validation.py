"""The error on fixed pairs of frames of the split ``val``, by which a training can be followed.

Looking at a method must not change it, or a watched training would end with other weights than one
that nobody watched: `undisturbed` sees to that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from baselines.method import Method
from baselines.pairs import TrainingClip
from datasets.clips import ClipReader
from datasets.registry import UsageError
from fomm.media.picture import Picture
from fomm.pixels import images_of


@dataclass(frozen=True, eq=False)
class Pair:
    """Two frames of one clip.

    Attributes:
        clip_id: The clip.
        source: uint8 ``(S, S, 3)``, its first frame.
        driving: uint8 ``(S, S, 3)``, a later one.
    """

    clip_id: str
    source: Picture
    driving: Picture

    def images(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return source and driving frame, float32 (1, 3, S, S) each, in [0, 1]."""
        side = len(self.source)
        both = images_of([self.source, self.driving], size=side, device=device)
        return both[:1], both[1:]


class Validation:
    """Fixed pairs, the same for every run on the same clips; their frames are kept in memory.

    Args:
        clips: Of the split ``val``, in a fixed order; clips from all over the list are taken.
        pairs: How many. Where there are fewer clips, some serve more than once, with different
            driving frames, evenly spread over the clip; a clip that serves once gives the middle
            one.

    Attributes:
        pairs: In the order of the clips.

    Raises:
        UsageError: There are no clips, or ``pairs`` is less than 1.
        ClipError: A clip is missing or damaged.
    """

    def __init__(self, clips: Sequence[TrainingClip], *, pairs: int = 8) -> None:
        if pairs < 1:
            raise UsageError(f"validation: pairs must be at least 1, got {pairs}")
        if not clips:
            raise UsageError("validation: no clips; the split 'val' is empty, see manifest.csv")
        chosen = [number * len(clips) // pairs for number in range(pairs)]
        self.pairs: list[Pair] = []
        for index in sorted(set(chosen)):
            self.pairs += _pairs_of(clips[index], chosen.count(index))

    def l1(self, method: Method, device: torch.device) -> float:
        """Return the mean absolute error of absolute motion, in [0, 1]; pairs weigh alike.

        The method is run in evaluation mode; see `undisturbed`.

        Args:
            method: On ``device``.
            device: Where to compute.
        """
        with undisturbed(method, device):
            return fmean(_error(method, pair, device) for pair in self.pairs)


def _pairs_of(clip: TrainingClip, count: int) -> list[Pair]:
    """Return ``count`` pairs of a clip, the driving frames evenly between its ends."""
    later = [clip.frames * (number + 1) // (count + 1) for number in range(count)]
    with ClipReader(clip.path) as reader:
        source, last = reader[0], clip.frames - 1
        return [Pair(clip.clip_id, source, reader[min(max(at, 1), last)]) for at in later]


def _error(method: Method, pair: Pair, device: torch.device) -> float:
    source, driving = pair.images(device)
    made = method.animate(method.encode(source), driving).prediction
    return float((made - driving).abs().mean(dtype=torch.float64))


@contextmanager
def undisturbed(method: Method, device: torch.device) -> Iterator[None]:
    """Run the block in inference and evaluation mode and leave no trace of it.

    All modules go back to the modes that they had. So do the random generators of torch (the CPU's
    and that of ``device``), numpy and Python, which start at fixed seeds: a method that draws when
    it animates gives the same result at every call.
    """
    modes = [(module, module.training) for module in method.modules()]
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    gpus = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(gpus), torch.inference_mode():
            _seed(device)
            method.eval()
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        for module, training in modes:
            module.training = training


def _seed(device: torch.device) -> None:
    """Seed what `undisturbed` puts back, and no other device's generator."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.default_generator.manual_seed(0)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(0)
