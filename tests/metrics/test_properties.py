"""What must hold of every metric, run over the registry."""

import itertools
import math

import numpy as np
import pytest

from metrics import ANIMATION_BOARD, METRICS, MINI_BOARD, quality
from metrics.keypoints import moved_keypoints

RNG = np.random.Generator(np.random.PCG64(11))
LENGTHS = (3, 5, 8)


class MeanDifference:
    """Stands in for the network of LPIPS, which has a test of its own."""

    def distances(self, truth, prediction):
        return np.abs(truth / 255 - prediction / 255).mean(axis=(1, 2, 3))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.setattr(quality, "lpips_network", MeanDifference)


def frames():
    return [RNG.random((t, 12, 12, 3)) * 0.5 + 0.25 for t in LENGTHS]


def example(metric):
    """Truth and a function strength -> prediction, for what ``metric`` reads."""
    rng = np.random.Generator(np.random.PCG64(12))
    if metric.needs == "frames":
        truth = frames()
        noise = [rng.uniform(-0.25, 0.25, c.shape) for c in truth]
        return truth, lambda s: [c + s * n for c, n in zip(truth, noise, strict=True)]
    if metric.needs == "mask":
        clips = frames()
        noise = [rng.uniform(-0.25, 0.25, c.shape) for c in clips]
        truth = [(c, rng.random(c.shape[:3]) < 0.5) for c in clips]
        return truth, lambda s: [c + s * n for c, n in zip(clips, noise, strict=True)]
    if metric.needs in ("motion", "occlusion"):
        flows = [rng.normal(0, 3, (t, 8, 8, 2)) for t in LENGTHS]
        noise = [rng.normal(0, 1, f.shape) for f in flows]
        visible = [rng.random(f.shape[:3]) < 0.7 for f in flows]
        flips = [rng.random(f.shape[:3]) for f in flows]

        def predict(s):
            moved = [f + s * n for f, n in zip(flows, noise, strict=True)]
            seen = [np.where(x < 0.6 * s, ~v, v) for v, x in zip(visible, flips, strict=True)]
            return [(f, v.astype(np.float32)) for f, v in zip(moved, seen, strict=True)]

        return list(zip(flows, visible, strict=True)), predict
    shape = (6, 2) if metric.needs == "keypoints" else (7,)
    truth = [rng.normal(0, 5, (t, *shape)) for t in LENGTHS]
    noise = [rng.normal(0, 1, c.shape) for c in truth]
    lost = [rng.random(c.shape[:2]) for c in truth]

    def predict(s):
        moved = [c + s * n for c, n in zip(truth, noise, strict=True)]
        if metric.needs == "keypoints":
            for clip, gone in zip(moved, lost, strict=True):
                clip[gone < 0.3 * s] = np.nan
        return moved

    return truth, predict


ALL = pytest.mark.parametrize("name", METRICS)


@ALL
def test_identity_is_the_best_value(name):
    truth, predict = example(METRICS[name])
    best = METRICS[name].bounds[METRICS[name].better == "higher"]
    assert METRICS[name].score(truth, predict(0)) == best


@ALL
def test_more_noise_is_worse(name):
    truth, predict = example(METRICS[name])
    values = [METRICS[name].score(truth, predict(s)) for s in (0, 0.25, 0.5, 1)]
    if METRICS[name].better == "higher":
        values = [-v for v in values]
    assert all(a < b for a, b in itertools.pairwise(values)), values


@ALL
def test_the_order_of_clips_does_not_matter(name):
    truth, predict = example(METRICS[name])
    prediction = predict(0.5)
    order = [2, 0, 1]
    shuffled = [truth[i] for i in order], [prediction[i] for i in order]
    assert METRICS[name].score(*shuffled) == METRICS[name].score(truth, prediction)


@ALL
def test_values_lie_within_the_bounds(name):
    truth, predict = example(METRICS[name])
    low, high = METRICS[name].bounds
    assert low <= METRICS[name].score(truth, predict(1)) <= high


SYMMETRIC = ["l1@clip", "l1@paper", "psnr", "ssim", "lpips", "dtssd"]
SYMMETRIC += ["akd@clean", "akd@paper", "aed@clean", "aed@paper"]


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric(name):
    truth, predict = example(METRICS[name])
    prediction = predict(0.5)
    assert METRICS[name].score(truth, prediction) == METRICS[name].score(prediction, truth)


def test_mkr_is_not_symmetric():
    truth, predict = example(METRICS["mkr@clean"])
    assert METRICS["mkr@clean"].score(predict(1), truth) == 0


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.pooling == "frame"])
def test_frame_weighted_values_do_not_depend_on_chunks(name):
    """One clip of all frames, or one clip per frame: the same figure."""
    truth, predict = example(METRICS[name])
    prediction = predict(0.5)
    single = [c[i : i + 1] for c in truth for i in range(len(c))]
    single_prediction = [c[i : i + 1] for c in prediction for i in range(len(c))]
    whole = [np.concatenate(truth)], [np.concatenate(prediction)]
    assert METRICS[name].score(*whole) == METRICS[name].score(single, single_prediction)


def test_clip_and_frame_weights_differ():
    black, white = np.zeros((1, 4, 4, 3)), np.ones((1, 4, 4, 3))
    truth = [black, np.repeat(black, 3, axis=0)]
    prediction = [white, np.repeat(black, 3, axis=0)]
    assert METRICS["l1@clip"].score(truth, prediction) == 0.5
    assert METRICS["l1@paper"].score(truth, prediction) == 0.25


OF_FRAMES = pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.needs == "frames"])


@OF_FRAMES
def test_uint8_and_float_agree(name):
    truth, prediction = RNG.integers(0, 256, (2, 3, 16, 12, 3), dtype=np.uint8)
    score = METRICS[name].score
    exact = score([truth], [prediction])
    assert score([truth], [prediction / 255]) == pytest.approx(exact, rel=1e-9)
    assert score([truth / 255], [prediction / 255]) == pytest.approx(exact, rel=1e-9)
    single = (prediction / 255).astype(np.float32)
    assert score([truth], [single]) == pytest.approx(exact, rel=1e-6)


def test_flow_epe_by_hand():
    flow = np.zeros((1, 1, 4, 2))
    flow[0, 0, :, 0] = [0.5, 2, 2, 3]  # the first does not move enough
    visible = np.array([[[True, True, False, True]]])  # the third is hidden
    predicted = np.zeros((1, 1, 4, 2))
    predicted[0, 0, 1] = 2, 1
    seen = visible.astype(float)
    assert METRICS["flow-epe"].score([(flow, visible)], [(predicted, seen)]) == (1 + 3) / 2
    still = np.zeros_like(flow)
    assert math.isnan(METRICS["flow-epe"].score([(still, visible)], [(predicted, seen)]))


def test_flow_where_nothing_is_scored_may_be_nan():
    flow = np.zeros((1, 2, 2, 2))
    flow[0, 0] = 2.0
    visible = np.ones((1, 2, 2), bool)
    predicted = flow.copy()
    predicted[0, 1] = np.nan
    assert METRICS["flow-epe"].score([(flow, visible)], [(predicted, visible)]) == 0
    predicted[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        METRICS["flow-epe"].score([(flow, visible)], [(predicted, visible)])


def test_occlusion_iou_is_of_the_hidden_region():
    visible = np.array([[[True, True, False, False]]])
    predicted = np.array([[[0.9, 0.1, 0.1, 0.5]]])  # hidden: the middle two
    flow = np.zeros((1, 1, 4, 2))
    assert METRICS["occlusion-iou"].score([(flow, visible)], [(flow, predicted)]) == 1 / 3
    everything = np.ones_like(predicted)
    assert METRICS["occlusion-iou"].score([(flow, visible)], [(flow, everything)]) == 0


def test_clean_akd_leaves_lost_joints_to_mkr():
    truth = np.zeros((2, 2, 2))
    prediction = np.array([[[3.0, 4.0], [np.nan, np.nan]], [[np.nan] * 2] * 2])
    assert METRICS["akd@clean"].score([truth], [prediction]) == 5
    assert METRICS["mkr@clean"].score([truth], [prediction]) == 0.75


def test_clean_aed_counts_what_is_not_detected():
    truth = np.eye(3)[[0, 0, 0]]
    prediction = np.array([[1.0, 0, 0], [np.nan] * 3, [0, 1, 0]])
    partial = METRICS["aed@clean"].partial(truth, prediction)
    assert (partial.value, partial.weight, partial.skipped) == (0.5, 2, 1)


def test_moved_keypoints_by_hand():
    gone = [np.nan, np.nan]
    source = np.array([[1.0, 2.0], [3.0, 3.0], gone, [0.0, 0.0]])
    driving = np.array(
        [
            [[5.0, 5.0], [7.0, 7.0], [1.0, 1.0], gone],  # the last one is missing at the start
            [[6.0, 3.0], gone, [2.0, 2.0], [4.0, 4.0]],
        ]
    )
    expected = np.array(
        [[[1.0, 2.0], [3.0, 3.0], gone, gone], [[2.0, 0.0], gone, gone, gone]],
    )
    np.testing.assert_array_equal(moved_keypoints(source, driving), expected)
    prediction = np.zeros((2, 4, 2))
    value = METRICS["akd-motion@clean"].score([moved_keypoints(source, driving)], [prediction])
    assert value == ((np.sqrt(5) + np.sqrt(18)) / 2 + 2) / 2


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_described(name):
    metric = METRICS[name]
    assert metric.id == name
    for text in (metric.title, metric.definition, metric.unit, metric.formula, metric.source):
        assert text
    assert metric.bounds[0] < metric.bounds[1]
    family = [other for other in METRICS if other.split("@")[0] == name.split("@")[0]]
    assert metric.sibling or len(family) == 1
    assert (metric.partial is None) == (metric.pooling == "set")


def test_the_boards_show_the_whole_registry():
    assert sorted(ANIMATION_BOARD) == sorted(METRICS)
    assert ANIMATION_BOARD[: len(MINI_BOARD)] == MINI_BOARD


def bad(shape, value=0.5):
    return np.full(shape, value)


@pytest.mark.parametrize(
    ("truth", "prediction", "message"),
    [
        (bad((2, 4, 4, 3)), bad((3, 4, 4, 3)), "clip 1: truth has 2 frames, prediction 3"),
        (bad((2, 4, 4, 3)), bad((2, 4, 5, 3)), r"clip 1: truth is \(2, 4, 4, 3\)"),
        (bad((2, 4, 4, 4)), bad((2, 4, 4, 4)), "clip 1: .*drop the alpha channel"),
        (bad((2, 4, 4)), bad((2, 4, 4)), "clip 1: truth must be an array"),
        (bad((2, 4, 4, 3)), bad((2, 4, 4, 3), np.nan), "clip 1: prediction: frame 0 has .*NaN"),
        (bad((2, 4, 4, 3)), bad((2, 4, 4, 3), np.inf), "clip 1: prediction: frame 0"),
        (bad((2, 4, 4, 3)), bad((2, 4, 4, 3), 255.0), "clip 1: .*outside"),
        (bad((2, 4, 4, 3)), bad((2, 4, 4, 3)).astype(np.int64), "clip 1: prediction is int64"),
        (bad((0, 4, 4, 3)), bad((0, 4, 4, 3)), "clip 1: a clip without frames"),
        ([[0.5]], bad((2, 4, 4, 3)), "clip 1: truth must be an array"),
    ],
)
@OF_FRAMES
def test_bad_frames_are_refused_by_clip(name, truth, prediction, message):
    good = bad((2, 12, 12, 3))
    with pytest.raises(ValueError, match=message):
        METRICS[name].score([good, truth], [good, prediction])


def test_lists_that_do_not_match():
    good = bad((2, 4, 4, 3))
    with pytest.raises(ValueError, match="2 true and 1 predicted clips"):
        METRICS["l1@clip"].score([good, good], [good])
    with pytest.raises(ValueError, match="0 true and 0 predicted clips"):
        METRICS["l1@clip"].score([], [])


def test_bad_keypoints_and_embeddings():
    points = np.zeros((2, 3, 2))
    with pytest.raises(ValueError, match="infinite keypoints"):
        METRICS["akd@clean"].score([points], [points + np.inf])
    with pytest.raises(ValueError, match=r"\(T, K, 2\)"):
        METRICS["akd@clean"].score([np.zeros((2, 3, 3))], [np.zeros((2, 3, 3))])
    with pytest.raises(ValueError, match="zero embedding"):
        METRICS["aed@clean"].score([np.ones((2, 4))], [np.zeros((2, 4))])
    with pytest.raises(ValueError, match="NaN or infinite"):
        METRICS["fid"].score([np.ones((4, 4))], [np.full((4, 4), np.nan)])
    with pytest.raises(ValueError, match="two frames"):
        METRICS["fid"].score([np.ones((1, 4))], [np.ones((4, 4))])


@pytest.mark.parametrize("shape", [(1, 4), (1, 4, 4), (1, 4, 4, 1), (1, 4, 4, 2, 2)])
def test_bad_motion(shape):
    good = np.zeros((1, 4, 4, 2)), np.ones((1, 4, 4))
    with pytest.raises(ValueError, match="clip 0"):
        METRICS["flow-epe"].score([good], [(np.zeros(shape), good[1])])
    with pytest.raises(ValueError, match="clip 0"):
        METRICS["occlusion-iou"].score([good], [(good[0], np.full((1, 4, 4), np.nan))])


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_a_mask_that_is_no_mask_is_refused(dtype):
    frames = np.zeros((1, 2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="give bool"):
        METRICS["l1-foreground"].score([(frames, np.ones((1, 2, 2), dtype))], [frames])
