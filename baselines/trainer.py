"""One optimisation step of any method: all players, in any precision, over several processes.

Nothing here knows a method: `Method.training_step` yields (player, losses); backward runs, that
player's optimisers step, and the step is resumed.

With ``accumulate`` a step sees its pairs in several parts, one after the other, and gradients are
means over them; with several processes each sees its share, and gradients are means over those.
Batch norms of methods that synchronise them see the pairs of all processes, but of one part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from baselines.average import Average
from baselines.method import CPU, Batch, Losses, Method
from baselines.precision import allow_tf32, check_precision, lower_precision
from baselines.processes import Processes
from baselines.sync_norm import synchronise

Turn = tuple[str, Losses]
LEAST_SCALE = 1e-4
"""Of fp16 losses. Gradients that are not finite even below it are not so for want of range."""


class NotFiniteError(RuntimeError):
    """A loss or a gradient is not finite; the message says which."""


class Trainer:
    """Trains one method, step by step.

    Args:
        method: What is trained; moved to the device.
        precision: See `baselines.precision`.
        accumulate: Parts that a batch is split into.
        compiled: Whether torch compiles the networks that the method names.
        ema: Decay of the moving average of the weights; None: there is none.
        channels_last: Memory format of the weights; faster for convolutions on most processors.
        device: Where to train; with several processes only its kind counts.
        processes: Who trains together; None: found out.

    Attributes:
        norms: Norm of each player's gradient in the last step.

    Raises:
        UsageError: The method or the device cannot compute in this precision.
    """

    def __init__(
        self,
        method: Method,
        *,
        precision: str = "float32",
        accumulate: int = 1,
        compiled: bool = False,
        ema: float | None = None,
        channels_last: bool = True,
        device: torch.device = CPU,
        processes: Processes | None = None,
    ) -> None:
        self.processes = processes or Processes(device)
        self.device = self.processes.device
        self.method = method.to(self.device)
        if channels_last:
            method.to(memory_format=torch.channels_last)
        check_precision(precision, method.networks(), self.device)
        allow_tf32(precision)
        lower_precision(method.networks(), precision, self.device)
        if method.synchronised and self.processes.count > 1:
            synchronise(method)
        for network in method.networks() if compiled else ():
            network.compile()
        self._turns = self.processes.connect(_Turns(method))
        self._optimizers: dict[str, list[torch.optim.Optimizer]] = {}
        self._rates: dict[str, list[float]] = {}
        for player, specs in method.players().items():
            self._optimizers[player] = [spec.build() for spec in specs]
            self._rates[player] = [spec.learning_rate for spec in specs]
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=precision == "fp16")
        self._accumulate = accumulate
        self._average = None if ema is None else Average(method, ema)
        self.norms: dict[str, float] = {}

    def step(self, batch: Batch, factor: float) -> dict[str, float]:
        """Do one step and return its losses, means over all pairs of all processes.

        Args:
            batch: The pairs of this process.
            factor: Of every learning rate.

        Raises:
            NotFiniteError: A loss or a gradient is not finite; the player whose it is has not
                stepped. With a loss scale: gradients were not finite however small it became.
        """
        self.method.train()
        runs = [self.method.training_step(part) for part in batch.split(self._accumulate)]
        values: dict[str, float] = {}
        for player in self._optimizers:
            values |= self._play(player, runs, factor)
        if any(next(run, None) is not None for run in runs):
            raise RuntimeError("training_step goes on after the last of players()")
        if self._scaler.is_enabled():
            self._scaler.update()
            if (scale := self._scaler.get_scale()) < LEAST_SCALE:
                raise NotFiniteError(f"gradients are not finite at a loss scale of {scale:.2g} yet")
        if self._average is not None:
            self._average.update()
        return values

    def averaged(self) -> AbstractContextManager[None]:
        """Return a context in which the method has the weights that are kept in the end."""
        return nullcontext() if self._average is None else self._average.in_place()

    def state(self) -> dict[str, Any]:
        """Return all that a later step depends on, but for its number."""
        return {
            "method": self.method.state_dict(),
            "optimizers": {p: [o.state_dict() for o in os] for p, os in self._optimizers.items()},
            "scaler": self._scaler.state_dict(),
            "average": {} if self._average is None else self._average.weights,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.method.load_state_dict(state["method"])
        for player, optimizers in self._optimizers.items():
            for optimizer, saved in zip(optimizers, state["optimizers"][player], strict=True):
                optimizer.load_state_dict(saved)
        self._scaler.load_state_dict(state["scaler"])
        if self._average is not None:
            self._average.load(state["average"])

    def _play(self, player: str, runs: list[Iterator[Turn]], factor: float) -> dict[str, float]:
        """Let one player step; return its losses."""
        for optimizer, rate in zip(self._optimizers[player], self._rates[player], strict=True):
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
        names: list[str] = []
        parts: list[list[float]] = []
        for i, run in enumerate(runs):
            more = i < len(runs) - 1
            with self.processes.apart(self._turns) if more else nullcontext():
                names, values = self._backward(player, run)
            parts.append(values)
        sums = [sum(column) for column in zip(*parts, strict=True)]
        means = self.processes.mean([value / len(parts) for value in sums])
        found = dict(zip(names, means, strict=True))
        if not math.isfinite(sum(means)):
            raise NotFiniteError(f"{player} losses are not finite: {found}")
        self._update(player)
        return found

    def _backward(self, player: str, run: Iterator[Turn]) -> tuple[list[str], list[float]]:
        """Add the gradients of one part; return names and values of its losses."""
        turn: Turn | None = self._turns(run)
        if turn is None or turn[0] != player:
            raise RuntimeError(f"training_step yielded {turn and turn[0]!r}; {player!r} is next")
        losses = torch.stack([loss.to(self.device) for loss in turn[1].values()])
        values: list[float] = losses.detach().tolist()
        if all(map(math.isfinite, values)) or self.processes.count > 1:
            total = losses.sum() / self._accumulate if self._accumulate > 1 else losses.sum()
            self._scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        return list(turn[1]), values

    def _update(self, player: str) -> None:
        optimizers = self._optimizers[player]
        for optimizer in optimizers if self._scaler.is_enabled() else ():
            self._scaler.unscale_(optimizer)
        self.norms[player] = norm = gradient_norm(optimizers)
        if not math.isfinite(norm) and not self._scaler.is_enabled():
            raise NotFiniteError(f"the norm of the {player}'s gradient is {norm}")
        for optimizer in optimizers:
            self._scaler.step(optimizer)


class _Turns(nn.Module):
    """A step's next turn as the forward of a module, which is what gradients are averaged by."""

    def __init__(self, method: Method) -> None:
        super().__init__()
        self.method = method

    def forward(self, run: Iterator[Turn]) -> Turn | None:
        return next(run, None)


def gradient_norm(optimizers: list[torch.optim.Optimizer]) -> float:
    """Return the 2-norm of the gradients of all that some optimisers change."""
    gradients: list[Tensor] = [
        parameter.grad
        for optimizer in optimizers
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.grad is not None
    ]
    if not gradients:
        return 0.0
    norms = torch._foreach_norm(gradients)
    return float(torch.linalg.vector_norm(torch.stack(norms)))
