"""FOMM in training: what steps, what stays, and where the perceptual loss gets its weights."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from baselines import fomm, method_class
from baselines.engine import Engine
from baselines.fomm import feature_network
from baselines.method import Batch
from baselines.schedule import Schedule
from datasets.registry import UsageError
from fomm.settings.file import merge, read_config
from fomm.settings.train import TrainConfig
from fomm.transform import Transform
from tests.baselines.engines import engine_on

SMALL = {
    "size": 64,
    "kp_detector_params": {"block_expansion": 4, "max_features": 16, "num_blocks": 3},
    "generator_params": {
        "block_expansion": 4,
        "max_features": 16,
        "num_bottleneck_blocks": 1,
        "dense_motion_params": {"block_expansion": 4, "max_features": 16, "num_blocks": 3},
    },
    "discriminator_params": {"block_expansion": 4, "max_features": 16},
    "train_params": {"loss_weights": {"perceptual": []}},
}


def small(name: str, *changes):
    """The method of a published configuration, its networks narrowed."""
    values = merge(read_config(name), SMALL)
    for change in changes:
        values = merge(values, change)
    torch.manual_seed(0)
    return method_class("fomm").from_config(values).train()


@pytest.fixture
def batch() -> Batch:
    frames = torch.rand(2, 2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return Batch(frames[:, 0], frames[:, 1])


def train(method, batch: Batch, folder: Path, *, steps: int = 2) -> Engine:
    engine = engine_on(method, batch, folder, schedule=Schedule(steps, final=1.0))
    engine.run()
    return engine


def weights(module) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in module.named_parameters()}


def test_three_adams_each_with_its_rate() -> None:
    rates = {"lr_generator": 1e-3, "lr_kp_detector": 2e-3, "lr_discriminator": 3e-3}
    method = small("fashion", {"train_params": rates})
    players = method.players()
    found = [(spec.learning_rate, spec.betas) for specs in players.values() for spec in specs]
    assert found == [(rate, (0.5, 0.999)) for rate in (1e-3, 2e-3, 3e-3)]
    networks = (method.fomm.generator, method.fomm.kp_detector, method.fomm.discriminator)
    specs = [spec for specs in players.values() for spec in specs]
    for spec, network in zip(specs, networks, strict=True):
        for own, wanted in zip(spec.parameters, network.parameters(), strict=True):
            assert own is wanted


@pytest.mark.parametrize("name", ["taichi", "vox"])
def test_without_a_gan_loss_the_discriminator_is_not_trained(name, batch, tmp_path) -> None:
    method = small(name)
    before = {key: value.clone() for key, value in method.fomm.discriminator.state_dict().items()}
    assert list(method.players()) == ["generator"]
    train(method, batch, tmp_path)
    after = method.fomm.discriminator.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_a_fixed_detector_keeps_its_weights_while_its_statistics_move(batch, tmp_path) -> None:
    method = small("taichi-adv")
    detector = method.fomm.kp_detector
    before, still = weights(detector), weights(method.fomm.generator)
    expected = copy.deepcopy(detector)
    engine = train(method, batch, tmp_path, steps=1)

    assert detector.training
    assert all(torch.equal(value, before[name]) for name, value in weights(detector).items())
    assert all(p.grad is None for p in detector.parameters())
    moved = weights(method.fomm.generator)
    assert any(not torch.equal(moved[name], still[name]) for name in still)

    # The three passes as published: source, driving and transformed driving frames.
    torch.manual_seed(engine.seed * 1_000_003)
    transform = Transform.random(2, generator=torch.default_generator)
    with torch.no_grad():
        for frames in (batch.source, batch.driving, transform.frame(batch.driving)):
            expected(frames)
    start = dict(small("taichi-adv").fomm.kp_detector.named_buffers())
    for name, value in detector.named_buffers():
        if "running" in name:
            torch.testing.assert_close(value, dict(expected.named_buffers())[name])
            assert not torch.equal(value, start[name])


def test_a_fixed_detector_has_no_graph(batch) -> None:
    step = small("taichi-adv").training_step(batch)
    _, losses = next(step)
    assert not losses["equivariance_value"].requires_grad
    assert not losses["equivariance_jacobian"].requires_grad
    assert losses["gen_gan"].requires_grad
    free = next(
        small("taichi-adv", {"train_params": {"lr_kp_detector": 2e-4}}).training_step(batch)
    )
    for name, value in losses.items():
        torch.testing.assert_close(value, free[1][name].detach(), check_stride=False)


def test_a_fixed_detector_changes_no_gradient_of_the_generator(batch) -> None:
    grads = []
    for rate in (0, 2e-4):
        method = small("taichi-adv", {"train_params": {"lr_kp_detector": rate}})
        torch.manual_seed(0)
        _, losses = next(method.training_step(batch))
        sum(losses.values()).backward()
        grads.append([p.grad for p in method.fomm.generator.parameters()])
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other)


def test_the_adversarial_recipe_lowers_no_rate() -> None:
    recipe = small("taichi-adv").recipe()
    assert (recipe.epochs, recipe.start_epoch, recipe.milestones) == (150, 100, ())
    assert method_class("fomm").from_config(read_config("mini")).recipe() is None


def test_a_configuration_without_training_predicts_but_does_not_train() -> None:
    method = small("taichi", {"train_params": None, "dataset_params": None})
    assert method.recipe() is None
    with pytest.raises(UsageError, match="no train_params"):
        method.players()


def test_vgg19_is_looked_for_where_people_say(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(fomm.VGG19_VARIABLE, raising=False)
    options = TrainConfig(features="vgg19")
    with pytest.raises(UsageError, match=r"weights are needed.*variable FOMM_VGG19_WEIGHTS, names"):
        feature_network(options, taps=5)
    monkeypatch.setenv(fomm.VGG19_VARIABLE, str(tmp_path / "from-variable.pth"))
    with pytest.raises(UsageError, match=r"from-variable.pth not found"):
        feature_network(options, taps=5)
    named = TrainConfig(features="vgg19", features_weights=str(tmp_path / "named.pth"))
    with pytest.raises(UsageError, match=r"named.pth not found"):
        feature_network(named, taps=5)
    assert feature_network(TrainConfig(), taps=1)
