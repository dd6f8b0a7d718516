"""The card of the detectors: its damages, its page, and the claims of the page on real clips."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from datasets.readers import read_frames
from datasets.video_writer import encode_h264
from metrics.extractors.detector_card import (
    BEGIN,
    END,
    curve,
    falls,
    main,
    markdown,
    read_csv,
    refreshed,
    write_csv,
)
from metrics.extractors.detector_curves import (
    DAMAGES,
    FOOTAGE,
    Clip,
    Row,
    blurred,
    boxes_of,
    covered,
    curves,
)
from metrics.extractors.detectors import DETECTORS
from metrics.extractors.mediapipe_models import MediaPipePose
from tests.metrics.extractors.detecting import detector
from tests.vectors import ROOT, SHARED

DOCS = ROOT / "docs" / "metrics"
ROW = Row("dlib-face68", "vox", "none", 0.0, 3, 1.0, 1.0, 0.0, 0.0, 0.0, math.nan)


class Corners:
    """An extractor of the two corners of what is white; a frame without white has none."""

    name, domain, sha256, version, licence = "mediapipe-pose", "test", "0" * 64, "1", "MIT"

    def __call__(self, frames):
        rows = np.full((len(frames), 2, 2), np.nan)
        for row, frame in zip(rows, frames, strict=True):
            ys, xs = np.nonzero(frame[..., 0] >= 250)
            if len(xs):
                row[:] = [[xs.min(), ys.min()], [xs.max(), ys.max()]]
        return rows


def square_clip():
    """A white square of 100 pixels on black, in two frames."""
    frames = np.zeros((2, 256, 256, 3), np.uint8)
    frames[0, 20:120, 30:130] = 255
    frames[1, 80:180, 90:190] = 255
    return Clip(frames, dict.fromkeys(DAMAGES["crf"], frames))


def test_the_cover_grows_upwards_over_the_box_alone():
    clip = square_clip()
    boxes = boxes_of(Corners()(clip.frames))
    np.testing.assert_array_equal(boxes, [[30, 20, 129, 119], [90, 80, 189, 179]])
    before = clip.frames.copy()
    for percent in DAMAGES["cover"]:
        frames = covered(clip, percent, boxes)
        for frame, (left, top) in zip(frames, ((30, 20), (90, 80)), strict=True):
            grey = (frame == 128).all(axis=2)
            assert abs(grey.mean(axis=(0, 1)) * 256**2 - percent * 100) <= 100, "within one line"
            assert grey[top + 99, left : left + 100].all()
            assert grey.sum() == grey[top : top + 100, left : left + 100].sum()
    np.testing.assert_array_equal(clip.frames, before)


def test_without_a_subject_nothing_is_covered():
    clip = square_clip()
    boxes = boxes_of(np.full((2, 5, 2), np.nan))
    assert np.isnan(boxes).all()
    np.testing.assert_array_equal(covered(clip, 40, boxes), clip.frames)


def test_blur_keeps_the_mean_and_lowers_the_contrast():
    clip, none = square_clip(), np.full((2, 4), np.nan)
    spread = [blurred(clip, sigma, none)[1].astype(float).std() for sigma in DAMAGES["blur"]]
    assert spread == sorted(spread, reverse=True)
    assert blurred(clip, 2, none)[1].mean() == pytest.approx(clip.frames[1].mean(), rel=0.01)


def test_curves_are_those_of_the_metrics():
    rows = curves(Corners, [square_clip()], footage="taichi")
    amounts = [(damage, a) for damage, all_ in DAMAGES.items() for a in all_]
    assert [(row.damage, row.amount) for row in rows] == [("none", 0), *amounts]
    by = {(row.damage, row.amount): row for row in rows}
    undamaged = by["none", 0]
    assert (undamaged.frames, undamaged.found, undamaged.points) == (2, 1, 1)
    assert (undamaged.akd, undamaged.mkr, undamaged.lost) == (0, 0, 0)
    assert math.isnan(undamaged.aed)
    assert by["crf", 28].akd == 0
    assert by["cover", 10].akd == pytest.approx(10 / 2, abs=0.6), "one of two corners moves up"
    assert by["cover", 40].akd == pytest.approx(40 / 2, abs=0.6)
    assert [by["cover", a].mkr for a in DAMAGES["cover"]] == [0, 0, 0, 0]


def test_footage_without_a_subject_has_one_row():
    nothing = Clip(np.zeros((3, 256, 256, 3), np.uint8), {})
    (row,) = curves(Corners, [nothing], footage="taichi")
    assert (row.frames, row.found) == (3, 0)
    assert all(math.isnan(v) for v in (row.points, row.lost, row.akd, row.mkr, row.aed))
    assert "| taichi | 3 | 0.0% | - |" in markdown([row])


def test_a_curve_that_falls_is_named():
    rows = [
        ROW,
        *(
            replace(ROW, damage="blur", amount=float(a), akd=akd)
            for a, akd in ((2, 1.25), (1, 1.5), (4, math.nan), (8, 0.5))
        ),
        replace(ROW, damage="cover", amount=5.0, akd=9.0),
    ]
    blur = curve(rows, detector="dlib-face68", footage="vox", damage="blur")
    assert [row.amount for row in blur] == [0, 1, 2, 4, 8]
    assert [(a.amount, b.amount) for a, b in falls(blur, "akd")] == [(1, 2)]
    text = markdown(rows)
    assert "* dlib-face68, vox, blur: AKD (px) falls from 1.5000 at 1 to 1.2500 at 2." in text
    assert text.count("falls") == 1
    assert "Of 6 curves, 5 never fall." in text
    cells = "| dlib-face68 | vox | AKD (px) | 0.00 | - | - | - | 1.50 | 1.25 | - | 0.50 | 9.00 |"
    assert cells in text


def test_rows_survive_the_file(tmp_path):
    rows = [ROW, replace(ROW, damage="blur", amount=8.0, akd=math.nan, mkr=1.0, lost=0.25)]
    write_csv(tmp_path / "a.csv", rows)
    assert repr(read_csv(tmp_path / "a.csv")) == repr(rows)


def test_the_text_around_the_markers_stays():
    page = refreshed("", "one")
    assert page == f"# Detectors on real clips\n\n{BEGIN}\none\n{END}\n"
    assert refreshed(f"before {BEGIN}\nold\n{END} after", "new") == (
        f"before {BEGIN}\nnew\n{END} after"
    )


def test_missing_clips_are_named(tmp_path, capsys):
    for name in DETECTORS:
        detector(name)
    assert main(["--clips", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert FOOTAGE["taichi"][0] in capsys.readouterr().err


def test_the_figure_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="the figure needs matplotlib, in extra 'detectors'")
    write_csv(tmp_path / "detectors.csv", read_csv(DOCS / "detectors.csv"))
    assert main(["--out", str(tmp_path)]) == 0
    assert (tmp_path / "detectors.png").read_bytes()[:4] == b"\x89PNG"


# The committed page


def test_the_page_shows_the_committed_figures():
    page = (DOCS / "detectors.md").read_text(encoding="utf-8")
    assert refreshed(page, markdown(read_csv(DOCS / "detectors.csv"))) == page


def test_the_committed_figures_are_complete():
    rows = read_csv(DOCS / "detectors.csv")
    undamaged = [row for row in rows if row.damage == "none"]
    assert {(r.detector, r.footage) for r in undamaged} == {
        (detector, footage) for detector in DETECTORS for footage in FOOTAGE
    }
    expected = sum(1 + sum(map(len, DAMAGES.values())) if row.found else 1 for row in undamaged)
    assert len(rows) == expected
    for row in undamaged:
        scores = {s for s in (row.lost, row.akd, row.mkr, row.aed) if not math.isnan(s)}
        assert scores == ({0.0} if row.found else set())


# The claims, on a few frames


@cache
def few(footage):
    """Four frames of a clip."""
    path = SHARED / "data" / "clips" / FOOTAGE[footage][0]
    if not path.is_file():
        pytest.skip(f"{path.name} is not in TCHD_SHARED ({SHARED})")
    frames = read_frames(path, allow_lossy=True)
    frames = frames[len(frames) // 8 :: len(frames) // 4]
    assert frames.shape[1:3] == (256, 256)
    return Clip(frames, {23: encode_h264(frames, 23)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "footage", "floor"),
    [
        ("mediapipe-pose", "ted", 3.0),
        ("mediapipe-face", "vox", 1.0),
        ("mediapipe-face", "ted", 1.0),
        ("dlib-face68", "vox", 1.5),
        ("dlib-face68", "ted", 1.5),
        ("dlib-faceid", "vox", 0.02),
        ("dlib-faceid", "ted", 0.02),
    ],
)
def test_the_page_holds_on_a_few_frames(name, footage, floor, monkeypatch):
    """Truth scores 0, H.264 little, and more damage never less; the page says where."""
    detector(name)
    for damage, amounts in {"crf": (23,), "blur": (1, 4), "cover": (10, 40)}.items():
        monkeypatch.setitem(DAMAGES, damage, amounts)
    clip = few(footage)
    boxes = None
    if name == "dlib-faceid":
        boxes = [boxes_of(detector("dlib-face68")(clip.frames))]
    rows = curves(DETECTORS[name], [clip], footage=footage, boxes=boxes)
    main_figure = "aed" if name == "dlib-faceid" else "akd"
    undamaged, h264 = rows[:2]
    assert undamaged.found == 1
    assert (getattr(undamaged, main_figure), undamaged.lost) == (0, 0)
    assert 0 < getattr(h264, main_figure) < floor
    assert h264.lost == 0
    for damage in ("blur", "cover"):
        steps = curve(rows, detector=name, footage=footage, damage=damage)
        for figure in (main_figure, "mkr", "lost"):
            assert not falls(steps, figure)
        first, last = getattr(steps[1], main_figure), getattr(steps[2], main_figure)
        assert first > 0
        assert last > first or (math.isnan(last) and steps[2].lost == 1)


@pytest.mark.slow
def test_few_visibilities_lie_near_the_threshold():
    detector("mediapipe-pose")
    pose = MediaPipePose()
    frames = np.concatenate([few(footage).frames for footage in ("taichi", "vox", "ted")])
    values = pose.visibility(frames)
    assert values.shape == (12, 33)
    values = values[np.isfinite(values)]
    assert len(values) >= 10 * 33
    assert ((values > 0.4) & (values < 0.6)).mean() < 0.02
    assert (values > 0.6).mean() > 0.3
    assert (values < 0.4).mean() > 0.1
