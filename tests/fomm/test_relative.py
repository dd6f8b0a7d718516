from __future__ import annotations

import numpy as np
import pytest
import torch

from fomm.relative import hull_area, movement_scale, regular, relative_keypoints, spread


def drawn(seed: int) -> dict[str, torch.Tensor]:
    def rng(s: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(s))

    jacobian = rng(seed + 1000).standard_normal((1, 10, 2, 2)) * 0.1 + np.eye(2)
    value = rng(seed).random((1, 10, 2)) * 1.6 - 0.8
    return {k: torch.from_numpy(v).float() for k, v in (("value", value), ("jacobian", jacobian))}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rel", {}),
        ("rel_adapt", {"adapt_scale": True}),
        ("rel_nojac", {"adapt_scale": True, "use_jacobian": False}),
    ],
)
def test_relative_motion_matches_the_original(golden, name, options):
    pieces = golden("pieces_ac_true.npz")
    found = relative_keypoints(drawn(21), drawn(22), kp_initial=drawn(23), **options)
    for part, value in found.items():
        np.testing.assert_allclose(value, pieces[f"norm_{name}_{part}"], rtol=0, atol=1e-5)


def test_the_initial_frame_gives_the_source(golden):
    found = relative_keypoints(drawn(21), drawn(22), kp_initial=drawn(22))
    for part, value in found.items():
        torch.testing.assert_close(value, drawn(21)[part], rtol=0, atol=1e-5)


def test_keypoints_on_a_line_warn_and_keep_the_scale():
    line = drawn(23)
    line["value"] = torch.linspace(-1, 1, 10)[None, :, None].expand(1, 10, 2)
    with pytest.warns(UserWarning, match="one line"):
        found = relative_keypoints(drawn(21), drawn(22), kp_initial=line, adapt_scale=True)
    plain = relative_keypoints(drawn(21), drawn(22), kp_initial=line)
    torch.testing.assert_close(found["value"], plain["value"])


def test_hull_area_of_known_shapes():
    circle = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 1001)])
    assert hull_area(np.concatenate((circle, circle * 0.3))) == pytest.approx(np.pi, rel=1e-4)
    assert hull_area(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])) == 0
    assert hull_area(np.array([[0.0, 0.0], [0.0, 0.0]])) == 0


def test_a_singular_initial_jacobian_leaves_the_source_as_it_is():
    initial = drawn(23)
    initial["jacobian"][0, 3] = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    with pytest.warns(UserWarning, match="first frame"):
        found = relative_keypoints(drawn(21), drawn(22), kp_initial=initial)
    torch.testing.assert_close(found["jacobian"][0, 3], drawn(21)["jacobian"][0, 3])
    expected = relative_keypoints(drawn(21), drawn(22), kp_initial=drawn(23))["jacobian"]
    torch.testing.assert_close(found["jacobian"][0, 4:], expected[0, 4:])


@pytest.mark.parametrize(
    "bad", [[[0.0, 0.0], [0.0, 0.0]], [[1e3, 2e3], [2e3, 4e3]], [[float("nan")] * 2] * 2]
)
def test_singular_jacobians_are_replaced_whatever_their_scale(bad):
    keypoints = drawn(22)
    keypoints["jacobian"][0, 3] = torch.tensor(bad)
    with pytest.warns(UserWarning, match="singular"):
        found = regular(keypoints, drawn(21))
    torch.testing.assert_close(found["jacobian"][0, 3], drawn(21)["jacobian"][0, 3])
    assert torch.equal(found["jacobian"][0, 4:], keypoints["jacobian"][0, 4:])


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_regular_jacobians_stay(recwarn, scale):
    keypoints = drawn(22) | {"jacobian": drawn(22)["jacobian"] * scale}
    assert torch.equal(regular(keypoints, drawn(21))["jacobian"], keypoints["jacobian"])
    assert not recwarn.list
    values = {"value": drawn(22)["value"]}
    assert regular(values, drawn(21)) is values


def test_spread_forgets_place_and_size():
    value = drawn(22)["value"]
    torch.testing.assert_close(spread(value * 3 + 0.5), spread(value))
    assert spread(value).square().sum(dim=2).mean().item() == pytest.approx(1, abs=1e-5)
    assert spread(torch.zeros(1, 5, 2)).isfinite().all()


@pytest.mark.parametrize("kind", ["slanted", "nearly", "cluster"])
def test_keypoints_almost_on_a_line_or_point_keep_the_scale(kind):
    """In float32 such hulls have an area, of rounding."""
    steps = torch.linspace(-0.7, 0.7, 10)
    noise = drawn(5)["value"][0]
    value = {
        "slanted": torch.stack((steps * 0.9 + 0.1, steps * 0.37 - 0.2), dim=1),
        "nearly": torch.stack((steps, steps), dim=1) + noise * 1e-4,
        "cluster": 0.3 + noise * 1e-6,
    }[kind][None]
    good = drawn(21)["value"]
    for pair in ((value, good), (good, value)):
        with pytest.warns(UserWarning, match="one line or point"):
            assert movement_scale(*pair).item() == 1
