"""A training step against one written plainly from the description (``plain/``), in one run.

Both sides start from the same weights, see the same frames, and use the same feature network. The
forms take turns, so that a busy machine slows all of them; the ratios are of process time, which
with one thread leaves out what neighbours take. ``lean`` is our model in a loop as plain;
``float32`` is the step of `baselines.trainer`: weights and frames in channels-last order; ``bf16``
the same in that precision, where the processor multiplies bfloat16 (AMX, AVX512_BF16);
``optimised``, of which something must hold, is ``bf16`` with AMX and ``float32`` without.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import statistics
import time
from collections.abc import Callable

import pytest
import torch

from baselines.fomm import FOMMMethod
from baselines.method import Batch
from baselines.trainer import Trainer
from fomm import FOMM, FOMMConfig
from fomm.features import load_features
from fomm.losses import discriminator_losses, generator_losses
from fomm.run import Pyramid, run_model
from fomm.transform import Transform
from tests.benchmarks.plain.networks import PlainFOMM
from tests.benchmarks.plain.step import Trainer as PlainTrainer
from tests.benchmarks.plain.step import Transform as PlainTransform
from tests.benchmarks.timing import THREADS, threads  # noqa: F401 - one is a fixture

pytestmark = pytest.mark.benchmark(group="train-step")

AMX = getattr(torch.cpu, "_is_amx_tile_supported", bool)()
BF16 = AMX or getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
LEAN, OPTIMISED = 0.95, 0.75
DISCRIMINATOR = {"scales": [1], "block_expansion": 32, "max_features": 512, "num_blocks": 4}
CASES = {  # configuration, GAN, batch, rounds
    "mini": ("mini", False, 8, 9),
    "mini-gan": ("mini", True, 8, 9),
    "taichi": ("taichi", False, 1, 5),
    "taichi-gan": ("taichi", True, 1, 5),
}


class Setting:
    """A configuration, initial weights, frames and the feature network, for all forms alike."""

    def __init__(self, name: str, *, gan: bool, batch: int) -> None:
        torch.manual_seed(0)
        config = FOMMConfig.load(name).to_mapping()
        config["discriminator_params"] = DISCRIMINATOR if gan else None
        train = dict(config["train_params"])
        train["features"] = "efficientnet-lite0"  # comes with a package, VGG19's weights do not
        train["loss_weights"] = dict(train["loss_weights"]) | {"generator_gan": float(gan)}
        self.mapping = config | {"train_params": train}
        self.model = FOMM.from_config(self.mapping)
        self.train = self.model.config.train_params
        self.frames = [torch.rand(batch, 3, config["size"], config["size"]) for _ in range(2)]
        taps = len(self.train.loss_weights.perceptual)
        self.features = load_features(self.train.features, taps=taps)
        self.features.to(memory_format=torch.channels_last)

    def transform(self) -> Transform:
        return Transform.random(len(self.frames[0]), generator=torch.default_generator)

    def plain(self) -> Callable[[], dict[str, float]]:
        model = PlainFOMM(self.mapping).train()
        model.load_state_dict(self.model.state_dict())
        weights = dataclasses.asdict(self.train.loss_weights)
        rate = self.train.lr_generator
        trainer = PlainTrainer(model, weights, self.train.scales, rate, self.features)

        def step() -> dict[str, float]:
            drawn = self.transform()
            return trainer.step(*self.frames, PlainTransform(drawn.theta, drawn.control))

        return step

    def lean(self) -> Callable[[], dict[str, float]]:
        model = FOMM.from_config(self.mapping).train()
        model.load_state_dict(self.model.state_dict())
        pyramid, weights = Pyramid(self.train.scales), self.train.loss_weights
        adams = {
            name: torch.optim.Adam(
                part.parameters(), self.train.lr_generator, (0.5, 0.999), fused=True
            )
            for name, part in model.named_children()
        }

        def update(losses: dict[str, torch.Tensor], *names: str) -> dict[str, float]:
            for name in names:
                adams[name].zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            for name in names:
                adams[name].step()
            return {name: float(loss.detach()) for name, loss in losses.items()}

        def step() -> dict[str, float]:
            run = run_model(model, *self.frames, pyramid=pyramid)
            losses = generator_losses(
                model,
                run,
                weights=weights,
                transform=self.transform(),
                features=self.features,
            )
            values = update(losses, "generator", "kp_detector")
            if model.discriminator is not None:
                losses = discriminator_losses(model, run, weights=weights)
                values |= update(losses, "discriminator")
            return values

        return step

    def optimised(self, precision: str) -> Callable[[], dict[str, float]]:
        method = FOMMMethod.from_config(self.mapping)
        method.fomm.load_state_dict(self.model.state_dict())
        method.use_features(copy.deepcopy(self.features))  # its precision is the trainer's
        trainer = Trainer(method, precision=precision)
        frames = (frame.to(memory_format=torch.channels_last) for frame in self.frames)
        batch = Batch(*frames)
        return lambda: trainer.step(batch, 1.0)


def once(step: Callable[[], dict[str, float]]) -> dict[str, float]:
    torch.manual_seed(0)
    return step()


def timed(step: Callable[[], dict[str, float]], seconds: list[float]) -> None:
    clock = time.process_time if THREADS == 1 else time.perf_counter
    began = clock()
    once(step)
    seconds.append(clock() - began)


def median_ratio(seconds: list[float], reference: list[float]) -> float:
    """Median over rounds, less the first, which warms up."""
    return statistics.median(a / b for a, b in zip(seconds[1:], reference[1:], strict=True))


@pytest.mark.parametrize("case", CASES)
def test_step_against_the_plain_one(benchmark, capsys, case):
    name, gan, batch, rounds = CASES[case]
    setting = Setting(name, gan=gan, batch=batch)
    plain = setting.plain()
    ours = {"lean": setting.lean(), "float32": setting.optimised("float32")}
    if BF16:
        ours["bf16"] = setting.optimised("bf16")
    expected = once(plain)  # the digits are compared in tests/fomm/test_plain.py
    for step in ours.values():
        assert once(step) == pytest.approx(expected, rel=0.02)
    seconds: dict[str, list[float]] = {"plain": [], **{form: [] for form in ours}}
    *others, last = ours

    def before() -> None:
        timed(plain, seconds["plain"])
        for form in others:
            timed(ours[form], seconds[form])

    benchmark.pedantic(
        lambda: timed(ours[last], seconds[last]), setup=before, rounds=rounds, warmup_rounds=1
    )
    ratios = {form: median_ratio(seconds[form], seconds["plain"]) for form in ours}
    ratios["optimised"] = ratios["bf16" if AMX else "float32"]
    benchmark.extra_info |= {"threads": THREADS, "load": os.getloadavg()[0]} | ratios
    benchmark.extra_info["must"] = f"lean <= {LEAN}, optimised <= {OPTIMISED}"
    with capsys.disabled():
        print(
            f"\n{case}, batch {batch}, {THREADS} thread(s), load {os.getloadavg()[0]:.1f}: plain "
            f"{statistics.median(seconds['plain']):.3f} s; "
            + ", ".join(f"{form} {ratio:.2f} x" for form, ratio in ratios.items())
        )
    if THREADS == 1:  # several threads are held up by anything else that runs
        assert ratios["lean"] <= LEAN
        assert ratios["optimised"] <= OPTIMISED
