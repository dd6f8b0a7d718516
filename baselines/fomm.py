"""FOMM as a method of this benchmark; the model itself lives in ``fomm``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from baselines.method import Batch, Losses, Method, OptimizerSpec, Output
from datasets.registry import UsageError
from fomm.blocks import coordinate_grid
from fomm.config import ConfigError, FOMMConfig
from fomm.cost import macs_per_frame
from fomm.features import Features, load_features
from fomm.generator import EncodedSource
from fomm.keypoints import Keypoints
from fomm.losses import discriminator_losses, generator_losses
from fomm.model import FOMM
from fomm.relative import relative_keypoints
from fomm.run import Pyramid, run_model
from fomm.sampling import resize, resize_flow
from fomm.transform import Transform

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
    "ranges",
    "run",
    "sampling",
    "transform",
)


class State(NamedTuple):
    """An encoded source and its keypoints."""

    source: EncodedSource
    keypoints: Keypoints


class FOMMMethod(Method):
    """FOMM (Siarohin et al., NeurIPS 2019): keypoints with jacobians, dense motion, occlusion."""

    files = ("baselines/fomm.py", *(f"fomm/{name}.py" for name in _MODULES))

    def __init__(self, config: FOMMConfig, *, align_corners: bool) -> None:
        super().__init__()
        self.fomm = FOMM(config, align_corners=align_corners)
        self.options = config.train_params
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

    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Generator and detector step together; the discriminator, if any, after them."""
        rate = self.options.learning_rate
        parts = [self.fomm.generator, self.fomm.kp_detector]
        players = {"generator": [OptimizerSpec(part.parameters(), rate) for part in parts]}
        if self.fomm.discriminator is not None:
            spec = OptimizerSpec(self.fomm.discriminator.parameters(), rate)
            players["discriminator"] = [spec]
        return players

    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield the generator's losses, then the discriminator's if there is one."""
        options = self.options
        run = run_model(self.fomm, batch.source, batch.driving, pyramid=self._pyramid)
        transform = Transform.random(
            len(batch.driving),
            generator=torch.default_generator,
            device=batch.driving.device,
            sigma_affine=options.sigma_affine,
            sigma_tps=options.sigma_tps,
            points_tps=options.points_tps,
        )
        yield (
            "generator",
            generator_losses(
                self.fomm,
                run,
                weights=options.weights,
                transform=transform,
                features=self._feature_network(batch.driving.device),
            ),
        )
        if self.fomm.discriminator is not None:
            yield "discriminator", discriminator_losses(self.fomm, run, weights=options.weights)

    def _feature_network(self, device: torch.device) -> Features | None:
        if not any(self.options.weights.perceptual):
            return None
        if not self._features:
            taps = len(self.options.weights.perceptual)
            network = load_features(self.options.features, taps=taps).to(device)
            self._features.append(network.to(memory_format=torch.channels_last))
        return self._features[0]

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
            flow=pixel_flow(moved["deformation"], size),
            occlusion=resize(moved["occlusion_map"], size)[:, 0]
            if "occlusion_map" in moved
            else None,
        )

    def macs(self, size: int) -> int:
        """Return multiply-accumulates per driving frame; see `fomm.cost.macs_per_frame`."""
        return macs_per_frame(self.fomm, size)

    def inference_state(self) -> dict[str, Tensor]:
        """Return detector and generator; the discriminator and the loss pyramid stay behind."""
        wanted = ("fomm.generator.", "fomm.kp_detector.")
        return {key: value for key, value in self.state_dict().items() if key.startswith(wanted)}


def pixel_flow(deformation: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the backward flow in pixels at image size.

    A cell of the motion maps stands for W / w pixels, as the features that it moves do, so a
    displacement of one cell is one of W / w pixels.

    Args:
        deformation: ``(B, h, w, 2)``, where in the source each cell is found, (x, y) in [-1, 1]
            with -1 and +1 on the centres of the outermost cells.
        size: Height and width of the picture.

    Returns:
        ``(B, H, W, 2)``: the position in the source minus the pixel's own, in pixels.
    """
    height, width = deformation.shape[1:3]
    cells = deformation.new_tensor([(width - 1) / 2, (height - 1) / 2])
    pitch = deformation.new_tensor([size[1] / width, size[0] / height])
    moved = (deformation - coordinate_grid(height, width, like=deformation)) * cells * pitch
    return resize_flow(moved, size)
