"""The frozen extractors of the mini worlds: keypoints and identity.

Both networks look at the picture resized to 64x64 (area average when an axis shrinks, bilinear
otherwise); keypoints are mapped back to pixels of the input frame. The identity network looks at
the square around the detected keypoints, resampled to 48x48. The two nets of a data set lie in one
committed file, which `weights.toml` lists with its sha256; `train_mini` makes it.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from datasets.files import sha256
from datasets.registry import UsageError, choose
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.mini_detect import Detector, Networks, identities, keypoints, resized
from metrics.extractors.mini_nets import SIDE, IdentityNet, KeypointNet

Frames = NDArray[np.uint8]
Double = NDArray[np.float64]

WEIGHTS = Path(__file__).with_name("weights")


def listed(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """Return the tables of ``weights.toml``, one per data set; `UsageError` if it is damaged."""
    try:
        return tomllib.loads((folder / "weights.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"weights.toml: {error}; restore it from git") from error


def weights_file(dataset: str, *, folder: Path = WEIGHTS) -> tuple[Path, str]:
    """Return the weights file of ``dataset`` and its sha256, after comparing the two.

    Raises:
        UsageError: There is no mini extractor for ``dataset`` (the message lists those there
            are), or the file is not the listed one.
        ExtractorUnavailable: The file is missing.
    """
    tables = listed(folder)
    wanted = str(tables[choose("dataset with mini extractors", dataset, sorted(tables))]["sha256"])
    path = folder / f"{dataset}.safetensors"
    if not path.is_file():
        raise ExtractorUnavailable(f"{path.name}: not found; restore the file with sha256 {wanted}")
    found = sha256(path)
    if found != wanted:
        raise UsageError(
            f"{path.name}: has sha256 {found}, but weights.toml lists {wanted}; restore the file"
        )
    return path, wanted


def load(path: Path) -> Networks:
    """Return the networks stored at ``path`` (half precision, run in single precision)."""
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
        state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    nets = KeypointNet(len(config["names"])), IdentityNet()
    for prefix, net in zip(("keypoints.", "identity."), nets, strict=True):
        part = {n.removeprefix(prefix): w for n, w in state.items() if n.startswith(prefix)}
        net.load_state_dict(part)
        net.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)
    config["names"] = tuple(config["names"])
    return Networks(Detector(nets[0], **config), nets[1])


@cache
def _load_once(path: Path, _digest: str) -> Networks:
    return load(path)


@dataclass(frozen=True)
class MiniExtractor:
    """An `Extractor` of one of the two kinds, over the networks of one data set."""

    kind: Literal["keypoints", "identity"]
    dataset: str
    sha256: str
    networks: Networks
    licence: str = "MIT"
    version: str = "1"

    @property
    def name(self) -> str:
        """Unique, e.g. ``"mini-keypoints-taichi-hd"``."""
        return f"mini-{self.kind}-{self.dataset}"

    @property
    def domain(self) -> str:
        """The world it was trained on, e.g. ``"taichi-hd-mini"``."""
        return f"{self.dataset}-mini"

    def __call__(self, frames: Frames, /) -> Double:
        """Return one row per frame; see `keypoint_extractor` and `identity_extractor`.

        Raises:
            ValueError: ``frames`` is not uint8 (T, H, W, 3) with T, H, W >= 1.
        """
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or not frames.size:
            raise ValueError(
                f"{self.name}: expected uint8 frames (T, H, W, 3), got {frames.dtype} "
                f"{frames.shape}; convert them to 8-bit RGB"
            )
        small = resized(frames)
        if self.kind == "identity":
            return identities(self.networks, small)
        height, width = frames.shape[1:3]
        scale = np.array([width / SIDE, height / SIDE])
        found = keypoints(self.networks.detector, small)
        return np.asarray((found + 0.5) * scale - 0.5, np.float64)


def keypoint_extractor(dataset: str, *, folder: Path = WEIGHTS) -> MiniExtractor:
    """Return the extractor of keypoints of a mini world.

    It gives float64 (T, K, 2) in pixels of the frames, pixel centres at integers, NaN where a
    keypoint is missing (hidden, outside the frame, or not found).

    Args:
        dataset: ``"taichi-hd"``, ``"voxceleb"`` or ``"fashion"``.
        folder: Where the weights and their list lie.

    Raises:
        UsageError: Unknown ``dataset``, or the weights are not the listed ones.
        ExtractorUnavailable: The weights are missing.
    """
    path, digest = weights_file(dataset, folder=folder)
    return MiniExtractor("keypoints", dataset, digest, _load_once(path, digest))


def identity_extractor(dataset: str, *, folder: Path = WEIGHTS) -> MiniExtractor:
    """Return the extractor of the identity of the subject of a mini world.

    It gives float64 (T, 64) unit vectors, to be compared by their cosine; a row is NaN where too
    few keypoints are detected. Arguments and errors as for `keypoint_extractor`.
    """
    path, digest = weights_file(dataset, folder=folder)
    return MiniExtractor("identity", dataset, digest, _load_once(path, digest))
