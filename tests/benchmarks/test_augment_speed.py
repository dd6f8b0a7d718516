"""Augmentation of a batch as training does it, against pair by pair, in two ways.

``ours``: as many pairs at once as the cache holds (`baselines.augment.augment_frames`). ``single``:
our function, called for each pair. ``plain``: what the originals' data sets do for each pair while
it is read: to a picture of 8 bits, torchvision's colour functions, and back (its hue turns in HSV,
ours about the grey axis: the same cost is compared, not the same digits).
"""

from __future__ import annotations

import os
import statistics

import numpy as np
import pytest
import torch
import torchvision.transforms.functional as TF
from PIL import Image

from baselines.augment import Augmentation, augment, augment_frames, draw
from tests.benchmarks.timing import THREADS, timed
from tests.benchmarks.timing import threads as threads

pytestmark = pytest.mark.benchmark(group="augmentation")

STRENGTH = Augmentation(True, True, 0.1, 0.1, 0.1, 0.1, (0.9, 1.1))


def plain(pair: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> float32 (N, 3, H, W)."""
    if rng.random() < 0.5:
        pair = pair[::-1]
    elif rng.random() < 0.5:
        pair = pair[:, :, ::-1]
    light, contrast, saturation = rng.uniform(0.9, 1.1, 3)
    hue, factor = rng.uniform(-0.1, 0.1), rng.uniform(0.9, 1.1)
    frames = []
    for frame in pair:
        picture = Image.fromarray(np.ascontiguousarray(frame))
        side = int(picture.width * factor)
        moved = TF.resize(picture, [side, side], TF.InterpolationMode.NEAREST)
        moved = TF.center_crop(moved, [picture.height, picture.width])
        moved = TF.adjust_brightness(moved, light)
        moved = TF.adjust_contrast(moved, contrast)
        moved = TF.adjust_saturation(moved, saturation)
        frames.append(TF.to_tensor(TF.adjust_hue(moved, hue)))
    return torch.stack(frames)


@pytest.mark.parametrize(("side", "batch"), [(64, 8), (256, 30)])
def test_all_at_once_against_pair_by_pair(benchmark, capsys, side: int, batch: int) -> None:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (batch, 2, side, side, 3), np.uint8)
    draws = draw(batch, STRENGTH, rng)
    seconds: dict[str, list[float]] = {"ours": [], "single": [], "plain": []}

    def frames(pairs: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(pairs).permute(0, 1, 4, 2, 3).float().div_(255)

    def single() -> None:
        for i in range(batch):
            one = slice(i, i + 1)
            augment(frames(raw[one]), STRENGTH, draws.of(one))

    def ours() -> None:
        augment_frames(torch.from_numpy(raw), STRENGTH, draws)

    def others() -> None:
        timed(single, seconds["single"])
        timed(lambda: [plain(pair, rng) for pair in raw], seconds["plain"])

    benchmark.pedantic(
        lambda: timed(
            lambda: augment_frames(torch.from_numpy(raw), STRENGTH, draws), seconds["ours"]
        ),
        setup=others,
        rounds=7,
        warmup_rounds=1,
    )
    medians = {form: statistics.median(values[1:]) for form, values in seconds.items()}
    ratios = {f"ours / {form}": medians["ours"] / medians[form] for form in ("single", "plain")}
    benchmark.extra_info |= {"threads": THREADS, "load": os.getloadavg()[0]} | ratios
    benchmark.extra_info["must"] = "ours / plain <= 1"
    benchmark.extra_info |= {f"{k}, ms per pair": v / batch * 1e3 for k, v in medians.items()}
    with capsys.disabled():
        print(f"\n{side}x{side}, {batch} pairs: {ratios}")
    if THREADS == 1:
        assert ratios["ours / plain"] <= 1
