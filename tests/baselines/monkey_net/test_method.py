"""Monkey-Net behind the protocol of the benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from baselines import checkpoint
from baselines.fomm import FOMMMethod
from baselines.method import Batch
from baselines.monkey_net.method import MonkeyNetMethod
from datasets.registry import UsageError

ROOT = Path(__file__).parents[3]
MINI = yaml.safe_load((ROOT / "baselines/monkey_net/configs/mini.yaml").read_text())


@pytest.fixture
def method() -> MonkeyNetMethod:
    torch.manual_seed(0)
    return MonkeyNetMethod.from_config(MINI)


@pytest.fixture
def frames() -> torch.Tensor:
    torch.manual_seed(1)
    return torch.rand(5, 3, 64, 64)


def shaken(method: MonkeyNetMethod) -> MonkeyNetMethod:
    """Weights as after some training: the last layer of the motion starts at 0."""
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return method.eval()


def test_its_files_are_all_of_its_own_and_exist():
    assert all((ROOT / name).is_file() for name in MonkeyNetMethod.files)
    own = {p.relative_to(ROOT).as_posix() for p in (ROOT / "baselines/monkey_net").glob("*.py")}
    unused = {"baselines/monkey_net/__init__.py", "baselines/monkey_net/checkpoint.py"}
    assert own - unused <= set(MonkeyNetMethod.files)


@torch.inference_mode()
def test_a_batch_is_what_single_frames_are(method, frames):
    shaken(method)
    state = method.encode(frames[:1])
    for initial in (None, frames[1:2]):
        together = method.animate(state, frames, initial=initial)
        assert together.prediction.shape == (5, 3, 64, 64) and together.occlusion is None
        assert together.flow.shape == (5, 64, 64, 2)
        for i in range(5):
            alone = method.animate(state, frames[i : i + 1], initial=initial)
            assert torch.allclose(alone.prediction[0], together.prediction[i], atol=1e-5)
            assert torch.allclose(alone.flow[0], together.flow[i], atol=1e-3)


@torch.inference_mode()
def test_it_is_what_the_model_does_with_videos(method, frames):
    model, state = shaken(method).monkey_net, method.encode(frames[:1])
    video = frames.transpose(0, 1)[None]
    kp = model.kp_detector(video)
    source = {key: value[:, :1] for key, value in kp.items()}
    out = model.generator(video[:, :, :1], kp_source=source, kp_driving=kp)
    found = method.animate(state, frames)
    assert torch.allclose(found.prediction, out["prediction"][0].transpose(0, 1), atol=1e-5)
    flow = found.flow / 31.5 + torch.stack(
        torch.meshgrid(*[torch.linspace(-1, 1, 64)] * 2, indexing="xy"), dim=-1
    )
    assert torch.allclose(flow, out["deformation"][0, ..., :2], atol=1e-5)


@torch.inference_mode()
def test_relative_motion_of_a_still_driver_is_none(method, frames):
    state = shaken(method).encode(frames[:1])
    still = method.animate(state, frames[1:2], initial=frames[1:2])
    moved = method.animate(state, frames[1:2])
    same = method.animate(state, frames[:1])
    # The source's variances stay the driver's, so only the means are those of the source.
    assert (still.flow - same.flow).abs().mean() < 0.5 * (moved.flow - same.flow).abs().mean()


@torch.inference_mode()
def test_transfer_options_come_from_the_configuration(frames):
    torch.manual_seed(0)
    every = {"movement_mult": True, "clip_mean": True, "adapt_variance": True}
    method = shaken(MonkeyNetMethod.from_config(MINI | {"transfer_params": every}))
    state = method.encode(frames[:1])
    still = method.animate(state, frames[1:2], initial=frames[1:2])
    same = method.animate(state, frames[:1])
    assert torch.allclose(still.prediction, same.prediction, atol=1e-4)


def test_a_training_step_reaches_every_parameter(method, frames):
    players, order = method.players(), []
    for player, losses in method.training_step(Batch(frames[:2], frames[2:4])):
        order.append(player)
        method.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        for name, specs in players.items():
            for spec in specs:
                touched = [p.grad is not None for p in spec.parameters]
                assert all(touched) if name == player else not any(touched)
        players = method.players()
    assert order == ["generator", "discriminator"]


def test_without_its_losses_the_discriminator_is_not_trained(frames):
    weights = {"reconstruction": [10, 0, 0, 0], "generator_gan": 0}
    method = MonkeyNetMethod.from_config(MINI | {"loss_weights": weights})
    assert list(method.players()) == ["generator"]
    steps = list(method.training_step(Batch(frames[:2], frames[2:4])))
    assert [(player, list(losses)) for player, losses in steps] == [("generator", ["l1"])]


@torch.inference_mode()
def test_a_checkpoint_holds_what_animation_needs(method, frames, tmp_path):
    shaken(method)
    kept, path = method.inference_state(), tmp_path / "a.safetensors"
    assert not any("discriminator" in key for key in kept)
    info = checkpoint.CheckpointInfo("monkey-net", MINI, "f", 0, 1, method.parameter_count(), 1)
    checkpoint.save(path, kept, info)
    weights, _ = checkpoint.load(path)
    again = MonkeyNetMethod.from_config(MINI).eval()
    missing, extra = again.load_state_dict(weights, strict=False)
    assert not extra and all("discriminator" in key for key in missing)
    a, b = (m.animate(m.encode(frames[:1]), frames) for m in (method, again))
    assert torch.equal(a.prediction, b.prediction)


@torch.inference_mode()
def test_channels_last_changes_nothing(method, frames):
    shaken(method)
    before = method.animate(method.encode(frames[:1]), frames)
    shapes = {key: value.shape for key, value in method.state_dict().items()}
    method.to(memory_format=torch.channels_last)
    frames = frames.to(memory_format=torch.channels_last)
    after = method.animate(method.encode(frames[:1]), frames)
    assert torch.allclose(before.prediction, after.prediction, atol=1e-5)
    assert shapes == {key: value.shape for key, value in method.state_dict().items()}


def test_mini_costs_about_what_the_other_methods_do(method):
    """Within 25 %, so that the board compares ideas and not sizes."""
    other = FOMMMethod.from_config(yaml.safe_load((ROOT / "fomm/configs/mini.yaml").read_text()))
    assert 0.75 < method.macs(64) / other.macs(64) < 1.25


def test_macs_are_those_of_the_published_formula(method):
    """One residual block more: two 3x3 convolutions of the 19 channels of the full size."""
    generator = MINI["generator_params"]
    more = generator | {"num_refinement_blocks": generator["num_refinement_blocks"] + 1}
    larger = MonkeyNetMethod.from_config(MINI | {"generator_params": more})
    assert larger.macs(64) - method.macs(64) == 2 * 9 * 19 * 19 * 64 * 64
    assert method.monkey_net.generator.refinement_module[0].conv1.weight.device.type == "cpu"


def test_unknown_keys_are_refused():
    with pytest.raises(UsageError, match="monkey-net: unknown key 'sizze'"):
        MonkeyNetMethod.from_config({**MINI, "sizze": 3})
