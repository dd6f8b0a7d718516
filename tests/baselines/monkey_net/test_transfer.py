"""Motion transfer against the original, and where the original fails."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from baselines.monkey_net.frames import fold_keypoints
from baselines.monkey_net.transfer import nearest_variance, transfer_keypoints

MULT = {"movement_mult": True}
MODES = {
    "absolute": {"move_location": False},
    "relative": {},
    "relative_mult": MULT,
    "relative_mult_adapt_clip": MULT | {"adapt_variance": True, "clip_mean": True},
}


def first(keypoints):
    return {name: value[:1] for name, value in keypoints.items()}


@pytest.mark.parametrize("mode", [*MODES, "adapt"])
@pytest.mark.parametrize("name", ["taichi_like", "vox_like"])
def test_normalisation_alone(name, mode, golden):
    expected = golden(f"tiny_{name}_transfer.npz")
    options = MODES.get(mode, {"move_location": False, "adapt_variance": True})
    source, driving = (
        {key: torch.from_numpy(expected[f"synt_{role}_{key}"])[0] for key in ("mean", "var")}
        for role in ("source", "driving")
    )
    found = transfer_keypoints(source, driving, kp_initial=first(driving), **options)
    for key, value in found.items():
        wanted = expected[f"synt_{mode}_{key}"][0]
        np.testing.assert_allclose(value.numpy(), wanted, rtol=1e-5, atol=1e-6, err_msg=key)


@torch.no_grad()
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["taichi_like", "vox_like"])
def test_animation(name, mode, golden, seeded, source, driving, compare):
    expected, model = golden(f"tiny_{name}_transfer.npz"), seeded(name).eval()
    source, driving = source[:1], driving[:1]
    kp_source, kp_driving = (fold_keypoints(model.kp_detector(v)) for v in (source, driving))
    moved = transfer_keypoints(kp_source, kp_driving, kp_initial=first(kp_driving), **MODES[mode])
    for key, value in moved.items():
        compare(expected, f"{mode}_kpnorm_{key}", value[None], atol=1e-5)
    out = model.generator(
        source,
        kp_source={key: value[None] for key, value in kp_source.items()},
        kp_driving={key: value[None] for key, value in moved.items()},
    )
    compare(expected, f"{mode}_prediction", out["prediction"], atol=1e-5)
    compare(expected, f"{mode}_deformed", out["deformed"], atol=1e-4)


def keypoints(count: int = 3, k: int = 4) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    root = torch.randn(count, k, 2, 2)
    return {"mean": torch.rand(count, k, 2) * 2 - 1, "var": root @ root.mT + 0.01 * torch.eye(2)}


def test_a_still_driver_leaves_the_source_alone():
    source, still = keypoints(1), {k: v[:1].expand(3, *v.shape[1:]) for k, v in keypoints().items()}
    found = transfer_keypoints(
        source, still, kp_initial=first(still), movement_mult=True, adapt_variance=True
    )
    for key, value in found.items():
        assert torch.allclose(value, source[key].expand_as(value), atol=1e-5)


def test_clip_mean_works_without_move_location():
    """The original stops with an undefined variable."""
    far = keypoints()
    far["mean"] = far["mean"] * 3
    found = transfer_keypoints(
        keypoints(1), far, kp_initial=first(far), move_location=False, clip_mean=True
    )
    assert torch.equal(found["mean"], far["mean"].clamp(-1, 1))


def test_keypoints_on_one_line_have_no_scale():
    line = keypoints()
    line["mean"] = torch.linspace(-1, 1, 4)[None, :, None].expand(3, 4, 2)
    with pytest.warns(UserWarning, match="one line"):
        found = transfer_keypoints(keypoints(1), line, kp_initial=first(line), movement_mult=True)
    assert torch.isfinite(found["mean"]).all()


def test_a_degenerate_initial_variance_stays_finite():
    flat = keypoints()
    flat["var"] = torch.tensor([[0.3, 0.3], [0.3, 0.3]]).expand(3, 4, 2, 2).contiguous()
    flat["var"][:, 1] = 0
    found = transfer_keypoints(keypoints(1), flat, kp_initial=first(flat), adapt_variance=True)
    assert torch.isfinite(found["var"]).all()
    assert (torch.linalg.eigvalsh(found["var"]) >= -1e-4).all()


def test_negative_eigenvalues_become_small_positive_ones():
    found = nearest_variance(torch.tensor([[1.0, 0.0], [0.0, -2.0]]))
    assert torch.allclose(found, torch.diag(torch.tensor([1.0, 1e-6])))


def test_options_that_would_do_nothing_are_refused():
    kp, single = keypoints(), {"mean": keypoints()["mean"], "var": torch.ones(3, 4, 1, 1)}
    with pytest.raises(ValueError, match="needs move_location"):
        transfer_keypoints(kp, kp, kp_initial=kp, move_location=False, movement_mult=True)
    with pytest.raises(ValueError, match="kp_variance: matrix"):
        transfer_keypoints(single, single, kp_initial=single, adapt_variance=True)
