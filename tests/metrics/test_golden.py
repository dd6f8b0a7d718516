"""The `paper` formulas give what the 2019 scripts and pytorch-fid gave; other conventions do not.

Figures and inputs: `tests/golden/metrics` (see its README).
"""

import json
from pathlib import Path

import numpy as np
import pytest

from metrics import METRICS
from metrics.fid import frechet_distance, frechet_of_features

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
FLOAT32 = 1e-6
EXACT = 1e-9


def load(name):
    with np.load(GOLDEN / f"{name}.npz") as archive:
        return dict(archive)


def by_clip(data, *names):
    """One array per clip for each name, as `score` takes them."""
    return [
        [data[n][data["clip_index"] == c] for c in np.unique(data["clip_index"])] for n in names
    ]


def close(value, expected, tolerance):
    return abs(value - expected) <= tolerance * max(1, abs(expected))


def check(metric, pair, expected, tolerance, notes):
    value = METRICS[metric].score(*pair)
    assert close(value, expected, tolerance), value
    for note, other in notes.items():
        assert not close(value, other, 1e-4), f"{metric} gives {note}, another convention"


def notes(entry, *skip):
    return {k: v for k, v in EXPECTED[entry].items() if k.startswith("note_") and k not in skip}


@pytest.fixture
def face():
    data = load("face_akd")
    data["pred"] = np.where(data["pred_detected"][:, None, None], data["pred"], np.nan)
    return data


@pytest.fixture
def body():
    data = load("body_akd_mkr")
    return data | {k: np.where(data[k][..., :1] == -1, np.nan, data[k]) for k in ("gt", "pred")}


def test_l1():
    data = load("l1")
    data |= {k: data[k].transpose(0, 2, 3, 1) for k in ("gt", "pred")}
    pair = by_clip(data, "gt", "pred")
    expected = EXPECTED["l1"]
    check("l1@paper", pair, expected["frame_mean"], FLOAT32, {"clip": expected["clip_then_mean"]})
    check("l1@clip", pair, expected["clip_then_mean"], FLOAT32, {"frame": expected["frame_mean"]})
    later = [[clip[1:] if place == 0 else clip for place, clip in enumerate(s)] for s in pair]
    assert METRICS["l1@paper"].score(*later) != METRICS["l1@paper"].score(*pair)
    eight_bit = [[np.floor(clip * np.float32(255)).astype(np.uint8) for clip in s] for s in pair]
    assert close(METRICS["l1@paper"].score(*eight_bit), expected["from_truncated_uint8"], FLOAT32)


def test_face_akd(face):
    expected = EXPECTED["face_akd"]["reference_cmp_kp"]["Average difference"]
    check("akd@paper", by_clip(face, "gt", "pred"), expected, FLOAT32, notes("face_akd"))


def test_face_akd_all_detected():
    expected = EXPECTED["face_akd"]["reference_cmp_kp_all_detected"]["Average difference"]
    check("akd@paper", by_clip(load("face_akd"), "gt", "pred"), expected, FLOAT32, {})


def test_face_akd_where_nobody_is_found_in_both():
    """The frame (it is frame 3) is skipped."""
    data = load("face_akd")
    data["gt"][3] = data["pred"][3] = np.nan
    expected = EXPECTED["face_akd"]["reference_both_missing"]["Average difference"]
    check("akd@paper", by_clip(data, "gt", "pred"), expected, FLOAT32, {})


def test_face_missing_in_truth_only_is_skipped_and_counted(face):
    """The script crashes there."""
    one = METRICS["akd@paper"].partial(face["gt"], face["pred"])
    face["gt"][3] = np.nan
    other = METRICS["akd@paper"].partial(face["gt"], face["pred"])
    assert (other.weight, other.skipped) == (one.weight - 1, one.skipped + 1)


def test_body_akd_and_mkr(body):
    pair = by_clip(body, "gt", "pred")
    expected = EXPECTED["body_akd_mkr"]["reference_cmp_with_missing"]
    akd = {k: v for k, v in notes("body_akd_mkr").items() if "mkr" not in k}
    mkr = {k: v for k, v in notes("body_akd_mkr").items() if "mkr" in k}
    check("akd@paper", pair, expected["Average difference"], EXACT, akd)
    check("mkr@paper", pair, expected["Missing count"], EXACT, mkr)
    whole = METRICS["akd@paper"].partial(body["gt"], body["pred"])
    assert whole.weight == EXPECTED["body_akd_mkr"]["frames_in_akd"]
    whole = METRICS["mkr@paper"].partial(body["gt"], body["pred"])
    assert whole.weight == EXPECTED["body_akd_mkr"]["frames_in_mkr"]


def test_clean_akd_of_one_clip_is_the_euclidean_frame_mean(body):
    value = METRICS["akd@clean"].score([body["gt"]], [body["pred"]])
    assert close(value, EXPECTED["body_akd_mkr"]["note_euclidean_frame_mean"], EXACT)


def test_body_all_missing(body):
    nobody = np.full_like(body["gt"], np.nan)
    assert np.isnan(METRICS["akd@paper"].score([nobody], [body["pred"]]))
    assert np.isnan(METRICS["mkr@paper"].score([nobody], [body["pred"]]))
    assert np.isnan(METRICS["akd@paper"].score([body["gt"]], [nobody]))
    expected = EXPECTED["body_all_missing_in_pred"]["Missing count"]
    assert METRICS["mkr@paper"].score([body["gt"]], [nobody]) == expected


def test_unequal_length_is_refused(body, face):
    with pytest.raises(ValueError, match="clip 0: truth has 13 frames, prediction 12"):
        METRICS["akd@paper"].score([body["gt"]], [body["pred"][:-1]])
    with pytest.raises(ValueError, match="13 frames"):
        METRICS["akd@paper"].score([face["gt"]], [face["pred"][:-1]])


@pytest.mark.parametrize("name", ["face_aed", "body_aed"])
def test_aed(name):
    data = load(name)
    data |= {k: data[k][:, 0] for k in ("gt", "pred")}
    pair = by_clip(data, "gt", "pred")
    expected = EXPECTED[name]["reference_cmp"]["Average difference"]
    check("aed@paper", pair, expected, FLOAT32, {})
    value = METRICS["aed@paper"].score(*pair)
    for other in notes(name).values():
        assert not close(value, other, FLOAT32)


def test_aed_of_unit_vectors_is_twice_the_cosine_distance():
    data = load("face_aed")
    pair = [data["gt"][:, 0]], [data["pred"][:, 0]]
    squared, cosine = METRICS["aed@paper"].score(*pair), METRICS["aed@clean"].score(*pair)
    assert close(squared, 2 * cosine, 1e-4)  # the script puts 1e-6 under the root of the norm


def test_aed_nan_propagates():
    data = load("body_aed")
    truth = data["gt"][:, 0].copy()
    truth[3, 5] = np.nan
    assert np.isnan(METRICS["aed@paper"].score([truth], [data["pred"][:, 0]]))


@pytest.mark.parametrize("name", ["d2", "d8", "d64", "diag"])
def test_frechet_of_statistics(name):
    data = load("frechet")
    one = data[f"{name}_mu1"], data[f"{name}_sigma1"]
    other = data[f"{name}_mu2"], data[f"{name}_sigma2"]
    assert close(frechet_distance(*one, *other), EXPECTED["frechet"][name], 1e-6)
    swapped = EXPECTED["frechet"].get(f"{name}_swapped", EXPECTED["frechet"][name])
    assert close(frechet_distance(*other, *one), swapped, 1e-6)
    assert frechet_distance(*one, *one) == 0


def test_frechet_of_zero_covariance():
    zero = np.zeros((4, 4))
    expected = EXPECTED["frechet"]["zero_cov"]
    assert close(frechet_distance(np.zeros(4), zero, np.ones(4), zero), expected, 1e-9)


@pytest.mark.parametrize(
    ("name", "tolerance"), [("feat_200x16", 1e-6), ("feat_40x64_rank_deficient", 1e-3)]
)
def test_frechet_of_features(name, tolerance):
    data = load("frechet")
    pair = [data[f"{name}_a"]], [data[f"{name}_b"]]
    assert close(frechet_of_features(*pair), EXPECTED["frechet"][name], tolerance)
    assert close(METRICS["fid"].score(*pair), EXPECTED["frechet"][name], tolerance)
