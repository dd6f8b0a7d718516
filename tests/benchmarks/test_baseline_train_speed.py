"""A training step of Monkey-Net and X2Face against a plain one, in one run.

Ours is a step of `baselines.engine`: weights and frames in channels-last order, fused Adam. The
plain Monkey-Net has 3-D convolutions (`tests.baselines.monkey_net.plain`, whose numbers and
gradients `test_plain.py` there compares); X2Face written plainly would be, layer by layer, our
module, so its plain step is that in the library's default memory order, with its default Adam. Both
sides start from the same weights and see the same frames.

The forms take turns, so that a busy machine slows both; the ratios are of process time, which with
one thread leaves out what neighbours take.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from baselines import method_class
from baselines.method import Batch, Method
from baselines.monkey_net.method import MonkeyNetMethod
from baselines.trainer import Trainer
from fomm.settings.file import read_config
from tests.baselines.monkey_net.plain import PlainMonkeyNet
from tests.benchmarks.timing import THREADS, taking_turns, threads  # noqa: F401 - one is a fixture

pytestmark = pytest.mark.benchmark(group="train-step")

ROOT = Path(__file__).parents[2]


class Case(NamedTuple):
    """A configuration, and the highest ratio of times, ours by plain."""

    name: str
    config: str
    batch: int
    rounds: int = 3
    most: float = 1.0


CASES = [
    Case("monkey-net", "monkey_net/configs/mini.yaml", 8, 7, 0.8),
    Case("monkey-net", "monkey_net/configs/taichi.yaml", 8, 3, 0.8),
    Case("x2face", "x2face/configs/mini.yaml", 8, 7, 0.9),
    Case("x2face", "x2face/configs/full.yaml", 2, 3, 0.9),
]


class Setting:
    """A configuration, initial weights and frames, for both forms alike."""

    def __init__(self, case: Case) -> None:
        torch.manual_seed(0)
        self.name = case.name
        self.values = dict(read_config(ROOT / "baselines" / case.config))
        if case.name == "x2face":  # Adam on both sides; the published SGD is cheaper
            self.values["train_params"] = {**self.values["train_params"], "optimizer": "adam"}
        self.weights = self.method().state_dict()
        side = self.values["size"]
        self.batch = Batch(*torch.rand(2, case.batch, 3, side, side).unbind(0))

    def method(self) -> Method:
        return method_class(self.name).from_config(self.values).train()

    def ours(self) -> Callable[[], float]:
        method, batch = self.method(), self.batch
        method.load_state_dict(self.weights)
        trainer = Trainer(method)
        return lambda: sum(trainer.step(batch, 1.0).values())

    def plain(self) -> Callable[[], float]:
        method = self.method()
        method.load_state_dict(self.weights)
        rate = method.players()["generator"][0].learning_rate
        network, losses = method, lambda: method_losses(method, self.batch)
        if isinstance(method, MonkeyNetMethod):
            network = PlainMonkeyNet(self.values).train()
            network.load_state_dict(method.monkey_net.state_dict())
            source, driving = self.batch.source[:, :, None], self.batch.driving[:, :, None]
            losses = lambda: network.losses(source, driving)  # noqa: E731
        return plain_step(losses, players_of(network), rate)


def method_losses(method: Method, batch: Batch) -> Iterator[list[Tensor]]:
    return (list(found.values()) for _, found in method.training_step(batch))


def players_of(network: torch.nn.Module) -> list[list[torch.nn.Parameter]]:
    """The parameters that step after each part of the losses."""
    if not isinstance(network, PlainMonkeyNet):
        return [list(network.parameters())]
    together = [*network.generator.parameters(), *network.kp_detector.parameters()]
    return [together, list(network.discriminator.parameters())]


def plain_step(
    losses: Callable[[], Iterator[list[Tensor]]],
    players: list[list[torch.nn.Parameter]],
    rate: float,
) -> Callable[[], float]:
    adams = [torch.optim.Adam(parameters, rate, (0.5, 0.999)) for parameters in players]

    def step() -> float:
        total = 0.0
        for adam, parts in zip(adams, losses(), strict=True):
            for other in adams:
                other.zero_grad()
            loss = torch.stack(parts).sum()
            loss.backward()
            adam.step()
            total += loss.item()
            del parts, loss
        return total

    return step


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{Path(case.config).stem}")
def test_step_against_the_plain_one(benchmark, capsys, case):
    setting = Setting(case)
    plain, ours = setting.plain(), setting.ours()
    assert ours() == pytest.approx(plain(), rel=1e-3)
    seconds = taking_turns(benchmark, plain=plain, ours=ours, rounds=case.rounds)
    ratio = statistics.median(a / b for a, b in zip(seconds["ours"], seconds["plain"], strict=True))
    load = os.getloadavg()[0]
    benchmark.extra_info |= {"threads": THREADS, "load": load, "optimised": ratio}
    benchmark.extra_info["must"] = f"optimised <= {case.most}"
    with capsys.disabled():
        print(
            f"\n{case.name}, {case.config}, batch {case.batch}, {THREADS} thread(s), load "
            f"{load:.1f}: plain {statistics.median(seconds['plain']):.3f} s, ours {ratio:.2f} x"
        )
    if THREADS == 1:  # several threads are held up by anything else that runs
        assert ratio <= case.most
