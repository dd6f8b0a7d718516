"""What tables, comparisons and the overview say, from values that can be checked by hand."""

from dataclasses import replace

import pytest

from leaderboards.site import dataset, grid, overview
from leaderboards.site.matrix import matrices
from leaderboards.speed import Speed
from metrics.result import MetricValue
from tests.leaderboards.pages import MADE, card, rendered, small_site
from tests.leaderboards.scored import scored, section_of
from tests.leaderboards.site_tables import Tables

NOISE = [0.01 * (i % 5) for i in range(12)]
GOOD = [0.1 + n for n in NOISE]
SAME = [0.1 + n for n in NOISE[::-1]]
BAD = [0.4 + 2 * n for n in NOISE]
WORST = [0.9 + n for n in NOISE]
SOURCE = scored("copy-source", {"l1@clip": WORST, "akd@clean": WORST})


def site_of(*made, **changes):
    return small_site(
        sections={"reconstruction": [section_of(*made)]}, data={}, training={}, **changes
    )


def page_of(site, path="taichi-hd-mini.html"):
    return Tables(rendered(site, dataset)[path].decode())


@pytest.fixture(scope="module")
def board():
    rows = [
        scored("worse", {"l1@clip": BAD, "akd@clean": GOOD}),
        scored("alike", {"l1@clip": SAME, "akd@clean": BAD}, checkpoint=MADE),
        scored("best", {"l1@clip": GOOD}, status="submitted"),
        SOURCE,
    ]
    return page_of(site_of(*rows)), section_of(*rows)


def test_ranks_ties_values_and_anchors(board):
    table = board[0].table("taichi-hd-mini, reconstruction")
    assert list(table) == ["", "alike", "best", "worse", "copy-source"]
    ranks = {name: cells[0] for name, cells in table.items() if name}
    assert ranks == {"alike": "=1", "best": "=1", "worse": "3", "copy-source": ""}
    assert table["worse"][2].startswith("0.435±")
    assert table["best"][3] == "—"
    assert table["alike"][4:7] == ["12/12", "930 k", "191 M"]
    assert "submitted" in table["best"][1]
    assert "anchor" in table["copy-source"][1]


def test_bold_is_the_best_and_what_cannot_be_told_from_it(board):
    page = board[0]
    rows = [row for row in page.tables[0] if row[1].tag == "th"][1:]
    cells = {row[1].text.split()[0]: row[2] for row in rows}
    places = {name: page.elements.index(cell) for name, cell in cells.items()}
    bold = {name for name, at in places.items() if page.elements[at + 1].tag == "b"}
    assert bold == {"alike", "best"}


def test_a_header_has_direction_id_unit_and_a_button(board):
    head = board[0].table("taichi-hd-mini, reconstruction")[""]
    assert head[2].replace("\xa0", " ") == "L1 ↓l1@clipunits"
    names = [button.text.replace("\xa0", " ") for button in board[0].all("button", type="button")]
    assert {"Rank", "Method", "L1 ↓", "AKD ↓", "Clips", "Parameters ↓", "MACs ↓"} <= set(names)


def test_a_row_has_the_title_of_its_card_and_the_id_that_commands_take():
    rows = scored("fomm", {"l1@clip": GOOD}), scored("other", {"l1@clip": BAD}), SOURCE
    cards = {"fomm": card("fomm", title="First <Order>"), "other": card("other")}
    table = page_of(site_of(*rows, cards=cards)).table("taichi-hd-mini, reconstruction")
    assert table["fomm"][1] == "First <Order> fomm reproduced"
    assert table["other"][1] == "other reproduced", "a title that is the id stands once"
    assert table["copy-source"][1] == "copy-source anchor", "and so does an id without a card"


def test_the_header_of_the_ranks_says_by_what(board):
    assert board[0].table("taichi-hd-mini, reconstruction")[""][0] == "Rankby L1"


def test_a_cell_says_its_interval_in_full_and_a_dash_its_reason(board):
    cells = {row[1].text.split()[0]: row for row in board[0].tables[0][1:]}
    assert "95 % interval 0." in cells["alike"][2]["title"]
    assert cells["best"][3]["title"] == "not in the result file"
    assert "AKD, best: not in the result file." in board[0].text


def test_who_is_better_is_said_in_words(board):
    table = board[0].table("A against B, by L1 ↓")
    assert table["worse"][1].startswith("worse+0.3")
    assert table["best"][3].startswith("better−0.3")
    assert table["best"][1].startswith("undecided")
    assert table["best"][2] == "", "not against itself"
    assert [m.metric for m in matrices(board[1])] == ["l1@clip", "akd@clean"]


def test_a_row_that_cannot_be_compared_stands_apart_and_says_why():
    lossy = scored("lossy", {"l1@clip": GOOD}, lossy=True)
    page = page_of(site_of(lossy, scored("fair", {"l1@clip": BAD}), SOURCE))
    table = page.table("taichi-hd-mini, reconstruction")
    assert list(table)[-2:] == ["Not", "lossy"]
    assert "scored from lossy video" in table["lossy"][1]
    assert table["lossy"][0] == ""
    assert table["fair"][0] == "1"


def test_rows_with_other_clips_are_ranked_on_the_common_subset_too():
    fewer = scored("fewer", {"l1@clip": GOOD}, clips=range(10))
    page = page_of(site_of(fewer, scored("fair", {"l1@clip": BAD}), SOURCE))
    table = page.table("taichi-hd-mini, reconstruction, common subset")
    assert [table["fewer"][0], table["fair"][0]] == ["1", "2"]
    assert table["fair"][-4 if len(table["fair"]) > 6 else -2].startswith("10/12")


def test_reasons_are_told_once_and_without_commands():
    absent = "weights a.pth (sha256 12...) not found; run 'python -m x', or put it into ~/.cache/y"
    rows = []
    for name in ("fomm", "copy-source"):
        row, clips = scored(name, {"l1@clip": GOOD})
        none = MetricValue(None, None, None, "units", 0, 0, absent)
        odd = replace(none, reason="the dog ate it")
        rows.append(
            (replace(row, metrics=row.metrics | {"fid": none, "lpips": none, "psnr": odd}), clips)
        )
    page = page_of(site_of(*rows))
    why = "not measured, since the weights of its network were not on the machine"
    assert page.text.count(why) == 1
    assert f"LPIPS (lpips), FID (fid): {why}." in page.text
    assert "PSNR (psnr): the dog ate it." in page.text, "what is not known stays as it is"
    assert "~/.cache" not in page.text


def test_a_lopsided_interval_is_told_by_its_ends_and_what_looks_like_zero_is_less_than_that():
    row, clips = scored("fomm", {"l1@clip": GOOD, "aed@clean": GOOD})
    aed = MetricValue(0.1046, 0.0504, 0.2582, "units", 12, 12)
    tiny = replace(aed, value=0.0017, lo=0.0015, hi=0.0019)
    other, other_clips = scored("oracle", {"l1@clip": GOOD, "aed@clean": GOOD})
    made = [
        (replace(row, metrics=row.metrics | {"aed@clean": aed}), clips),
        (replace(other, metrics=other.metrics | {"aed@clean": tiny}), other_clips),
    ]
    page = page_of(site_of(*made))
    table = page.table("taichi-hd-mini, reconstruction")
    assert table["fomm"][3] == "0.100.05–0.26"
    assert table["oracle"][3] == "<0.01"
    (cell,) = [e for e in page.all("td") if e.text == "<0.01"]
    assert cell["data-v"] == "0.0017", "sorting sees the number"


def test_speed_names_its_device():
    speed = Speed(
        "mini",
        "taichi-hd-mini",
        "fomm",
        "a CPU",
        "float32",
        1,
        2,
        100,
        41.26,
        "2.4",
        "2026-01-01",
        "x",
    )
    rows = scored("fomm", {"l1@clip": GOOD}), scored("x2face", {"l1@clip": GOOD}), SOURCE
    page = page_of(site_of(*rows, speed=[speed]))
    table = page.table("taichi-hd-mini, reconstruction")
    assert "41.3" in table["fomm"]
    assert "on a CPU, float32" in page.text, "once, in the header"

    other = replace(speed, method="x2face", device="a GPU")
    table = page_of(site_of(*rows, speed=[speed, other])).table("taichi-hd-mini, reconstruction")
    assert "41.3a CPU, float32" in table["fomm"]
    assert "41.3a GPU, float32" in table["x2face"]


def test_hundreds_of_rows_stay_light():
    many = [
        scored(f"method-{i:03}", {"l1@clip": [v + 0.01 * i for v in GOOD], "akd@clean": GOOD})
        for i in range(grid.LONG + 1)
    ]
    data = rendered(site_of(*many, SOURCE), dataset)["taichi-hd-mini.html"]
    table = Tables(data.decode()).table("taichi-hd-mini, reconstruction")
    assert len(table) == grid.LONG + 3
    text = data.decode()
    rows = text[text.index('<tbody class="ranked">') : text.index('<tbody class="anchors">')]
    assert len(rows) / len(many) < 400
    assert "The plots and comparisons show the first 20 methods" in text
    assert "reproduced" not in rows
    assert "a row that names no status is reproduced" in text


def test_without_results_a_page_says_so():
    site = small_site(profile="full", sections={}, data={}, training={})
    page = page_of(site, "fashion.html")
    assert "Nobody has reproduced a row on Fashion yet" in page.text
    assert (
        "its list is not pinned: fashion_train.txt, fashion_test.txt could not be had" in page.text
    )
    assert "python -m datasets.splits show fashion@v1 --fetch" in page.text
    assert "not citable yet" in page.text
    assert "The first row is made by" not in page.text
    assert "The first row is made by" in page_of(site, "voxceleb.html").text


@pytest.fixture(scope="module")
def front():
    of = {name: scored(name, {"l1@clip": values}) for name, values in (("a", GOOD), ("b", SAME))}
    second = [
        scored(name, {"l1@clip": values}, dataset="mgif")
        for name, values in (("a", GOOD), ("c", BAD), ("copy-source", WORST))
    ]
    sections = {"reconstruction": [section_of(of["a"], of["b"], SOURCE), section_of(*second)]}
    site = small_site(sections=sections, data={}, training={})
    return Tables(rendered_overview(site))


def rendered_overview(site):
    from leaderboards.site import render

    return render.render_site(site)["index.html"].decode()


def test_the_overview_says_who_is_best_and_with_whom_it_is_tied(front):
    first, second = (e.text for e in front.all("article")[:1] + front.all("article")[3:4])
    assert "tied: the paired comparison cannot tell it from b." in first
    assert "Procedural world; not Tai-Chi-HD" in first
    assert "12/12 clips" in first
    assert "Better than every other ranked method" in second


def test_a_mean_rank_is_given_to_methods_that_are_ranked_everywhere(front):
    table = front.table("Ranks by L1, reconstruction")
    assert list(table) == ["", "a", "b", "c"]
    assert table["a"][-1] == "1.00"
    assert table["b"][-1] == table["c"][-1] == "—"


def test_an_overview_without_results_says_so():
    site = small_site(profile="full", sections={}, data={}, training={})
    text = Tables(rendered_overview(site)).text
    assert "No row has been reproduced on real data yet." in text
    assert next(iter(overview.pages(site))).path == "index.html"
