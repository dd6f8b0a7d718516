from __future__ import annotations

import torch

from fomm.motion import difference_of_gaussians, sparse_motions
from fomm.sampling import coordinate_grid


def keypoints(seed: int, *, jacobian: bool = True) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    kp = {"value": torch.rand(2, 3, 2, generator=generator) - 0.5}
    if jacobian:
        kp["jacobian"] = torch.eye(2) + 0.2 * torch.randn(2, 3, 2, 2, generator=generator)
    return kp


def test_sparse_motions_are_equation_4_pixel_by_pixel():
    source, driving = keypoints(1), keypoints(2)
    motions = sparse_motions(source, driving, (4, 5))
    grid = coordinate_grid(4, 5, like=motions)
    torch.testing.assert_close(motions[:, 0], grid.expand(2, 4, 5, 2))
    for k in range(3):
        z = grid[2, 3] - driving["value"][1, k]
        matrix = source["jacobian"][1, k] @ torch.linalg.inv(driving["jacobian"][1, k])
        expected = matrix @ z + source["value"][1, k]
        torch.testing.assert_close(motions[1, k + 1, 2, 3], expected, atol=1e-5, rtol=1e-5)


def test_without_jacobians_motions_are_translations():
    source, driving = keypoints(1, jacobian=False), keypoints(2, jacobian=False)
    motions = sparse_motions(source, driving, (4, 4))[:, 1:]
    shift = (source["value"] - driving["value"])[:, :, None, None]
    grid = coordinate_grid(4, 4, like=shift)
    torch.testing.assert_close(motions, grid + shift)


def test_same_keypoints_move_nothing():
    kp = keypoints(1)
    motions = sparse_motions(kp, kp, (4, 4))
    torch.testing.assert_close(motions, coordinate_grid(4, 4, like=motions).expand_as(motions))
    assert not difference_of_gaussians(kp, kp, (4, 4), variance=0.01).any()


def test_background_heatmap_comes_first_and_driving_is_positive():
    source, driving = keypoints(1), keypoints(2)
    maps = difference_of_gaussians(source, driving, (33, 33), variance=0.01)
    assert not maps[:, 0].any()
    x, y = ((driving["value"][0, 1] + 1) * 16).round().long().tolist()
    assert maps[0, 2, y, x] > 0.5
