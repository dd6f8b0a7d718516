"""``openpose-coco18``: the body keypoints behind the published AKD and MKR."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from metrics.extractors import Array, in_chunks
from metrics.extractors.paper.running import Frame, PaperExtractor

if TYPE_CHECKING:
    from torch import nn

NEEDED = "pose_model.pth, the converted Caffe model of COCO (not pose_model_scratch.pth)"


class OpenPoseCoco18(PaperExtractor):
    """An `Extractor` of body keypoints: float64 (T, 18, 2), whole pixels of the frame, NaN missing.

    Joints: 0 nose, 1 neck, 2-4 right arm, 5-7 left arm, 8-10 right leg, 11-13 left leg, 14 and 15
    right and left eye, 16 and 17 right and left ear. One scale, the frame and its mirror image.
    Source: pose-evaluation at 1bc4cae, its body script since 2019-05-12.

    Args:
        path: `pose_model.pth`.
        sha256: Its digest, checked when the network is loaded (at the first call).
        device: See `PaperExtractor`.
    """

    name = "openpose-coco18"
    domain = "coco"
    licence = (
        "code: MIT by its README, without a licence file; "
        "weights: academic, non-commercial (as recalled)"
    )

    def __init__(self, path: Path, sha256: str, *, device: str = "cpu") -> None:
        super().__init__(sha256, device=device)
        self._path = path

    def _rows(self, frames: Frame) -> Array:
        return in_chunks(self._joints, frames, chunk=self.chunk)

    def _joints(self, frames: Array) -> Array:
        from metrics.extractors.paper.body_maps import averaged
        from metrics.extractors.paper.body_peaks import kept, peaks

        plain, mirrored = self._heat(frames), self._heat(frames[:, :, ::-1])
        return np.stack(
            [kept(peaks(averaged(*pair))) for pair in zip(plain, mirrored, strict=True)]
        )

    def _heat(self, frames: Array) -> list[Array]:
        """Return the 19 heat maps of each frame at its own size, float64 (H, W, 19)."""
        import torch

        from metrics.extractors.paper.body_maps import frame_maps, net_input

        inputs, inner = zip(*(net_input(frame) for frame in frames), strict=True)
        batch = torch.from_numpy(np.stack(inputs)).to(self.device)
        (_, heat), _ = self._network(batch)  # (B, 19, h / 8, w / 8)
        size = frames.shape[1:3]
        return [frame_maps(m, i, size) for m, i in zip(heat.cpu().numpy(), inner, strict=True)]

    @cached_property
    def _network(self) -> nn.Module:
        from metrics.extractors.paper.pose_net import PoseNet
        from metrics.extractors.paper.state import load

        return load(PoseNet, self._path, sha256=self.sha256, needed=NEEDED).to(self.device)
