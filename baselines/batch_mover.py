"""Batches of driving frames of several clips, each with its own source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.anchors import Frames, Motion
from baselines.method import CPU, Method, Output
from baselines.states import State, check, join, take


class Piece(NamedTuple):
    """Consecutive driving frames of one clip, the part of it that is in a batch.

    Attributes:
        source: uint8 ``(H, W, 3)``, the source picture.
        driving: uint8 ``(N, H, W, 3)``.
        initial: uint8 ``(H, W, 3)``, the clip's first driving frame.
        begins: Whether the clip begins here; otherwise the batch before ended with it.
    """

    source: Frames
    driving: Frames
    initial: Frames
    begins: bool


class Made(NamedTuple):
    """What a method made of a piece: uint8 ``(N, H, W, 3)``, rounded to nearest, and its motion."""

    pictures: Frames
    motion: Motion | None


class BatchMover:
    """Moves the sources of a pack like their driving frames, batch after batch.

    Sources that begin in a batch are encoded together; of the batch before, the last source stays,
    for its clip may go on. Every frame gets its source as a row of its own, also where all have
    the same: copies cost less than what the library does with rows that lie in one place.

    Args:
        method: In evaluation mode.
        relative: By what the driver did since its first frame, from the source's own pose.
        device: Where the method is.
    """

    def __init__(
        self, method: Method, *, relative: bool = False, device: torch.device = CPU
    ) -> None:
        self._method, self._relative, self._device = method, relative, device
        self._last: State = None

    def forget(self) -> None:
        """Keep no source: the next batch does not follow the last one."""
        self._last = None

    @torch.inference_mode()
    def __call__(self, pieces: Sequence[Piece]) -> list[Made]:
        """Return what the method makes of each piece.

        Args:
            pieces: In the order of the pack; only the first may go on with an earlier clip.
        """
        state = self._states(pieces)
        counts = [len(piece.driving) for piece in pieces]
        driving = self._tensor(np.concatenate([piece.driving for piece in pieces]))
        rows = torch.arange(len(pieces)).repeat_interleave(torch.tensor(counts)).to(self._device)
        initial = None
        if self._relative:
            initial = self._tensor(np.stack([piece.initial for piece in pieces]))
            initial = initial[rows] if len(pieces) > 1 else initial  # looked at once for all
        output = self._method.animate(take(state, rows), driving, initial=initial)
        self._last = take(state, rows[-1:]) if len(pieces) > 1 else state
        return _apart(output, counts)

    def _states(self, pieces: Sequence[Piece]) -> State:
        """Return the encoded source of each piece, in one state."""
        new = [piece.source for piece in pieces if piece.begins]
        parts = []
        if not pieces[0].begins:
            # Where the beginning was left out, since nobody wants that clip.
            parts.append(self._encode([pieces[0].source]) if self._last is None else self._last)
        if new:
            parts.append(self._encode(new))
        return join(parts)

    def _encode(self, sources: Sequence[Frames]) -> State:
        state = self._method.encode(self._tensor(np.stack(sources)))
        check(state, len(sources))
        return state

    def _tensor(self, frames: Frames) -> Tensor:
        """Return float32 (T, 3, H, W) in [0, 1]."""
        return torch.from_numpy(frames).to(self._device).permute(0, 3, 1, 2).float().div_(255)


def _apart(output: Output, counts: Sequence[int]) -> list[Made]:
    pictures = output.prediction.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
    frames = pictures.contiguous().cpu().numpy()
    flow, occlusion = _half(output.flow), _half(output.occlusion)
    found, first = [], 0
    for count in counts:
        part = slice(first, first + count)
        first += count
        motion = None
        if flow is not None:
            motion = Motion(flow[part], None if occlusion is None else occlusion[part])
        found.append(Made(frames[part], motion))
    return found


def _half(maps: Tensor | None) -> NDArray[np.float16] | None:
    return None if maps is None else maps.cpu().numpy().astype(np.float16)
