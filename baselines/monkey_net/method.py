"""Monkey-Net as a method of this benchmark."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.augment import Augmentation
from baselines.method import Batch, Losses, Method, OptimizerSpec, Output, in_pixels
from baselines.monkey_net.config import MonkeyNetConfig
from baselines.monkey_net.frames import Keypoints
from baselines.monkey_net.model import MonkeyNet
from baselines.monkey_net.train_config import AugmentationConfig, TrainConfig
from baselines.monkey_net.training import discriminator_losses, generator_losses, run_model
from baselines.monkey_net.transfer import transfer_keypoints
from baselines.recipe import Recipe
from fomm.sampling import pixel_flow, resize_flow

_OWN = (
    "blocks",
    "checked",
    "config",
    "discriminator",
    "embedding",
    "frames",
    "generator",
    "keypoints",
    "method",
    "model",
    "motion",
    "train_config",
    "training",
    "transfer",
)
_SHARED = (
    "blocks",
    "hourglass",
    "keypoints",
    "relative",
    "sampling",
    "settings/ranges",
    "tiled",
    "winograd",
)


_LOSS_NAMES = {"layer-0_rec": "l1"}


class State(NamedTuple):
    """An encoded source and its keypoints."""

    source: list[Tensor]
    keypoints: Keypoints


class MonkeyNetMethod(Method):
    """Monkey-Net (Siarohin et al., CVPR 2019): keypoints without jacobians, no occlusion map."""

    files = (
        *(f"baselines/monkey_net/{name}.py" for name in _OWN),
        *(f"fomm/{name}.py" for name in _SHARED),
    )
    synchronised = True

    def __init__(self, config: MonkeyNetConfig, *, align_corners: bool) -> None:
        super().__init__()
        self.monkey_net = MonkeyNet(config, align_corners=align_corners)
        self.weights = config.loss_weights

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build from the keys of `MonkeyNetConfig`, and ``align_corners`` beside them."""
        values = dict(config)
        align_corners = bool(values.pop("align_corners", True))
        return cls(MonkeyNetConfig.from_mapping(values), align_corners=align_corners)

    def recipe(self) -> Recipe | None:
        """Return what ``train_params`` prescribes, if they name epochs: one pair of each clip."""
        train = self.monkey_net.config.train_params
        if train is None or train.num_epochs is None or train.batch_size is None:
            return None
        options = self.monkey_net.config.augmentation_params or AugmentationConfig()
        lowest, highest = options.resize
        return Recipe(
            batch=train.batch_size,
            epochs=train.num_epochs,
            repeats=1,
            # Here the first epochs at a lower rate, there the last ones before it falls.
            milestones=tuple(epoch - 1 for epoch in train.epoch_milestones),
            start_epoch=0,
            id_sampling=False,
            augmentation=Augmentation(
                time_flip=options.time_flip,
                horizontal_flip=options.horizontal_flip,
                brightness=0.0,
                contrast=0.0,
                saturation=0.0,
                hue=options.hue,
                resize=(lowest, highest),
                rotation=options.rotation,
            ),
        )

    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Generator and detector step together; the discriminator, if it is used, after them."""
        model, rate = self.monkey_net, (self.monkey_net.config.train_params or TrainConfig()).lr
        parts = [model.generator, model.kp_detector]
        players = {"generator": [OptimizerSpec(part.parameters(), rate) for part in parts]}
        if self.weights.need_discriminator:
            players["discriminator"] = [OptimizerSpec(model.discriminator.parameters(), rate)]
        return players

    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield the generator's losses, then the discriminator's if it is used."""
        run = run_model(self.monkey_net, batch.source[:, :, None], batch.driving[:, :, None])
        losses = generator_losses(self.monkey_net, run, weights=self.weights)
        # Block 0 are the pixels; loss curves of all methods call that l1.
        yield "generator", {_LOSS_NAMES.get(name, name): loss for name, loss in losses.items()}
        if self.weights.need_discriminator:
            yield "discriminator", discriminator_losses(self.monkey_net, run, weights=self.weights)

    def networks(self) -> Iterator[nn.Module]:
        """Blocks of the motion's hourglass, of the generator and of the discriminator.

        Not the detector, nor the last convolution of the hourglass, which makes masks and flow.
        """
        model = self.monkey_net
        hourglass = model.generator.dense_motion_module.hourglass
        yield from (hourglass.encoder, *hourglass.decoder.up_blocks)
        yield from (model.generator.appearance_encoder, model.generator.video_decoder)
        yield model.generator.refinement_module
        if self.weights.need_discriminator:
            yield from model.discriminator.down_blocks

    def encode(self, source: Tensor) -> State:
        """Encode source pictures once; see `Method.encode`."""
        model = self.monkey_net
        return State(model.generator.encode(source), model.kp_detector.detect(source))

    def animate(self, state: State, driving: Tensor, *, initial: Tensor | None = None) -> Output:
        """Move the source like the driving frames; see `Method.animate`."""
        model = self.monkey_net
        keypoints = model.kp_detector.detect(driving)
        if initial is not None:
            keypoints = transfer_keypoints(
                state.keypoints,
                keypoints,
                kp_initial=model.kp_detector.detect(initial),
                **asdict(model.config.transfer_params),
            )
        moved = model.generator.animate(
            state.source, kp_source=state.keypoints, kp_driving=keypoints
        )
        size = (driving.shape[2], driving.shape[3])
        flow = resize_flow(pixel_flow(moved["deformation"], size), size)
        return Output(moved["prediction"], flow=flow)

    def keypoints(self, frames: Tensor) -> Tensor:
        """Return the means of the heat maps in pixels; see `Method.keypoints`."""
        return in_pixels(self.monkey_net.kp_detector.detect(frames)["mean"], frames)

    def macs(self, size: int) -> int:
        """Return multiply-accumulates per driving frame of ``size`` pixels, source encoded.

        Counted are convolutions and matrix products of the published formula at batch 1, on shapes
        alone: the same on every machine.
        """
        shapes = copy.deepcopy(self).to("meta").eval()
        channels = self.monkey_net.config.common_params.num_channels
        image = torch.empty(1, channels, size, size, device="meta")
        with torch.no_grad():
            state = shapes.encode(image)
            with FlopCounterMode(display=False) as counter:
                shapes.animate(state, image)
        return int(counter.get_total_flops()) // 2

    def inference_state(self) -> dict[str, Tensor]:
        """Return detector and generator; the discriminator stays behind."""
        wanted = ("monkey_net.generator.", "monkey_net.kp_detector.")
        return {key: value for key, value in self.state_dict().items() if key.startswith(wanted)}
