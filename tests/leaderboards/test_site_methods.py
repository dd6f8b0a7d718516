"""The page of a method: its card, all it scored with its doubt, how it was made, how to cite it."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from leaderboards.reported import Reported
from leaderboards.site import cites, dataset, methods, metrics, reports
from leaderboards.site.curves import losses, names, plot
from leaderboards.site.model import LossCurve
from tests.leaderboards.pages import Reader, card, read, rendered, small_site
from tests.leaderboards.scored import scored, section_of
from tests.leaderboards.site_tables import Tables

FOMM, X2FACE = "methods/fomm.html", "methods/x2face.html"


@pytest.fixture(scope="module")
def site():
    return small_site()


@pytest.fixture(scope="module")
def pages(site):
    unscored = site.cards | {"unscored": card("unscored")}
    files = rendered(replace(site, cards=unscored), methods)
    return {n: Reader(t.decode()) for n, t in files.items() if n.startswith("methods/")}


@pytest.fixture(scope="module")
def page(pages):
    return pages[FOMM]


def test_there_is_a_page_for_every_method_and_anchor_that_has_a_result_or_a_card(pages):
    names = ("copy-source", "fomm", "unscored", "x2face")
    assert set(pages) == {f"methods/{name}.html" for name in names}
    assert "No result on this board yet." in pages["methods/unscored.html"].text


def test_values_intervals_rank_and_difference_from_copy_source_stand_in_one_row(page):
    place = page.elements.index(page.one("div", aria_label="Results of fomm on taichi-hd-mini"))
    cells = [e for e in page.elements[place:] if e.tag in ("td", "th")]
    begin = next(i for i, cell in enumerate(cells) if "l1@clip" in cell.text)
    value, rank, difference = (cell.text for cell in cells[begin + 1 : begin + 4])
    assert value.startswith("0.188"), "the mean of 0.25 and 0.125"
    assert " to " in value
    assert rank == "1"
    assert difference.startswith("−0.5")
    assert "better" in difference
    assert " to −0.4" in difference


def test_a_rank_of_one_is_no_rank_and_digits_are_those_of_the_board(site):
    values = {"l1@clip": [0.25, 0.125] * 6, "occlusion-iou": [0.0, 0.0625] * 6}
    others = {"l1@clip": [0.5, 0.375] * 6}
    rows = [scored("fomm", values), scored("x2face", others)]
    site = replace(site, sections={"reconstruction": [section_of(*rows)]}, data={}, training={})
    files = rendered(site, methods, dataset)
    page = Tables(files[FOMM].decode())
    cells = page.tables[0]
    line = next(row for row in cells if row[0].text.startswith("Occlusion"))
    assert line[2].text == "only one"
    board = Tables(files["taichi-hd-mini.html"].decode()).table("taichi-hd-mini, reconstruction")
    for row, cell in zip(cells[2:], board["fomm"][2:4], strict=True):
        value = cell.partition("±")[0]
        assert row[1].text.startswith(f"{value}0."), "the same digits on both pages"


def test_what_papers_report_is_linked_where_there_is_no_result(site):
    said = Reported(
        "FOMM", 2019, "FOMM", "fomm", "taichi-hd", "", "AKD", "akd@paper", 6.862, "px", "main",
        "t", "recalled",
    )  # fmt: skip
    full = replace(site, profile="full", sections={}, data={}, training={}, reported=[said, said])
    page = read(full, FOMM, methods, reports)
    assert "Papers report 2 values of it, all from memory (°): reported values." in page.text
    assert "../reported.html" in {link["href"] for link in page.all("a")}
    page = read(full, "metrics/akd-at-paper.html", metrics, reports)
    assert "Papers report 2 of this metric: reported values." in page.text


def test_the_best_is_bold_and_others_are_not(pages):
    assert any(bold.text.startswith("0.18") for bold in pages[FOMM].all("b"))
    table = pages[X2FACE].all("b")
    assert not [bold for bold in table if bold.text.startswith("0.43")]


def test_an_anchor_has_no_rank(pages):
    page = pages["methods/copy-source.html"]
    assert "never ranked" in page.text
    assert not [th for th in page.all("th") if th.text.startswith("Rank")]
    assert "Nothing is trained" in page.text


def test_training_is_told_with_seed_and_whole_digests(page):
    assert page.one("code", title=f"sha256 {'f1' * 32}").text == "f1f1f1f1f1f1"
    assert page.one("code", title=f"sha256 {'e2' * 32}")
    for text in ("930 k", "191 M", "200"):
        assert text in page.text.replace("\xa0", " ")


def test_the_command_that_makes_it_again(pages):
    (command,) = pages[FOMM].all("pre", aria_label="Commands that score fomm again")
    assert command.text == "dvc repro evaluate@mini-taichi-hd-fomm"
    command = pages[X2FACE].one("pre", aria_label="Commands that score x2face again")
    home = "leaderboards/v1/submitted/taichi-hd-mini/x2face"
    assert command.text == f"python -m leaderboards.rescore {home} --predictions DIR"


def test_results_can_be_fetched(page):
    links = {link["href"]: link.text for link in page.all("a")}
    assert links["../data/taichi-hd-fomm.json"] == "JSON"
    assert links["../data/taichi-hd-fomm.clips.csv"] == "CSV"


def test_what_is_cited_is_the_method_the_list_and_the_suite(site):
    own = "@inproceedings{own2019,\n  title = {Own}\n}"
    site = replace(site, cards={"fomm": card("fomm", bibtex=own)})
    text = read(site, FOMM, methods).one("pre", aria_label="BibTeX for fomm").text
    keys = [part.split(",")[0] for part in text.split("@")[1:] if "{" in part.split(",")[0]]
    assert keys == [
        "inproceedings{own2019",
        "misc{taichi-hd-mini-v1",
        "misc{tai-chi-hd-benchmark-v1",
    ]
    assert site.split("taichi-hd").sha256 in text


def test_losses_are_a_figure_with_words_and_a_table(page):
    (figure,) = page.all("svg", role="img")
    described = page.one("desc", id=figure["aria-labelledby"].split()[1])
    assert described.text == "On a logarithmic axis: l1 from 8.00 at step 50 to 2.50 at step 200."
    assert "loss, logarithmic" in figure.text
    assert "l1 2.50" in figure.text, "as many digits at the end of every line"
    assert "Losses on taichi-hd-mini as a table" in page.text


@pytest.mark.parametrize("count", [2, 7, 12])
def test_names_of_curves_do_not_cover_each_other(count):
    ends = {f"loss {i}": (2.0, 1.0 + i / 1000) for i in range(count - 1)}
    curve = LossCurve((1, 2), ends | {"a name that takes two lines": (2.0, 1.5)})
    found = re.findall(
        r'<text [^>]*?y="([\d.]+)"[^>]*>(?:loss|a name)', plot(curve, name="x", of="y")
    )
    places = sorted(float(y) for y in found)
    assert len(places) == count
    assert all(low - high >= 11 for high, low in pairwise(places))
    assert places[0] > 0


def test_a_curve_without_losses_is_not_drawn():
    curve = LossCurve((1, 2), {"rate": (1.0, 1.0), "l1": (None, 0.0)})
    assert names(curve) == []
    assert plot(curve, name="x", of="y") == ""


def test_a_long_table_of_losses_is_cut_to_steps_at_equal_distances():
    curve = LossCurve(tuple(range(1, 1001)), {"l1": tuple(float(n) for n in range(1, 1001))})
    table = losses(curve)
    assert len(table.rows) == 10
    assert table.rows[0] == (1, (1.0,))
    assert table.rows[-1] == (1000, (1000.0,))


def test_figures_come_out_the_same_each_time():
    curve = LossCurve((1, 2), {"l1": (2.0, 1.0), "perceptual": (3.0, 2.5)})
    assert plot(curve, name="x", of="y") == plot(curve, name="x", of="y")


def test_a_hostile_card_stays_text(site):
    bad = '"><script>alert(1)</script>'
    hostile = card(
        "fomm",
        title=bad,
        authors=(bad,),
        venue=bad,
        paper="javascript:alert(1)",
        code="https://example.org/" + bad,
        summary=bad,
        notes=(bad,),
        bibtex="@misc{a, title={</code>" + bad + "}}",
    )
    site = replace(site, cards={"fomm": hostile})
    files = rendered(site, methods, cites)
    for path in (FOMM, "cite.html"):
        assert b"<script>alert" not in files[path]
        page = Reader(files[path].decode())
        assert not [a for a in page.all("a") if (a["href"] or "").startswith("javascript")]
    page = Reader(files[FOMM].decode())
    assert page.one("h1").text == bad
    (code,) = [a for a in page.all("a") if (a["href"] or "").startswith("https://example.org")]
    assert code["href"] == "https://example.org/" + bad


def test_a_method_that_is_not_ranked_says_why(site):
    (section,) = site.sections["reconstruction"]
    fomm = next(row for row in section.methods if row.method == "fomm")
    others = tuple(row for row in section.methods if row is not fomm)
    apart = replace(section, methods=others, apart=(fomm,), reasons={"fomm": "<i>lossy</i>"})
    page = read(replace(site, sections={"reconstruction": [apart]}), FOMM, methods)
    assert "Reconstruction: not ranked, <i>lossy</i>." in page.text
