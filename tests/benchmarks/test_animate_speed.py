"""Animation at the size of the published Tai-Chi-HD model, against the plain loop, in one run.

The plain loop takes one driving frame at a time and encodes the source again for each, as the
original does, by a network written plainly from the description (``plain/``). Weights are random.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch

from fomm import FOMM, FOMMConfig
from fomm.animator import Animator
from tests.benchmarks.plain.networks import PlainFOMM

pytestmark = pytest.mark.benchmark(group="animate")

ROUNDS = 5
THREADS = int(os.environ.get("BENCH_THREADS", "1"))


@pytest.fixture(scope="module", autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model() -> FOMM:
    torch.manual_seed(0)
    model = FOMM.from_config(FOMMConfig.load("taichi"))
    model.discriminator = None
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value.normal_(0, 0.05)
        elif name.endswith("running_var"):
            value.copy_(1 + 0.1 * torch.randn_like(value).abs())
    return model.eval()


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def plain_frame(model, pictures) -> Callable[[], np.ndarray]:
    """One step of the plain loop."""
    config = model.config.to_mapping() | {"discriminator_params": None}
    network = PlainFOMM(config).eval()
    network.load_state_dict(model.state_dict())
    source, driving = (
        torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255 for picture in pictures
    )
    with torch.inference_mode():
        kp_source = network.kp_detector(source)

    @torch.inference_mode()
    def step() -> np.ndarray:
        kp_driving = network.kp_detector(driving)
        out = network.generator(source, kp_source=kp_source, kp_driving=kp_driving)
        return out["prediction"][0].permute(1, 2, 0).numpy()

    return step


def frames_of(animator: Animator, pictures) -> Callable[[], np.ndarray]:
    frames = animator.frames(pictures[0], itertools.repeat(pictures[1]), relative=False)
    return lambda: next(frames).prediction


def cached(model: FOMM, pictures) -> Callable[[], np.ndarray]:
    """The source encoded once and no pictures for people; the network as it is trained."""
    animator = Animator(model)
    animator._model = model
    return frames_of(animator, pictures)


def medians(*functions: Callable[[], object]) -> list[float]:
    """Seconds of each function, run in turns."""
    seconds: list[list[float]] = [[] for _ in functions]
    for round_ in range(ROUNDS + 1):
        for function, found in zip(functions, seconds, strict=True):
            began = time.perf_counter()
            function()
            if round_:
                found.append(time.perf_counter() - began)
    return [statistics.median(found) for found in seconds]


def test_plain_loop(benchmark, plain_frame):
    benchmark(plain_frame)


def test_source_encoded_once(benchmark, model, pictures):
    benchmark(cached(model, pictures))


def test_animator(benchmark, model, pictures):
    benchmark(frames_of(Animator(model), pictures))


def test_animator_bf16(benchmark, model, pictures):
    benchmark(frames_of(Animator(model, bf16=True), pictures))


def test_ratios(benchmark, model, pictures, plain_frame, capsys):
    ours = [cached(model, pictures)]
    ours += [frames_of(Animator(model, bf16=on), pictures) for on in (False, True)]
    expected = plain_frame()
    assert np.abs(ours[1]() / 255 - expected).max() < 1e-3 + 0.5 / 255
    plain, *others = benchmark.pedantic(lambda: medians(plain_frame, *ours), rounds=1)
    found = dict(zip(("encoded once", "animator", "bf16"), others, strict=True))
    benchmark.extra_info |= {name: plain / seconds for name, seconds in found.items()}
    benchmark.extra_info["must"] = "encoded once >= 1.15, animator >= 1.6; with AMX bf16 >= 3"
    with capsys.disabled():
        print(f"\nplain loop {plain:.3f} s a frame, {THREADS} thread(s)")
        for name, seconds in found.items():
            print(f"{name}: {seconds:.3f} s, {plain / seconds:.2f} x")
    assert plain / others[0] >= 1.15
    assert plain / others[1] >= 1.6
    if getattr(torch.cpu, "_is_amx_tile_supported", bool)():
        assert plain / others[2] >= 3
