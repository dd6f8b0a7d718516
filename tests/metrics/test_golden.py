"""The `paper` formulas give what the 2019 scripts and pytorch-fid gave; other conventions do not.

Figures and inputs: `tests/golden/metrics` (see its README). Every number of `expected.json` that is
about metrics is checked here; a test says which sections are not, and where they are.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from metrics import METRICS
from metrics.fid import frechet_distance
from metrics.metric import pool

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
FLOAT32 = 1e-6
EXACT = 1e-9
ROOT = 1e-6
ROOT_OF_LITTLE_RANK = 1e-3
CHECKED_ELSEWHERE = {
    "crop_rules",  # tests/datasets
    "frame_windows",
    "box_scaling",
    "body_decode",  # tests/metrics/extractors
    "body_prepost",
    "body_prepost_non_square",
    "body_many_peaks",
    "face_decode",
    "identity_inputs",
    "environment",  # versions
}


@cache
def load(name):
    with np.load(GOLDEN / f"{name}.npz") as archive:
        return dict(archive)


def clips(data, *names):
    """One array per clip for each name, as `score` takes them."""
    return [
        [data[n][data["clip_index"] == c] for c in np.unique(data["clip_index"])] for n in names
    ]


def single(data):
    """All frames as one clip."""
    return [data["gt"]], [data["pred"]]


def face():
    data = load("face_akd")
    found = data["pred_detected"][:, None, None]
    return data | {"pred": np.where(found, data["pred"], np.nan)}


def face_found_in_none():
    """Nobody is found in frame 3, in either."""
    data = load("face_akd")
    away = (np.arange(len(data["gt"])) == 3)[:, None, None]
    return data | {k: np.where(away, np.nan, data[k]) for k in ("gt", "pred")}


def body():
    data = load("body_akd_mkr")
    return data | {k: np.where(data[k][..., :1] == -1, np.nan, data[k]) for k in ("gt", "pred")}


def nobody(side):
    data = body()
    return data | {side: np.full_like(data[side], np.nan)}


def embeddings(name):
    data = load(name)
    return data | {k: data[k][:, 0] for k in ("gt", "pred")}


def one_nan():
    data = embeddings("body_aed")
    truth = data["gt"].copy()
    truth[3, 5] = np.nan
    return data | {"gt": truth}


def pictures():
    data = load("l1")
    return data | {k: data[k].transpose(0, 2, 3, 1) for k in ("gt", "pred")}


def truncated():
    data = pictures()
    eight_bit = {k: np.floor(data[k] * np.float32(255)).astype(np.uint8) for k in ("gt", "pred")}
    return data | eight_bit


def score(metric, data):
    return METRICS[metric].score(*clips(data, "gt", "pred"))


def by_clip(metric, data):
    """A frame-weighted metric, averaged as the clip-weighted ones are."""
    pairs = zip(*clips(data, "gt", "pred"), strict=True)
    return pool([METRICS[metric].partial(*pair) for pair in pairs], by="clip")


def without_first_frame(data):
    first = data["clip_index"]
    first = np.concatenate([[True], first[1:] != first[:-1]])
    return {k: v[~first] for k, v in data.items()}


def weight(metric, data):
    return METRICS[metric].partial(data["gt"], data["pred"]).weight


def joints(data):
    found = {k: ~np.isnan(data[k][..., 0]) for k in ("gt", "pred")}
    return found["gt"], found["gt"] & found["pred"]


def pooled_mkr(data):
    wanted, both = joints(data)
    return 1 - both.sum() / wanted.sum()


def pooled_akd(data):
    return np.abs(data["gt"] - data["pred"])[joints(data)[1]].mean()


def mean_of_norm(data):
    return np.linalg.norm(data["gt"].astype(np.float64) - data["pred"], axis=1).mean()


def frechet(name, *, swapped=False, same=False):
    data = load("frechet")
    sides = [(data[f"{name}_mu{i}"], data[f"{name}_sigma{i}"]) for i in (1, 2)]
    one, other = sides[::-1] if swapped else sides
    return frechet_distance(*one, *(one if same else other))


def of_features(name):
    data = load("frechet")
    return METRICS["fid"].score([data[f"{name}_a"]], [data[f"{name}_b"]])


def of_points():
    zero = np.zeros((4, 4))
    return frechet_distance(np.zeros(4), zero, np.ones(4), zero)


# Path in expected.json -> the same number as we compute it, and how close it must be.
NUMBERS = {
    "face_akd/reference_cmp_kp/Average difference": (lambda: score("akd@paper", face()), FLOAT32),
    "face_akd/reference_cmp_kp_all_detected/Average difference": (
        lambda: score("akd@paper", load("face_akd")),
        FLOAT32,
    ),
    "face_akd/reference_both_missing/Average difference": (
        lambda: score("akd@paper", face_found_in_none()),
        FLOAT32,
    ),
    "face_akd/note_euclidean_mean": (
        lambda: METRICS["akd@clean"].score(*single(face())),
        FLOAT32,
    ),
    "face_akd/note_l1_sum_mean": (lambda: 2 * score("akd@paper", face()), FLOAT32),
    "face_akd/note_clip_then_mean": (lambda: by_clip("akd@paper", face()), FLOAT32),
    "body_akd_mkr/reference_cmp_with_missing/Average difference": (
        lambda: score("akd@paper", body()),
        EXACT,
    ),
    "body_akd_mkr/reference_cmp_with_missing/Missing count": (
        lambda: score("mkr@paper", body()),
        EXACT,
    ),
    "body_akd_mkr/frames_in_akd": (lambda: weight("akd@paper", body()), 0),
    "body_akd_mkr/frames_in_mkr": (lambda: weight("mkr@paper", body()), 0),
    "body_akd_mkr/note_pooled_mkr": (lambda: pooled_mkr(body()), EXACT),
    "body_akd_mkr/note_pooled_akd": (lambda: pooled_akd(body()), EXACT),
    "body_akd_mkr/note_euclidean_frame_mean": (
        lambda: METRICS["akd@clean"].score(*single(body())),
        EXACT,
    ),
    "body_all_missing_in_gt/Average difference": (lambda: score("akd@paper", nobody("gt")), EXACT),
    "body_all_missing_in_gt/Missing count": (lambda: score("mkr@paper", nobody("gt")), EXACT),
    "body_all_missing_in_pred/Average difference": (
        lambda: score("akd@paper", nobody("pred")),
        EXACT,
    ),
    "body_all_missing_in_pred/Missing count": (lambda: score("mkr@paper", nobody("pred")), EXACT),
    "face_aed/reference_cmp/Average difference": (
        lambda: score("aed@paper", embeddings("face_aed")),
        FLOAT32,
    ),
    "face_aed/note_mean_of_norm": (lambda: mean_of_norm(embeddings("face_aed")), FLOAT32),
    "face_aed/note_clip_then_mean": (
        lambda: by_clip("aed@paper", embeddings("face_aed")),
        FLOAT32,
    ),
    "body_aed/reference_cmp/Average difference": (
        lambda: score("aed@paper", embeddings("body_aed")),
        FLOAT32,
    ),
    "body_aed/note_mean_of_norm": (lambda: mean_of_norm(embeddings("body_aed")), FLOAT32),
    "body_aed/note_clip_then_mean": (
        lambda: by_clip("aed@paper", embeddings("body_aed")),
        FLOAT32,
    ),
    "aed_nan_propagates/Average difference": (lambda: score("aed@paper", one_nan()), EXACT),
    **{
        f"frechet/{name}{what}": (
            lambda n=name, w=what: frechet(n, swapped=w == "_swapped", same=w == "_same"),
            ROOT,
        )
        for name in ("d2", "d8", "d64")
        for what in ("", "_swapped", "_same")
    },
    "frechet/diag": (lambda: frechet("diag"), ROOT),
    "frechet/feat_200x16": (lambda: of_features("feat_200x16"), ROOT),
    "frechet/feat_40x64_rank_deficient": (
        lambda: of_features("feat_40x64_rank_deficient"),
        ROOT_OF_LITTLE_RANK,
    ),
    "frechet/zero_cov": (of_points, EXACT),
    "l1/frame_mean": (lambda: score("l1@paper", pictures()), FLOAT32),
    "l1/clip_then_mean": (lambda: score("l1@clip", pictures()), FLOAT32),
    "l1/without_first_frame": (
        lambda: score("l1@paper", without_first_frame(pictures())),
        FLOAT32,
    ),
    "l1/from_truncated_uint8": (lambda: score("l1@paper", truncated()), FLOAT32),
}
# The scripts crash there; each has a test of its own below.
CRASHES = {
    "face_akd/reference_gt_missing/error",
    "body_unequal_length/error",
    "face_pred_shorter/error",
}
# Section -> what the ids of the papers give on its arrays.
PAPER = {
    "face_akd": {"akd@paper": face},
    "body_akd_mkr": {"akd@paper": body, "mkr@paper": body},
    "face_aed": {"aed@paper": lambda: embeddings("face_aed")},
    "body_aed": {"aed@paper": lambda: embeddings("body_aed")},
}


def leaves(node, path=()):
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, (*path, key))
    else:
        yield "/".join(path), node


LEAVES = {p: v for p, v in leaves(EXPECTED) if p.split("/")[0] not in CHECKED_ELSEWHERE}
NOTES = [path for path in LEAVES if "/note_" in path]


def close(value, expected, tolerance):
    if np.isnan(expected):
        return np.isnan(value)
    return abs(value - expected) <= tolerance * max(1, abs(expected))


def test_every_number_has_a_check():
    assert set(LEAVES) == set(NUMBERS) | CRASHES
    assert set(EXPECTED) >= CHECKED_ELSEWHERE


@pytest.mark.parametrize("path", NUMBERS)
def test_number(path):
    compute, tolerance = NUMBERS[path]
    value = compute()
    assert close(value, float(LEAVES[path]), tolerance), value


@pytest.mark.parametrize("path", NOTES)
def test_another_convention_is_not_what_the_papers_measured(path):
    section = path.split("/")[0]
    for metric, data in PAPER[section].items():
        value = score(metric, data())
        assert not close(value, LEAVES[path], 1e-5), f"{metric} gives {path}"


def test_frames_and_clips_weigh_differently_in_the_papers():
    for other in ("clip_then_mean", "without_first_frame"):
        assert not close(score("l1@paper", pictures()), EXPECTED["l1"][other], 1e-4)
    assert not close(score("l1@clip", pictures()), EXPECTED["l1"]["frame_mean"], 1e-4)


def test_equal_gaussians_are_exactly_0_apart():
    assert [frechet(name, same=True) for name in ("d2", "d8", "d64", "diag")] == [0, 0, 0, 0]


def test_face_missing_in_truth_only_is_skipped_and_counted():
    """The script crashes there."""
    data = face()
    one = METRICS["akd@paper"].partial(data["gt"], data["pred"])
    truth = np.where((np.arange(len(data["gt"])) == 3)[:, None, None], np.nan, data["gt"])
    other = METRICS["akd@paper"].partial(truth, data["pred"])
    assert (other.weight, other.skipped) == (one.weight - 1, one.skipped + 1)


@pytest.mark.parametrize("data", [body, face])
def test_unequal_length_is_refused(data):
    """The scripts fail an assertion."""
    truth, prediction = single(data())
    with pytest.raises(ValueError, match="clip 0: truth has 13 frames, prediction 12"):
        METRICS["akd@paper"].score(truth, [prediction[0][:-1]])


def test_aed_of_unit_vectors_is_twice_the_cosine_distance():
    pair = single(embeddings("face_aed"))
    squared, cosine = METRICS["aed@paper"].score(*pair), METRICS["aed@clean"].score(*pair)
    assert close(squared, 2 * cosine, 1e-4)  # the script puts 1e-6 under the root of the norm
