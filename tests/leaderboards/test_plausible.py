"""Values that cannot be, and values that are too good to be a prediction."""

import math

import pytest

from leaderboards.plausible import impossible, limit, other_differences, suspicious
from metrics.result import ClipRow, Coverage


@pytest.mark.parametrize(
    ("metric", "subject", "most"),
    [
        ("aed@paper", "face", 4.0),
        ("aed@paper", "body", math.inf),
        ("l1@clip", "body", 1.0),
        ("mkr@clean", "face", 1.0),
        ("akd@clean", "body", math.hypot(256, 256)),
        ("akd@paper", "face", 256),
        ("aed@clean", "body", 2.0),
        ("psnr", "animal", 60.0),
        ("occlusion-iou", "animal", 1.0),
        ("flow-epe", "animal", math.inf),
    ],
)
def test_the_largest_value_that_can_be(metric, subject, most):
    assert limit(metric, subject)[0] == pytest.approx(most)


def told(result, dataset, figures, values=None):
    row = result("mine", dataset, figures=figures)
    return list(impossible(row, [ClipRow("a", "a", 2, values or {})]))


def test_the_embedding_of_a_face_cannot_be_further_than_4(result):
    assert told(result, "voxceleb", {"aed@paper": (4.5, 4.0, 5.0)}) == [
        "aed@paper is 5; it cannot exceed 4, the squared distance of two embeddings of norm 1"
    ]
    assert not told(result, "taichi-hd", {"aed@paper": (401.66, 400.0, 403.0)})
    assert not told(result, "voxceleb", {"aed@paper": (0.14, 0.1, 0.2)})


def test_a_value_per_clip_is_bounded_too(result):
    assert told(result, "taichi-hd", {}, {"akd@clean": 1e308, "l1@clip": -0.5, "psnr": None}) == []
    found = told(
        result,
        "taichi-hd",
        {"akd@clean": "none", "l1@clip": "none"},
        {"akd@clean": 1e308, "l1@clip": -0.5},
    )
    assert found == [
        "akd@clean of a is 1e+308, outside [0, 362.039]",
        "l1@clip of a is -0.5, outside [0, 1]",
    ]


def test_figures_without_a_bound_have_one_that_nobody_passes(result):
    assert told(result, "taichi-hd", {"fid": 1e308}) == [
        "fid is 1e+308; no method scores above 10000"
    ]
    against = {"copy-source": {"flow-epe": (1e300, -1.0, 1e300)}}
    row = result("mine", against=against)
    assert list(impossible(row, [])) == [
        "paired with copy-source: flow-epe differs by 1e+300; that cannot be"
    ]


def test_too_good_is_suspicious(result):
    anchors = {
        "oracle": result("oracle", figures={"l1@clip": 0.0, "flow-epe": 0.25, "psnr": 60.0}),
        "reencoded": result("reencoded", figures={"l1@clip": 0.125, "flow-epe": 0.25}),
    }

    def of(**figures):
        named = {name.replace("_", "@").replace("0", "-"): v for name, v in figures.items()}
        return list(suspicious(result("mine", figures=named), anchors))

    assert of(l1_clip=0.125, flow0epe=0.5, psnr=30.0) == []
    assert of(l1_clip=0.03125) == [
        "l1@clip is 0.03125, far better than the truth encoded again (0.125)"
    ]
    assert of(flow0epe=0.125) == ["flow-epe is 0.125, better than the truth itself (0.25)"]
    assert of(psnr=61.0) == ["psnr is 61, better than the truth itself (60)"]


def test_a_difference_from_an_anchor_is_that_of_the_two_figures(result):
    anchors = {"copy-source": result("copy-source", figures={"l1@clip": 0.5, "akd@clean": 8.0})}

    def of(difference, **changes):
        against = {
            "copy-source": {"l1@clip": (difference, -1.0, 1.0), "akd@clean": (-1.0, -2.0, 0.0)}
        }
        figures = {"l1@clip": 0.25, "akd@clean": 4.0}
        row = result("mine", figures=figures, against=against, **changes)
        return list(other_differences(row, anchors))

    assert of(-0.25) == of(-0.25 + 1e-5) == []
    assert of(-0.375) == [
        "paired with copy-source: l1@clip differs by -0.375, but by -0.25 from the board's"
    ]
    assert of(-0.375, coverage=Coverage(3, 3, "ab" * 32)) == [], "of other clips"
