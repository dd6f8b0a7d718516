"""Our model and training step against a second implementation, with 3-D convolutions throughout."""

from __future__ import annotations

import copy

import pytest
import torch

from baselines.monkey_net.training import discriminator_losses, generator_losses, run_model
from tests.baselines.monkey_net.plain import PlainMonkeyNet


@pytest.fixture(params=["taichi_like", "vox_like", "bair_like", "single_maskonly"])
def both(request, configs, seeded):
    ours, plain = seeded(request.param), PlainMonkeyNet(configs[request.param])
    plain.load_state_dict(ours.state_dict())  # 5-D shapes, all keys
    return ours.double(), plain.double()


def videos(height: int, width: int, frames: int):
    torch.manual_seed(1)
    return torch.rand(2, 3, 1, height, width).double(), torch.rand(
        2, 3, frames, height, width
    ).double()


@torch.no_grad()
@pytest.mark.parametrize("size", [(64, 96), (96, 64)])
def test_frames_that_are_not_square(both, size):
    ours, plain = (model.eval() for model in both)
    source, driving = videos(*size, 3)
    outputs = []
    for model in (ours, plain):
        kp = {"kp_source": model.kp_detector(source), "kp_driving": model.kp_detector(driving)}
        out = model.generator(source, **kp)
        maps = model.discriminator(driving, **kp)
        outputs.append([*kp["kp_driving"].values(), *out.values(), *maps])
    for found, expected in zip(*outputs, strict=True):
        assert found.shape == expected.shape
        assert torch.allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_gradients_of_frames_that_are_not_square(both):
    ours, plain = (model.train() for model in both)
    source, driving = videos(64, 80, 1)
    run = run_model(ours, source, driving)
    weights = ours.config.loss_weights
    for expected, losses in zip(
        plain.losses(source, driving),
        (
            generator_losses(ours, run, weights=weights),
            discriminator_losses(ours, run, weights=weights),
        ),
        strict=True,
    ):
        for a, b in zip(losses.values(), expected, strict=True):
            assert a.item() == pytest.approx(b.item(), rel=1e-9)
        for model, values in ((ours, losses.values()), (plain, expected)):
            for network in model.children():
                network.zero_grad()
            sum(values).backward()
        parts = ("discriminator",) if len(expected) == 1 else ("generator", "kp_detector")
        for part in parts:
            theirs = dict(getattr(plain, part).named_parameters())
            for key, parameter in getattr(ours, part).named_parameters():
                wanted = theirs[key].grad.reshape(parameter.shape)
                assert torch.allclose(parameter.grad, wanted, rtol=1e-6, atol=1e-7), key


def test_a_copy_keeps_the_published_shapes(both):
    ours, _ = both
    again = copy.deepcopy(ours)
    for (key, a), (other, b) in zip(
        ours.state_dict().items(), again.state_dict().items(), strict=True
    ):
        assert key == other and a.shape == b.shape and a.dim() != 4
