from __future__ import annotations

import pytest
import torch

from fomm import FOMM, FOMMConfig
from fomm.keypoints import MIN_DETERMINANT, inverse_2x2


@pytest.fixture(scope="module")
def detector():
    torch.manual_seed(0)
    return FOMM.from_config(FOMMConfig.load("mini")).eval().kp_detector


def test_untrained_jacobians_are_identities(detector):
    kp = detector(torch.rand(2, 3, 64, 64))
    assert kp["value"].shape == (2, 8, 2)
    torch.testing.assert_close(kp["jacobian"], torch.eye(2).expand(2, 8, 2, 2))


def test_keypoint_is_the_place_of_the_peak(detector, monkeypatch):
    logits = torch.zeros(1, 8, 26, 26)
    logits[:, :, 5, 20] = 100.0  # row 5, column 20
    monkeypatch.setattr("fomm.keypoints.convolve_together", lambda *_: [logits])
    value = detector(torch.rand(1, 3, 64, 64))["value"]
    expected = torch.tensor([2 * 20 / 25 - 1, 2 * 5 / 25 - 1])
    torch.testing.assert_close(value, expected.expand(1, 8, 2))


def test_inverse_equals_linalg_and_its_gradient():
    matrix = torch.randn(50, 2, 2, dtype=torch.float64).requires_grad_()
    torch.testing.assert_close(inverse_2x2(matrix), torch.linalg.inv(matrix))
    assert torch.autograd.gradcheck(inverse_2x2, (matrix,))


def test_singular_matrices_stay_finite_with_gradient():
    matrix = torch.tensor([[[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]]]).requires_grad_()
    inverse = inverse_2x2(matrix)
    inverse.sum().backward()
    assert inverse.isfinite().all()
    assert matrix.grad.isfinite().all()
    assert inverse.abs().max() <= 4.01 / MIN_DETERMINANT


def test_determinant_keeps_its_sign_at_the_guard():
    tiny = torch.tensor([[1e-4, 0.0], [0.0, -1e-4]])
    assert inverse_2x2(tiny)[0, 0] == pytest.approx(1e-4 * -1 * -1 / MIN_DETERMINANT)
