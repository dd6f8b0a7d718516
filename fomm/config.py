"""Configuration of the model, as frozen dataclasses with the nesting of the original's files.

    common_params: {num_kp: 10, num_channels: 3, estimate_jacobian: true}
    kp_detector_params: {block_expansion: 32, ...}
    generator_params: {block_expansion: 64, ..., dense_motion_params: {...}}
    discriminator_params: {...}        # optional: absent means that there is none
    train_params: {learning_rate: 0.0002, weights: {...}, ...}
    size: 256

Values are checked when a file or mapping is read: unknown keys are refused, known ones listed, and
every number must lie in the range that its type names (`fomm.ranges`).
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

from fomm.ranges import AboveZero, Count, FromZero, Positive, Range, Scale

CONFIGS = Path(__file__).parent / "configs"

C = TypeVar("C")


class ConfigError(ValueError):
    """A configuration has an unknown or missing key, or a value of a wrong type or size."""


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
    num_blocks: Positive
    temperature: AboveZero = 0.1
    scale_factor: Scale = 1.0
    single_jacobian_map: bool = False
    pad: Count = 0


@dataclass(frozen=True)
class DenseMotionConfig:
    """Dense motion network: see `fomm.motion.DenseMotion`."""

    block_expansion: Positive
    max_features: Positive
    num_blocks: Positive
    scale_factor: Scale = 1.0
    kp_variance: AboveZero = 0.01


@dataclass(frozen=True)
class GeneratorConfig:
    """Generator: see `fomm.generator.Generator`; without dense motion it is an auto-encoder."""

    block_expansion: Positive
    max_features: Positive
    num_down_blocks: Count
    num_bottleneck_blocks: Count
    estimate_occlusion_map: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Multi-scale discriminator: see `fomm.discriminator.MultiScaleDiscriminator`."""

    scales: tuple[Scale, ...] = (1.0,)
    block_expansion: Positive = 64
    max_features: Positive = 512
    num_blocks: Positive = 4
    sn: bool = False
    use_kp: bool = False
    kp_variance: AboveZero = 0.01


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses, by default those of the paper's training without a GAN.

    Attributes:
        perceptual: Per tap of the feature network; all zero or empty: no feature network is used.
        generator_gan: Least-squares GAN; at 0 feature matching is not computed either.
        discriminator_gan: The discriminator's own loss.
        feature_matching: Per block of the discriminator; all zero or empty: not computed.
        equivariance_value: Of keypoint positions.
        equivariance_jacobian: Of jacobians; must be 0 for a detector without them.
        l1: Mean absolute difference of pixels. Not in the paper; for small budgets.
    """

    perceptual: tuple[FromZero, ...] = (10.0,) * 5
    generator_gan: FromZero = 0.0
    discriminator_gan: FromZero = 1.0
    feature_matching: tuple[FromZero, ...] = (10.0,) * 4
    equivariance_value: FromZero = 10.0
    equivariance_jacobian: FromZero = 10.0
    l1: FromZero = 0.0


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

    learning_rate: AboveZero = 2e-4
    scales: tuple[Scale, ...] = (1.0, 0.5, 0.25, 0.125)
    features: str = "efficientnet-lite0"
    sigma_affine: FromZero = 0.05
    sigma_tps: FromZero = 0.005
    points_tps: Positive = 5
    weights: LossWeights = LossWeights()


@dataclass(frozen=True)
class FOMMConfig:
    """The whole model; ``size`` is the side in pixels of the square images it is meant for."""

    common_params: CommonConfig
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None
    train_params: TrainConfig = TrainConfig()
    size: Positive = 256

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, where: str = "config") -> FOMMConfig:
        """Build and check a configuration; ``where`` names the place in messages.

        Raises:
            ConfigError: An unknown or missing key, or a value of a wrong type or size.

        Example:
            >>> FOMMConfig.from_mapping({"sise": 64})
            Traceback (most recent call last):
            ...
            fomm.config.ConfigError: config: unknown key 'sise'; known: common_params, \
kp_detector_params, generator_params, discriminator_params, train_params, size
        """
        config = _build(cls, values, where=where)
        _check_scales(config, where=where)
        return config

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
    hints = typing.get_type_hints(cls, include_extras=True)
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ConfigError(f"{where}: key {name!r} is missing")
    return cls(**{k: _convert(hints[k], v, where=f"{where}.{k}") for k, v in values.items()})


def _check_scales(config: FOMMConfig, *, where: str) -> None:
    """Refuse losses over scales that there are none of."""
    train, discriminator = config.train_params, config.discriminator_params
    if any(train.weights.perceptual) and not train.scales:
        raise ConfigError(
            f"{where}.train_params.scales: must name a scale for the perceptual weights, got []"
        )
    if discriminator is not None and not discriminator.scales:
        raise ConfigError(f"{where}.discriminator_params.scales: must name a scale, got []")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _convert(hint: Any, value: object, *, where: str) -> object:  # noqa: ANN401
    if typing.get_origin(hint) is typing.Annotated:
        of, allowed = typing.get_args(hint)
        return _in_range(_convert(of, value, where=where), allowed, where=where)
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


def _in_range(value: Any, allowed: Range, *, where: str) -> object:  # noqa: ANN401
    if not allowed.holds(value):
        raise ConfigError(f"{where}: must be {allowed.text}, got {value!r}")
    return value
