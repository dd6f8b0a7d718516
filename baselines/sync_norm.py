"""Batch normalisation over the batches of all processes, on any device.

The originals of FOMM and Monkey-Net train with it, so that a batch over several devices is
normalised as one. `torch.nn.SyncBatchNorm` refuses the CPU; this one all-reduces sums, and divides
by sqrt(var + eps) as `torch.nn.BatchNorm2d` does. (The originals' own clamps the variance at eps
when they run on several devices, and adds eps on one.)
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient, since every process reads the sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        return total


class SyncBatchNorm(nn.Module):
    """A batch norm whose statistics in training are those of all processes together.

    It has the parameters, buffers and state of ``norm``, whose place it takes. Every process must
    hold as many values as the others.

    Args:
        norm: Any batch norm with running statistics.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__()
        self.eps = norm.eps
        self.momentum = 0.1 if norm.momentum is None else norm.momentum
        self.weight, self.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers():
            self.register_buffer(name, buffer)
        self._of_one = [norm]  # a list, so that it is no part of the state

    def train(self, mode: bool = True) -> SyncBatchNorm:
        """Set training or evaluation mode."""
        self._of_one[0].train(mode)
        super().train(mode)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, ...) over all but C, over the batches of all processes."""
        if not self.training:
            normalised: Tensor = self._of_one[0](x)
            return normalised
        axes = [0, *range(2, x.ndim)]
        shape = (1, -1, *[1] * (x.ndim - 2))
        count = x.numel() // x.shape[1] * dist.get_world_size()
        wide = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        mean = _summed(wide.sum(axes)) / count  # (C,)
        centred = wide - mean.view(shape)
        var = _summed((centred**2).sum(axes)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
            unbiased = var * (count / max(count - 1, 1))
            self.running_var.lerp_(unbiased.to(self.running_var), self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (centred * scale.view(shape) + self.bias.view(shape)).to(x.dtype)


def _summed(x: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(x)
    return total


def synchronise(module: nn.Module) -> None:
    """Put a `SyncBatchNorm` in the place of every batch norm below ``module``; state keys stay.

    On CUDA it is torch's, which is one kernel.
    """
    for name, child in module.named_children():
        if not isinstance(child, _BatchNorm):
            synchronise(child)
        elif child.weight.is_cuda:
            setattr(module, name, nn.SyncBatchNorm.convert_sync_batchnorm(child))  # type: ignore[no-untyped-call]
        else:
            setattr(module, name, SyncBatchNorm(child))
