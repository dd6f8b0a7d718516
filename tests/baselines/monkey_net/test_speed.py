"""Speed and memory against the plain implementation, as ratios within one run."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from baselines.method import Batch
from baselines.monkey_net.method import MonkeyNetMethod
from tests.baselines.monkey_net.plain import PlainMonkeyNet

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "baselines" / "monkey_net" / "configs"


def both(name: str) -> tuple[MonkeyNetMethod, PlainMonkeyNet]:
    torch.manual_seed(0)
    config = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    method, plain = MonkeyNetMethod.from_config(config), PlainMonkeyNet(config)
    plain.load_state_dict(method.monkey_net.state_dict())
    return method, plain


def seconds(call: Callable[[], object]) -> float:
    """CPU seconds, which other processes disturb less than wall time."""
    start = time.process_time()
    call()
    return time.process_time() - start


@pytest.mark.benchmark
@torch.inference_mode()
@pytest.mark.parametrize("name", ["mini", "shapes", "taichi"])
def test_animation_is_faster_than_the_plain_loop(name):
    """The source encoded once and 16 driving frames at a time, against frame by frame."""
    method, plain = (model.eval() for model in both(name))
    method.to(memory_format=torch.channels_last)
    frames = torch.rand(16, 3, 64, 64).to(memory_format=torch.channels_last)
    video = frames.transpose(0, 1)[None].contiguous()

    def loop() -> torch.Tensor:
        source = video[:, :, :1]
        kp_source, made = plain.kp_detector(source), []
        for i in range(16):
            kp_driving = plain.kp_detector(video[:, :, i : i + 1])
            out = plain.generator(source, kp_source=kp_source, kp_driving=kp_driving)
            made.append(out["prediction"][:, :, 0])
        return torch.cat(made)

    def batched() -> torch.Tensor:
        return method.animate(method.encode(frames[:1]), frames).prediction

    assert torch.allclose(loop(), batched(), atol=1e-4)
    times = [(seconds(loop), seconds(batched)) for _ in range(4)]
    ratio = min(a for a, _ in times) / min(b for _, b in times)
    print(f"{name}: {ratio:.2f}")
    assert ratio >= 1.5


def peak_of_a_training_step(which: str) -> int:
    """Kilobytes by which a step of the taichi configuration at batch 8 raises the peak."""
    method, plain = both("taichi")
    source, driving = torch.rand(2, 8, 3, 64, 64).unbind(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if which == "plain":
        steps = plain.train().losses(source[:, :, None], driving[:, :, None])
    else:
        steps = (list(v.values()) for _, v in method.train().training_step(Batch(source, driving)))
    for losses in steps:
        torch.stack(losses).sum().backward()
        del losses
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


@pytest.mark.benchmark
def test_a_training_step_needs_no_more_memory_than_a_plain_one():
    peaks = {}
    for which in ("ours", "plain"):
        code = (
            "import torch; torch.set_num_threads(1);"
            "from tests.baselines.monkey_net.test_speed import peak_of_a_training_step as peak;"
            f"print(peak({which!r}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        peaks[which] = int(done.stdout.split()[-1])
    print(peaks)
    assert peaks["ours"] <= peaks["plain"]
