"""What the sections of a configuration must have in common."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fomm.config import FOMMConfig
    from fomm.settings.train import AugmentationConfig, TrainConfig

TAPS = 5  # of either feature network


def problems(config: FOMMConfig) -> Iterator[str]:
    """Yield what is wrong with ``config``, each beginning with the place of a key."""
    yield from _sides(config)
    discriminator, train = config.discriminator_params, config.train_params
    if discriminator is not None and not discriminator.scales:
        yield "discriminator_params.scales: must name a scale, got []"
    if train is not None:
        yield from _perceptual(config, train)
        yield from _adversarial(config, train)
        yield from _schedule(train)
        if train.loss_weights.equivariance_jacobian and not config.common_params.estimate_jacobian:
            yield (
                "train_params.loss_weights.equivariance_jacobian: must be 0, since the detector"
                " has no jacobians (common_params.estimate_jacobian is false)"
            )
    if config.dataset_params is not None:
        if train is None or train.num_epochs is None:
            yield "dataset_params: needs train_params.num_epochs; without them it is not used"
        yield from _augmentation(config.dataset_params.augmentation_params, config.size)


def _sides(config: FOMMConfig) -> Iterator[str]:
    """An hourglass halves its input num_blocks times and joins what it doubles again."""
    generator, detector = config.generator_params, config.kp_detector_params
    wanted = {
        "generator_params.num_down_blocks": 1 << generator.num_down_blocks,
        "kp_detector_params": _unit(detector.num_blocks, detector.scale_factor),
    }
    motion = generator.dense_motion_params
    if motion is not None:
        unit = _unit(motion.num_blocks, motion.scale_factor)
        wanted["generator_params.dense_motion_params"] = unit
    for name, unit in wanted.items():
        if config.size % unit:
            yield f"size: must be a multiple of {unit} for {name}, got {config.size}"


def _unit(num_blocks: int, scale_factor: float) -> int:
    return (1 << num_blocks) * round(1 / scale_factor)


def _perceptual(config: FOMMConfig, train: TrainConfig) -> Iterator[str]:
    weights = train.loss_weights.perceptual
    if not any(weights):
        return
    if not train.scales:
        yield "train_params.scales: must name a scale for the perceptual weights, got []"
        return
    if len(weights) > TAPS:
        yield (
            f"train_params.loss_weights.perceptual: {train.features} has {TAPS} taps, got"
            f" {len(weights)} weights"
        )
    smallest, needed = round(config.size * min(train.scales)), 1 << (len(weights) - 1)
    if train.features == "vgg19" and smallest < needed:
        yield (
            f"train_params.scales: vgg19 with {len(weights)} taps needs pictures of {needed}"
            f" pixels, got {smallest} (size {config.size} at scale {min(train.scales):g})"
        )


def _adversarial(config: FOMMConfig, train: TrainConfig) -> Iterator[str]:
    discriminator, weights = config.discriminator_params, train.loss_weights
    if discriminator is None:
        if weights.generator_gan:
            yield "train_params.loss_weights.generator_gan: must be 0 without discriminator_params"
        return
    if len(set(discriminator.scales)) < len(discriminator.scales):
        yield "discriminator_params.scales: must name each scale once"
    extra = [f"{scale:g}" for scale in discriminator.scales if scale not in train.scales]
    if extra:
        yield (
            f"discriminator_params.scales: {', '.join(extra)} must also be in train_params.scales,"
            f" which are {', '.join(f'{scale:g}' for scale in train.scales) or 'none'}"
        )
    matching = weights.feature_matching
    if weights.generator_gan and any(matching) and len(matching) != discriminator.num_blocks:
        yield (
            f"train_params.loss_weights.feature_matching: must be {discriminator.num_blocks}"
            f" weights, one per block of the discriminator, got {len(matching)}"
        )


def _schedule(train: TrainConfig) -> Iterator[str]:
    if (train.num_epochs is None) != (train.batch_size is None):
        yield "train_params: num_epochs and batch_size must be given together, or neither"
    if train.num_epochs is None:
        others = {"num_repeats": 1, "start_epoch": 0, "epoch_milestones": ()}
        for name, default in others.items():
            if getattr(train, name) != default:
                yield f"train_params.{name}: needs num_epochs; without it it is not used"
        return
    if train.start_epoch >= train.num_epochs:
        yield (
            f"train_params.start_epoch: must be below num_epochs ({train.num_epochs}), got"
            f" {train.start_epoch}"
        )
    if any(a >= b for a, b in pairwise(train.epoch_milestones)):
        yield f"train_params.epoch_milestones: must rise, got {list(train.epoch_milestones)}"


def _augmentation(params: AugmentationConfig, size: int) -> Iterator[str]:
    where = "dataset_params.augmentation_params"
    resize, crop = params.resize_param, params.crop_param
    if resize is not None and resize.ratio[0] > resize.ratio[1]:
        yield f"{where}.resize_param.ratio: must be [lowest, highest], got {list(resize.ratio)}"
    if resize is not None and crop is None:
        yield f"{where}.resize_param: needs crop_param, which makes all pictures one size again"
    if crop is not None and crop.size != (size, size):
        yield f"{where}.crop_param.size: must be [{size}, {size}] (size), got {list(crop.size)}"
