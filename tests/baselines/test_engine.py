from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from baselines.engine import DivergedError, loss_csv
from baselines.interrupts import catching, leaving
from baselines.method import OptimizerSpec
from baselines.schedule import Milestones
from baselines.stage import StoppedError
from tests.baselines.engines import engine


class KilledError(Exception):
    pass


def killed_at(run, step: int) -> None:
    """Let a run die when it asks for the batch of ``step``."""
    read = run.loader.batches

    def batches(begin: int, end: int):
        for now, loaded in enumerate(read(begin, end), begin):
            if now == step:
                raise KilledError
            yield loaded

    run.loader = type("Dying", (), {"batches": staticmethod(batches)})()
    with pytest.raises(KilledError):
        run.run()


def weight_of(run) -> torch.Tensor:
    return run.trainer.method.weight


def test_training_lowers_the_loss(blend, clips: Path, tmp_path: Path) -> None:
    rows = engine(blend(), clips, tmp_path / "run", steps=100, log_every=10, save_every=50).run()
    assert rows[-1]["l1"] < 0.8 * rows[0]["l1"]


@pytest.mark.parametrize("step", [1, 4, 5, 7, 11])
@pytest.mark.parametrize("options", [{}, {"ema": 0.9, "accumulate": 2}])
def test_resume_equals_an_uninterrupted_run(
    blend, clips: Path, tmp_path: Path, step: int, options: dict
) -> None:
    whole = engine(blend(), clips, tmp_path / "whole", **options)
    rows = whole.run()
    killed_at(engine(blend(), clips, tmp_path / "part", **options), step)
    second = engine(blend(), clips, tmp_path / "part", **options)
    assert second.rows_left == 3 - step // 5
    assert second.run() == rows
    for context in (second, whole):
        context.averaged = context.trainer.averaged()
    assert torch.equal(weight_of(second), weight_of(whole))
    with second.averaged, whole.averaged:
        assert torch.equal(weight_of(second), weight_of(whole))
    second.states.forget()
    assert list((tmp_path / "part").iterdir()) == []


def test_any_chance_that_a_method_takes_is_that_of_the_step(
    blend, clips: Path, tmp_path: Path
) -> None:
    class Careless(blend):
        def training_step(self, batch):
            import random

            noise = random.random() + np.random.random() + torch.rand(())  # noqa: NPY002
            for player, losses in super().training_step(batch):
                yield player, {name: loss * noise for name, loss in losses.items()}

    whole = engine(Careless(), clips, tmp_path / "whole")
    rows = whole.run()
    killed_at(engine(Careless(), clips, tmp_path / "part"), 6)
    assert engine(Careless(), clips, tmp_path / "part").run() == rows


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_is_the_same_for_any_number_of_workers(
    blend, clips: Path, tmp_path: Path, workers: int
) -> None:
    runs = [engine(blend(), clips, tmp_path / str(n), workers=n) for n in (0, workers)]
    assert runs[0].run() == runs[1].run()
    assert torch.equal(weight_of(runs[0]), weight_of(runs[1]))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_stops_after_the_step_with_its_state_saved(
    blend, clips: Path, tmp_path: Path, number: int, status: int
) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("the signal is ignored here, as in a job in the background")
    rows = engine(blend(), clips, tmp_path / "whole").run()

    class Stopped(blend):
        def training_step(self, batch):
            self.seen = getattr(self, "seen", 0) + 1
            if self.seen == 4:
                os.kill(os.getpid(), number)
            yield from super().training_step(batch)

    before = signal.getsignal(number)
    run = engine(Stopped(), clips, tmp_path / "part", save_every=100)
    with pytest.raises(StoppedError, match="after step 4") as stopped, catching() as came:
        run.run(came=came)
    assert stopped.value.status == status
    assert signal.getsignal(number) == before
    second = engine(blend(), clips, tmp_path / "part")
    assert second.begin == 4
    assert second.run() == rows


def test_sigterm_before_the_first_step_ends_at_once() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(StoppedError, match="before the first step") as stopped, leaving():
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")
    assert stopped.value.status == 75
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_loss_that_is_not_finite_stops_and_keeps_the_batch(
    blend, clips: Path, tmp_path: Path
) -> None:
    run = engine(blend(), clips, tmp_path / "run")
    weight_of(run).data.fill_(float("nan"))
    with pytest.raises(DivergedError, match="step 0: generator losses") as stopped:
        run.run()
    kept = tmp_path / "run" / "not-finite-step-0-process-0.pt"
    assert str(kept) in str(stopped.value)
    content = torch.load(kept, weights_only=True)
    assert content["source"].shape == content["driving"].shape == (2, 3, 16, 16)
    assert len(content["clips"]) == len(content["frames"]) == 2
    assert all(name.split("#")[0] in "ab" for name in content["clips"])
    assert content["method"]["weight"].isnan().all()


def test_a_gradient_that_is_not_finite_stops_before_the_step(
    blend, clips: Path, tmp_path: Path
) -> None:
    class Root(blend):
        def training_step(self, batch):
            yield "generator", {"root": (self.weight - self.weight.detach()).abs().sqrt().sum()}

    run = engine(Root(), clips, tmp_path / "run")
    with pytest.raises(DivergedError, match="norm of the generator's gradient"):
        run.run()
    assert torch.equal(weight_of(run), torch.zeros(3, 1, 1))


def test_milestones_lower_the_rate_of_the_optimiser(blend, clips: Path, tmp_path: Path) -> None:
    rates = []

    class Noted(blend):
        def training_step(self, batch):
            rates.append(run.trainer._optimizers["generator"][0].param_groups[0]["lr"])
            yield from super().training_step(batch)
            rates[-1] = run.trainer._optimizers["generator"][0].param_groups[0]["lr"]

    run = engine(Noted(), clips, tmp_path / "run", steps=4)
    run.schedule = Milestones(steps=4, epoch_steps=1, milestones=(0, 1))
    run.run()
    assert rates == pytest.approx([0.05, 0.005, 0.0005, 0.0005])


def test_the_loss_curve_as_csv() -> None:
    rows = [{"step": 5.0, "rate": 1.0, "l1": 0.25}, {"step": 10.0, "rate": 0.5, "l1": 1 / 3}]
    assert loss_csv(rows) == "step,rate,l1\n5,1,0.25\n10,0.5,0.333333\n"


def test_gradient_descent_with_momentum_resumes_too(blend, clips: Path, tmp_path: Path) -> None:
    class Descent(blend):
        def players(self):
            return {"generator": [OptimizerSpec([self.weight], learning_rate=0.5, momentum=0.9)]}

    whole = engine(Descent(), clips, tmp_path / "whole")
    whole.run()
    killed_at(engine(Descent(), clips, tmp_path / "part"), 7)
    second = engine(Descent(), clips, tmp_path / "part")
    assert second.begin == 7
    second.run()
    assert torch.equal(weight_of(second), weight_of(whole))
    assert isinstance(whole.trainer._optimizers["generator"][0], torch.optim.SGD)
    assert (weight_of(whole) != 0).all()
