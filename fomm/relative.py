"""Relative motion: move the source's keypoints by what the driver's did since its first frame."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from fomm.keypoints import Keypoints, inverse_2x2

SINGULAR = 1e-4
FLAT = 1e-3
"""Keypoints whose hull is a smaller part of the squared diagonal of their extent lie on a line."""
TINY = 1e-4
"""Keypoints whose extent has a smaller squared diagonal (0.5 pixels of 100) lie on a point."""


def relative_keypoints(
    kp_source: Keypoints,
    kp_driving: Keypoints,
    *,
    kp_initial: Keypoints,
    adapt_scale: bool = False,
    use_jacobian: bool = True,
) -> Keypoints:
    """Transfer the motion since the driver's initial frame to the source (paper, section 3.4).

    value = s (p_driving - p_initial) + p_source; jacobian = J_driving inv(J_initial) J_source.
    Where J_initial is singular, nothing can be said of a change since then: J_source stays as it
    is, and a warning says so.

    Args:
        kp_source: Keypoints of the source.
        kp_driving: Keypoints of B driving frames.
        kp_initial: Keypoints of the driver's first frame. Source and initial have batch size 1
            or B.
        adapt_scale: Whether s is the ratio of the sides of source and driver (square roots of
            the areas of their keypoints' convex hulls); otherwise s = 1. A driver whose
            keypoints lie nearly on one line, or on one point, gives s = 1 and a warning.
        use_jacobian: Whether jacobians are transferred too; otherwise they are the driver's.

    Returns:
        Keypoints of batch size B.
    """
    scale = movement_scale(kp_source["value"], kp_initial["value"]) if adapt_scale else 1.0
    result = dict(kp_driving)
    result["value"] = (kp_driving["value"] - kp_initial["value"]) * scale + kp_source["value"]
    if use_jacobian and "jacobian" in kp_driving:
        change = kp_driving["jacobian"] @ inverse_2x2(kp_initial["jacobian"])
        lost = _singular(kp_initial["jacobian"], "the driver's first frame")
        change = torch.where(lost, torch.eye(2).to(change), change)
        result["jacobian"] = change @ kp_source["jacobian"]
    return result


def regular(keypoints: Keypoints, fallback: Keypoints) -> Keypoints:
    """Replace singular jacobians by those of ``fallback``, with a warning.

    With the source's jacobians in place of the driver's, the local motion is a shift (zeroth order)
    instead of an infinite one.

    Args:
        keypoints: Of batch size B; without jacobians they are returned as they are.
        fallback: Of batch size 1 or B.
    """
    if "jacobian" not in keypoints:
        return keypoints
    lost = _singular(keypoints["jacobian"], "a driving frame")
    return keypoints | {"jacobian": torch.where(lost, fallback["jacobian"], keypoints["jacobian"])}


def _singular(jacobian: Tensor, where: str) -> Tensor:
    """Return (B, K, 1, 1): |det J| is nothing beside |J|^2 (2 for an identity), or not a number."""
    a, b, c, d = jacobian.flatten(-2).unbind(-1)  # (B, K) each
    size = jacobian.square().sum(dim=(-2, -1))
    lost = ~((a * d - b * c).abs() > SINGULAR * size)
    if lost.any():
        warnings.warn(f"singular jacobian of a keypoint in {where}: not used", stacklevel=3)
    return lost[..., None, None]


def spread(value: Tensor) -> Tensor:
    """Centre keypoints (B, K, 2) on their mean and scale their root mean square distance to 1."""
    centred = value - value.mean(dim=1, keepdim=True)
    size = centred.square().sum(dim=2, keepdim=True).mean(dim=1, keepdim=True).sqrt()
    return centred / size.clamp_min(1e-6)


def movement_scale(source: Tensor, initial: Tensor) -> Tensor:
    """Return sqrt(hull area of ``source`` / hull area of ``initial``): (B, 1, 1) from (B, K, 2).

    Where either set of keypoints lies nearly on one line or point, its area is mostly rounding: the
    scale is 1 then, and a warning says so.
    """
    areas = [
        [_solid_area(points) for points in value.detach().cpu().double().numpy()]
        for value in (source, initial)
    ]
    wanted, given = np.broadcast_arrays(*map(np.asarray, areas))
    degenerate = (wanted <= 0) | (given <= 0)
    if degenerate.any():
        warnings.warn("keypoints lie on one line or point: movement scale 1 is used", stacklevel=3)
    ratio = np.where(degenerate, 1.0, wanted / np.where(degenerate, 1.0, given))
    return torch.from_numpy(np.sqrt(ratio)).to(source).view(-1, 1, 1)


def _solid_area(points: np.ndarray) -> float:
    """Return the hull's area, 0 where it is nothing beside the extent, or the extent is nothing."""
    diagonal = float(np.square(points.max(axis=0) - points.min(axis=0)).sum())
    if not diagonal >= TINY:  # not a number, too
        return 0.0
    area = hull_area(points)
    return area if area >= FLAT * diagonal else 0.0


def hull_area(points: np.ndarray) -> float:
    """Return the area of the convex hull of (K, 2) points (Andrew's monotone chain).

    Example:
        >>> hull_area(np.array([[0, 0], [2, 0], [2, 1], [0, 1], [1, 0.5]]))
        2.0
    """
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    hull = np.array(_half_hull(ordered)[:-1] + _half_hull(ordered[::-1])[:-1])
    if len(hull) < 3:
        return 0.0
    x, y = hull.T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def _half_hull(ordered: np.ndarray) -> list[np.ndarray]:
    chain: list[np.ndarray] = []
    for point in ordered:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
