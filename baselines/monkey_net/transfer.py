"""Motion transfer: what keypoints of a driver become for a source that looks different."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines.monkey_net.frames import Keypoints
from baselines.monkey_net.keypoints import inverse_variance
from fomm.relative import movement_scale

_SMALLEST_EIGENVALUE = 1e-6


def transfer_keypoints(
    kp_source: Keypoints,
    kp_driving: Keypoints,
    *,
    kp_initial: Keypoints,
    move_location: bool = True,
    movement_mult: bool = False,
    clip_mean: bool = False,
    adapt_variance: bool = False,
) -> Keypoints:
    """Normalise a driver's keypoints for a source, in the order of the original code.

    All options off is absolute motion: the driver's keypoints as they are.

    Args:
        kp_source: (1, K, ...) or (N, K, ...) each.
        kp_driving: (N, K, ...) each.
        kp_initial: Of the driver's first frame: (1, K, ...) or (N, K, ...) each.
        move_location: Relative motion: the source's means, moved by what the driver's did since
            its first frame.
        movement_mult: Scale that movement by the ratio of the sides of source and driver (square
            roots of the areas of their keypoints' convex hulls). Keypoints on one line give 1 and a
            warning.
        clip_mean: Keep means in [-1, 1].
        adapt_variance: Transfer the change of the driver's variances, which must be matrices, to
            the source's; otherwise they are the driver's.

    Returns:
        (N, K, ...) each.

    Raises:
        ValueError: ``movement_mult`` without ``move_location`` would do nothing, or
            ``adapt_variance`` lacks matrices.
    """
    if movement_mult and not move_location:
        raise ValueError("movement_mult scales relative motion: it needs move_location")
    result = dict(kp_driving)
    if move_location:
        source, initial = kp_source["mean"], kp_initial["mean"]
        moved = kp_driving["mean"] - initial
        if movement_mult:
            moved = moved * movement_scale(source, initial)
        result["mean"] = source + moved
    if clip_mean:
        result["mean"] = result["mean"].clamp(-1, 1)
    if adapt_variance:
        if "var" not in kp_driving or kp_driving["var"].shape[-1] != 2:
            raise ValueError("adapt_variance needs a model with kp_variance: matrix")
        change = kp_driving["var"] @ inverse_variance(kp_initial["var"])
        result["var"] = nearest_variance(change @ kp_source["var"])
    return result


def nearest_variance(matrix: Tensor) -> Tensor:
    """Return (..., 2, 2) made symmetric, its eigenvalues of 0 and below replaced by 1e-6."""
    symmetric = (matrix + matrix.mT) / 2
    values, vectors = torch.linalg.eigh(symmetric)
    values = torch.where(values > 0, values, _SMALLEST_EIGENVALUE)
    nearest: Tensor = (vectors * values[..., None, :]) @ vectors.mT
    return nearest
