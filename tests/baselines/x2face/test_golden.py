"""The model against the original's numbers, names and shapes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from torch import Tensor

from baselines.x2face import X2Face

LAYOUTS = {
    "x2face256": {},
    "x2face256_inner512": {"inner_channels": 512},
    "x2face256_pose": {"pose": True},
    "x2face64": {"embedding_levels": 5, "driving_levels": 6, "inner_channels": 512},
}
SMALL = LAYOUTS["x2face64"]
POSE = torch.tensor([[0.10, -0.20, 0.30]])


def tolerance(name: str) -> float:
    """As the golden README states it."""
    return 5e-4 if "face" in name or "prediction" in name or "oneimage" in name else 1e-5


@torch.no_grad()
def run(model: X2Face, sources: list[Tensor], driving: Tensor, pose=None) -> dict[str, Tensor]:
    out = {}
    for i, source in enumerate(sources, start=1):
        out[f"embed_raw_{i}"] = model.pix2pixUnwrapped(source)
        out[f"embed_bottleneck_{i}"] = model.pix2pixUnwrapped.netG.model.encode(source).relu()
        grid, logit = model.embedding_grid(source)
        out |= {f"embed_grid_{i}": grid, f"confidence_{i}": logit.exp() + 0.1}
    vector = model.driving_vector(driving)
    if pose is not None:  # what the original returns then is turned, and before the ReLU
        vector = model.pix2pixSampler.innermost.turn(vector, pose)
    out["drive_bottleneck"] = vector.relu() if pose is None else vector
    out["drive_net_out"] = model.pix2pixSampler.decode(vector)
    out["drive_grid"] = model.get_sampler(driving, pose=pose)
    for n in (1, 2):
        out[f"embedded_face_{n}src"] = model.embed(*sources[:n])
        out[f"prediction_{n}src"] = model(driving, *sources[:n], pose=pose)
    out["get_unwrapped_face"], out["get_unwrapped_conf"] = model.get_unwrapped(*sources)
    if pose is None:
        out["get_unwrapped_oneimage"] = model.get_unwrapped_oneimage(sources[0])
        out["get_sampler"] = model.get_sampler(driving)
    return out


def errors(out: dict[str, Tensor], expected: dict[str, np.ndarray]) -> dict[str, float]:
    names = {key.split("/")[0] for key in expected if key.endswith("/val")}
    assert set(out) == names - {"source1", "source2", "driving"}
    found = {}
    for name, value in out.items():
        values = value.numpy()
        assert values.shape == tuple(expected[f"{name}/shape"])
        at, wanted = expected[f"{name}/idx"], expected[f"{name}/val"]
        found[name] = float(np.abs(values.ravel()[at] - wanted).max())
        found[f"mean of {name}"] = abs(values.mean(dtype=np.float64) - expected[f"{name}/mean"])
        found[f"std of {name}"] = abs(values.std(dtype=np.float64) - expected[f"{name}/std"])
    return found


def beyond(found: dict[str, float]) -> dict[str, float]:
    return {name: error for name, error in found.items() if not error <= tolerance(name)}


def check(expected: dict[str, np.ndarray], model: X2Face, image, side: int, pose=None) -> None:
    sources, driving = [image(123, side), image(124, side)], image(456, side)
    out = run(model, sources, driving, pose)
    assert not beyond(errors(out, expected))
    for n in (1, 2):
        l1 = (out[f"prediction_{n}src"] - driving).abs().double().mean()
        assert abs(float(l1) - expected[f"l1_{n}src"]) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("corners", [False, True])
def test_the_layout_for_64_computes_what_the_original_computes(golden, seeded, image, corners):
    expected = golden(f"x2face64_he_up{corners:d}_gs{corners:d}.npz")
    check(expected, seeded(**SMALL, align_corners=(corners, corners)), image, 64)


@pytest.mark.parametrize("flags", [(True, True), (True, False), (False, True)])
def test_corner_flags_tell_the_two_behaviours_apart(golden, seeded, image, flags):
    expected = golden("x2face64_he_up0_gs0.npz")
    model = seeded(**SMALL, align_corners=flags)
    out = run(model, [image(123, 64), image(124, 64)], image(456, 64))
    wrong = beyond(errors(out, expected))
    assert wrong["prediction_1src"] > 0.05
    assert ("drive_grid" in wrong) == flags[0]  # only up-sampling changes the grids


@pytest.mark.slow
def test_three_steps_of_training_are_the_originals(golden_training, seeded, image):
    model = seeded(**SMALL).double().train()
    source, driving = (image(seed, 64, 2).double() for seed in (1000, 2000))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    for step, expected in enumerate(golden_training["loss"]):
        loss = (model(driving, source) - driving).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(expected, abs=1e-8 if step == 0 else 1e-6)
        if step == 0:
            norms = {key: float(p.grad.norm()) for key, p in model.named_parameters()}
            assert norms == pytest.approx(golden_training["grad_l2_step1"], rel=1e-6)
            state = {k: float(v.sum()) for k, v in model.state_dict().items() if "running" in k}
            assert state == pytest.approx(golden_training["running_sum_after_step1"], rel=1e-6)
    norms = {key: float(p.detach().norm()) for key, p in model.named_parameters()}
    assert norms == pytest.approx(golden_training["param_l2_after"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("pose", [False, True])
def test_the_released_layout_computes_what_the_original_computes(golden, seeded, image, pose):
    expected = golden("x2face256_pose_he_up1_gs1.npz" if pose else "x2face256_he_up1_gs1.npz")
    model = seeded(pose=True) if pose else seeded()
    check(expected, model, image, 256, POSE if pose else None)


def entries(layout: dict[str, object]) -> list[tuple[str, list[int], str]]:
    with torch.device("meta"):
        state = X2Face(**layout).state_dict()
    return [(key, list(v.shape), str(v.dtype).removeprefix("torch.")) for key, v in state.items()]


DIGESTS = {
    "x2face256": "ae73294f750de136",
    "x2face256_inner512": "a8ab451373b89f0f",
    "x2face256_pose": "7c8ab5484f5e4a74",
    "x2face64": "e34345164ca2fb97",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_digest_of_the_published_keys_shapes_types_and_order(name):
    text = "".join(f"{key} {shape} {dtype}\n" for key, shape, dtype in entries(LAYOUTS[name]))
    assert hashlib.sha256(text.encode()).hexdigest().startswith(DIGESTS[name])


@pytest.mark.parametrize("name", LAYOUTS)
def test_keys_shapes_types_and_order_are_the_published_ones(published_keys, name):
    assert entries(LAYOUTS[name]) == [
        (e["key"], e["shape"], e["dtype"]) for e in published_keys[name]
    ]


@pytest.mark.parametrize(("inner", "parameters"), [(128, 64_771_840), (512, 69_687_040)])
def test_parameter_counts_are_the_published_ones(inner, parameters):
    with torch.device("meta"):
        model = X2Face(inner_channels=inner)
    assert sum(p.numel() for p in model.parameters()) == parameters
