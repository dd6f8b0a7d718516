from __future__ import annotations

import pytest
import torch

from baselines.schedule import Milestones, Schedule


def test_the_rate_warms_up_and_decays() -> None:
    schedule = Schedule(steps=110, warmup=10, final=0.1)
    factors = [schedule.factor(step) for step in range(110)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == 1.0
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert schedule.factor(110) == pytest.approx(0.1)


def published(epoch: int) -> float:
    """The factor of an epoch with milestones 60 and 90, as torch 1.0.0 has it."""
    return 1.0 if epoch <= 60 else 0.1 if epoch <= 90 else 0.01


def test_the_rate_falls_after_the_epoch_of_the_milestone_has_run() -> None:
    schedule = Milestones(steps=700, epoch_steps=7, milestones=(60, 90))
    factors = [schedule.factor(step) for step in range(700)]
    assert factors == pytest.approx([published(step // 7) for step in range(700)])
    assert factors.count(1.0) == 61 * 7


def test_today_torch_lowers_the_rate_one_epoch_earlier() -> None:
    """What the docstring says of torch >= 1.4, checked on the torch that is here."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [60, 90])
    rates = []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([published(epoch + 1) for epoch in range(100)])
    assert rates.count(1.0) == 60


def test_a_continued_run_counts_from_its_start_epoch() -> None:
    schedule = Milestones(steps=20, epoch_steps=2, milestones=(95, 102), start_epoch=100)
    factors = [schedule.factor(step) for step in range(20)]
    assert factors == pytest.approx([0.1] * 6 + [0.01] * 14)


def test_without_milestones_the_rate_stays() -> None:
    schedule = Milestones(steps=20, epoch_steps=2, start_epoch=100)
    assert {schedule.factor(step) for step in range(20)} == {1.0}
