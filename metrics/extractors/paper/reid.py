"""``reid-resnet50``: the identity of a body, as the published AED took it and as it was meant."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metrics.extractors import Array, in_chunks
from metrics.extractors.paper.running import Frame, PaperExtractor

if TYPE_CHECKING:
    from torch import nn

HEIGHT, WIDTH = 288, 144
MEAN = np.array((0.485, 0.456, 0.406), np.float32)
STD = np.array((0.229, 0.224, 0.225), np.float32)
NEEDED = "reid_model.pth, ResNet-50 with a bottleneck, 751 classes (Market-1501)"


class _Reid(PaperExtractor):
    """Features float32 (T, 2048) of the whole frame, neither normalised nor ever missing.

    Args:
        path: `reid_model.pth`.
        sha256: Its digest, checked when the network is loaded (at the first call).
        device: See `PaperExtractor`.
    """

    domain = "market-1501"
    licence = "code: MIT; weights: trained on Market-1501, for research (as recalled)"
    divisions: int

    def __init__(self, path: Path, sha256: str, *, device: str = "cpu") -> None:
        super().__init__(sha256, device=device)
        self._path = path

    def _rows(self, frames: Frame) -> Array:
        return in_chunks(self._features, frames, chunk=self.chunk)

    def _features(self, frames: Array) -> Array:
        import torch

        inputs = [net_input(frame, divisions=self.divisions) for frame in frames]
        batch = torch.from_numpy(np.stack(inputs)).to(self.device)
        return np.asarray(self._network(batch).cpu().numpy())

    @cached_property
    def _network(self) -> nn.Module:
        from metrics.extractors.paper.reid_net import ReidNet
        from metrics.extractors.paper.state import load

        return load(ReidNet, self._path, sha256=self.sha256, needed=NEEDED).to(self.device)


class ReidPaper(_Reid):
    """An `Extractor` of the body identity as the 2019 script computed it (see also `_Reid`).

    The picture is divided by 255 twice, and batch normalisation uses the statistics of the one
    frame at hand, since the script never calls ``eval()``. Batch statistics of a nearly constant
    picture amplify rounding: processors agree to about 1 % of a feature's standard deviation.
    """

    name = "reid-resnet50@paper"
    divisions = 2

    @property
    def chunk(self) -> int:
        """One: frames of one batch would change each other's statistics."""
        return 1

    @cached_property
    def _network(self) -> nn.Module:
        from metrics.extractors.paper.reid_net import use_frame_statistics

        network = super()._network
        use_frame_statistics(network)
        return network


class ReidClean(_Reid):
    """An `Extractor` of the body identity as the network was trained (see also `_Reid`).

    One division, and the running statistics of the file.
    """

    name = "reid-resnet50@clean"
    divisions = 1


def net_input(frame: Frame, *, divisions: int) -> NDArray[np.float32]:
    """Return float32 (3, 288, 144) RGB, normalised, of a frame, uint8 (H, W, 3) RGB.

    Pillow's bicubic resize (with area support when shrinking), then ``divisions`` divisions by 255,
    minus the mean of ImageNet, over its standard deviation.
    """
    picture = Image.fromarray(frame).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    values = np.asarray(picture, np.float32)
    for _ in range(divisions):
        values = values / np.float32(255)
    return ((values - MEAN) / STD).transpose(2, 0, 1)
