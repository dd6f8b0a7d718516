"""Frames of videos as a batch of pictures, and the checkpoint border.

The original's convolutions are 3-D with kernels of one frame: frames never mix, so here they are a
batch of pictures. Only its checkpoints show the third axis.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.monkey_net.config import Interpolation
from fomm.sampling import resize, warp

Keypoints = dict[str, Tensor]
"""{"mean": (..., K, 2) as (x, y) in [-1, 1]; "var": (..., K, 2, 2) or (..., K, 1, 1), absent if it
is a constant}. Leading axes: (B, D) for videos, (N,) for pictures."""


class Network(nn.Module):
    """A network whose `state_dict` holds, and takes, the weights of 3-D convolutions.

    (out, in, 1, k, k) outside is (out, in, k, k) inside; nothing else has so many axes.
    """

    def __init__(self) -> None:
        super().__init__()
        # Public names of both exist from torch 2.5 only.
        self._register_state_dict_hook(_with_frame_axis)  # type: ignore[no-untyped-call]
        self._register_load_state_dict_pre_hook(_without_frame_axis)  # type: ignore[no-untyped-call]


def _with_frame_axis(
    module: nn.Module, state: dict[str, Tensor], prefix: str, metadata: object
) -> None:
    for key, value in state.items():
        if key.startswith(prefix) and value.dim() == 4:
            state[key] = value.unsqueeze(2)


def _without_frame_axis(state: dict[str, Tensor], prefix: str, *_: object) -> None:
    for key, value in state.items():
        if key.startswith(prefix) and value.dim() == 5 and value.shape[2] == 1:
            state[key] = value.squeeze(2)


def fold(video: Tensor) -> Tensor:
    """(B, C, D, H, W) -> (B D, C, H, W), the frames of a video next to each other."""
    return video.transpose(1, 2).flatten(0, 1)


def group(frames: Tensor, batch: int) -> Tensor:
    """(B D, ...) -> (B, D, ...)."""
    return frames.reshape(batch, -1, *frames.shape[1:])


def unfold(frames: Tensor, batch: int) -> Tensor:
    """(B D, C, H, W) -> (B, C, D, H, W)."""
    return group(frames, batch).transpose(1, 2)


def fold_keypoints(keypoints: Mapping[str, Tensor]) -> Keypoints:
    """(B, D, ...) -> (B D, ...)."""
    return {name: value.flatten(0, 1) for name, value in keypoints.items()}


def unfold_keypoints(keypoints: Mapping[str, Tensor], batch: int) -> Keypoints:
    """(B D, ...) -> (B, D, ...)."""
    return {name: group(value, batch) for name, value in keypoints.items()}


def warp_each(image: Tensor, grids: Tensor, *, align_corners: bool) -> Tensor:
    """Warp each of M pictures by its N / M grids: one sampling, no copies of pictures.

    Args:
        image: (M, C, H, W).
        grids: (N, h, w, 2), the first N / M of them for the first picture.
        align_corners: See `fomm.sampling`.

    Returns:
        (N, C, h, w).
    """
    height, width = grids.shape[1:3]
    tall = warp(image, grids.reshape(len(image), -1, width, 2), align_corners=align_corners)
    if len(image) == len(grids):
        return tall
    apart = tall.reshape(*image.shape[:2], -1, height, width)  # (M, C, N / M, h, w)
    return apart.transpose(1, 2).flatten(0, 1)


def laid_as(maps: Tensor, image: Tensor) -> Tensor:
    """Return ``maps`` in the order of memory of ``image``, channels or planes first.

    After a mixture of both, every convolution would begin with a copy.
    """
    channels_last = image.is_contiguous(memory_format=torch.channels_last)
    return maps.contiguous(memory_format=torch.channels_last) if channels_last else maps


def shrink(image: Tensor, scale: float) -> Tensor:
    """Return every n-th pixel of (N, C, H, W) in both directions, n = 1 / scale: nearest."""
    step = round(1 / scale)
    return image[..., ::step, ::step]


def resize_maps(maps: Tensor, size: tuple[int, int], how: Interpolation) -> Tensor:
    """Resize (N, C, h, w) to (N, C, *size), nearest or bilinear; the same tensor if it fits."""
    if how == "trilinear":
        return resize(maps, size)
    if (maps.shape[2], maps.shape[3]) == size:
        return maps
    return F.interpolate(maps, size=size, mode="nearest")


def check_size(what: str, image: Tensor, unit: int) -> None:
    """Raise ValueError unless the sides of (..., H, W) are multiples of ``unit``."""
    height, width = image.shape[-2:]
    if height % unit or width % unit:
        raise ValueError(
            f"{what}: frames are {height}x{width}; their sides must be multiples of {unit}:"
            " resize them, or use networks of fewer blocks"
        )


def check_video(what: str, video: Tensor, channels: int) -> None:
    """Raise ValueError unless ``video`` is (B, channels, D, H, W)."""
    if video.dim() != 5 or video.shape[1] != channels or 0 in video.shape:
        raise ValueError(f"{what}: expected (B, {channels}, D, H, W), got {tuple(video.shape)}")
