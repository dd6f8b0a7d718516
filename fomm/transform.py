"""The random affine + thin-plate-like transform of the equivariance losses (paper, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fomm.sampling import coordinate_grid, warp

EPSILON = 1e-6


@dataclass(frozen=True)
class Transform:
    """T(z) = theta [z; 1] + sum_i c_i r_i^2 log(r_i + 1e-6), one per sample.

    r_i = |x - x_i| + |y - y_i| is the **L1** distance to the i-th control point, and the sum is
    added to both coordinates: not a thin-plate spline, but what the published model was trained
    with.

    Attributes:
        theta: (B, 2, 3), the affine part.
        control: (B, P * P), coefficients c_i of the P x P control points on the [-1, 1] grid.
    """

    theta: Tensor
    control: Tensor

    @classmethod
    def random(
        cls,
        batch: int,
        *,
        generator: torch.Generator,
        device: torch.device | str | None = None,
        sigma_affine: float = 0.05,
        sigma_tps: float = 0.005,
        points_tps: int = 5,
    ) -> Transform:
        """Draw one transform per sample, in float32.

        Args:
            batch: B.
            generator: Source of randomness; theta is drawn first, then the coefficients. Both
                are drawn on its device, so ``device`` changes no number.
            device: Where the transform is then put: that of the frames; None: where it was drawn.
            sigma_affine: Standard deviation of all six entries around the identity.
            sigma_tps: Standard deviation of the coefficients.
            points_tps: P.
        """
        here = generator.device
        noise = torch.randn(batch, 2, 3, generator=generator, device=here)
        theta = torch.eye(2, 3, device=here) + sigma_affine * noise
        control = sigma_tps * torch.randn(batch, points_tps**2, generator=generator, device=here)
        return cls(theta.to(device or here), control.to(device or here))

    def of(self, samples: slice, *, like: Tensor) -> Transform:
        """Return the transforms of some samples, with the device and dtype of ``like``."""
        return Transform(self.theta[samples].to(like), self.control[samples].to(like))

    def points(self, z: Tensor) -> Tensor:
        """T at points (B or 1, N, 2), (x, y) -> (B, N, 2)."""
        dx, dy = self._to_control_points(z)
        r = dx.abs() + dy.abs()
        spline = (r**2 * torch.log(r + EPSILON)) @ self.control[..., None]  # (B, N, 1)
        return z @ self.theta[:, :, :2].mT + self.theta[:, None, :, 2] + spline

    def jacobian(self, z: Tensor) -> Tensor:
        """dT/dz at points (B, N, 2) -> (B, N, 2, 2); rows are the outputs x, y.

        In closed form, where the original differentiates its graph: with phi(r) = r^2 log(r + e),
        d/dx phi(r_i) = phi'(r_i) sign(x - x_i) and phi'(r) = 2 r log(r + e) + r^2 / (r + e).
        Differentiable in z.
        """
        dx, dy = self._to_control_points(z)
        r = dx.abs() + dy.abs()
        slope = 2 * r * torch.log(r + EPSILON) + r**2 / (r + EPSILON)
        signs = torch.stack((torch.sign(dx), torch.sign(dy)), dim=-1)  # (B, N, P P, 2)
        weighted = (slope * self.control[:, None])[:, :, None]  # (B, N, 1, P P)
        return self.theta[:, None, :, :2] + weighted @ signs

    def frame(self, image: Tensor, *, align_corners: bool = True) -> Tensor:
        """Return image(T(z)), bilinear with reflection at the border: (B, C, H, W)."""
        height, width = image.shape[2:]
        grid = coordinate_grid(height, width, like=image).view(1, -1, 2)
        moved = self.points(grid).view(-1, height, width, 2)
        return warp(image, moved, align_corners=align_corners, padding="reflection")

    def _to_control_points(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x - x_i and y - y_i, each (B, N, P P)."""
        side = round(self.control.shape[-1] ** 0.5)
        x, y = coordinate_grid(side, side, like=z).view(-1, 2).unbind(-1)
        return z[..., 0:1] - x, z[..., 1:2] - y
