"""FOMM as a method of this benchmark; the model itself lives in ``fomm``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn

from baselines.method import Batch, Losses, Method, OptimizerSpec, Output, in_pixels, misfit
from baselines.recipe import Recipe, recipe_of
from datasets.registry import UsageError
from fomm.checkpoint import CheckpointError, read_checkpoint
from fomm.config import ConfigError, FOMMConfig
from fomm.cost import macs_per_frame
from fomm.discriminator import MultiScaleDiscriminator
from fomm.features import Features, load_features
from fomm.generator import EncodedSource
from fomm.keypoints import Keypoints
from fomm.losses import discriminator_losses, generator_losses
from fomm.model import FOMM
from fomm.relative import relative_keypoints
from fomm.run import Pyramid, run_model
from fomm.sampling import pixel_flow, resize, resize_flow
from fomm.settings.train import TrainConfig
from fomm.transform import Transform

VGG19_VARIABLE = "FOMM_VGG19_WEIGHTS"
"""Environment variable that may name the weights of VGG19, where the configuration does not."""

_MODULES = (
    "blocks",
    "config",
    "discriminator",
    "features",
    "generator",
    "hourglass",
    "keypoints",
    "lite0",
    "losses",
    "model",
    "motion",
    "run",
    "sampling",
    "settings/check",
    "settings/file",
    "settings/mapping",
    "settings/ranges",
    "settings/train",
    "tiled",
    "transform",
    "winograd",
)


class State(NamedTuple):
    """An encoded source and its keypoints."""

    source: EncodedSource
    keypoints: Keypoints


class FOMMMethod(Method):
    """FOMM (Siarohin et al., NeurIPS 2019): keypoints with jacobians, dense motion, occlusion."""

    files = ("baselines/fomm.py", *(f"fomm/{name}.py" for name in _MODULES))
    synchronised = True

    def __init__(self, config: FOMMConfig, *, align_corners: bool) -> None:
        super().__init__()
        self.fomm = FOMM(config, align_corners=align_corners)
        self.options = config.train_params or TrainConfig()
        if self.options.lr_kp_detector == 0:
            # No gradient is computed, yet in training mode the running statistics move, in all
            # three passes of a step: source, driving and transformed driving frames.
            self.fomm.kp_detector.requires_grad_(False)
        self._pyramid = Pyramid(self.options.scales)
        self._features: list[Features] = []  # a list, so that it is no part of the state

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build from the keys of `fomm.config.FOMMConfig`, and ``align_corners`` beside them."""
        values = dict(config)
        align_corners = bool(values.pop("align_corners", True))
        try:
            return cls(FOMMConfig.from_mapping(values), align_corners=align_corners)
        except ConfigError as error:
            raise UsageError(f"fomm: {error}") from error

    def recipe(self) -> Recipe | None:
        """Return what ``train_params`` and ``dataset_params`` prescribe, if they name epochs."""
        return recipe_of(self.options, self.fomm.config.dataset_params)

    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Generator and detector step together; the discriminator, if it is trained, after them.

        A detector with the rate 0 has no optimiser.

        Raises:
            UsageError: The configuration describes a model, but not its training.
        """
        if self.fomm.config.train_params is None:
            raise UsageError("fomm: the configuration has no train_params, so it cannot be trained")
        parts: list[tuple[nn.Module, float]] = [(self.fomm.generator, self.options.lr_generator)]
        if self.options.lr_kp_detector:
            parts.append((self.fomm.kp_detector, self.options.lr_kp_detector))
        players = {"generator": [OptimizerSpec(part.parameters(), rate) for part, rate in parts]}
        if self._discriminator is not None:
            spec = OptimizerSpec(self._discriminator.parameters(), self.options.lr_discriminator)
            players["discriminator"] = [spec]
        return players

    @property
    def _discriminator(self) -> MultiScaleDiscriminator | None:
        """The discriminator, where it is trained: without a GAN loss nobody listens to it."""
        return self.fomm.discriminator if self.options.loss_weights.generator_gan else None

    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield the generator's losses, then the discriminator's if it is trained."""
        options, weights = self.options, self.options.loss_weights
        run = run_model(self.fomm, batch.source, batch.driving, pyramid=self._pyramid)
        transform = Transform.random(
            batch.whole,
            generator=torch.default_generator,
            sigma_affine=options.transform_params.sigma_affine,
            sigma_tps=options.transform_params.sigma_tps,
            points_tps=options.transform_params.points_tps,
        ).of(batch.here, like=batch.driving)
        features = self._feature_network(batch.driving)
        yield (
            "generator",
            generator_losses(
                self.fomm, run, weights=weights, transform=transform, features=features
            ),
        )
        if self._discriminator is not None:
            yield "discriminator", discriminator_losses(self.fomm, run, weights=weights)

    def _feature_network(self, like: Tensor) -> Features | None:
        taps = len(self.options.loss_weights.perceptual)
        if not any(self.options.loss_weights.perceptual):
            return None
        if not self._features:
            network = feature_network(self.options, taps=taps).to(like)
            self._features.append(network.to(memory_format=torch.channels_last))
        return self._features[0]

    def networks(self) -> Iterator[nn.Module]:
        """Motion's hourglass, the generator's blocks, discriminators and features; no detector.

        Keypoints, and so jacobians, come from float32 alone, as in `fomm.fast`.
        """
        generator = self.fomm.generator
        if generator.dense_motion_network is not None:
            yield generator.dense_motion_network.hourglass
        yield from (generator.first, *generator.down_blocks, generator.bottleneck)
        yield from generator.up_blocks
        if self._discriminator is not None:
            yield from self._discriminator.discs.values()
        device = next(self.parameters()).device
        if features := self._feature_network(torch.empty(0, device=device)):
            yield features

    def start_from(self, path: Path) -> list[str]:
        """Take the weights of any file that `fomm.checkpoint.read_checkpoint` reads.

        Detector and generator must fit; a discriminator that is missing or does not fit starts
        fresh. Adam's moments are not taken over, and the rates are those of the configuration.
        See `Method.start_from`.
        """
        try:
            found = read_checkpoint(path)
        except (CheckpointError, ConfigError) as error:
            raise UsageError(str(error)) from error
        if found.align_corners != self.fomm.align_corners:
            raise UsageError(f"{path}: was trained with align_corners {found.align_corners}")
        for name in ("generator", "kp_detector"):
            network: nn.Module = getattr(self.fomm, name)
            if reason := misfit(network.state_dict(), found.networks[name]):
                raise UsageError(f"{path}: its {name} does not fit: {reason}")
            network.load_state_dict(found.networks[name])
        if self._discriminator is None:
            return []
        weights = found.networks.get("discriminator")
        if weights is None:
            return ["the discriminator starts fresh: the checkpoint has none"]
        if reason := misfit(self._discriminator.state_dict(), weights):
            return [
                f"the discriminator starts fresh: that of the checkpoint does not fit: {reason}"
            ]
        self._discriminator.load_state_dict(weights)
        return []

    def use_features(self, network: Features) -> None:
        """Take ``network`` for the perceptual loss, in place of the one that options name.

        It must be on the device of the training already.
        """
        self._features[:] = [network]

    def encode(self, source: Tensor) -> State:
        """Encode source pictures once; see `Method.encode`."""
        return State(self.fomm.generator.encode_source(source), self.fomm.kp_detector(source))

    def animate(self, state: State, driving: Tensor, *, initial: Tensor | None = None) -> Output:
        """Move the source like the driving frames; see `Method.animate`."""
        keypoints = self.fomm.kp_detector(driving)
        if initial is not None:
            keypoints = relative_keypoints(
                state.keypoints, keypoints, kp_initial=self.fomm.kp_detector(initial)
            )
        moved = self.fomm.generator.animate(
            state.source, kp_source=state.keypoints, kp_driving=keypoints
        )
        size = (driving.shape[2], driving.shape[3])
        return Output(
            prediction=moved["prediction"],
            flow=resize_flow(pixel_flow(moved["deformation"], size), size),
            occlusion=resize(moved["occlusion_map"], size)[:, 0]
            if "occlusion_map" in moved
            else None,
        )

    def keypoints(self, frames: Tensor) -> Tensor:
        """Return the keypoints in pixels, jacobians apart; see `Method.keypoints`."""
        return in_pixels(self.fomm.kp_detector(frames)["value"], frames)

    def macs(self, size: int) -> int:
        """Return multiply-accumulates per driving frame; see `fomm.cost.macs_per_frame`."""
        return macs_per_frame(self.fomm, size)

    def inference_state(self) -> dict[str, Tensor]:
        """Return detector and generator; the discriminator and the loss pyramid stay behind."""
        wanted = ("fomm.generator.", "fomm.kp_detector.")
        return {key: value for key, value in self.state_dict().items() if key.startswith(wanted)}


def feature_network(options: TrainConfig, *, taps: int) -> Features:
    """Load the network of the perceptual loss.

    The weights of VGG19 are looked for where ``features_weights`` says, else where the environment
    variable `VGG19_VARIABLE` says; their digest is checked, so it does not matter which.

    Raises:
        UsageError: They are not there, or not the published ones.
    """
    named = options.features_weights
    if named is None and options.features == "vgg19":
        named = os.environ.get(VGG19_VARIABLE)
    try:
        return load_features(options.features, weights=Path(named) if named else None, taps=taps)
    except ConfigError as error:
        advice = "train_params.features_weights in the configuration, or the environment variable"
        raise UsageError(f"fomm: {error}; {advice} {VGG19_VARIABLE}, names the file") from error
