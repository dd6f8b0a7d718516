"""An exponential moving average of a method's weights (EMA), which is what then is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from baselines.method import Method


class Average:
    """The average of the weights that inference needs; batch statistics are taken as they are.

    Args:
        method: Whose weights.
        decay: Of what was, per step, in [0, 1).
    """

    def __init__(self, method: Method, decay: float) -> None:
        wanted = method.inference_state()
        self._live = {k: p.detach() for k, p in method.named_parameters() if k in wanted}
        self._decay = decay
        self.weights = {name: tensor.clone() for name, tensor in self._live.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Let the weights as they are now enter the average."""
        averages, live = list(self.weights.values()), list(self._live.values())
        torch._foreach_lerp_(averages, live, 1 - self._decay)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Take over averages that were saved."""
        for name, tensor in weights.items():
            self.weights[name].copy_(tensor)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the method the averages meanwhile."""
        live = {name: tensor.clone() for name, tensor in self._live.items()}
        self._copy(self.weights)
        try:
            yield
        finally:
            self._copy(live)

    def _copy(self, weights: dict[str, Tensor]) -> None:
        for name, tensor in weights.items():
            self._live[name].copy_(tensor)
