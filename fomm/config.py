"""Configuration of the model, as frozen dataclasses with the nesting of the original's files.

    common_params: {num_kp: 10, num_channels: 3, estimate_jacobian: true}
    kp_detector_params: {block_expansion: 32, ...}
    generator_params: {block_expansion: 64, ..., dense_motion_params: {...}}
    discriminator_params: {...}        # optional: absent means that there is none
    train_params: {num_epochs: 100, lr_generator: 0.0002, loss_weights: {...}, ...}   # optional
    dataset_params: {id_sampling: true, augmentation_params: {...}}                   # optional
    size: 256

Values are checked when a file or mapping is read: unknown keys are refused, known ones listed,
every number must lie in the range that its type names (`fomm.settings.ranges`), and sections must
fit each other (`fomm.settings.check`). Files may inherit from each other (`fomm.settings.file`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fomm.settings.check import problems
from fomm.settings.file import find_config, read_config
from fomm.settings.mapping import ConfigError, build, plain
from fomm.settings.ranges import AboveZero, Count, Depth, Downs, Positive, Repeats, Scale, Side
from fomm.settings.train import DatasetConfig, LossWeights, TrainConfig

__all__ = [
    "CommonConfig",
    "ConfigError",
    "DatasetConfig",
    "DenseMotionConfig",
    "DetectorConfig",
    "DiscriminatorConfig",
    "FOMMConfig",
    "GeneratorConfig",
    "LossWeights",
    "TrainConfig",
]


@dataclass(frozen=True)
class CommonConfig:
    """What all networks share.

    Attributes:
        num_kp: K, keypoints.
        num_channels: C, image channels.
        estimate_jacobian: Whether a keypoint carries a 2x2 jacobian (first order) or only its
            position (zeroth order).
    """

    num_kp: Positive
    num_channels: Positive = 3
    estimate_jacobian: bool = False


@dataclass(frozen=True)
class DetectorConfig:
    """Keypoint detector: see `fomm.keypoints.KeypointDetector`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Depth
    temperature: AboveZero = 0.1
    scale_factor: Scale = 1.0
    single_jacobian_map: bool = False
    pad: Count = 0


@dataclass(frozen=True)
class DenseMotionConfig:
    """Dense motion network: see `fomm.motion.DenseMotion`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Depth
    scale_factor: Scale = 1.0
    kp_variance: AboveZero = 0.01


@dataclass(frozen=True)
class GeneratorConfig:
    """Generator: see `fomm.generator.Generator`; without dense motion it is an auto-encoder."""

    block_expansion: Positive
    max_features: Positive
    num_down_blocks: Downs
    num_bottleneck_blocks: Repeats
    estimate_occlusion_map: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Multi-scale discriminator: see `fomm.discriminator.MultiScaleDiscriminator`."""

    scales: tuple[Scale, ...] = (1.0,)
    block_expansion: Positive = 64
    max_features: Positive = 512
    num_blocks: Depth = 4
    sn: bool = False
    use_kp: bool = False
    kp_variance: AboveZero = 0.01


@dataclass(frozen=True)
class FOMMConfig:
    """The whole model, and perhaps how it is trained.

    Attributes:
        common_params: What all networks share.
        kp_detector_params: Keypoint detector.
        generator_params: Generator and, inside it, dense motion.
        discriminator_params: None: there is no discriminator.
        train_params: None: nothing is said about training, as in a checkpoint's configuration
            that was inferred from shapes.
        dataset_params: None: nothing is said about the data.
        size: Side in pixels of the square pictures that the model is meant for.
    """

    common_params: CommonConfig
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None
    train_params: TrainConfig | None = None
    dataset_params: DatasetConfig | None = None
    size: Side = 256

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, where: str = "config") -> FOMMConfig:
        """Build and check a configuration; ``where`` names the place in messages.

        Raises:
            ConfigError: An unknown or missing key, a value of a wrong type or size, or two that
                do not fit each other.

        Example:
            >>> FOMMConfig.from_mapping({"sise": 64})
            Traceback (most recent call last):
            ...
            fomm.settings.mapping.ConfigError: config: unknown key 'sise'; known: common_params, \
kp_detector_params, generator_params, discriminator_params, train_params, dataset_params, size
        """
        config = build(cls, values, where=where)
        for problem in problems(config):
            raise ConfigError(f"{where}.{problem}")
        return config

    @classmethod
    def load(cls, name: str | Path) -> FOMMConfig:
        """Read a YAML file, or a configuration that comes with the package ("vox", "mini").

        The original's own files are taken too: of one with ``model_params`` at its top the sizes
        of the networks are read and, from ``dataset_params.frame_shape``, the side of the
        pictures; all the rest of it (training, data, visualisation) is ignored.

        Raises:
            ConfigError: There is no such file or configuration, or its content is wrong.
        """
        return cls.from_mapping(read_config(name), where=find_config(name).name)

    def to_mapping(self) -> dict[str, Any]:
        """Return plain dicts and lists, which `from_mapping` takes back and JSON can hold."""
        return plain(self)
