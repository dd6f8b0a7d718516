"""The losses of one training step.

    run = run_model(model, source, driving)
    losses = generator_losses(model, run, weights=weights)
    sum(losses.values()).backward()          # generator and detector step here
    losses = discriminator_losses(model, run, weights=weights)
    sum(losses.values()).backward()          # discriminator steps here

The discriminator judges the pictures and the keypoints made *before* the generator's step, outside
their graph. In the generator's losses its weights are constants; gradients reach the detector
through both what it is told about the prediction and what it is told about the real frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from baselines.monkey_net.frames import Keypoints
from baselines.monkey_net.model import MonkeyNet
from baselines.monkey_net.train_config import LossWeights
from fomm.blocks import frozen

Losses = dict[str, Tensor]
"""Weighted scalar losses by name; the total is their plain sum."""


@dataclass(frozen=True)
class Run:
    """One forward pass of training.

    Attributes:
        driving: (B, C, D, H, W), the truth.
        kp_source: (B, 1, K, ...) each.
        kp_driving: (B, D, K, ...) each.
        output: What the generator returned.
    """

    driving: Tensor
    kp_source: Keypoints
    kp_driving: Keypoints
    output: dict[str, Tensor]


def run_model(model: MonkeyNet, source: Tensor, driving: Tensor) -> Run:
    """Detect keypoints in all frames together and predict ``driving`` from ``source``.

    Args:
        model: The model, usually in training mode.
        source: (B, C, 1, H, W) in [0, 1].
        driving: (B, C, D, H, W) in [0, 1], other frames of the same videos.
    """
    keypoints = model.kp_detector(torch.cat((source, driving), dim=2))
    kp_source = {name: value[:, :1] for name, value in keypoints.items()}
    kp_driving = {name: value[:, 1:] for name, value in keypoints.items()}
    output = model.generator(source, kp_source=kp_source, kp_driving=kp_driving)
    return Run(driving, kp_source, kp_driving, output)


def generator_losses(model: MonkeyNet, run: Run, *, weights: LossWeights) -> Losses:
    """Losses of the generator and the detector; one of weight 0 is neither computed nor returned.

    Args:
        model: The model that made ``run``.
        run: From `run_model`.
        weights: With as many for the reconstruction as the discriminator has blocks, and one.
    """
    losses: Losses = {}
    if weights.reconstruction_deformed:
        error = F.l1_loss(run.output["deformed"], run.driving)
        losses["rec_def"] = weights.reconstruction_deformed * error
    generated, real = [run.output["prediction"]], [run.driving]
    if weights.need_discriminator:
        with frozen(model.discriminator):
            generated, real = model.discriminator.judge(
                [run.output["prediction"], run.driving],
                kp_driving=run.kp_driving,
                kp_source=run.kp_source,
            )
    for i, (weight, a, b) in enumerate(zip(weights.reconstruction, generated, real, strict=False)):
        if weight:
            losses[f"layer-{i}_rec"] = weight * F.l1_loss(a, b)
    if weights.generator_gan:
        losses["gen_gan"] = weights.generator_gan * ((1 - generated[-1]) ** 2).mean()
    return losses


def discriminator_losses(model: MonkeyNet, run: Run, *, weights: LossWeights) -> Losses:
    """Least-squares loss of the discriminator: mean((1 - D(real))^2 + D(generated)^2).

    Args:
        model: The model that made ``run``; its generator may have stepped since.
        run: From `run_model`; its graph is neither needed nor touched.
        weights: Only ``discriminator_gan`` is used.
    """
    generated, real = model.discriminator.judge(
        [run.output["prediction"].detach(), run.driving],
        kp_driving={name: value.detach() for name, value in run.kp_driving.items()},
        kp_source={name: value.detach() for name, value in run.kp_source.items()},
    )
    error = ((1 - real[-1]) ** 2 + generated[-1] ** 2).mean()
    return {"disc_gan": weights.discriminator_gan * error}
