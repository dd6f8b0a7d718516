"""Differences from sums: by hand, and what must hold of any."""

import math

import numpy as np
import pytest

from metrics.aggregate import paired
from metrics.comparison import Collected
from metrics.differences import POOLED, Difference, differences
from metrics.figures import Bootstrap
from metrics.metric import Partial
from metrics.setting import Setting
from metrics.tools import Tools

BOOTSTRAP = Bootstrap(replicates=1000, seed=0)  # 25 of them beyond each end
SETTING = Setting(Tools({}, {}), "body")
VIDEOS = {f"c{i}": f"v{i // 2}" for i in range(12)}


def collected(values, *, metric="l1@clip", videos=VIDEOS):
    """``values``: method -> one dict or list of values per seed."""
    partials = {
        name: [
            {clip: Partial(v, 1.0) for clip, v in zip(videos, seed, strict=True)} for seed in seeds
        ]
        for name, seeds in values.items()
    }
    return Collected(dict(videos), {metric: partials})


def compared(sums, *, metric="l1@clip", seeds=("0",), methods=None):
    names = methods or list(next(iter(sums.partials.values())))
    rows = differences(sums, names, seeds, SETTING, bootstrap=BOOTSTRAP)
    return [row for row in rows if row.metric == metric]


def random_values(rng, seeds=1, videos=VIDEOS):
    """Skewed, so that the two ends of an interval differ."""
    shape = seeds, len(videos)
    return {name: rng.lognormal(0, 2, shape).tolist() for name in ("one", "two", "three")}


@pytest.fixture
def rng():
    return np.random.Generator(np.random.PCG64(3))


def test_by_hand():
    """Constant differences: no width; the sign says which is better."""
    base = [i / 16 for i in range(12)]
    better = [v - 0.25 for v in base]
    (row,) = compared(collected({"good": [better], "bad": [base]}))
    assert (row.first, row.second, row.seed) == ("good", "bad", "0")
    assert (row.difference, row.lo, row.hi, row.clips, row.videos) == (-0.25, -0.25, -0.25, 12, 6)
    assert row.verdict == "first better"
    (row,) = compared(collected({"good": [better], "bad": [base]}), methods=["bad", "good"])
    assert (row.difference, row.verdict) == (0.25, "second better")
    (row,) = compared(
        collected({"a": [base], "b": [better]}, metric="occlusion-iou"), metric="occlusion-iou"
    )
    assert (row.difference, row.verdict) == (0.25, "first better")
    (row,) = compared(collected({"a": [base], "b": [base]}))
    assert (row.difference, row.lo, row.hi, row.verdict) == (0, 0, 0, "not distinguishable")
    assert math.copysign(1, row.lo) == 1


def test_pooled_by_hand():
    """Per clip the mean over seeds, then the mean over clips; the spread is that of the seeds."""
    zero = [0.0] * 12
    ones = [[1.0] * 12, [2.0] * 12, [6.0] * 12]
    *each, pooled = compared(collected({"x": ones, "y": [zero, zero, zero]}), seeds=("3", "5", "8"))
    assert [(row.seed, row.difference) for row in each] == [("3", 1.0), ("5", 2.0), ("8", 6.0)]
    assert (pooled.seed, pooled.difference, pooled.spread) == (POOLED, 3.0, (1.0, 6.0))
    assert (pooled.lo, pooled.hi, pooled.videos) == (3.0, 3.0, 6)


def test_a_pooled_clip_has_a_value_of_every_seed():
    values = {"x": [[1.0] * 12, [3.0] * 12], "y": [[0.0] * 12, [0.0] * 12]}
    sums = collected(values)
    sums.partials["l1@clip"]["x"][1]["c0"] = Partial(0.0, 0.0, 1)
    first, second, pooled = compared(sums, seeds=("0", "1"))
    assert (first.clips, second.clips, pooled.clips) == (12, 11, 11)
    assert pooled.difference == 2.0


def test_frame_weighted_metrics_weigh_frames():
    sums = collected({"x": [[0.0] * 12], "y": [[0.0] * 12]}, metric="l1@paper")
    sums.partials["l1@paper"]["y"][0]["c0"] = Partial(8.0, 8.0)  # 8 frames, each off by 1
    sums.partials["l1@paper"]["x"][0]["c0"] = Partial(0.0, 8.0)
    (row,) = compared(sums, metric="l1@paper")
    assert row.difference == -8 / 19


@pytest.mark.parametrize("seeds", [1, 3])
def test_exchanging_two_methods_changes_signs_only(rng, seeds):
    videos = {f"c{i}": f"v{i}" for i in range(24)}
    sums = collected(random_values(rng, seeds, videos), videos=videos)
    labels = [str(seed) for seed in range(seeds)]
    rows = compared(sums, seeds=labels, methods=["one", "two", "three"])
    turned = {
        (r.second, r.first, r.seed): r
        for r in compared(sums, seeds=labels, methods=["three", "two", "one"])
    }
    assert len(rows) == len(turned) == 3 * (seeds + (seeds > 1))
    opposite = {"first better": "second better", "second better": "first better"}
    for row in rows:
        other = turned[row.first, row.second, row.seed]
        assert (row.difference, row.lo, row.hi) == (-other.difference, -other.hi, -other.lo)
        assert row.verdict == opposite.get(other.verdict, other.verdict)
        if row.spread:
            assert row.spread == (-other.spread[1], -other.spread[0])


def test_the_order_of_clips_and_of_seeds_does_not_matter(rng):
    sums = collected(random_values(rng, seeds=2))
    shuffled = Collected(
        dict(reversed(sums.videos.items())),
        {
            metric: {
                name: [dict(reversed(seed.items())) for seed in seeds]
                for name, seeds in by_method.items()
            }
            for metric, by_method in sums.partials.items()
        },
    )
    assert compared(shuffled, seeds=("0", "1")) == compared(sums, seeds=("0", "1"))
    swapped = Collected(
        sums.videos,
        {m: {n: seeds[::-1] for n, seeds in by.items()} for m, by in sums.partials.items()},
    )
    rows = {(r.first, r.second, r.seed): r for r in compared(swapped, seeds=("1", "0"))}
    assert rows == {(r.first, r.second, r.seed): r for r in compared(sums, seeds=("0", "1"))}


def test_a_third_method_changes_no_difference(rng):
    values = random_values(rng)
    alone = compared(collected({name: values[name] for name in ("one", "two")}))
    assert alone == compared(collected(values))[:1]


def test_the_interval_is_that_of_aggregate(rng):
    values = random_values(rng)
    one, two = (dict(zip(VIDEOS, values[n][0], strict=True)) for n in ("one", "two"))
    expected = paired(one, two, VIDEOS, replicates=1000, seed=0)
    (row,) = compared(collected({"one": values["one"], "two": values["two"]}))
    assert (row.difference, row.lo, row.hi) == (expected.value, expected.lo, expected.hi)


def test_few_videos_have_no_interval_and_no_verdict():
    videos = {f"c{i}": f"v{i}" for i in range(4)}
    (row,) = compared(collected({"x": [[1.0] * 4], "y": [[0.0] * 4]}, videos=videos))
    assert (row.difference, row.lo, row.hi, row.verdict) == (1.0, None, None, None)
    assert row.reason == "no interval: 4 videos, it takes 5"


def test_what_has_no_difference_says_why():
    sums = collected({"x": [[1.0] * 12], "y": [[0.0] * 12]}, metric="flow-epe")
    sums.partials["flow-epe"]["y"][0].pop("c3")
    sums.partials["akd@clean"] = {
        name: [dict.fromkeys(VIDEOS, Partial(0.0, 0.0, 1))] for name in "xy"
    }
    setting = Setting(Tools({}, {"identity": "no weights"}), "body")
    rows = differences(sums, ["x", "y"], ["0"], setting, bootstrap=BOOTSTRAP)
    reasons = {row.metric: row.reason for row in rows}
    assert reasons["flow-epe"] == "y: motion files for 11 of 12 clips"
    assert reasons["akd@clean"] == "undefined on every clip: no common detection"
    assert reasons["aed@clean"] == "no weights"
    assert reasons["l1-foreground"] == "needs the exact truth of a mini world"
    assert not {"fid", "fd-efflite0"} & set(reasons), "set metrics have no pairs"
    for row in rows:
        assert row == Difference("x", "y", row.metric, "0", reason=row.reason)
