"""The occlusion-aware generator: encode the source once, warp, mask, decode per driving frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fomm.blocks import DownBlock, ResBlock, SameBlock, UpBlock
from fomm.config import CommonConfig, GeneratorConfig
from fomm.keypoints import Keypoints
from fomm.motion import DenseMotion
from fomm.sampling import resize, resize_flow, warp
from fomm.tiled import QuadConvolution


class EncodedSource(NamedTuple):
    """What of a source picture does not depend on the driving frame.

    Attributes:
        image: (B, C, H, W), the picture itself.
        features: (B, c, H / 2^n, W / 2^n), the encoder's output.
        small: (B, C, h, w), the picture at motion resolution.
    """

    image: Tensor
    features: Tensor
    small: Tensor

    def expand(self, batch: int) -> EncodedSource:
        """Return views for a batch of ``batch`` driving frames if there is one source."""
        if self.image.shape[0] == batch:
            return self
        return EncodedSource(*(part.expand(batch, -1, -1, -1) for part in self))


class Generator(nn.Module):
    """Warp the source's features by the dense motion and repair what it hides (section 3.2).

    Args:
        config: Sizes.
        common: Number of keypoints and channels.
        align_corners: Convention of the warps, see `fomm.sampling`.
    """

    def __init__(
        self, config: GeneratorConfig, common: CommonConfig, *, align_corners: bool
    ) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.dense_motion_network: DenseMotion | None = None
        if config.dense_motion_params is not None:
            self.dense_motion_network = DenseMotion(
                config.dense_motion_params,
                common,
                estimate_occlusion_map=config.estimate_occlusion_map,
                align_corners=align_corners,
            )
        n = config.num_down_blocks
        widths = [min(config.max_features, config.block_expansion * 2**i) for i in range(n + 1)]
        self.first = SameBlock(common.num_channels, widths[0], kernel_size=7)
        self.down_blocks = nn.ModuleList(DownBlock(widths[i], widths[i + 1]) for i in range(n))
        self.up_blocks = nn.ModuleList(
            UpBlock(widths[i + 1], widths[i]) for i in range(n - 1, -1, -1)
        )
        self.bottleneck = nn.Sequential()
        for i in range(config.num_bottleneck_blocks):
            self.bottleneck.add_module(f"r{i}", ResBlock(widths[n]))
        self.final = QuadConvolution(widths[0], common.num_channels, 7, padding=3)

    def encode_source(self, source: Tensor) -> EncodedSource:
        """Encode (B, C, H, W) in [0, 1]; the result serves any number of driving frames."""
        features = self.first(source)
        for block in self.down_blocks:
            features = block(features)
        features = features.to(source.dtype)  # sampled in full precision, see fomm.fast
        motion = self.dense_motion_network
        return EncodedSource(source, features, source if motion is None else motion.shrink(source))

    def animate(
        self,
        encoded: EncodedSource,
        *,
        kp_source: Keypoints,
        kp_driving: Keypoints,
        visuals: bool = False,
    ) -> dict[str, Tensor]:
        """Generate the driving frames' pictures.

        Args:
            encoded: From `encode_source`; one source may serve a batch of B driving frames.
            kp_source: Keypoints of the source, of its batch size.
            kp_driving: Keypoints of B driving frames.
            visuals: Whether to return also what only pictures for people need.

        Returns:
            ``prediction`` (B, C, H, W) in [0, 1], ``deformation`` (B, h, w, 2), ``occlusion_map``
            (B, 1, h, w) if estimated (both at motion resolution); with ``visuals`` also ``mask``,
            ``sparse_deformed`` (see `fomm.motion.DenseMotion`) and ``deformed`` (B, C, H, W), the
            source warped by the flow. Without dense motion: ``prediction`` alone.
        """
        batch = kp_driving["value"].shape[0] if kp_driving else len(encoded.image)
        encoded = encoded.expand(batch)
        if self.dense_motion_network is None:
            return {"prediction": self._decode(encoded.features)}
        kp_source = {k: v.expand(batch, *v.shape[1:]) for k, v in kp_source.items()}
        motion = self.dense_motion_network(
            encoded.small, kp_source=kp_source, kp_driving=kp_driving
        )
        output = {"prediction": self._decode(self._moved(encoded.features, motion))}
        kept = ["deformation", "occlusion_map"]
        kept += ["mask", "sparse_deformed"] if visuals else []
        output.update({name: motion[name] for name in kept if name in motion})
        if visuals:
            output["deformed"] = self._warped(encoded.image, motion["deformation"])
        return output

    def forward(
        self,
        source: Tensor,
        *,
        kp_source: Keypoints,
        kp_driving: Keypoints,
        visuals: bool = True,
    ) -> dict[str, Tensor]:
        """Encode and animate in one call; see `encode_source` and `animate`."""
        encoded = self.encode_source(source)
        return self.animate(encoded, kp_source=kp_source, kp_driving=kp_driving, visuals=visuals)

    def _warped(self, maps: Tensor, flow: Tensor) -> Tensor:
        flow = resize_flow(flow, (maps.shape[2], maps.shape[3]))
        return warp(maps, flow, align_corners=self.align_corners)

    def _moved(self, features: Tensor, motion: dict[str, Tensor]) -> Tensor:
        """Paper, eq. 8: occlusion map times warped features."""
        moved = self._warped(features, motion["deformation"])
        if "occlusion_map" in motion:
            moved = moved * resize(motion["occlusion_map"], (moved.shape[2], moved.shape[3]))
        return moved

    def _decode(self, features: Tensor) -> Tensor:
        features = self.bottleneck(features)
        for block in self.up_blocks:
            features = block(features)
        return torch.sigmoid(self.final(features))
