"""Learning rates over a run, as a factor of each optimiser's own rate."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then a cosine to ``final``.

    Attributes:
        steps: Length of the run.
        warmup: Steps of the linear warm-up.
        final: Factor at the end.
    """

    steps: int
    warmup: int = 0
    final: float = 0.0

    def factor(self, step: int) -> float:
        """Return the factor of step ``step`` (0-based).

        Example:
            >>> [round(Schedule(steps=4).factor(n), 3) for n in range(4)]
            [1.0, 0.854, 0.5, 0.146]
        """
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class Milestones:
    """A tenth of the rate after each milestone, as in the papers.

    The rate falls after the milestone's epoch **has run**: with milestone 60 the epochs 0 to 60,
    which are 61, run at the full rate. That is what torch 1.0.0 made of the published settings,
    and the released weights were trained with it; the same lines under torch >= 1.4 lower the
    rate one epoch earlier, after 60 epochs.

    Attributes:
        steps: Length of the run.
        epoch_steps: Steps of an epoch.
        milestones: Epochs, counted from 0 whatever ``start_epoch`` is.
        start_epoch: Epoch of step 0.
        gamma: What a milestone multiplies the rate by.
    """

    steps: int
    epoch_steps: int
    milestones: tuple[int, ...] = ()
    start_epoch: int = 0
    gamma: float = 0.1

    def factor(self, step: int) -> float:
        """Return the factor of step ``step`` (0-based).

        Example:
            >>> [Milestones(steps=8, epoch_steps=2, milestones=(1,)).factor(n) for n in range(8)]
            [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1]
        """
        epoch = self.start_epoch + step // self.epoch_steps
        return self.gamma ** sum(epoch > milestone for milestone in self.milestones)
