"""One optimisation step: parts, averages, precision, compilation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from baselines import METHODS
from baselines.average import Average
from baselines.method import CPU, Batch, OptimizerSpec
from baselines.precision import lower_precision
from baselines.sync_norm import SyncBatchNorm, synchronise
from baselines.trainer import NotFiniteError, Trainer
from datasets.registry import UsageError
from fomm.blocks import BatchNorm2d
from tests.baselines.ranks import CONFIGS, SIDE


def batch(count: int = 4, dtype: torch.dtype = torch.float32) -> Batch:
    torch.manual_seed(5)
    return Batch(*torch.rand(2, count, 3, SIDE, SIDE, dtype=dtype))


def build(name: str):
    torch.manual_seed(0)
    return METHODS[name].from_config(CONFIGS[name])


def line(blend, rate: float = 0.25):
    class Fit(blend):
        def players(self):
            return {"generator": [OptimizerSpec([self.weight], rate, momentum=0.0)]}

        def training_step(self, given):
            yield (
                "generator",
                {"square": (self.weight * given.source - given.driving).pow(2).mean()},
            )

    method = Fit(0.0).double()
    source = torch.ones(4, 3, 2, 2, dtype=torch.float64)
    driving = torch.arange(4.0, dtype=torch.float64).view(4, 1, 1, 1).expand(4, 3, 2, 2)
    return method, Batch(source, driving)


def test_a_step_by_hand(blend) -> None:
    """mean (w - y)^2 over y = 0, 1, 2, 3 at w = 0: loss 3.5, gradient of each weight -3 / 3."""
    method, given = line(blend)
    trainer = Trainer(method)
    assert trainer.step(given, 0.5) == {"square": 3.5}
    assert trainer.norms == {"generator": pytest.approx(3**0.5)}
    assert method.weight.flatten().tolist() == [0.125] * 3


def test_parts_add_up_to_the_whole(blend) -> None:
    results = []
    for parts in (1, 2, 4):
        method, given = line(blend)
        trainer = Trainer(method, accumulate=parts)
        results.append([trainer.step(given, 1.0)["square"] for _ in range(3)])
        assert trainer.norms["generator"] > 0
    assert results[0] == pytest.approx(results[1], rel=1e-12)
    assert results[0] == pytest.approx(results[2], rel=1e-12)
    method, given = line(blend)
    with pytest.raises(UsageError, match="a batch of 4 cannot be split into 3 parts"):
        Trainer(method, accumulate=3).step(given, 1.0)


def test_gradients_that_no_loss_scale_mends_stop_a_run_in_fp16(blend) -> None:
    method, given = line(blend)

    class Root(type(method)):
        def training_step(self, given):
            yield "generator", {"root": (self.weight - self.weight.detach()).abs().sqrt().sum()}

    trainer = Trainer(Root(0.0))
    trainer._scaler = torch.amp.GradScaler("cpu")  # fp16 itself takes a device
    steps = 0
    with pytest.raises(NotFiniteError, match=r"not finite at a loss scale of 6.1e-05 yet"):
        while steps < 100:
            trainer.step(given, 1.0)
            steps += 1
    assert steps == 29  # 2^16 / 2^30 < 1e-4
    assert trainer.method.weight.tolist() == method.weight.tolist()


def test_the_average_by_hand(blend) -> None:
    """w after the steps of rate 0.25: 0.25, 0.4583...; average 0.75 a + 0.25 w from a = 0."""
    method, given = line(blend)
    trainer = Trainer(method, ema=0.75)
    expected = torch.zeros(3, 1, 1, dtype=torch.float64)
    for _ in range(2):
        trainer.step(given, 1.0)
        expected = 0.75 * expected + 0.25 * method.weight.detach()
    live = method.weight.detach().clone()
    with trainer.averaged():
        torch.testing.assert_close(method.weight.detach(), expected)
    assert torch.equal(method.weight.detach(), live)
    assert not torch.equal(live, expected)


def test_batch_statistics_are_not_averaged() -> None:
    method = build("fomm")
    names = set(Average(method, 0.9).weights)
    assert names == {n for n, _ in method.named_parameters() if "discriminator" not in n}


def test_who_yields_too_much_or_another_is_told(blend) -> None:
    class Twice(blend):
        def training_step(self, given):
            yield from super().training_step(given)
            yield from super().training_step(given)

    class Other(blend):
        def training_step(self, given):
            yield "critic", {"a": self.weight.sum()}

    given = Batch(*torch.rand(2, 2, 3, 4, 4))
    with pytest.raises(RuntimeError, match=r"goes on after the last of players\(\)"):
        Trainer(Twice()).step(given, 1.0)
    with pytest.raises(RuntimeError, match="yielded 'critic'; 'generator' is next"):
        Trainer(Other()).step(given, 1.0)


@pytest.mark.parametrize("name", METHODS)
def test_bf16_computes_nearly_the_same_and_only_in_the_networks(name: str) -> None:
    plain = Trainer(build(name)).step(batch(), 1.0)
    method = build(name)
    trainer = Trainer(method, precision="bf16")
    seen = []
    for network in method.networks():
        network.register_forward_hook(lambda module, given, out: seen.append(out))
    lower = trainer.step(batch(), 1.0)
    assert lower.keys() == plain.keys()
    assert lower != plain
    assert lower == pytest.approx(plain, rel=0.05, abs=0.02)
    assert {tensor.dtype for tensor in tree_leaves(seen)} == {torch.float32}
    assert {p.dtype for p in method.parameters()} == {torch.float32}
    state = trainer.state()["optimizers"]
    assert all(
        value.dtype == torch.float32
        for optimizers in state.values()
        for optimizer in optimizers
        for moments in optimizer["state"].values()
        for value in moments.values()
        if isinstance(value, torch.Tensor)
    )


@pytest.mark.parametrize("name", METHODS)
def test_the_networks_are_apart_and_are_all_used(name: str) -> None:
    method = build(name)
    networks = list(method.networks())
    assert networks
    inner = [id(part) for network in networks for part in network.modules()]
    assert len(inner) == len(set(inner)), "one lies within another"
    used: set[int] = set()
    for network in networks:
        network.register_forward_hook(lambda module, given, out: used.add(id(module)))
    for run in (method.training_step(batch()),):
        list(run)
    assert used == {id(network) for network in networks}


def test_a_network_in_bf16_multiplies_in_bf16() -> None:
    layer = nn.Conv2d(3, 3, 1)
    lower_precision([layer], "bf16", CPU)
    x = torch.rand(1, 3, 4, 4)
    out = layer(x)
    assert out.dtype == torch.float32
    assert torch.equal(out, out.bfloat16().float()), "more digits than bfloat16 has"
    assert not torch.is_autocast_enabled("cpu")


def test_precisions_that_cannot_be_are_refused(blend) -> None:
    with pytest.raises(UsageError, match="precision 'float64'"):
        Trainer(blend(), precision="float64")
    with pytest.raises(UsageError, match="this method computes in float32 only"):
        Trainer(blend(), precision="bf16")
    with pytest.raises(UsageError, match="fp16 needs a CUDA device"):
        Trainer(build("x2face"), precision="fp16")


def test_a_synchronised_norm_keeps_keys_state_and_evaluation() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), BatchNorm2d(4))
    network(torch.rand(2, 3, 8, 8))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = torch.rand(2, 3, 8, 8)
    expected = network.eval()(x)
    synchronise(network)
    assert isinstance(network[1], SyncBatchNorm)
    after = network.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[key], before[key]) for key in before)
    assert torch.equal(network.eval()(x), expected)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_networks_compute_the_same(blend, tmp_path: Path) -> None:
    class Deep(blend):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)

        def networks(self):
            return [self.conv]

        def players(self):
            return {"generator": [OptimizerSpec(self.conv.parameters(), 0.01)]}

        def training_step(self, given):
            yield "generator", {"l1": (self.conv(given.source) - given.driving).abs().mean()}

    given = Batch(*torch.rand(2, 2, 3, 16, 16))
    losses = []
    for compiled in (False, True):
        torch.manual_seed(0)
        trainer = Trainer(Deep(), compiled=compiled)
        losses.append([trainer.step(given, 1.0)["l1"] for _ in range(3)])
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
