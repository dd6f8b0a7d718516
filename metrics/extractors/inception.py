"""The Inception features of FID, through pytorch-fid, when its weights file is at hand.

Nothing is downloaded; `weight_files.find` says where the file is looked for.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from metrics.extractors import Array, in_chunks
from metrics.extractors.device import chunk_on, inference, version_on
from metrics.extractors.weight_files import find

if TYPE_CHECKING:
    from torch import nn

CHUNK = 8


class Inception:
    """An `Extractor` of features: float32 (T, 2048), pool3 of the 2015-12-05 Inception.

    Args:
        path: The weights file; None: look in the usual places.
        digest_start: First digits of the file's sha256; None: the listed ones.
        device: Where the network runs, as torch names it; batches are larger on a GPU.

    Raises:
        ExtractorUnavailable: No weights; the message says where to put which.
        UsageError: ``path`` or a variable names no file or another one.
    """

    name = "inception-2015-12-05"
    domain = "imagenet"
    licence = "Apache-2.0"

    def __init__(
        self, path: Path | None = None, *, digest_start: str | None = None, device: str = "cpu"
    ) -> None:
        file = find("inception", path=path, sha256=digest_start)
        self._path = file.path
        self.sha256 = file.sha256
        self.device = device
        self.version = version_on("1", device)

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return features float32 (T, 2048) of ``frames``, uint8 (T, H, W, 3)."""
        return in_chunks(self._run, frames, chunk=chunk_on(CHUNK, self.device))

    def _run(self, frames: Array) -> Array:
        import torch

        with inference(self.device):
            x = torch.from_numpy(np.ascontiguousarray(frames)).to(self.device)
            x = x.permute(0, 3, 1, 2).float() / 255
            rows = self._network(x)[0].flatten(1)  # (B, 2048, 1, 1) -> (B, 2048)
        return np.asarray(rows.cpu().numpy())

    @cached_property
    def _network(self) -> nn.Module:
        import torch
        from pytorch_fid import inception

        state = torch.load(self._path, map_location="cpu", weights_only=True)
        with mock.patch.object(inception, "load_state_dict_from_url", lambda *_, **__: state):
            network: nn.Module = inception.InceptionV3(
                [inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]]
            )
        return network.eval().to(self.device)
