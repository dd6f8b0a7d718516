"""Our model and training step against a second implementation, written plainly from the paper's
released sizes and formulas (`tests/benchmarks/plain`), which repeats all that ours leaves out."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from fomm import FOMM
from fomm.config import LossWeights
from fomm.features import load_features
from fomm.losses import discriminator_losses, generator_losses
from fomm.run import Pyramid, run_model
from fomm.transform import Transform
from tests.benchmarks.plain.networks import PlainFOMM
from tests.benchmarks.plain.step import Trainer
from tests.benchmarks.plain.step import Transform as PlainTransform

EVALS = ["tiny32", "tiny64", "tiny64_half", "tiny64_singlejac", "tiny64_nojac", "tiny64_noocc"]
DISC = {"scales": [1], "block_expansion": 8, "max_features": 64, "num_blocks": 3}
RATE = 2e-4
GAN = LossWeights(perceptual=(), generator_gan=1.0, feature_matching=(10.0,) * 3)
STEPS = {  # configuration, discriminator, weights
    "equivariance": ("tiny64_half", None, LossWeights(perceptual=(), l1=50.0)),
    "features": ("tiny64_half", None, LossWeights(perceptual=(1.0, 1.0, 1.0))),
    "single jacobian map": ("tiny64_singlejac", None, LossWeights(perceptual=(), l1=50.0)),
    "no jacobian": (
        "tiny64_nojac",
        None,
        LossWeights(perceptual=(), l1=50.0, equivariance_jacobian=0.0),
    ),
    "no occlusion": ("tiny64_noocc", None, LossWeights(perceptual=(), l1=50.0)),
    "resized flow": ("tiny32", None, LossWeights(perceptual=(), l1=50.0)),
    "gan": ("tiny64_half", {}, GAN),
    "spectral norm": ("tiny64_half", {"sn": True}, GAN),
    "two scales, keypoints": ("tiny64_half", {"scales": [1, 0.5], "use_kp": True}, GAN),
}


def both(config, seed_weights, recipe="C") -> tuple[FOMM, PlainFOMM]:
    ours, plain = FOMM.from_config(config), PlainFOMM(config)
    for part in ours.children():
        seed_weights(part, recipe)
    plain.load_state_dict(ours.state_dict())
    return ours, plain


def outputs(model, source, driving) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        kp_source, kp_driving = model.kp_detector(source), model.kp_detector(driving)
        out = model.generator(source, kp_source=kp_source, kp_driving=kp_driving)
    return out | {f"kp_{k}": v for k, v in kp_driving.items()}


@pytest.mark.parametrize("name", EVALS)
def test_same_outputs(configs, seed_weights, image, name):
    ours, plain = (model.eval() for model in both(configs[name], seed_weights))
    frames = [image(seed, configs[name]["size"], "smooth") for seed in (123, 456)]
    found, expected = outputs(ours, *frames), outputs(plain, *frames)
    assert set(found) == set(expected)
    for key in expected:
        # Warped pictures multiply the rounding of a coordinate by their slope per pixel.
        atol = 1e-4 if "deformed" in key else 1e-5
        torch.testing.assert_close(found[key], expected[key], rtol=0, atol=atol, msg=key)
    frames = [frame.double() for frame in frames]
    found, expected = outputs(ours.double(), *frames), outputs(plain.double(), *frames)
    for key in expected:
        torch.testing.assert_close(found[key], expected[key], rtol=0, atol=1e-10, msg=key)


def watch(optimizer, gradients, network) -> None:
    """Keep every gradient that the optimizer is about to apply."""

    def keep(*_: object) -> None:
        for name, parameter in network.named_parameters():
            gradients[name] = parameter.grad.clone()

    optimizer.register_step_pre_hook(keep)


def our_step(model, frames, transform, *, weights, pyramid, features):
    adams = {
        name: torch.optim.Adam(part.parameters(), lr=RATE, betas=(0.5, 0.999), fused=True)
        for name, part in model.named_children()
    }
    gradients = {name: {} for name in adams}
    for name, adam in adams.items():
        watch(adam, gradients[name], getattr(model, name))
    run = run_model(model, *frames, pyramid=pyramid)
    losses = generator_losses(model, run, weights=weights, transform=transform, features=features)
    sum(losses.values()).backward()
    for name in ("generator", "kp_detector"):
        adams[name].step()
    if model.discriminator is not None:
        losses |= discriminator_losses(model, run, weights=weights)
        losses["disc_gan"].backward()
        adams["discriminator"].step()
    return {name: loss.item() for name, loss in losses.items()}, gradients


def plain_step(model, frames, transform, *, weights, scales, features):
    values = dataclasses.asdict(weights)
    if model.discriminator is None:
        values["generator_gan"] = 0
    trainer = Trainer(model, values, scales, RATE, features)
    trainer.pyramid.double()
    gradients = {name: {} for name in trainer.optimizers}
    for name, adam in trainer.optimizers.items():
        watch(adam, gradients[name], getattr(model, name))
    transform = PlainTransform(transform.theta, transform.control)
    return trainer.step(*frames, transform), gradients


def assert_same_gradients(found, expected) -> None:
    """To 1e-9 of the tensor's own largest entry, or of 1e-3 of the network's largest.

    The second is for gradients that are zero but for rounding: of biases in front of a norm.
    """
    largest = max(float(value.abs().max()) for value in expected.values())
    for key, value in expected.items():
        scale = max(float(value.abs().max()), 1e-3 * largest)
        error = float((found[key] - value).abs().max())
        assert error <= 1e-9 * scale, f"gradient of {key}: off by {error:.1e} of {scale:.1e}"


def assert_same_state(found, expected, *, gradients) -> None:
    """To 1e-9 of the tensor's largest entry, and what Adam makes of rounding.

    Its first step is rate g / (|g| + 1e-8): 1e-12 of the largest gradient counts where g itself
    is as small.
    """
    noise = RATE * 1e-12 * max(float(value.abs().max()) for value in gradients.values())
    for key, value in expected.items():
        if key.endswith("num_batches_tracked"):  # counted by nn.BatchNorm2d, not by the original
            continue
        slack = 1e-9 * value.abs().max()
        if key in gradients:
            slack = slack + noise / (gradients[key].abs() + 1e-8)
        excess = float(((found[key] - value).abs() / slack).max())
        assert excess <= 1, f"{key} after the step: off by {excess:.1e} of what is allowed"


@pytest.mark.parametrize("case", STEPS)
def test_same_training_step_in_float64(configs, seed_weights, image, case):
    name, discriminator, weights = STEPS[case]
    config = configs[name]
    if discriminator is not None:
        config = config | {"discriminator_params": DISC | discriminator}
    else:
        weights = dataclasses.replace(weights, generator_gan=0.0)
    ours, plain = (model.double().train() for model in both(config, seed_weights))
    frames = [image(seed, config["size"], "smooth").double() for seed in (123, 456)]
    drawn = Transform.random(2, generator=torch.Generator().manual_seed(0))
    transform = Transform(drawn.theta.double(), drawn.control.double())
    taps = len(weights.perceptual)
    features = load_features("efficientnet-lite0", taps=taps).double() if taps else None

    scales = (1.0, 0.5, 0.25)
    expected, expected_gradients = plain_step(
        plain, frames, transform, weights=weights, scales=scales, features=features
    )
    found, gradients = our_step(
        ours,
        frames,
        transform,
        weights=weights,
        pyramid=Pyramid(scales).double(),
        features=features,
    )
    assert found == pytest.approx(expected, rel=1e-9)
    for part, values in expected_gradients.items():
        assert set(gradients[part]) == set(values)
        assert_same_gradients(gradients[part], values)
        states = [getattr(model, part).state_dict() for model in (ours, plain)]
        assert_same_state(*states, gradients=values)


def test_a_wrong_convention_is_seen(configs, seed_weights, image):
    config = configs["tiny64_half"]
    ours, _ = both(config, seed_weights)
    plain = PlainFOMM(config, align_corners=False)
    plain.load_state_dict(ours.state_dict())
    frames = [image(seed, 64, "smooth") for seed in (123, 456)]
    found, expected = outputs(ours.eval(), *frames), outputs(plain.eval(), *frames)
    assert (found["prediction"] - expected["prediction"]).abs().max() > 1e-3
