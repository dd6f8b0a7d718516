"""What a model costs: parameters, and products per animated frame."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fomm.model import FOMM


def parameters(model: FOMM) -> int:
    """Return the number of parameters that animation uses: detector and generator."""
    return sum(_count(part) for part in (model.kp_detector, model.generator))


def macs_per_frame(model: FOMM, size: int) -> int:
    """Return the multiply-accumulates of one driving frame, the source being encoded once.

    Counted are convolutions and matrix products of the published formula (the detector on the
    driving frame, dense motion, decoder) at batch 1; not element-wise work, warps and norms. The
    count is made on shapes alone: it is the same on every machine.

    Args:
        model: Any mode, any device; it is not touched.
        size: Side of the square picture, in pixels.
    """
    channels = model.config.common_params.num_channels
    # Spectral norms hold tensors that cannot be copied; the discriminator is not counted.
    without = {id(model.discriminator): None}
    shapes = copy.deepcopy(model, without).to("meta").eval()
    image = torch.empty(1, channels, size, size, device="meta")
    with torch.no_grad():
        encoded = shapes.generator.encode_source(image)
        kp = shapes.kp_detector(image)
        with FlopCounterMode(display=False) as counter:
            driving = shapes.kp_detector(image)
            shapes.generator.animate(encoded, kp_source=kp, kp_driving=driving)
    return int(counter.get_total_flops()) // 2


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
