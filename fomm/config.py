"""Configuration of the model, as frozen dataclasses with the nesting of the original's files.

    common_params: {num_kp: 10, num_channels: 3, estimate_jacobian: true}
    kp_detector_params: {block_expansion: 32, ...}
    generator_params: {block_expansion: 64, ..., dense_motion_params: {...}}
    discriminator_params: {...}        # optional: absent means that there is none
    train_params: {learning_rate: 0.0002, weights: {...}, ...}
    size: 256

Values are checked when a file or mapping is read: unknown keys are refused, known ones listed.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

CONFIGS = Path(__file__).parent / "configs"

C = TypeVar("C")


class ConfigError(ValueError):
    """A configuration has an unknown or missing key, or a value of the wrong type."""


@dataclass(frozen=True)
class CommonConfig:
    """What all networks share.

    Attributes:
        num_kp: K, keypoints.
        num_channels: C, image channels.
        estimate_jacobian: Whether a keypoint carries a 2x2 jacobian (first order) or only its
            position (zeroth order).
    """

    num_kp: int
    num_channels: int = 3
    estimate_jacobian: bool = False


@dataclass(frozen=True)
class DetectorConfig:
    """Keypoint detector: see `fomm.keypoints.KeypointDetector`."""

    block_expansion: int
    max_features: int
    num_blocks: int
    temperature: float = 0.1
    scale_factor: float = 1.0
    single_jacobian_map: bool = False
    pad: int = 0


@dataclass(frozen=True)
class DenseMotionConfig:
    """Dense motion network: see `fomm.motion.DenseMotion`."""

    block_expansion: int
    max_features: int
    num_blocks: int
    scale_factor: float = 1.0
    kp_variance: float = 0.01


@dataclass(frozen=True)
class GeneratorConfig:
    """Generator: see `fomm.generator.Generator`; without dense motion it is an auto-encoder."""

    block_expansion: int
    max_features: int
    num_down_blocks: int
    num_bottleneck_blocks: int
    estimate_occlusion_map: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Multi-scale discriminator: see `fomm.discriminator.MultiScaleDiscriminator`."""

    scales: tuple[float, ...] = (1.0,)
    block_expansion: int = 64
    max_features: int = 512
    num_blocks: int = 4
    sn: bool = False
    use_kp: bool = False
    kp_variance: float = 0.01


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses, by default those of the paper's training without a GAN.

    Attributes:
        perceptual: Per tap of the feature network; all zero or empty: no feature network is used.
        generator_gan: Least-squares GAN; at 0 feature matching is not computed either.
        discriminator_gan: The discriminator's own loss.
        feature_matching: Per block of the discriminator.
        equivariance_value: Of keypoint positions.
        equivariance_jacobian: Of jacobians; must be 0 for a detector without them.
        l1: Mean absolute difference of pixels. Not in the paper; for small budgets.
    """

    perceptual: tuple[float, ...] = (10.0,) * 5
    generator_gan: float = 0.0
    discriminator_gan: float = 1.0
    feature_matching: tuple[float, ...] = (10.0,) * 4
    equivariance_value: float = 10.0
    equivariance_jacobian: float = 10.0
    l1: float = 0.0


@dataclass(frozen=True)
class TrainConfig:
    """How the model is trained, as far as the model itself is concerned.

    Attributes:
        learning_rate: Of generator and detector, and of the discriminator if there is one.
        scales: Of the perceptual pyramid, and those that a discriminator may use.
        features: Network of the perceptual loss, see `fomm.features`.
        sigma_affine: Of the equivariance transform, see `fomm.transform`.
        sigma_tps: Of the equivariance transform.
        points_tps: Of the equivariance transform.
        weights: Of the losses; the features have as many taps as there are perceptual weights.
    """

    learning_rate: float = 2e-4
    scales: tuple[float, ...] = (1.0, 0.5, 0.25, 0.125)
    features: str = "efficientnet-lite0"
    sigma_affine: float = 0.05
    sigma_tps: float = 0.005
    points_tps: int = 5
    weights: LossWeights = LossWeights()


@dataclass(frozen=True)
class FOMMConfig:
    """The whole model; ``size`` is the side in pixels of the square images it is meant for."""

    common_params: CommonConfig
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None
    train_params: TrainConfig = TrainConfig()
    size: int = 256

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, where: str = "config") -> FOMMConfig:
        """Build and check a configuration; ``where`` names the place in messages.

        Raises:
            ConfigError: An unknown or missing key, or a value of the wrong type.

        Example:
            >>> FOMMConfig.from_mapping({"sise": 64})
            Traceback (most recent call last):
            ...
            fomm.config.ConfigError: config: unknown key 'sise'; known: common_params, \
kp_detector_params, generator_params, discriminator_params, train_params, size
        """
        return _build(cls, values, where=where)

    @classmethod
    def load(cls, name: str | Path) -> FOMMConfig:
        """Read a YAML file, or a configuration that comes with the package ("mini").

        Raises:
            ConfigError: There is no such file or configuration, or its content is wrong.
        """
        path = CONFIGS / f"{name}.yaml" if not str(name).endswith((".yaml", ".yml")) else Path(name)
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.yaml")))
            raise ConfigError(
                f"{path}: not found; give the path of a .yaml file or one of: {known}"
            )
        return cls.from_mapping(yaml.safe_load(path.read_text(encoding="utf-8")), where=path.name)

    def to_mapping(self) -> dict[str, Any]:
        """Return plain dicts and lists, which `from_mapping` takes back and JSON can hold."""
        return typing.cast(dict[str, Any], _plain(dataclasses.asdict(self)))


def _build(cls: type[C], values: object, *, where: str) -> C:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: expected a mapping, got {values!r}")
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise ConfigError(f"{where}: unknown key {key!r}; known: {', '.join(fields)}")
    hints = typing.get_type_hints(cls)
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ConfigError(f"{where}: key {name!r} is missing")
    return cls(**{k: _convert(hints[k], v, where=f"{where}.{k}") for k, v in values.items()})


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _convert(hint: Any, value: object, *, where: str) -> object:  # noqa: ANN401
    if isinstance(hint, types.UnionType):  # every union here is "X | None"
        if value is None:
            return None
        hint = next(h for h in typing.get_args(hint) if h is not type(None))
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type[Any], hint), value, where=where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where}: expected a list, got {value!r}")
        return tuple(_convert(typing.get_args(hint)[0], item, where=where) for item in value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ConfigError(f"{where}: expected {hint.__name__}, got {value!r}")
    return value
