"""``openface-nn4``: the identity of a face behind the published AED."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metrics.extractors import Array, in_chunks
from metrics.extractors.paper.running import Frame, PaperExtractor

if TYPE_CHECKING:
    from torch import nn

SIDE = 96
NEEDED = "openface.pth of OpenFacePytorch (not openface_20180119.pth)"


class OpenFaceNN4(PaperExtractor):
    """An `Extractor` of the face identity: float32 (T, 128), unit length, never missing.

    As in the script (pose-evaluation at 1bc4cae) nothing is detected or aligned: the whole frame is
    shrunk to 96x96, blue first although the network's own example feeds red first. The length is
    below 1 by the 1e-6 under the root.

    Args:
        path: `openface.pth`.
        sha256: Its digest, checked when the network is loaded (at the first call).
        device: See `PaperExtractor`.
    """

    name = "openface-nn4"
    domain = "faces"
    licence = (
        "code: Apache-2.0 since 2020-02, none at the pinned commit; "
        "weights: Apache-2.0 (as recalled)"
    )

    def __init__(self, path: Path, sha256: str, *, device: str = "cpu") -> None:
        super().__init__(sha256, device=device)
        self._path = path

    def _rows(self, frames: Frame) -> Array:
        return in_chunks(self._identities, frames, chunk=self.chunk)

    def _identities(self, frames: Array) -> Array:
        import torch

        batch = torch.from_numpy(np.stack([net_input(frame) for frame in frames]))
        units, _ = self._network(batch.to(self.device))
        return np.asarray(units.cpu().numpy())

    @cached_property
    def _network(self) -> nn.Module:
        from metrics.extractors.paper.openface_net import OpenFaceNet
        from metrics.extractors.paper.state import load

        return load(OpenFaceNet, self._path, sha256=self.sha256, needed=NEEDED).to(self.device)


def net_input(frame: Frame) -> NDArray[np.float32]:
    """Return float32 (3, 96, 96) BGR in [0, 1] of a frame, uint8 (H, W, 3) RGB.

    What scikit-image 0.14.0's ``resize`` gave by default: bilinear at pixel centres in float64, no
    anti-aliasing, the value 0 outside the picture, and the result clipped to the range of the
    picture's own values (except an exact 0 outside that range).
    """
    picture = frame[..., ::-1] / 255.0
    rows, columns = _bilinear(frame.shape[0]), _bilinear(frame.shape[1])
    small = np.einsum("ih,hwc,jw->cij", rows, picture, columns, optimize=True)
    lowest, highest = picture.min(), picture.max()
    clipped = np.where(small == 0, 0, np.clip(small, lowest, highest))
    return np.asarray(clipped, np.float32)


@cache
def _bilinear(size: int) -> NDArray[np.float64]:
    """Return the weights (96, size) of bilinear samples along one axis, 0 outside."""
    positions = (np.arange(SIDE) + 0.5) * size / SIDE - 0.5
    distances = np.abs(positions[:, None] - np.arange(size))
    return np.maximum(0.0, 1.0 - distances)
