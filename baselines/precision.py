"""Numbers of lower precision in training, where a method's networks allow it.

    float32   everything, without TF32
    tf32      CUDA multiplies float32 matrices with 10 bits of mantissa, as torch's convolutions
              do there by default; on a CPU the same as float32
    bf16      the networks that `Method.networks` names multiply in bfloat16
    fp16      the same in float16, on CUDA, with a loss scale that adapts

What a named network returns is float32 again. So keypoints, soft-maxima of heat maps and masks,
inverses of jacobians, grids, warps, residual sums between blocks, losses, weights, gradients and
moments of the optimisers stay in float32 whatever is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from datasets.registry import UsageError, choose

Precision = Literal["float32", "tf32", "bf16", "fp16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)

_LOWER = {"bf16": torch.bfloat16, "fp16": torch.float16}


def check_precision(precision: str, networks: Iterable[nn.Module], device: torch.device) -> None:
    """Refuse what cannot be.

    Raises:
        UsageError: The precision is unknown, the method names no networks, or the device cannot.
    """
    choose("precision", precision, PRECISIONS)
    if precision not in _LOWER:
        return
    if not list(networks):
        raise UsageError(f"precision {precision}: this method computes in float32 only")
    if precision == "fp16" and device.type != "cuda":
        raise UsageError("precision fp16 needs a CUDA device; on a CPU take bf16 or float32")


def allow_tf32(precision: str) -> None:
    """Let CUDA round float32 to TF32, or forbid it: the whole process is set."""
    allowed = precision != "float32"
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def lower_precision(networks: Iterable[nn.Module], precision: str, device: torch.device) -> None:
    """Let ``networks`` multiply in what ``precision`` says; nothing happens for the first two.

    Their parameters stay float32, and so do their state and their copies on other devices.
    """
    dtype = _LOWER.get(precision)
    if dtype is None:
        return

    def forward(module: nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with torch.autocast(device.type, dtype):
            out = type(module).forward(module, *args, **kwargs)
        return tree_map(_float32, out)

    for network in networks:
        # Bound to the module, so that a deep copy has one of its own.
        network.forward = MethodType(forward, network)


def _float32(value: Any) -> Any:  # noqa: ANN401 - a leaf of any tree
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value
