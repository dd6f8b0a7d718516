"""A method in about a hundred lines: one affine map per pair of frames, and what it hides repaired.

It is FOMM with one keypoint and no background. A small network sees where an abstract reference
lies in a frame, A: z -> J z + p; the source is read at A_source(A_driving^-1(z)).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.method import Batch, Losses, Method, OptimizerSpec, Output
from datasets.params import build
from datasets.registry import UsageError
from fomm.blocks import DownBlock, ResBlock, SameBlock, UpBlock
from fomm.keypoints import Keypoints
from fomm.motion import sparse_motions
from fomm.relative import relative_keypoints
from fomm.sampling import pixel_flow, resize, resize_flow, warp
from fomm.transform import Transform


@dataclass(frozen=True)
class Config:
    """Side of the frames, channels at full size, peak learning rate, weight of equivariance."""

    size: int
    width: int
    learning_rate: float
    equivariance: float

    def __post_init__(self) -> None:
        if self.size < 16 or self.size % 16 or self.width < 1 or self.learning_rate <= 0:
            raise UsageError(
                "global-affine: size must be a multiple of 16, width at least 1 and learning_rate"
                f" above 0, got {self.size}, {self.width} and {self.learning_rate}"
            )


class State(NamedTuple):
    """An encoded source: features (B, 2 width, S / 2, S / 2) and its pose, one keypoint."""

    features: Tensor
    pose: Keypoints


class GlobalAffine(Method):
    """One affine map moves the source's features; an occlusion map masks what it does not show."""

    files = (
        "tests/baselines/global_affine.py",
        *(f"fomm/{m}.py" for m in ("blocks", "hourglass", "keypoints", "motion", "relative")),
        *(f"fomm/{m}.py" for m in ("sampling", "tiled", "transform", "winograd")),
    )

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, w = config, config.width
        self.encoder = nn.Sequential(SameBlock(3, w, kernel_size=7), DownBlock(w, 2 * w))
        self.occlusion = nn.Conv2d(2 * w + 2, 1, 7, padding=3)
        self.decoder = nn.Sequential(ResBlock(2 * w), ResBlock(2 * w), UpBlock(2 * w, w))
        self.final = nn.Conv2d(w, 3, 7, padding=3)
        widths = (3, w, 2 * w, 2 * w, 2 * w)
        self.pose_network = nn.Sequential(*(DownBlock(a, b) for a, b in pairwise(widths)))
        self.head = nn.Linear(2 * w * (config.size // 16) ** 2, 6)
        nn.init.zeros_(self.head.weight)
        self.head.bias.data.copy_(torch.tensor([0.0, 0, 1, 0, 0, 1]))  # p, then J by rows

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build from the keys of `Config`."""
        return cls(build(Config, config, where="global-affine"))

    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Return the one optimiser, of all parts."""
        return {"generator": [OptimizerSpec(self.parameters(), self.config.learning_rate)]}

    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield the losses of pixels and of equivariance."""
        pose = self.pose(batch.driving)
        made = self.move(self.encode(batch.source), pose).prediction
        error = self.config.equivariance * self.equivariance_error(batch.driving, pose)
        yield "generator", {"l1": (made - batch.driving).abs().mean(), "equivariance": error}

    def equivariance_error(self, frames: Tensor, pose: Keypoints) -> Tensor:
        """The pose of a turned frame, turned back, is that of the frame."""
        turn = Transform.random(
            len(frames), generator=torch.default_generator, device=frames.device, sigma_tps=0.0
        )
        turned = self.pose(turn.frame(frames))
        jacobian = turn.jacobian(turned["value"]) @ turned["jacobian"]
        place = (turn.points(turned["value"]) - pose["value"]).abs().mean()
        return place + (jacobian - pose["jacobian"]).abs().mean()

    def pose(self, frames: Tensor) -> Keypoints:
        """Frames (B, 3, S, S) -> one keypoint each, with its jacobian."""
        values = self.head(self.pose_network(frames).flatten(1))
        return {"value": values[:, None, :2], "jacobian": values[:, 2:].view(-1, 1, 2, 2)}

    def encode(self, source: Tensor) -> State:
        """Encode source pictures once; see `Method.encode`."""
        return State(self.encoder(source), self.pose(source))

    def animate(self, state: State, driving: Tensor, *, initial: Tensor | None = None) -> Output:
        """Move the source like the driving frames; see `Method.animate`."""
        pose = self.pose(driving)
        if initial is not None:
            pose = relative_keypoints(state.pose, pose, kp_initial=self.pose(initial))
        return self.move(state, pose)

    def move(self, state: State, pose: Keypoints) -> Output:
        """Warp, mask and decode the source's features for B poses."""
        side = state.features.shape[2]
        path = sparse_motions(state.pose, pose, (side, side))[:, 1]  # 0 is a still background
        features = warp(state.features.expand(len(path), -1, -1, -1), path, align_corners=True)
        seen = self.occlusion(torch.cat((features, path.permute(0, 3, 1, 2)), dim=1)).sigmoid()
        made = self.final(self.decoder(features * seen)).sigmoid()
        size = (made.shape[2], made.shape[3])
        flow = resize_flow(pixel_flow(path, size), size)
        return Output(made, flow=flow, occlusion=resize(seen, size)[:, 0])

    def macs(self, size: int) -> int:
        """Return multiply-accumulates per driving frame, counted on shapes alone."""
        if size != self.config.size:
            raise ValueError(f"made for {self.config.size}x{self.config.size}")
        shapes = copy.deepcopy(self).to("meta").eval()
        frame = torch.empty(1, 3, size, size, device="meta")
        with torch.no_grad():
            state = shapes.encode(frame)
            with FlopCounterMode(display=False) as counter:
                shapes.animate(state, frame)
        return int(counter.get_total_flops()) // 2
