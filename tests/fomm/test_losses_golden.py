"""Three training steps of the original, in float64: losses, gradients, buffers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fomm import FOMM
from fomm.losses import LossWeights, discriminator_losses, generator_losses
from fomm.run import Pyramid, run_model
from fomm.transform import Transform

DISC = {"scales": [1], "block_expansion": 8, "max_features": 64, "num_blocks": 3}
VARIANTS = {"plain": {}, "sn": {"sn": True}, "kp": {"use_kp": True}}
WEIGHTS = LossWeights(perceptual=(), generator_gan=1.0, feature_matching=(10.0,) * 3)


def build(configs, seed_weights, variant) -> FOMM:
    config = configs["tiny64_half"] | {"discriminator_params": DISC | VARIANTS[variant]}
    model = FOMM.from_config(config).train()
    for part in (model.kp_detector, model.generator, model.discriminator):
        seed_weights(part, "C")
    return model.double()


def summary(tensor: torch.Tensor) -> np.ndarray:
    t = tensor.detach().numpy()
    return np.array([np.linalg.norm(t), t.sum(), np.abs(t).max()])


def assert_summaries(expected, name: str, found: dict[str, torch.Tensor], *, rtol: float) -> None:
    keys = list(expected[f"{name}_keys"])
    assert sorted(found) == keys
    wanted = expected[f"{name}_l2_sum_maxabs"]
    got = np.stack([summary(found[key]) for key in keys])
    largest = wanted[:, 0].max()
    np.testing.assert_allclose(got[:, 0], wanted[:, 0], rtol=0, atol=rtol * largest)
    np.testing.assert_allclose(got[:, 2], wanted[:, 2], rtol=0, atol=rtol * largest)
    first = np.stack([np.resize(found[k].detach().numpy().ravel()[:4], 4) for k in keys])
    finite = np.array([min(found[k].numel(), 4) for k in keys])
    for row, (n, a, b) in enumerate(zip(finite, first, expected[f"{name}_first4"], strict=True)):
        np.testing.assert_allclose(a[:n], b[:n], rtol=0, atol=rtol * largest, err_msg=keys[row])


def gradients(module: nn.Module) -> dict[str, torch.Tensor]:
    return {k: p.grad.clone() for k, p in module.named_parameters()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_three_steps_match_the_original(golden, configs, seed_weights, image, variant):
    expected = golden(f"train_tiny64half_{variant}_f64_ac_true.npz")
    model = build(configs, seed_weights, variant)
    parts = (model.generator, model.discriminator, model.kp_detector)
    adams = [torch.optim.Adam(p.parameters(), lr=2e-4, betas=(0.5, 0.999)) for p in parts]
    source, driving = image(123, 64, "smooth").double(), image(456, 64, "smooth").double()
    theta = torch.from_numpy(expected["theta"]).double()
    transform = Transform(theta, torch.from_numpy(expected["control_params"]).double()[:, 0])
    pyramid = Pyramid((1.0, 0.5, 0.25)).double()

    for step, wanted in enumerate(expected["losses_per_step"]):
        run = run_model(model, source, driving, pyramid=pyramid)
        losses = generator_losses(model, run, weights=WEIGHTS, transform=transform)
        sum(losses.values()).backward()
        assert all(p.grad is None or not p.grad.any() for p in model.discriminator.parameters())
        if step == 0:
            assert_summaries(expected, "grad_generator", gradients(model.generator), rtol=1e-6)
            assert_summaries(expected, "grad_kp_detector", gradients(model.kp_detector), rtol=1e-6)
        for adam in (adams[0], adams[2]):
            adam.step()
            adam.zero_grad()
        losses |= discriminator_losses(model, run, weights=WEIGHTS)
        losses["disc_gan"].backward()
        if step == 0:
            assert_summaries(
                expected, "grad_discriminator", gradients(model.discriminator), rtol=1e-6
            )
            for name in ("generator", "kp_detector", "discriminator"):
                if f"buf_{name}_keys" in expected:
                    buffers = dict(getattr(model, name).named_buffers())
                    keys = expected[f"buf_{name}_keys"]
                    kept = {k: buffers[k] for k in keys}
                    assert_summaries(expected, f"buf_{name}", kept, rtol=1e-6)
        adams[1].step()
        adams[1].zero_grad()
        got = [losses[name].item() for name in expected["loss_names"]]
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
