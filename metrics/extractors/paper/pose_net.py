"""The COCO body pose network of Cao et al. (CVPR 2017): VGG-19 trunk, six stages, two branches.

Keys and shapes are those of `pose_model.pth`, the converted Caffe model. Convolutions, ReLUs and
pools all count in a sequence, so the indices of the convolutions skip.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

PAFS, HEATS, FEATURES = 38, 19, 128
STAGES = 6
STRIDE = 8
_TRUNK = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 256, FEATURES)  # 0: a pool


class PoseNet(nn.Module):
    """Part affinity fields and heat maps at an eighth of the resolution, without an activation.

    Heat maps 0 to 17 are the COCO-18 joints, 18 is the background.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model0 = _trunk()
        for branch, outputs in ((1, PAFS), (2, HEATS)):
            for stage in range(1, STAGES + 1):
                self.add_module(f"model{stage}_{branch}", _branch(stage, outputs))

    def forward(self, pictures: Tensor) -> tuple[tuple[Tensor, Tensor], list[Tensor]]:
        """Return ((PAF, heat) of the last stage, [PAF 1, heat 1, ..., PAF 6, heat 6]).

        Args:
            pictures: float (B, 3, H, W), BGR in [-0.5, 0.5]; the maps are (B, 38 or 19, H/8, W/8).
        """
        trunk = self.model0(pictures)  # (B, 128, H/8, W/8)
        given, maps = trunk, []
        for stage in range(1, STAGES + 1):
            paf = self.get_submodule(f"model{stage}_1")(given)
            heat = self.get_submodule(f"model{stage}_2")(given)
            maps += [paf, heat]
            given = torch.cat([paf, heat, trunk], 1)  # (B, 38 + 19 + 128, H/8, W/8)
        return (maps[-2], maps[-1]), maps


def _trunk() -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in _TRUNK:
        if outputs == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
    return nn.Sequential(*layers)


def _branch(stage: int, outputs: int) -> nn.Sequential:
    """Return one branch of a stage; widths and kernels, ReLU after all but the last."""
    inputs, last = PAFS + HEATS + FEATURES, 128
    kernels: tuple[int, ...] = (7, 7, 7, 7, 7, 1, 1)
    if stage == 1:
        inputs, kernels, last = FEATURES, (3, 3, 3, 1, 1), 512
    widths = [inputs, *(128 for _ in kernels[2:]), last, outputs]
    layers: list[nn.Module] = []
    for kernel, (one, other) in zip(kernels, pairwise(widths), strict=True):
        layers += [nn.Conv2d(one, other, kernel, padding=kernel // 2), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
