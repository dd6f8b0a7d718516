from __future__ import annotations

from pathlib import Path

import pytest
import torch

from baselines.augment import Augmentation
from baselines.engine import DivergedError, Engine, loss_csv
from baselines.method import OptimizerSpec
from baselines.pairs import PairSource, list_clips
from baselines.schedule import Milestones, Schedule


def engine(blend, clips: Path, state: Path, *, steps: int = 12, mark: str = "m", **options):
    torch.manual_seed(0)
    pairs = PairSource(list_clips(clips, "train"), 2, 0, Augmentation())
    options = {"log_every": 5, "save_every": 1, **options}
    return Engine(
        blend(), pairs, Schedule(steps), seed=0, fingerprint=mark, state_path=state, **options
    )


def test_training_lowers_the_loss(blend, clips: Path, tmp_path: Path) -> None:
    rows = engine(blend, clips, tmp_path / "s.pt", steps=100, log_every=10).run()
    assert rows[-1]["l1"] < 0.8 * rows[0]["l1"]


@pytest.mark.parametrize("killed_at", [1, 4, 5, 7, 11])
def test_resume_equals_an_uninterrupted_run(
    blend, clips: Path, tmp_path: Path, killed_at: int
) -> None:
    whole = engine(blend, clips, tmp_path / "whole.pt")
    rows = whole.run()

    class KilledError(Exception):
        pass

    first = engine(blend, clips, tmp_path / "part.pt")
    draw = first.batches

    def die(step: int):
        if step == killed_at:
            raise KilledError
        return draw(step)

    first.batches = die
    with pytest.raises(KilledError):
        first.run()
    second = engine(blend, clips, tmp_path / "part.pt")
    assert second.rows_left == -(-(12 - killed_at) // 5)
    assert second.run() == rows
    assert torch.equal(second.method.weight, whole.method.weight)
    second.forget()
    assert not (tmp_path / "part.pt").exists()


def test_a_state_of_another_run_is_not_continued(blend, clips: Path, tmp_path: Path) -> None:
    first = engine(blend, clips, tmp_path / "s.pt", steps=6)
    first._save(3, [], {})
    assert engine(blend, clips, tmp_path / "s.pt", steps=6)._begin == 3
    assert engine(blend, clips, tmp_path / "s.pt", steps=6, mark="other")._begin == 0


def test_a_broken_state_is_not_continued(blend, clips: Path, tmp_path: Path) -> None:
    (tmp_path / "s.pt").write_bytes(b"PK\x03\x04 not a state")
    assert engine(blend, clips, tmp_path / "s.pt")._begin == 0


def test_a_loss_that_is_not_finite_stops(blend, clips: Path, tmp_path: Path) -> None:
    run = engine(blend, clips, tmp_path / "s.pt")
    run.method.weight.data.fill_(float("nan"))
    with pytest.raises(DivergedError, match="step 0: generator"):
        run.run()


def test_milestones_lower_the_rate_of_the_optimiser(blend, clips: Path, tmp_path: Path) -> None:
    run = engine(blend, clips, tmp_path / "s.pt", steps=4, log_every=1)
    run.schedule = Milestones(steps=4, epoch_steps=1, milestones=(0, 1))
    rates = []
    for step in range(4):
        run._step(step)
        rates.append(run._optimizers["generator"][0].param_groups[0]["lr"])
    assert rates == pytest.approx([0.05, 0.005, 0.0005, 0.0005])


def test_the_loss_curve_as_csv() -> None:
    rows = [{"step": 5.0, "rate": 1.0, "l1": 0.25}, {"step": 10.0, "rate": 0.5, "l1": 1 / 3}]
    assert loss_csv(rows) == "step,rate,l1\n5,1,0.25\n10,0.5,0.333333\n"


def test_gradient_descent_with_momentum_resumes_too(blend, clips: Path, tmp_path: Path) -> None:
    class Descent(blend):
        def players(self):
            return {"generator": [OptimizerSpec([self.weight], learning_rate=0.5, momentum=0.9)]}

    whole = engine(Descent, clips, tmp_path / "whole.pt")
    rows = whole.run()
    first = engine(Descent, clips, tmp_path / "part.pt")
    first.schedule = Schedule(12)
    for step in range(7):
        first._step(step)
    first._save(7, rows[:1], {})
    second = engine(Descent, clips, tmp_path / "part.pt")
    assert second._begin == 7
    second.run()
    assert torch.equal(second.method.weight, whole.method.weight)
    assert isinstance(whole._optimizers["generator"][0], torch.optim.SGD)
    first = whole.method.weight.detach().flatten()
    assert (first != 0).all()
