"""One pass over clips against the bare networks on the same decoded frames, within one run.

Eight clips of 200 frames of 256x256, all metrics that work offline, one process, one thread for
the networks, no cache. The bare networks get the decoded frames of truth and prediction in their
own batches; what the pass adds is reading, pixels, bookkeeping and files.
"""

import statistics
import time

import numpy as np
import pytest
import torch

from metrics.cell import Cell, evaluate
from metrics.config import EvaluateConfig
from metrics.console import fix_threads
from metrics.tools import load_tools
from tests.metrics.folders import moving, write_clips_folder, write_predictions

pytestmark = pytest.mark.benchmark(group="evaluate")

CLIPS, FRAMES, SIDE, ROUNDS = 8, 200, 256, 1
CONFIG = EvaluateConfig(bootstrap=1000, fd_stride=1, threads=1)


def seconds(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eval")
    truth = {f"v{n}#000000#000200": moving(FRAMES, SIDE, seed=n) for n in range(CLIPS)}
    rng = np.random.Generator(np.random.PCG64(0))
    prediction = {
        name: (frames ^ rng.integers(0, 8, frames.shape, dtype=np.uint8))
        for name, frames in truth.items()
    }
    write_clips_folder(folder / "clips", truth)
    write_predictions(folder / "mine", prediction)
    return folder, [*truth.values(), *prediction.values()]


def test_all_offline_metrics_against_the_bare_networks(folders, capsys, benchmark):
    folder, clips = folders
    fix_threads(CONFIG.threads)
    before = torch.get_num_threads()
    tools = load_tools("taichi-hd", "mini", config=CONFIG)
    cell = Cell("taichi-hd", "mini", folder / "clips", folder / "mine", allow_missing=True)
    for extractor in tools.extractors.values():
        extractor(clips[0][:8])  # loaded and warm

    ratios, parts = [], dict.fromkeys(tools.extractors, 0.0)

    def bare():
        for slot, extractor in tools.extractors.items():
            parts[slot] += seconds(lambda extractor=extractor: [extractor(f) for f in clips])

    def whole():
        evaluate(cell, CONFIG, cache=None)

    def both():
        alone = seconds(bare)
        ratios.append(seconds(whole) / alone)

    benchmark.pedantic(both, rounds=ROUNDS)
    torch.set_num_threads(before)
    ratio = statistics.median(ratios)
    benchmark.extra_info |= {"whole / bare": ratio, "must": "whole / bare <= 1.25"}
    with capsys.disabled():
        said = ", ".join(f"{slot} {spent / ROUNDS:.1f} s" for slot, spent in parts.items())
        print(f"\nwhole / bare: {ratio:.2f} (bare: {said}; {ratios})")
    assert ratio <= 1.25
