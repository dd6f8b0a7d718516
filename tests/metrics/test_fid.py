"""Statistics of sets: the same bits in any chunks, numpy's covariance, and little memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from metrics import METRICS
from metrics.fid import BLOCK, Statistics, frechet_distance

RNG = np.random.Generator(np.random.PCG64(13))
ROWS = (RNG.normal(3, 2, (3 * BLOCK + 77, 40)) @ RNG.normal(0, 1, (40, 40))).astype(np.float32)
CHUNKS = pytest.mark.parametrize("chunk", [1, 7, 100, BLOCK, len(ROWS)])


def streamed(rows, chunk, *, look=False):
    statistics = Statistics()
    for start in range(0, len(rows), chunk):
        statistics.add(rows[start : start + chunk])
        if look and statistics.count > 1:
            assert np.isfinite(statistics.mean).all()
            assert np.isfinite(statistics.covariance).all()
    return statistics


def bits(statistics):
    return statistics.count, statistics.mean.tobytes(), statistics.covariance.tobytes()


@CHUNKS
def test_chunks_change_no_bit(chunk):
    assert bits(streamed(ROWS, chunk)) == bits(streamed(ROWS, len(ROWS)))


def test_looking_in_between_changes_no_bit():
    assert bits(streamed(ROWS, 50, look=True)) == bits(streamed(ROWS, len(ROWS)))


@pytest.mark.parametrize("count", [2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, len(ROWS)])
@pytest.mark.parametrize("offset", [0, 1000])
def test_they_are_those_of_numpy(count, offset):
    rows = ROWS[:count].astype(np.float64) + offset
    statistics = streamed(rows, 33)
    assert statistics.count == count
    np.testing.assert_allclose(statistics.mean, rows.mean(axis=0), rtol=1e-12)
    expected = np.cov(rows, rowvar=False)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(statistics.covariance, expected, rtol=0, atol=1e-9 * largest)


def test_what_was_given_may_change_afterwards():
    rows = ROWS[:10].copy()
    statistics = Statistics()
    statistics.add(rows)
    before = bits(statistics)
    rows[:] = 0
    statistics.covariance[:] = 0
    assert bits(statistics) == before


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((2, 3)), "same D throughout"),
        (np.zeros((0, 40)), "N >= 1"),
        (np.zeros(40), "N >= 1"),
        (np.full((300, 40), np.nan), "NaN or infinite"),
        (np.where(np.arange(12000).reshape(300, 40) == 11999, np.inf, 0.0), "NaN or infinite"),
    ],
)
def test_refused_rows_leave_no_trace(rows, message):
    statistics = streamed(ROWS, 100)
    before = bits(statistics)
    with pytest.raises(ValueError, match=message):
        statistics.add(rows)
    assert bits(statistics) == before


@pytest.mark.parametrize("ends", [[1, 2, 3], [7, 300], [BLOCK, 2 * BLOCK], list(range(1, 400, 3))])
def test_a_score_depends_neither_on_order_nor_on_clips(ends):
    fid = METRICS["fid"].score
    prediction = ROWS * np.float32(1.1) + np.float32(0.2)
    whole = fid([ROWS], [prediction])
    assert whole > 0
    order = RNG.permutation(len(ROWS))
    assert fid(np.split(ROWS, ends), np.split(prediction, ends)) == whole
    assert fid(np.split(ROWS[order], ends), np.split(prediction[order], ends)) == whole
    assert fid(np.split(ROWS, ends)[::-1], np.split(prediction, ends)) == whole


def test_the_same_rows_in_another_order_are_the_same_set():
    assert METRICS["fid"].score([ROWS[::-1]], [ROWS]) == 0


def test_a_bad_clip_is_named():
    good = np.ones((3, 4))
    with pytest.raises(ValueError, match="fid: prediction, clip 1: features have NaN"):
        METRICS["fid"].score([good, good], [good, good * np.nan])
    with pytest.raises(ValueError, match=r"fid: truth, clip 1: .*same D"):
        METRICS["fid"].score([good, good[:, :2]], [good, good])
    with pytest.raises(ValueError, match=r"fid: truth, clip 0: .*got"):
        METRICS["fid"].score([np.ones(4)], [good])


def test_frechet_grows_by_the_squared_shift():
    sigma = np.cov(RNG.normal(0, 1, (30, 50)), rowvar=False)  # rank deficient
    for shift in (1e-3, 1.0, 10.0):
        mu = np.zeros(50)
        assert frechet_distance(mu, sigma, mu + shift, sigma) == pytest.approx(
            50 * shift**2, abs=1e-6
        )


# Not getrusage: its peak includes that of the process that started this one.
PEAK = """
from pathlib import Path
import numpy as np
from metrics.fid import Statistics
rows = np.random.Generator(np.random.PCG64(0)).standard_normal((1000, 2048), dtype=np.float32)
statistics = Statistics()
for part in range(50):
    statistics.add(rows + np.float32(part))
statistics.mean, statistics.covariance
status = Path("/proc/self/status").read_text()
print(statistics.count, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, Linux only")
@pytest.mark.slow
def test_fifty_thousand_rows_need_little_memory():
    code = [sys.executable, "-c", PEAK]
    root = Path(__file__).parents[2]
    done = subprocess.run(code, capture_output=True, text=True, check=True, cwd=root)
    count, megabytes = map(int, done.stdout.split())
    assert count == 50_000
    assert megabytes <= 600
