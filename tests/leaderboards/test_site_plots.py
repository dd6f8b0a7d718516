"""Plots: themed, small, the same each time, and told in words."""

import re

import numpy as np
import pytest

from leaderboards.site import plots
from leaderboards.site.canvas import Canvas, Look, Scale, fitted
from leaderboards.site.labels import Spot, place
from leaderboards.site.svg import ACCENT, INK
from tests.leaderboards.scored import scored, section_of

NOISE = [0.01 * (i % 5) for i in range(12)]


@pytest.fixture(scope="module")
def section():
    return section_of(
        scored("m-1.25", {"l1@clip": NOISE, "akd@clean": NOISE}),
        scored("other", {"l1@clip": [0.5 + n for n in NOISE], "akd@clean": [None] * 12}),
        scored("copy-source", {"l1@clip": [0.9 + n for n in NOISE], "akd@clean": NOISE}),
    )


@pytest.fixture(scope="module")
def dots(section):
    return str(plots.dot_plot(section, "l1@clip", name="one"))


def test_colours_are_variables_of_the_page_and_nothing_reaches_out_of_the_figure(dots):
    assert not re.search(r"#[0-9a-f]{6}", dots), "a colour of its own would not follow the theme"
    assert "var(--accent)" in dots
    assert "<style" not in dots, "a style in a page is a style of the page"
    assert "<metadata" not in dots
    assert "Date" not in dots


def test_ids_begin_with_the_name_of_the_figure(dots):
    ids = re.findall(r' id="([^"]+)"', dots)
    assert len(ids) == len(set(ids)) >= 3
    assert all(name.startswith("one-") for name in ids)
    assert set(re.findall(r'href="#([^"]+)"', dots)) <= set(ids)


def test_a_plot_has_a_title_and_says_its_values(dots):
    assert '<svg role="img" aria-labelledby="one-t one-d"' in dots
    assert "L1 of 3 rows with 95 % intervals" in dots
    assert "m-1.25 (reproduced) 0.01750, 95 % interval 0.0" in dots


def test_numbers_are_cut_in_figures_and_not_in_words(dots):
    assert ">m-1.25<" in dots
    drawn = re.sub(r"<(title|desc).*?</\1>", "", dots)
    for tag in re.findall(r"<path[^>]+>", drawn):
        assert not re.search(r"\d\.\d\d", tag), tag


def test_the_best_is_filled_and_the_others_are_not(dots):
    filled = re.findall(r'<use [^>]+class="b"', dots)
    hollow = re.findall(r'<use [^>]+class="[oa]"', dots)
    assert (len(filled), len(hollow)) == (1, 2)


def test_the_same_plot_has_the_same_bytes(section, dots):
    assert str(plots.dot_plot(section, "l1@clip", name="one")) == dots


def test_what_nobody_has_is_not_drawn(section):
    assert not plots.dot_plot(section, "fid", name="x")
    assert not plots.strips(section, "fid", name="x")
    assert not plots.scatter(section, "l1@clip", "fid", name="x")
    assert "other" not in plots.strips(section, "akd@clean", name="x")


def test_each_clip_is_one_dot(section):
    drawn = str(plots.strips(section, "l1@clip", name="x"))
    assert len(re.findall(r"M[\d.]+ [\d.]+h0", drawn)) == 36
    assert "m-1.25: 12 clips, median 0.0150, range 0 to 0.0400" in drawn


def test_clips_of_animations_are_called_pairs():
    made = [
        scored(name, {"l1@clip": NOISE}, task="animation-absolute") for name in ("m", "copy-source")
    ]
    drawn = str(plots.strips(section_of(*made), "l1@clip", name="x"))
    assert "L1 of single pairs, 2 rows" in drawn
    assert "m: 12 pairs, median 0.0150" in drawn


def test_many_clips_are_shown_by_quantiles():
    values = [float(v) for v in np.linspace(0, 1, 3 * plots.QUANTILES)]
    section = section_of(scored("fomm", {"l1@clip": values}), scored("b", {"l1@clip": values}))
    drawn = str(plots.strips(section, "l1@clip", name="x"))
    assert plots.quantiles(section) == plots.QUANTILES
    assert len(re.findall("h0", drawn)) == 2 * plots.QUANTILES


def test_only_the_first_methods_are_drawn_and_all_anchors():
    made = [scored(f"m{i:02}", {"l1@clip": [i / 9 + n for n in NOISE]}) for i in range(23)]
    section = section_of(*made, scored("copy-source", {"l1@clip": NOISE}))
    drawn = str(plots.dot_plot(section, "l1@clip", name="x"))
    assert ">m19<" in drawn
    assert ">m20<" not in drawn
    assert ">copy-source<" in drawn
    assert "and 13 more, see the table" in drawn


def test_text_in_a_plot_is_escaped():
    canvas = Canvas(10, 10)
    canvas.text(1, 1, '<b>&"')
    drawn = str(canvas.svg(name="x", title="<i>", description="a & b <u>"))
    assert "<b>" not in drawn
    assert "&lt;b&gt;&amp;" in drawn
    assert "<i>" not in drawn
    assert "a &amp; b &lt;u&gt;" in drawn


def test_a_scale_holds_all_values_and_its_ticks_are_round():
    scale = fitted([0.013, 0.12], 0, 100)
    ends = scale([0.013, 0.12])
    assert 0 < ends[0] < ends[1] < 100
    assert [text for _, text in scale.ticks(4)] == ["0.05", "0.10"]
    assert [text for _, text in Scale(-2.0, 2.0, 100, 0).ticks(4)] == ["−2", "−1", "0", "1", "2"]
    assert fitted([3.0, 3.0], 0, 10)([3.0])[0] == pytest.approx(5)


def test_labels_do_not_cover_each_other():
    spots = [Spot(50, 50, (40, 60), (40, 60)), Spot(56, 50, (46, 66), (40, 60))]
    first, second = place(spots, ["first", "second"], (0, 0, 200, 100))
    assert first.name == "first"
    assert (first.side, first.y) != (second.side, second.y)


def test_of_many_labels_those_without_room_are_left_out():
    spots = [Spot(50, 50, (50, 50), (50, 50))] * 30
    placed = place(spots, ["a-long-name"] * 30, (0, 0, 100, 100))
    assert len(placed) == 30
    assert 0 < sum(label is not None for label in placed) < 30
    assert all(place(spots[:8], ["a-long-name"] * 8, (0, 0, 100, 100)))


def test_points_and_lines_are_drawn_where_they_are():
    canvas = Canvas(100, 50)
    canvas.segments([(10.0, 20.0)], [(5.0, 5.0)], INK, 2)
    canvas.points(np.array([30.0]), np.array([40.0]), Look(ACCENT, ACCENT, "o"))
    drawn = str(canvas.svg(name="x", title="t", description="d"))
    assert 'd="M10 5L20 5"' in drawn
    assert 'x="30" y="40"' in drawn
    assert 'viewBox="0 0 100 50"' in drawn
