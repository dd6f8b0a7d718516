"""A VGG19 with fresh weights, to measure with where the published ones cannot be had.

Nothing may be trained with it: it has learnt nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from fomm.features import VGG19_SLICES, VGG19_WIDTHS, Features, load_features


def fresh_vgg19(*, taps: int = 5) -> Features:
    """Return the network of ``fomm.features`` called ``vgg19``, its weights drawn anew.

    It is loaded from a file, as the published weights are.

    Args:
        taps: As of `fomm.features.load_features`.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "vgg19.pth")
        torch.save(_weights(), file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return load_features("vgg19", weights=file, sha256=digest, taps=taps)


def _weights() -> dict[str, Tensor]:
    """Return weights under torchvision's names, of which ReLUs neither swell nor fade."""
    found: dict[str, Tensor] = {}
    width = 3
    for tap, layers in enumerate(VGG19_SLICES):
        for layer in layers:
            out = VGG19_WIDTHS[tap] if layer == layers[-1] else VGG19_WIDTHS[tap - 1]
            conv = nn.Conv2d(width, out, 3)
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            found |= {f"features.{layer}.{k}": v.detach() for k, v in conv.named_parameters()}
            width = out
    return found
