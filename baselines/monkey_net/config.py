"""Configuration of Monkey-Net, as frozen dataclasses with the nesting of the original's networks.

    common_params: {num_kp: 10, kp_variance: matrix, num_channels: 3}
    kp_detector_params: {block_expansion: 32, ...}
    generator_params: {..., dense_motion_params: {...}, kp_embedding_params: {...}}
    discriminator_params: {...}
    loss_weights: {reconstruction: [10, 10, 10, 10, 1], ...}
    size: 64                                                  # optional, as all that follows
    transfer_params: {movement_mult: false, ...}
    train_params: {lr: 0.0002, num_epochs: 750, ...}
    augmentation_params: {time_flip: true, ...}

Unknown keys are refused, known ones listed; numbers must lie in the range that their type names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from baselines.monkey_net.checked import (
    AboveZero,
    Checked,
    Count,
    FromZero,
    Positive,
    Scale,
)
from baselines.monkey_net.train_config import (
    AugmentationConfig,
    LossWeights,
    TrainConfig,
    TransferConfig,
)
from datasets.params import build
from datasets.registry import UsageError

KpVariance = AboveZero | Literal["matrix", "single"]
"""What a keypoint knows of its extent: a 2x2 matrix, one number, or nothing (a constant)."""

Interpolation = Literal["nearest", "trilinear"]
"""How motion maps are brought to the size of features; in space trilinear is bilinear."""


@dataclass(frozen=True)
class CommonConfig(Checked):
    """What all networks share.

    Attributes:
        num_kp: K, keypoints.
        kp_variance: See `KpVariance`.
        num_channels: C, image channels.
    """

    num_kp: Positive
    kp_variance: KpVariance
    num_channels: Positive = 3


@dataclass(frozen=True)
class EmbeddingConfig(Checked):
    """Movement embedding: see `baselines.monkey_net.embedding.MovementEmbedding`.

    Attributes:
        use_heatmap: Whether it has a heat map per keypoint.
        use_difference: Whether it has the displacement of each keypoint.
        use_deformed_source_image: Whether it has the source shifted by each displacement.
        heatmap_type: The Gaussian of the driving keypoint, or that minus the source's.
        norm_const: What Gaussians are divided by; ``sum``: by their own sum over the picture.
        scale_factor: Of the picture.
    """

    use_heatmap: bool = True
    use_difference: bool = False
    use_deformed_source_image: bool = False
    heatmap_type: Literal["gaussian", "difference"] = "gaussian"
    norm_const: AboveZero | Literal["sum"] = "sum"
    scale_factor: Scale = 1.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for an embedding of nothing."""
        super().__post_init__()
        if not (self.use_heatmap or self.use_difference or self.use_deformed_source_image):
            raise UsageError(
                "a movement embedding needs use_heatmap, use_difference or"
                " use_deformed_source_image"
            )


@dataclass(frozen=True)
class DetectorConfig(Checked):
    """Keypoint detector: see `baselines.monkey_net.keypoints.KeypointDetector`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Positive
    temperature: AboveZero = 0.1
    scale_factor: Scale = 1.0
    clip_variance: FromZero | None = None


@dataclass(frozen=True)
class DenseMotionConfig(Checked):
    """Dense motion: see `baselines.monkey_net.motion.DenseMotion`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Positive
    mask_embedding_params: EmbeddingConfig
    use_mask: bool
    use_correction: bool
    bg_init: float = 2.0
    num_group_blocks: Count = 0
    scale_factor: Scale = 1.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for a motion that could only be none."""
        super().__post_init__()
        if not (self.use_mask or self.use_correction):
            raise UsageError("dense motion needs use_mask or use_correction")


@dataclass(frozen=True)
class GeneratorConfig(Checked):
    """Generator: see `baselines.monkey_net.generator.Generator`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Positive
    num_refinement_blocks: Count
    dense_motion_params: DenseMotionConfig
    kp_embedding_params: EmbeddingConfig | None = None
    interpolation_mode: Interpolation = "nearest"


@dataclass(frozen=True)
class DiscriminatorConfig(Checked):
    """Discriminator: see `baselines.monkey_net.discriminator.Discriminator`."""

    kp_embedding_params: EmbeddingConfig | None = None
    block_expansion: Positive = 64
    max_features: Positive = 512
    num_blocks: Positive = 4
    scale_factor: Scale = 1.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for an embedding that the discriminator cannot have."""
        super().__post_init__()
        embedding = self.kp_embedding_params
        if embedding is None:
            return
        if embedding.use_deformed_source_image:
            raise UsageError("use_deformed_source_image: a discriminator sees no source")
        if embedding.scale_factor != self.scale_factor:
            raise UsageError(
                "discriminator_params and their kp_embedding_params must have the same"
                f" scale_factor, got {self.scale_factor:g} and {embedding.scale_factor:g}"
            )


@dataclass(frozen=True)
class MonkeyNetConfig(Checked):
    """The whole model; ``size`` is the side in pixels of the square frames it is meant for."""

    common_params: CommonConfig
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig
    loss_weights: LossWeights = field(default_factory=LossWeights)
    size: Positive | None = None
    transfer_params: TransferConfig = field(default_factory=TransferConfig)
    train_params: TrainConfig | None = None
    augmentation_params: AugmentationConfig | None = None

    @classmethod
    def from_mapping(
        cls, values: Mapping[str, Any], *, where: str = "monkey-net"
    ) -> MonkeyNetConfig:
        """Build and check a configuration; ``where`` names the place in messages.

        Raises:
            UsageError: An unknown or missing key, or a value of a wrong type or out of range.

        Example:
            >>> MonkeyNetConfig.from_mapping({"sise": 64})
            Traceback (most recent call last):
            ...
            datasets.registry.UsageError: monkey-net: unknown key 'sise'; known: \
augmentation_params, common_params, discriminator_params, generator_params, kp_detector_params, \
loss_weights, size, train_params, transfer_params
        """
        return build(cls, values, where=where)

    def __post_init__(self) -> None:
        """Raise `UsageError` for sections that do not fit each other."""
        super().__post_init__()
        given, blocks = len(self.loss_weights.reconstruction), self.discriminator_params.num_blocks
        if given != blocks + 1:
            raise UsageError(
                f"loss_weights.reconstruction must be {blocks + 1} weights (pixels, then the"
                f" discriminator's {blocks} blocks), got {given}"
            )
        if self.transfer_params.adapt_variance and self.common_params.kp_variance != "matrix":
            raise UsageError("transfer_params.adapt_variance needs kp_variance: matrix")
        if self.size is not None and self.size % self.unit:
            raise UsageError(f"size must be a multiple of {self.unit} for these networks")

    @property
    def unit(self) -> int:
        """Sides of frames must be multiples of this."""
        detector, generator = self.kp_detector_params, self.generator_params
        motion = generator.dense_motion_params
        scale = motion.scale_factor * motion.mask_embedding_params.scale_factor
        return math.lcm(
            1 << generator.num_blocks,
            (1 << detector.num_blocks) * round(1 / detector.scale_factor),
            (1 << motion.num_blocks) * round(1 / scale),
        )
