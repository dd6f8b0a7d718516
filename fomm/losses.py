"""The losses of one training step, and nothing that a step would compute and throw away.

    run = run_model(model, source, driving, pyramid=pyramid)
    losses = generator_losses(model, run, weights=weights, transform=..., features=...)
    sum(losses.values()).backward()          # generator and detector step here
    losses = discriminator_losses(model, run, weights=weights)
    sum(losses.values()).backward()          # discriminator steps here

The discriminator judges the pictures made *before* the generator's step, outside their graph;
in the generator's losses its weights are constants, so they collect no gradient there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from fomm.blocks import frozen
from fomm.config import LossWeights
from fomm.discriminator import MultiScaleDiscriminator
from fomm.features import Features
from fomm.keypoints import detached, inverse_2x2
from fomm.model import FOMM
from fomm.run import Run
from fomm.transform import Transform

T = TypeVar("T")

Losses = dict[str, Tensor]
"""Weighted scalar losses by name; the total is their plain sum."""


def generator_losses(
    model: FOMM,
    run: Run,
    *,
    weights: LossWeights,
    transform: Transform | None = None,
    features: Features | None = None,
) -> Losses:
    """Losses of the generator and the detector (paper, section 3.3 and its appendix).

    Args:
        model: The model that made ``run``.
        run: From `run_model`.
        weights: A loss of weight 0 is neither computed nor returned.
        transform: A fresh random transform; needed for the equivariance losses.
        features: The frozen network of the perceptual loss; needed if that has a weight.

    Raises:
        ValueError: A weight asks for something that was not given, or that the model lacks; or
            there is not one weight per tap, or per block of the discriminator.
    """
    losses: Losses = {}
    if any(weights.perceptual):
        losses["perceptual"] = perceptual_loss(run, _needed(features, "features"), weights)
    if weights.l1:
        losses["l1"] = weights.l1 * F.l1_loss(run.output["prediction"], run.driving)
    if weights.generator_gan:
        losses |= _adversarial_losses(_needed(model.discriminator, "a discriminator"), run, weights)
    if weights.equivariance_value or weights.equivariance_jacobian:
        losses |= _equivariance_losses(model, run, weights, _needed(transform, "a transform"))
    return losses


def discriminator_losses(model: FOMM, run: Run, *, weights: LossWeights) -> Losses:
    """Least-squares loss of the discriminator: mean((1 - D(real))^2 + D(generated)^2).

    Args:
        model: The model that made ``run``; its generator may have stepped since.
        run: From `run_model`; its graph is neither needed nor touched.
        weights: Only ``discriminator_gan`` is used.
    """
    discriminator = _needed(model.discriminator, "a discriminator")
    kp = detached(run.kp_driving)
    generated = discriminator({k: v.detach() for k, v in run.generated.items()}, kp=kp)
    real = discriminator(run.real, kp=kp)
    terms = [
        ((1 - real[key]) ** 2 + generated[key] ** 2).mean()
        for key in (f"prediction_map_{scale}" for scale in discriminator.scales)
    ]
    return {"disc_gan": weights.discriminator_gan * torch.stack(terms).sum()}


def perceptual_loss(run: Run, features: Features, weights: LossWeights) -> Tensor:
    """Return sum over scales and taps of w_i mean |F_i(generated) - F_i(real)|.

    Raises:
        ValueError: There is not one weight per tap.
    """
    if len(weights.perceptual) != len(features.stages):
        raise ValueError(
            f"{len(weights.perceptual)} perceptual weights for {len(features.stages)} taps"
        )
    terms = []
    for key, generated in run.generated.items():
        with torch.no_grad():
            real_maps = features(run.real[key])
        maps = features(generated)
        terms += [
            weight * F.l1_loss(a, b)
            for weight, a, b in zip(weights.perceptual, maps, real_maps, strict=True)
            if weight
        ]
    return torch.stack(terms).sum()


def _adversarial_losses(
    discriminator: MultiScaleDiscriminator, run: Run, weights: LossWeights
) -> Losses:
    kp = detached(run.kp_driving)
    with frozen(discriminator):
        generated = discriminator(run.generated, kp=kp)
        with torch.no_grad():
            real = discriminator(run.real, kp=kp)
    gan, matching = [], []
    for scale in discriminator.scales:
        gan.append(((1 - generated[f"prediction_map_{scale}"]) ** 2).mean())
        key = f"feature_maps_{scale}"
        matching += _feature_matching(generated[key], real[key], weights.feature_matching)
    losses = {"gen_gan": weights.generator_gan * torch.stack(gan).sum()}
    if matching:
        losses["feature_matching"] = torch.stack(matching).sum()
    return losses


def _feature_matching(
    generated: Sequence[Tensor], real: Sequence[Tensor], weights: Sequence[float]
) -> list[Tensor]:
    """Return w_i mean |D_i(generated) - D_i(real)| of every block i that has a weight."""
    if not any(weights):
        return []
    if len(weights) != len(generated):
        raise ValueError(
            f"{len(weights)} feature_matching weights for {len(generated)} discriminator blocks"
        )
    triples = zip(weights, generated, real, strict=True)
    return [weight * F.l1_loss(a, b) for weight, a, b in triples if weight]


def _equivariance_losses(
    model: FOMM, run: Run, weights: LossWeights, transform: Transform
) -> Losses:
    """Paper, eq. 11 and 13: keypoints of T(frame), mapped back by T, are those of the frame."""
    frame = transform.frame(run.driving, align_corners=model.align_corners)
    moved = model.kp_detector(frame)
    losses: Losses = {}
    if weights.equivariance_value:
        error = F.l1_loss(transform.points(moved["value"]), run.kp_driving["value"])
        losses["equivariance_value"] = weights.equivariance_value * error
    if weights.equivariance_jacobian:
        if "jacobian" not in moved:
            raise ValueError("equivariance_jacobian must be 0: the detector has no jacobians")
        back = transform.jacobian(moved["value"]) @ moved["jacobian"]
        product = inverse_2x2(run.kp_driving["jacobian"]) @ back
        identity = torch.eye(2, dtype=product.dtype, device=product.device)
        error = (identity - product).abs().mean()
        losses["equivariance_jacobian"] = weights.equivariance_jacobian * error
    return losses


def _needed(value: T | None, what: str) -> T:
    if value is None:
        raise ValueError(f"the weights of the losses ask for {what}, which is not there")
    return value
