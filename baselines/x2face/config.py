"""Configuration of X2Face, filled from YAML: unknown keys are refused and known ones listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from baselines.x2face.unet import FEWEST_LEVELS
from datasets.params import build
from datasets.registry import UsageError


@dataclass(frozen=True)
class IdentityConfig:
    """The identity loss of the second stage; see `baselines.x2face.identity`.

    Attributes:
        features: Embedding network.
        weights: Its file; only ``efficientnet-lite0`` needs none.
        sha256: What the file must hash to, or the first digits (8 or more) of it. None: the digest
            of the published file for ``efficientnet-lite0`` and ``vgg19``, no check for ``vgg11``.
        mean: Of the pixels, for ``vgg11``; ImageNet's by default, as torchvision has them.
        deviation: Likewise.
        taps: How many of its maps are compared, from the shallowest on.
        same: Strength of each map's term, relative to the photometric loss, for a driving frame of
            the same identity.
        other: Likewise for a driving frame of another identity.
    """

    features: Literal["efficientnet-lite0", "vgg19", "vgg11"] = "efficientnet-lite0"
    weights: str | None = None
    sha256: str | None = None
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    deviation: tuple[float, ...] = (0.229, 0.224, 0.225)
    taps: int = 5
    same: float = 1.0
    other: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= self.taps <= 5:
            raise UsageError(f"x2face: identity.taps must be 1 to 5, got {self.taps}")
        if len(self.mean) != 3 or len(self.deviation) != 3 or min(self.deviation) <= 0:
            raise UsageError(
                "x2face: identity.mean and identity.deviation have three values, deviations "
                f"above 0, got {list(self.mean)} and {list(self.deviation)}"
            )
        _check_numbers(self, ("same", "other"), lowest=0.0)


@dataclass(frozen=True)
class TrainConfig:
    """How the model is trained, as far as the model itself is concerned.

    Attributes:
        optimizer: ``sgd`` as published, or ``adam`` for small budgets.
        learning_rate: Of both networks.
        momentum: Of ``sgd``.
        initial_offsets: Factor of the first weights of the two convolutions that make the offsets;
            1 is published. Below it training starts nearer to copying the source, which saves
            steps.
        sources: Source frames per driving frame. Only with two or more do the confidence maps
            learn anything.
        identity: The second stage; None: the first stage, photometric loss alone.
    """

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    initial_offsets: float = 1.0
    sources: int = 1
    identity: IdentityConfig | None = None

    def __post_init__(self) -> None:
        _check_numbers(self, ("learning_rate", "momentum", "initial_offsets"), lowest=0.0)
        if self.learning_rate == 0 or self.momentum >= 1 or self.sources < 1:
            raise UsageError(
                "x2face: learning_rate must be above 0, momentum below 1 and sources at least 1, "
                f"got {self.learning_rate}, {self.momentum} and {self.sources}"
            )


@dataclass(frozen=True)
class X2FaceConfig:
    """The model and its training; the defaults are the published ones for 256 pixels.

    Attributes:
        size: Side in pixels of the square frames that it is meant for.
        embedding_levels: See `baselines.x2face.model.X2Face`, as for all that follow.
        driving_levels: Levels of the driving network.
        inner_channels: Of the driving vector.
        base: Channels of the outermost levels.
        align_corners: Of up-sampling and of `grid_sample`.
        train_params: How it is trained.
    """

    size: int = 256
    embedding_levels: int = 8
    driving_levels: int = 8
    inner_channels: int = 128
    base: int = 64
    align_corners: tuple[bool, bool] = (True, True)
    train_params: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        if len(self.align_corners) != 2:
            raise UsageError(
                "x2face: align_corners has two values, for up-sampling and for grid_sample, "
                f"got {list(self.align_corners)}"
            )
        for name in ("base", "inner_channels"):
            if getattr(self, name) < 1:
                raise UsageError(f"x2face: {name} must be at least 1, got {getattr(self, name)}")
        for name in ("embedding_levels", "driving_levels"):
            levels = getattr(self, name)
            if levels < FEWEST_LEVELS or self.size < 1 or self.size % 2**levels:
                raise UsageError(
                    f"x2face: {name} {levels} does not suit size {self.size}: at least "
                    f"{FEWEST_LEVELS} levels, and the size a multiple of 2^levels"
                )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, where: str = "x2face") -> X2FaceConfig:
        """Build and check a configuration; ``where`` names the place in messages.

        Raises:
            UsageError: An unknown key, or a value of a wrong type or size.
        """
        return build(cls, values, where=where)

    def to_mapping(self) -> dict[str, Any]:
        """Return plain dicts, which `from_mapping` takes back."""
        return asdict(self)


def _check_numbers(config: object, names: tuple[str, ...], *, lowest: float) -> None:
    for name in names:
        value = getattr(config, name)
        if not lowest <= value < float("inf"):
            raise UsageError(f"x2face: {name} must be a number from {lowest} on, got {value}")
