"""The Inception features of FID, through pytorch-fid, when its weights file is at hand.

Nothing is downloaded. The file is looked for at an explicit path, at the path that the environment
variable ``FID_INCEPTION_WEIGHTS`` names, and in torch hub's cache, where pytorch-fid puts it.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from datasets.files import sha256
from metrics.extractors import Array, ExtractorUnavailable, in_chunks

if TYPE_CHECKING:
    from torch import nn

FILE = "pt_inception-2015-12-05-6726825d.pth"
DIGEST_START = "6726825d"
VARIABLE = "FID_INCEPTION_WEIGHTS"
CHUNK = 8


class Inception:
    """An `Extractor` of features: float32 (T, 2048), pool3 of the 2015-12-05 Inception.

    Args:
        path: The weights file; None: look in the usual places.
        digest_start: First digits of the file's sha256.

    Raises:
        ExtractorUnavailable: No weights, or another file; the message says where to put which.
    """

    name = "inception-2015-12-05"
    domain = "imagenet"
    version = "1"
    licence = "Apache-2.0"

    def __init__(self, path: Path | None = None, *, digest_start: str = DIGEST_START) -> None:
        self._path = path or _find()
        if not self._path.is_file():
            raise ExtractorUnavailable(f"{self._path.name} is not where it should be; put it there")
        self.sha256 = sha256(self._path)
        if not self.sha256.startswith(digest_start):
            raise ExtractorUnavailable(
                f"{self._path.name} has sha256 {self.sha256}, expected {digest_start}...; "
                "fetch it again"
            )

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return features float32 (T, 2048) of ``frames``, uint8 (T, H, W, 3)."""
        return in_chunks(self._run, frames, chunk=CHUNK)

    def _run(self, frames: Array) -> Array:
        import torch

        with torch.inference_mode():
            x = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 255
            rows = self._network(x)[0].flatten(1)  # (B, 2048, 1, 1) -> (B, 2048)
        return np.asarray(rows.numpy())

    @cached_property
    def _network(self) -> nn.Module:
        import torch
        from pytorch_fid import inception

        state = torch.load(self._path, map_location="cpu", weights_only=True)
        with mock.patch.object(inception, "load_state_dict_from_url", lambda *_, **__: state):
            network: nn.Module = inception.InceptionV3(
                [inception.InceptionV3.BLOCK_INDEX_BY_DIM[2048]]
            )
        return network.eval()


def _find() -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    path = _hub() / FILE
    if not path.is_file():
        raise ExtractorUnavailable(
            f"weights {FILE} (sha256 {DIGEST_START}...) not found; put the file into torch hub's "
            f"cache (hub/checkpoints) or name its path in {VARIABLE}"
        )
    return path


def _hub() -> Path:
    """Return the folder torch hub keeps weights in, without importing torch."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch") / "hub" / "checkpoints"
