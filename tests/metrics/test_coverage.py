"""The nominal 95 % interval covers the true mean in 93-97 % of simulated studies with 24 videos.

    PYTHONPATH=. python tests/metrics/test_coverage.py

prints the table of `metrics.aggregate` (4,000 runs each; minutes).
"""

import numpy as np
import pytest
from scipy.stats import norm

from metrics.aggregate import estimate

VIDEOS = 24
RUNS = 500
REPLICATES = 999

SIZES = {
    "one clip each": lambda rng: np.ones(VIDEOS, int),
    "1-2 clips": lambda rng: rng.integers(1, 3, VIDEOS),
    "1-10 clips": lambda rng: rng.integers(1, 11, VIDEOS),
    "Zipf, up to 40 clips": lambda rng: np.minimum(rng.zipf(1.8, VIDEOS), 40),
}
SHAPES = {
    "normal": (lambda z: z, 0.0),
    "exponential (skewness 2)": (lambda z: -np.log(norm.sf(z)), 1.0),
    "lognormal 0.5 (skewness 1.75)": (lambda z: np.exp(0.5 * z), np.exp(0.125)),
}
BEYOND = {"lognormal 1 (skewness 6.2)": (lambda z: np.exp(z), np.exp(0.5))}


def coverage(rng, sizes, shape, truth, runs):
    """Share of runs whose interval holds the truth; clips of a video correlate by 0.64."""
    hits = 0
    for run in range(runs):
        video = np.repeat(np.arange(VIDEOS), sizes(rng))
        latent = 0.8 * rng.standard_normal(VIDEOS)[video] + 0.6 * rng.standard_normal(len(video))
        found = estimate(
            shape(latent).tolist(), [f"{v:02}" for v in video], replicates=REPLICATES, seed=run
        )
        hits += found.lo <= truth <= found.hi
    return hits / runs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ("normal", "one clip each"),
        ("normal", "Zipf, up to 40 clips"),
        ("exponential (skewness 2)", "1-2 clips"),
        ("exponential (skewness 2)", "1-10 clips"),
        ("lognormal 0.5 (skewness 1.75)", "one clip each"),
        ("lognormal 0.5 (skewness 1.75)", "1-2 clips"),
    ],
)
def test_coverage_is_what_it_says(size, shape):
    rng = np.random.Generator(np.random.PCG64(20))
    function, truth = SHAPES[shape]
    share = coverage(rng, SIZES[size], function, truth, RUNS)
    noise = np.sqrt(0.95 * 0.05 / RUNS)
    assert 0.93 - noise <= share <= 0.97 + noise, f"{share:.4f}"


@pytest.mark.slow
def test_one_clip_counted_as_many_would_be_too_narrow():
    """Clusters matter: resampling clips as if independent covers far less."""
    rng = np.random.Generator(np.random.PCG64(21))
    hits = 0
    for run in range(300):
        values = np.repeat(rng.standard_normal(VIDEOS), 6)
        names = [str(i) for i in range(len(values))]
        found = estimate(values.tolist(), names, replicates=REPLICATES, seed=run)
        hits += found.lo <= 0 <= found.hi
    assert hits / 300 < 0.75


if __name__ == "__main__":
    for shape, (function, truth) in (SHAPES | BEYOND).items():
        for size, sizes in SIZES.items():
            rng = np.random.Generator(np.random.PCG64(99))
            print(f"{shape} | {size} | {coverage(rng, sizes, function, truth, 4000):.4f}")
