"""Two training steps of the original, in float64: losses, gradients, running statistics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from baselines.monkey_net.training import discriminator_losses, generator_losses, run_model

NAMES = (
    "taichi_like",
    "vox_like",
    "bair_like",
    "shapes_like",
    "single_maskonly",
    "const_corronly",
)


def norms(network) -> dict[str, float]:
    return {k: float(p.grad.norm()) for k, p in sorted(network.named_parameters())}


def assert_norms(expected, prefix: str, name: str, found: dict[str, float]) -> None:
    wanted = expected[f"{prefix}_gradnorm_{name}_float64"]
    assert list(found) == list(expected[f"{prefix}_gradnorm_{name}_keys"])
    got = np.array(list(found.values()))
    # A bias before a norm has no gradient: what is there is rounding.
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-9 * wanted.max(), err_msg=name)


def assert_forward(expected, prefix: str, run, compare) -> None:
    """Recorded in float32, where norms over few values amplify rounding."""
    for name, atol in (("prediction", 1e-3), ("deformed", 1e-2)):
        compare(expected, f"{prefix}_train_{name}", run.output[name], atol=atol)
    for key, value in run.kp_source.items():
        joined = torch.cat((value, run.kp_driving[key]), dim=1)
        compare(expected, f"{prefix}_train_kp_joined_{key}", joined, atol=1e-4)


def assert_running_statistics(expected, prefix: str, model) -> None:
    """Of the encoder's first norm; recorded in float32, where Adam amplifies rounding."""
    norm = model.generator.appearance_encoder.down_blocks[0].norm
    for name, atol in (("mean", 1e-4), ("var", 1e-5)):
        found = getattr(norm, f"running_{name}").numpy()
        wanted = expected[f"{prefix}_bn_running_{name}_after2"]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=atol)
    assert norm.num_batches_tracked == 0


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_two_steps_match_the_original(name, frames, golden, seeded, source, driving, compare):
    expected, prefix = golden(f"tiny_{name}_train.npz"), f"d{frames}"
    model = seeded(name).double().train()
    source, driving = source.double(), driving[:, :, :frames].double()
    weights = model.config.loss_weights
    adams = {
        part: torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
        for part, network in model.named_children()
    }
    for step in range(2):
        run = run_model(model, source, driving)
        losses = generator_losses(model, run, weights=weights)
        sum(losses.values()).backward()
        assert all(p.grad is None for p in model.discriminator.parameters())
        if step == 0:
            assert_forward(expected, prefix, run, compare)
            for part in ("generator", "kp_detector"):
                assert_norms(expected, prefix, part, norms(getattr(model, part)))
        for part in ("generator", "kp_detector"):
            adams[part].step()
            adams[part].zero_grad()
        losses |= discriminator_losses(model, run, weights=weights)
        losses["disc_gan"].backward()
        if step == 0:
            assert_norms(expected, prefix, "discriminator", norms(model.discriminator))
        adams["discriminator"].step()
        adams["discriminator"].zero_grad()
        assert list(losses) == list(expected[f"{prefix}_loss_names"])
        got = [value.item() for value in losses.values()]
        wanted = expected[f"{prefix}_losses_step{step}_float64"]
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    assert_running_statistics(expected, prefix, model)
