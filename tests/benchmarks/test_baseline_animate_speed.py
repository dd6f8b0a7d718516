"""Reconstruction of a clip by Monkey-Net and X2Face against the plain loop, in one run.

The plain loop takes one driving frame at a time and encodes the source again for each, as the
originals do: Monkey-Net by a network of 3-D convolutions written plainly from the description
(`tests.baselines.monkey_net.plain`), X2Face by our module in the library's default memory order,
which is, layer by layer, what a plain one would be. Ours is what the stage ``predict`` does: the
source encoded once, the driving frames in batches, and their flow beside the pictures. Both are
timed for the whole clip, so the one encoding counts.

Weights are random and the same for both. The forms take turns, so that a busy machine slows both;
the ratios are of process time, which with one thread leaves out what neighbours take.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from baselines import method_class
from baselines.method import Method
from baselines.monkey_net.method import MonkeyNetMethod
from baselines.predict import reconstruct
from fomm.settings.file import read_config
from tests.baselines.monkey_net.plain import PlainMonkeyNet
from tests.benchmarks.timing import THREADS, taking_turns, threads  # noqa: F401 - one is a fixture

pytestmark = pytest.mark.benchmark(group="animate-baselines")

CONFIGS = Path(__file__).parents[2] / "baselines"


class Case(NamedTuple):
    """A configuration, and the ratio that must be reached."""

    name: str
    config: str
    frames: int
    batch: int  # that of the stage predict: 16 in the profile mini, 8 in full
    rounds: int
    least: float


CASES = [
    Case("monkey-net", "monkey_net/configs/mini.yaml", 32, 16, 7, 1.5),
    Case("monkey-net", "monkey_net/configs/taichi.yaml", 16, 8, 3, 1.5),
    Case("monkey-net", "monkey_net/configs/vox.yaml", 8, 8, 3, 1.5),
    Case("x2face", "x2face/configs/mini.yaml", 32, 16, 7, 2.0),
    Case("x2face", "x2face/configs/full.yaml", 16, 8, 3, 2.0),
]


@torch.no_grad()
def trained(name: str, values: dict) -> Method:
    """A method whose norms and motion do something, as after some training."""
    torch.manual_seed(0)
    method = method_class(name).from_config(values)
    for key, value in method.named_buffers():
        if key.endswith("running_mean"):
            value.normal_(0, 0.05)
        elif key.endswith("running_var"):
            value.copy_(1 + 0.1 * torch.randn_like(value).abs())
    if isinstance(method, MonkeyNetMethod):  # its last layer of motion starts at zero
        hourglass = method.monkey_net.generator.dense_motion_module.hourglass
        hourglass.decoder.conv.weight.normal_(0, 0.02)
    return method.eval()


def plain_loop(method: Method, values: dict, clip: Tensor) -> Callable[[], Tensor]:
    """Reconstruct a clip (T, 3, S, S) frame by frame."""
    if not isinstance(method, MonkeyNetMethod):
        return lambda: torch.cat([method.x2face(frame[None], clip[:1]) for frame in clip])
    network = PlainMonkeyNet(values).eval()
    network.load_state_dict(method.monkey_net.state_dict())
    source = clip[:1, :, None]  # (1, 3, 1, S, S)

    def loop() -> Tensor:
        kp_source, made = network.kp_detector(source), []
        for frame in clip[:, None, :, None]:
            kp_driving = network.kp_detector(frame)
            out = network.generator(source, kp_source=kp_source, kp_driving=kp_driving)
            made.append(out["prediction"][:, :, 0])
        return torch.cat(made)

    return loop


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{Path(case.config).stem}")
def test_a_clip_against_the_plain_loop(benchmark, capsys, case):
    values = dict(read_config(CONFIGS / case.config))
    method, side = trained(case.name, values), values["size"]
    frames = np.random.default_rng(0).integers(0, 256, (case.frames, side, side, 3), np.uint8)
    clip = torch.from_numpy(frames).permute(0, 3, 1, 2).contiguous() / 255
    plain = plain_loop(method, values, clip)

    def ours() -> np.ndarray:
        return reconstruct(method, frames, case.batch)[0]

    with torch.inference_mode():
        expected = plain().permute(0, 2, 3, 1).numpy()
    assert np.abs(ours() / 255 - expected).max() < 1e-3 + 0.5 / 255
    with torch.inference_mode():
        seconds = taking_turns(benchmark, plain=plain, ours=ours, rounds=case.rounds)
    ratio = statistics.median(a / b for a, b in zip(seconds["plain"], seconds["ours"], strict=True))
    load = os.getloadavg()[0]
    benchmark.extra_info |= {"threads": THREADS, "load": load, "ratio": ratio}
    benchmark.extra_info["must"] = f"ratio >= {case.least}"
    with capsys.disabled():
        each = {form: statistics.median(s) / case.frames for form, s in seconds.items()}
        print(
            f"\n{case.name} {side} px, {case.config}, {THREADS} thread(s), load {load:.1f}: plain "
            f"loop {each['plain']:.4f} s a frame, encoded once {each['ours']:.4f} s, {ratio:.2f} x"
        )
    if THREADS == 1:  # several threads are held up by anything else that runs
        assert ratio >= case.least
