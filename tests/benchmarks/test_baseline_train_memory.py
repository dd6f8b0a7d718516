"""Memory of a training step of Monkey-Net at the published size, against the plain one.

A process of its own for each form (see `test_baseline_train_speed`); its highest resident size
during the second step, when gradients and moments are there, less what it was before there were
networks. Large blocks go back to the system as soon as they are free, so that resident is what is
held. (`ru_maxrss` would not do: a child begins with the peak of the process that started it.)
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.benchmarks.test_baseline_train_speed import Case, Setting

pytestmark = pytest.mark.benchmark(group="train-step-memory")

ROOT = Path(__file__).parents[2]
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
CASE = Case("monkey-net", "monkey_net/configs/taichi.yaml", batch=8)
COMMAND = "from tests.benchmarks.test_baseline_train_memory import peak; print(peak({!r}))"


def peak(form: str) -> int:
    """Kilobytes that training holds at most during a step that is not the first."""
    torch.set_num_threads(1)
    before = resident("VmRSS")
    step = getattr(Setting(CASE), form)()
    step()
    CLEAR.write_text("5")  # the peak begins anew
    step()
    return resident("VmHWM") - before


def resident(kind: str) -> int:
    return int(STATUS.read_text().split(f"{kind}:")[1].split()[0])


def peak_alone(form: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.format(form)],
        cwd=ROOT,
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": str(2**17)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(not os.access(CLEAR, os.W_OK), reason="needs Linux: /proc/self/clear_refs")
def test_step_needs_no_more_memory_than_the_plain_one(benchmark, capsys):
    plain, ours = peak_alone("plain"), benchmark.pedantic(lambda: peak_alone("ours"), rounds=1)
    benchmark.extra_info |= {"memory ratio": ours / plain, "must": "memory ratio <= 1"}
    with capsys.disabled():
        print(
            f"\n{CASE.name}, {CASE.config}, batch {CASE.batch}: peak of a step "
            f"{plain / 1024:.0f} MiB plain, {ours / plain:.2f} x ours"
        )
    assert ours <= plain
