"""LPIPS, the AlexNet variant v0.1 of the lpips package, when AlexNet's weights are at hand.

Zhang et al., The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, CVPR 2018.
The package brings the linear layers; AlexNet is torchvision's file, which `weight_files.find`
looks for. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import warnings
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.files import sha256
from metrics.extractors import Array, ExtractorUnavailable, in_chunks
from metrics.extractors.device import chunk_on, inference, version_on
from metrics.extractors.weight_files import find

if TYPE_CHECKING:
    from torch import nn

LINEAR_SHA256 = "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"  # lpips 0.1.4
SMALLEST = 31  # pixels: below, AlexNet's second pooling has nothing left
CHUNK = 8


class LpipsAlex:
    """Perceptual distances of frames; torch is imported by the first call.

    Args:
        path: AlexNet's weights file; None: look in the usual places.
        digest_start: First digits of that file's sha256; None: the listed ones.
        device: Where the network runs, as torch names it; batches are larger on a GPU.

    Raises:
        ExtractorUnavailable: No weights, or no lpips package; the message says what to do.
        UsageError: ``path`` or a variable names no file or another one.
    """

    name = "lpips-alex"
    domain = "imagenet"
    licence = "BSD-2-Clause (lpips), BSD-3-Clause (torchvision's AlexNet)"

    def __init__(
        self, path: Path | None = None, *, digest_start: str | None = None, device: str = "cpu"
    ) -> None:
        file = find("alexnet", path=path, sha256=digest_start)
        self._alexnet = file.path
        self._linear = _linear_layers()
        digests = f"{file.sha256} {LINEAR_SHA256}"
        self.sha256 = hashlib.sha256(digests.encode()).hexdigest()
        self.device = device
        self.version = version_on("1", device)

    def distances(
        self, truth: NDArray[np.uint8], prediction: NDArray[np.uint8]
    ) -> NDArray[np.float64]:
        """Return the distance of each pair of frames, 0 or more; exactly 0 for equal frames.

        Args:
            truth: uint8 (T, H, W, 3) RGB, both sides at least 31 pixels.
            prediction: The same shape.

        Returns:
            float64 (T,); each value depends on its own pair alone.

        Raises:
            ValueError: Another dtype or shape, or frames too small.
        """
        _check(truth, prediction)
        found = np.zeros(len(truth))
        changed = (truth != prediction).any(axis=(1, 2, 3))
        if changed.any():
            pairs = np.stack([truth[changed], prediction[changed]], axis=1)  # (N, 2, H, W, 3)
            chunk = chunk_on(CHUNK, self.device)
            found[changed] = in_chunks(self._run, pairs, chunk=chunk)
        return found

    def _run(self, pairs: Array) -> Array:
        import torch

        with inference(self.device):
            x = torch.from_numpy(pairs).to(self.device).permute(1, 0, 4, 2, 3).float()
            truth, prediction = x / 127.5 - 1  # (2, B, 3, H, W) -> twice (B, 3, H, W) in [-1, 1]
            rows = self._network(truth, prediction).flatten()  # (B, 1, 1, 1) -> (B,)
        return np.asarray(rows.cpu().double().numpy())

    @cached_property
    def _network(self) -> nn.Module:
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchvision: `pretrained` is deprecated
            import lpips

            network: Any = lpips.LPIPS(
                net="alex", version="0.1", pretrained=False, pnet_rand=True, verbose=False
            )
        state = torch.load(self._alexnet, map_location="cpu", weights_only=True)
        for part in (getattr(network.net, f"slice{i}") for i in range(1, 6)):
            # A slice's layers keep the numbers that they have in torchvision's `features`.
            part.load_state_dict({k: state[f"features.{k}"] for k in part.state_dict()})
        linear = torch.load(self._linear, map_location="cpu", weights_only=True)
        network.lins.load_state_dict({k.removeprefix("lin"): v for k, v in linear.items()})
        ready: nn.Module = network.eval().requires_grad_(requires_grad=False).to(self.device)
        return ready


def _linear_layers() -> Path:
    """Return the file of the package's linear layers, without importing the package."""
    spec = find_spec("lpips")
    if spec is None or not spec.submodule_search_locations:
        raise ExtractorUnavailable("pip install lpips==0.1.4 torchvision")
    path = Path(spec.submodule_search_locations[0]) / "weights" / "v0.1" / "alex.pth"
    if not path.is_file() or sha256(path) != LINEAR_SHA256:
        raise ExtractorUnavailable(
            f"the linear layers of the lpips package (sha256 {LINEAR_SHA256}) are missing or "
            "changed; install lpips==0.1.4 anew"
        )
    return path


def _check(truth: Array, prediction: Array) -> None:
    if truth.shape != prediction.shape:
        raise ValueError(f"LPIPS: truth is {truth.shape}, prediction is {prediction.shape}")
    for frames in (truth, prediction):
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
            raise ValueError(
                f"LPIPS: expected uint8 frames (T, H, W, 3), got {frames.dtype} {frames.shape}"
            )
    if min(truth.shape[1:3]) < SMALLEST:
        raise ValueError(
            f"LPIPS: frames of {truth.shape[2]}x{truth.shape[1]} pixels; AlexNet needs at least "
            f"{SMALLEST}x{SMALLEST}"
        )
