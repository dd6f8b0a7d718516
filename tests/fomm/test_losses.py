from __future__ import annotations

import dataclasses

import pytest
import torch

from fomm import FOMM
from fomm.features import load_features
from fomm.losses import LossWeights, discriminator_losses, generator_losses, perceptual_loss
from fomm.run import Pyramid, run_model
from fomm.transform import Transform

DISC = {"block_expansion": 8, "max_features": 32, "num_blocks": 3}
GAN = LossWeights(
    perceptual=(), generator_gan=1.0, equivariance_value=0.0, equivariance_jacobian=0.0
)


@pytest.fixture
def model(configs):
    torch.manual_seed(0)
    return FOMM.from_config(configs["tiny64_half"] | {"discriminator_params": DISC}).train()


@pytest.fixture
def batch(image):
    return image(123, 64), image(456, 64)


@pytest.fixture
def transform():
    return Transform.random(2, generator=torch.Generator().manual_seed(0))


def test_only_losses_with_a_weight_are_computed(model, batch, transform):
    run = run_model(model, *batch, pyramid=Pyramid(()))
    weights = LossWeights(perceptual=(), equivariance_jacobian=0.0, l1=2.0)
    losses = generator_losses(model, run, weights=weights, transform=transform)
    assert set(losses) == {"l1", "equivariance_value"}
    l1 = (run.output["prediction"] - run.driving).abs().mean()
    torch.testing.assert_close(losses["l1"], 2 * l1)


def test_untrained_equivariance_jacobian_is_that_of_the_transform(model, batch, transform):
    run = run_model(model, *batch, pyramid=Pyramid(()))
    weights = LossWeights(perceptual=(), equivariance_value=0.0)
    loss = generator_losses(model, run, weights=weights, transform=transform)
    moved = model.kp_detector(transform.frame(batch[1]))["value"]
    expected = 10 * (torch.eye(2) - transform.jacobian(moved)).abs().mean()
    torch.testing.assert_close(loss["equivariance_jacobian"], expected, rtol=1e-4, atol=1e-6)


def test_generator_losses_leave_the_discriminator_without_gradient(model, batch):
    run = run_model(model, *batch, pyramid=Pyramid((1.0,)))
    weights = dataclasses.replace(GAN, feature_matching=(10.0,) * 3)
    sum(generator_losses(model, run, weights=weights).values()).backward()
    assert all(p.grad is None for p in model.discriminator.parameters())
    assert all(p.requires_grad for p in model.discriminator.parameters())
    assert all(p.grad is not None for p in model.generator.parameters())


@pytest.mark.parametrize("count", [1, 2, 4])
def test_feature_matching_needs_one_weight_per_block(model, batch, count):
    run = run_model(model, *batch, pyramid=Pyramid((1.0,)))
    weights = dataclasses.replace(GAN, feature_matching=(10.0,) * count)
    with pytest.raises(
        ValueError, match=f"{count} feature_matching weights for 3 discriminator blocks"
    ):
        generator_losses(model, run, weights=weights)


@pytest.mark.parametrize("none", [(), (0.0,) * 4])
def test_feature_matching_without_weights_is_not_computed(model, batch, none):
    run = run_model(model, *batch, pyramid=Pyramid((1.0,)))
    weights = dataclasses.replace(GAN, feature_matching=none)
    assert set(generator_losses(model, run, weights=weights)) == {"gen_gan"}


def test_discriminator_losses_reach_the_discriminator_alone(model, batch):
    run = run_model(model, *batch, pyramid=Pyramid((1.0,)))
    discriminator_losses(model, run, weights=LossWeights())["disc_gan"].backward()
    assert all(p.grad is not None for p in model.discriminator.parameters())
    assert all(p.grad is None for p in model.generator.parameters())
    assert all(p.grad is None for p in model.kp_detector.parameters())


def test_perceptual_loss_by_hand(model, batch):
    features = load_features("efficientnet-lite0", taps=2)
    weights = LossWeights(perceptual=(3.0, 5.0))
    run = run_model(model, *batch, pyramid=Pyramid((1.0, 0.5)))
    expected = torch.zeros(())
    for level, real in run.real.items():
        pairs = zip(features(run.generated[level]), features(real), (3.0, 5.0), strict=True)
        expected = expected + sum(w * (a - b).abs().mean() for a, b, w in pairs)
    torch.testing.assert_close(perceptual_loss(run, features, weights), expected)
    with pytest.raises(ValueError, match="5 perceptual weights for 2 taps"):
        perceptual_loss(run, features, LossWeights())


def test_what_the_weights_ask_for_must_be_there(model, batch):
    run = run_model(model, *batch, pyramid=Pyramid((1.0,)))
    with pytest.raises(ValueError, match="features"):
        generator_losses(model, run, weights=LossWeights())
    with pytest.raises(ValueError, match="a transform"):
        generator_losses(model, run, weights=LossWeights(perceptual=()))
    model.discriminator = None
    with pytest.raises(ValueError, match="a discriminator"):
        discriminator_losses(model, run, weights=LossWeights())


def test_a_detector_without_jacobians_needs_weight_zero(configs, batch, transform):
    model = FOMM.from_config(configs["tiny64_nojac"])
    run = run_model(model, *batch, pyramid=Pyramid(()))
    with pytest.raises(ValueError, match="equivariance_jacobian must be 0"):
        generator_losses(model, run, weights=LossWeights(perceptual=()), transform=transform)


def test_a_step_with_singular_jacobians_stays_finite(model, batch, transform):
    with torch.no_grad():
        model.kp_detector.jacobian.bias.zero_()
    run = run_model(model, *batch, pyramid=Pyramid(()))
    weights = LossWeights(perceptual=(), l1=1.0)
    losses = generator_losses(model, run, weights=weights, transform=transform)
    sum(losses.values()).backward()
    for part in (model.generator, model.kp_detector):
        assert all(p.grad.isfinite().all() for p in part.parameters())
