"""PSNR and SSIM by hand and by another computation; LPIPS around a network that stands in."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from metrics import METRICS, quality
from metrics.extractors import ExtractorUnavailable

PSNR, SSIM, LPIPS = METRICS["psnr"], METRICS["ssim"], METRICS["lpips"]
RNG = np.random.Generator(np.random.PCG64(15))
PAIR = RNG.integers(0, 256, (2, 3, 16, 13, 3), dtype=np.uint8)
FRAMES = pytest.mark.parametrize(
    "name", [n for n, m in METRICS.items() if m.needs == "frames" and n != "dtssd"]
)


class BrightnessDifference:
    """Stands in for the network of LPIPS: the difference of the mean grey levels."""

    def distances(self, truth, prediction):
        assert truth.dtype == prediction.dtype == np.uint8
        means = [frames.reshape(len(frames), -1).mean(axis=1) for frames in (truth, prediction)]
        return np.abs(means[0] - means[1])


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr(quality, "lpips_network", BrightnessDifference)


def flat(*levels, size=12):
    frames = np.zeros((len(levels), size, size, 3), np.uint8)
    return frames + np.array(levels, np.uint8)[:, None, None, None]


def test_psnr_by_hand():
    truth = np.zeros((1, 2, 2, 3), np.uint8)
    prediction = truth.copy()
    prediction[0, 0, 0] = [3, 4, 0]  # 25 over 12 values
    expected = 10 * math.log10(255**2 * 12 / 25)
    assert PSNR.score([truth], [prediction]) == pytest.approx(expected, rel=1e-12)
    assert PSNR.score([flat(0)], [flat(255)]) == PSNR.bounds[0] == 0


def test_an_exact_frame_is_60_decibels_and_one_of_pure_rounding_less():
    assert PSNR.score([flat(7, 9)], [flat(7, 9)]) == PSNR.bounds[1] == 60
    even = (np.arange(100_000) + 0.5) / 100_000
    colours = np.resize(even, (1, 300, 300, 3))
    rounded = np.rint(colours * 255).astype(np.uint8)
    assert PSNR.score([colours], [rounded]) == pytest.approx(58.92, abs=0.05)
    almost = flat(7, size=64)
    almost[0, 0, 0, 0] = 8
    assert PSNR.score([flat(7, size=64)], [almost]) == 60


def test_ssim_of_flat_pictures():
    """Without contrast only the first factor is left."""
    a, b, c1 = 200, 30, (0.01 * 255) ** 2
    expected = (2 * a * b + c1) / (a * a + b * b + c1)
    assert SSIM.score([flat(a)], [flat(b)]) == pytest.approx(expected, rel=1e-9)


def wang_2004(one, other):
    """The article's formula at every place where the whole window fits, one channel."""
    x = np.arange(-5, 6)
    window = np.exp(-(x**2) / (2 * 1.5**2))
    window = np.outer(window, window) / window.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for top in range(one.shape[0] - 10):
        for left in range(one.shape[1] - 10):
            a, b = (p[top : top + 11, left : left + 11].astype(np.float64) for p in (one, other))
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
            both = (window * (a - ma) * (b - mb)).sum()
            luminance = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
            values.append(luminance * (2 * both + c2) / (va + vb + c2))
    return np.mean(values)


def test_ssim_is_that_of_the_article():
    one, other = PAIR[0], PAIR[0] // 2 + PAIR[1] // 2
    expected = np.mean(
        [wang_2004(a[..., c], b[..., c]) for a, b in zip(one, other, strict=True) for c in range(3)]
    )
    assert 0.1 < expected < 0.9
    assert SSIM.score([one], [other]) == pytest.approx(expected, rel=1e-9)


def test_ssim_may_be_negative():
    stripes = flat(0)
    stripes[:, ::2] = 255
    assert SSIM.bounds[0] <= SSIM.score([stripes], [255 - stripes]) < 0


@pytest.mark.parametrize("size", [(10, 30), (30, 10)])
def test_frames_smaller_than_the_window_are_refused(size):
    small = np.zeros((2, *size, 3), np.uint8)
    said = f"clip 1: frames are {size[1]} x {size[0]}; SSIM needs 11 x 11 pixels"
    with pytest.raises(ValueError, match=said):
        SSIM.score([flat(1, 2), small], [flat(1, 2), small])


def test_odd_and_smallest_sizes():
    frames = np.zeros((1, 11, 15, 3), np.uint8)
    assert SSIM.score([frames], [frames]) == 1


@FRAMES
@pytest.mark.usefixtures("stand_in")
def test_a_frame_depends_on_itself_alone(name):
    partial = METRICS[name].partial
    whole = partial(*PAIR)
    single = [partial(a[None], b[None]).total for a, b in zip(*PAIR, strict=True)]
    assert whole.total == math.fsum(single)
    assert (whole.weight, whole.skipped) == (3, 0)


def test_lpips_pools_by_clip(stand_in):
    truth = [flat(0), flat(0, 0, 0)]
    prediction = [flat(10), flat(2, 4, 0)]
    assert LPIPS.score(truth, prediction) == (10 + (2 + 4 + 0) / 3) / 2


def test_lpips_rounds_floats(stand_in):
    truth, prediction = flat(100), flat(110)
    value = LPIPS.score(
        [truth / 255 + 0.0019], [prediction / 255 - 0.0019]
    )  # half a level: 0.00196
    assert value == LPIPS.score([truth], [prediction]) == 10


def test_the_network_of_lpips_is_built_once(monkeypatch):
    class Once:
        LpipsAlex = staticmethod(lambda device: built.append(device) or BrightnessDifference())

    built = []
    monkeypatch.setitem(sys.modules, "metrics.extractors.lpips_alex", Once)
    quality.lpips_network.cache_clear()
    try:
        assert [LPIPS.score([flat(1)], [flat(3)]) for _ in range(2)] == [2, 2]
    finally:
        quality.lpips_network.cache_clear()
    assert built == ["cpu"]


def test_lpips_without_weights_says_so(monkeypatch):
    def unavailable():
        raise ExtractorUnavailable("alexnet.pth is not there")

    monkeypatch.setattr(quality, "lpips_network", unavailable)
    with pytest.raises(ExtractorUnavailable, match=r"alexnet\.pth"):
        LPIPS.score([flat(1)], [flat(1)])


def test_the_registry_loads_no_library_of_pictures():
    code = "import metrics, sys; print({'torch', 'skimage', 'scipy', 'lpips'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "set()\n"
