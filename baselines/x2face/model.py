"""X2Face: a driving frame says where in an embedded face each pixel of the prediction comes from.

The model is that of Wiles, Koepke, Zisserman, "X2Face: A network for controlling face generation by
using images, audio, and pose codes", ECCV 2018 (https://arxiv.org/abs/1807.10550).
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from baselines.x2face.config import X2FaceConfig
from baselines.x2face.grids import offset_grid
from baselines.x2face.sources import average, check_frames, check_sources, confidence_weights
from baselines.x2face.unet import DrivingNetwork, EmbeddingNetwork, PoseLevel
from datasets.registry import UsageError
from fomm.sampling import warp


class X2Face(nn.Module):
    """Embedding and driving network, with the ``state_dict`` of the released weights.

    ``X2Face()`` is the released layout for pictures of 256 pixels; ``X2Face(5, 6,
    inner_channels=512)`` is that of the baseline of Monkey-Net for 64. A network of N levels takes
    square pictures whose side is a multiple of 2^N. Frames are RGB in [0, 1], (B, 3, S, S).

    Args:
        embedding_levels: Of the embedding network, at least 5.
        driving_levels: Of the driving network, at least 5.
        inner_channels: Of the driving vector.
        base: Channels of the outermost level; the widest have eight times as many.
        align_corners: Of up-sampling and of `grid_sample`. The released weights and the published
            baselines need (True, True); the original under torch >= 1.3 computes (False, False).
        pose: Whether the driving network has the maps from and to head poses.
    """

    def __init__(
        self,
        embedding_levels: int = 8,
        driving_levels: int = 8,
        *,
        inner_channels: int = 128,
        base: int = 64,
        align_corners: tuple[bool, bool] = (True, True),
        pose: bool = False,
    ) -> None:
        super().__init__()
        upsampling, self.align_corners = align_corners
        self.embedding_levels, self.driving_levels = embedding_levels, driving_levels
        self.pix2pixUnwrapped = EmbeddingNetwork(
            embedding_levels, base=base, align_corners=upsampling
        )
        self.pix2pixSampler = DrivingNetwork(
            driving_levels, inner=inner_channels, base=base, align_corners=upsampling, pose=pose
        )
        self.apply(_initialise)

    @classmethod
    def from_config(cls, config: X2FaceConfig) -> Self:
        """Build the model of a configuration, with fresh weights."""
        return cls(
            config.embedding_levels,
            config.driving_levels,
            inner_channels=config.inner_channels,
            base=config.base,
            align_corners=config.align_corners,
        )

    def forward(
        self,
        driving: Tensor,
        *sources: Tensor,
        pose: Tensor | None = None,
        confidence: bool = True,
    ) -> Tensor:
        """Predict the sources' face in the pose of the driving frames.

        Args:
            driving: (B, 3, S, S).
            *sources: At least one frame of the same face, (B, 3, S, S) or (1, 3, S, S).
            pose: (B, 3) or (1, 3) to take instead of the driving frame's, for models with pose.
            confidence: See `embed`.

        Returns:
            (B, 3, S, S) in [0, 1]; zero where the driving grid leaves the embedded face.

        Raises:
            UsageError: There is no source, or a size does not suit the model.
        """
        return self.drive(self.embed(*sources, confidence=confidence), driving, pose=pose)

    @torch.no_grad()
    def scale_offsets(self, factor: float) -> None:
        """Multiply the weights that make the offsets of both grids, and the confidence logits."""
        for network in (self.pix2pixUnwrapped, self.pix2pixSampler):
            network.netG.model.up.get_parameter("2.weight").mul_(factor)

    def embed(self, *sources: Tensor, confidence: bool = True) -> Tensor:
        """Return the embedded face, (B, 3, S, S), the average over sources.

        Args:
            *sources: At least one frame of the same face, (B, 3, S, S).
            confidence: Whether each is weighed, pixel by pixel, by exp(logit) + 0.1. Nothing
                trains the logits of a model that saw one source at a time: give False for those.
        """
        faces, logits = self._unwrapped(sources)
        return average(faces, confidence_weights(logits, floor=0.1) if confidence else None)

    def drive(self, face: Tensor, driving: Tensor, *, pose: Tensor | None = None) -> Tensor:
        """Return predictions (B, 3, S, S) from an embedded face (B or 1, 3, S, S); see `forward`.

        With the face embedded once, this is all that a frame costs.
        """
        return self.sample(face, self.get_sampler(driving, pose=pose))

    def sample(self, image: Tensor, grid: Tensor) -> Tensor:
        """Sample an image (B or 1, 3, S, S) at a grid (B, S, S, 2), bilinearly, zero outside.

        Raises:
            UsageError: There are several images, but not as many as grids, or sizes differ.
        """
        if image.shape[2:] != grid.shape[1:3] or len(image) not in (1, len(grid)):
            raise UsageError(
                f"x2face: sources {tuple(image.shape)} do not go with grids {tuple(grid.shape)} "
                "of the driving frames: sides must be equal, and batches too unless there is 1 face"
            )
        image = image.expand(len(grid), -1, -1, -1)
        return warp(image, grid, align_corners=self.align_corners)

    def embedding_grid(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return the grid that takes a source to the embedded face, and the confidence logits.

        Args:
            source: (B, 3, S, S).

        Returns:
            Grid (B, S, S, 2) and logits (B, 1, S, S).
        """
        check_frames("source", source, levels=self.embedding_levels)
        raw = self.pix2pixUnwrapped(source)
        return offset_grid(raw), raw[:, 2:3]

    def driving_vector(self, driving: Tensor) -> Tensor:
        """Return what drives, (B, inner, s, s), from driving frames (B, 3, S, S).

        It is taken before the ReLU, as in the released pose model; the released plain model returns
        it after.
        """
        check_frames("driving frame", driving, levels=self.driving_levels)
        return self.pix2pixSampler.encode(driving)

    def sampler_of(self, vector: Tensor, *, pose: Tensor | None = None) -> Tensor:
        """Return the driving grid (B, S, S, 2) of driving vectors; two tanh keep it in +-1.77."""
        if pose is not None:
            vector = self._turned(vector, pose)
        return offset_grid(self.pix2pixSampler.decode(vector))

    def get_sampler(self, driving: Tensor, *, pose: Tensor | None = None) -> Tensor:
        """Return the grids (B, S, S, 2) at which driving frames sample the embedded face."""
        return self.sampler_of(self.driving_vector(driving), pose=pose)

    def get_unwrapped_oneimage(self, source: Tensor) -> Tensor:
        """Return the embedded face of one source, (B, 3, S, S)."""
        return self.sample(source, self.embedding_grid(source)[0])

    def get_unwrapped(self, *sources: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embedded face of K sources and their weights, as the original shows them.

        The weights are exp(logit) here, without the 0.1 of `embed`: a quirk of the original.

        Returns:
            Face (B, 3, S, S) and weights (B, 1, S, S, K).
        """
        faces, logits = self._unwrapped(sources)
        return average(faces, confidence_weights(logits, floor=0.0)), logits.movedim(0, -1).exp()

    def _unwrapped(self, sources: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Return embedded faces (K, B, 3, S, S) and logits (K, B, 1, S, S) of K sources."""
        check_sources(sources)
        grids, logits = zip(*map(self.embedding_grid, sources), strict=True)
        faces = [self.sample(s, grid) for s, grid in zip(sources, grids, strict=True)]
        return torch.stack(faces), torch.stack(logits)

    def _turned(self, vector: Tensor, pose: Tensor) -> Tensor:
        innermost = self.pix2pixSampler.innermost
        if not isinstance(innermost, PoseLevel):
            raise UsageError("x2face: a pose needs a model that was built with pose=True")
        if vector.shape[2:] != (1, 1) or pose.shape not in ((1, 3), (len(vector), 3)):
            raise UsageError(
                f"x2face: poses (B, 3) go with driving vectors (B, C, 1, 1), got "
                f"{tuple(pose.shape)} and {tuple(vector.shape)}"
            )
        return innermost.turn(vector, pose)


def _initialise(module: nn.Module) -> None:
    """Draw fresh weights: Xavier normal; scales of batch norms uniform in [0.02, 1].

    The original asks for the uniform bounds in reversed order, which old torch took for this.
    """
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_normal_(module.weight)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.weight, 0.02, 1.0)
