"""The processes that train one method together, as `accelerate launch` or `srun` started them.

`accelerate` reads who and where we are from the environment and connects the processes; one process
alone is the usual case and needs nothing. `accelerate` looks for a package called ``datasets`` by
its installed metadata, which our folder of that name has none of: it is not taken for it.
"""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs
from torch import nn

from datasets.registry import UsageError

T = TypeVar("T")


class Processes:
    """All processes of one run.

    Args:
        device: Where a single process computes. With several, each takes the device that
            `accelerate` gives it, of the same kind.

    Attributes:
        count: How many there are.
        index: Which one this is.
        device: Where this one computes.
    """

    def __init__(self, device: torch.device) -> None:
        # Players take turns, so that a step leaves the weights of others out; batch statistics
        # are equal or each process's own, so that nobody's are sent round.
        how = DistributedDataParallelKwargs(find_unused_parameters=True, broadcast_buffers=False)
        # Precision is ours to choose (`baselines.precision`), whatever accelerate's settings say.
        self._accelerator: Any = Accelerator(
            cpu=device.type == "cpu", mixed_precision="no", kwargs_handlers=[how]
        )
        self.count: int = self._accelerator.num_processes
        self.index: int = self._accelerator.process_index
        self.device: torch.device = device if self.count == 1 else self._accelerator.device

    @property
    def main(self) -> bool:
        """Whether this process is the one that writes."""
        return self.index == 0

    def share(self, batch: int) -> range:
        """Return which of ``batch`` pairs are this process's.

        Raises:
            UsageError: They cannot be shared evenly.
        """
        if batch % self.count:
            *most, last = (str(n) for n in range(1, batch + 1) if batch % n == 0)
            counts = " or ".join(filter(None, [", ".join(most), last]))
            raise UsageError(
                f"batch {batch} cannot be shared evenly by {self.count} processes; {batch} can be"
                f" shared by {counts}"
            )
        each = batch // self.count
        return range(self.index * each, (self.index + 1) * each)

    def connect(self, module: nn.Module) -> nn.Module:
        """Return ``module`` such that gradients of its forward are averaged over processes."""
        if self.count == 1:
            return module
        # Kernels of one pixel lie in two orders at once; copying such a gradient costs nothing.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
        connected: nn.Module = self._accelerator.prepare_model(module)
        return connected

    def apart(self, module: nn.Module) -> AbstractContextManager[None]:
        """Return a context in which gradients of a connected module are not averaged yet."""
        if self.count == 1:
            return nullcontext()
        context: AbstractContextManager[None] = self._accelerator.no_sync(module)
        return context

    def mean(self, values: list[float]) -> list[float]:
        """Return each value's mean over processes: the same numbers in all of them."""
        if self.count == 1:
            return values
        sums = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(sums)
        return [value / self.count for value in sums.tolist()]

    def gather(self, value: T) -> list[T]:
        """Return ``value`` of each process."""
        if self.count == 1:
            return [value]
        found: list[Any] = [None] * self.count
        dist.all_gather_object(found, value)
        return found

    def any(self, flag: bool) -> bool:
        """Return whether ``flag`` is true in one of them."""
        return self.mean([float(flag)])[0] > 0

    def wait(self) -> None:
        """Wait for the others."""
        self._accelerator.wait_for_everyone()
