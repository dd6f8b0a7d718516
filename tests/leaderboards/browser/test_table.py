"""The table of a data set: sorting, filtering, columns, and the comparisons below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from leaderboards.card import read_cards
from metrics.result import Result
from tests.leaderboards.browser.conftest import Visit
from tests.leaderboards.browser.sites import V1, results

pytestmark = pytest.mark.browser
TABLE = "taichi-hd-mini, reconstruction"
TITLES = {name: card.title for name, card in read_cards(V1 / "methods").items()}
ANCHORS = {"oracle", "reencoded", "copy-source"}


@pytest.fixture(scope="module")
def rows(board: Path) -> dict[str, Result]:
    return results(board, "taichi-hd")


@pytest.fixture
def page(tab: Visit, mini: Path) -> Page:
    page = tab()
    page.goto((mini / "taichi-hd-mini.html").as_uri())
    return page


@pytest.fixture
def table(page: Page) -> Locator:
    return page.get_by_role("table", name=TABLE, exact=True)


@pytest.fixture
def form(page: Page) -> Locator:
    return page.get_by_role("form", name=f"Filter of {TABLE}", exact=True)


def names(rows: Locator) -> list[str]:
    """Ids of methods: below their titles, or as titles."""
    heads = rows.get_by_role("rowheader").filter(has=rows.page.get_by_role("link"))
    return heads.evaluate_all(
        "all => all.map(one => (one.querySelector('code') ?? one.querySelector('a')).textContent)"
    )


def titles(rows: Locator) -> list[str]:
    return rows.get_by_role("rowheader").get_by_role("link").all_inner_texts()


def ranked(table: Locator) -> list[str]:
    return names(table.get_by_role("rowgroup").nth(1))


def show_column(form: Locator, metric: str) -> None:
    form.get_by_text("Columns", exact=True).click()
    form.get_by_role("checkbox", name=re.compile(rf" {metric}$")).check()
    form.get_by_text("Columns", exact=True).click()


def worth(row: Result, what: str) -> float | str | None:
    """A value by the id of its metric, or of another field of a result."""
    if what in row.metrics:
        return row.metrics[what].value
    if what in ("parameters", "macs"):
        return getattr(row.checkpoint, what) if row.checkpoint else None
    return {"clips": row.coverage.scored, "method": TITLES.get(row.method, row.method).casefold()}[
        what
    ]


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("L1 ↓", "l1@clip"),
        ("AKD ↓", "akd@clean"),
        ("Flow EPE ↓", "flow-epe"),
        ("SSIM ↑", "ssim"),
        ("Occlusion IoU ↑", "occlusion-iou"),
        ("Parameters ↓", "parameters"),
        ("MACs ↓", "macs"),
        ("Clips", "clips"),
        ("Method", "method"),
    ],
)
def test_a_press_on_a_header_sorts_and_another_one_turns_round(rows, table, form, column, what):
    values = {name: worth(row, what) for name, row in rows.items() if name in ranked(table)}
    known = [name for name, value in values.items() if value is not None]
    assert {"fomm", "x2face", "mine"} < set(values)
    if what in rows["fomm"].metrics:
        show_column(form, what)
    head = table.get_by_role("columnheader", name=re.compile(rf"^{column}"))
    others = table.get_by_role("columnheader")
    best_first = ["descending", "ascending"] if "↑" in column else ["ascending", "descending"]

    for direction in best_first:
        head.get_by_role("button").click()

        shown = ranked(table)
        sorts = others.evaluate_all("heads => heads.map(head => head.ariaSort)")
        assert head.get_attribute("aria-sort") == direction
        assert {*sorts} - {None} == {"none", direction}
        assert sorts.count(direction) == 1
        found = [values[name] for name in shown[: len(known)]]
        assert found == sorted(found, reverse=direction == "descending")
        assert {*shown[len(known) :]} == {*values} - {*known}, "blanks come last"
    assert {*names(table)[len(values) :][:3]} == ANCHORS, "anchors stay below"


def test_some_columns_have_a_blank(rows):
    assert rows["mine"].checkpoint is None
    assert rows["x2face"].metrics["occlusion-iou"].value is None


def test_the_rank_is_that_of_the_metric_sorted_by(table):
    ranks = lambda: ranks_of(table)  # noqa: E731
    for column in ("L1 ↓", "AKD ↓"):
        table.get_by_role("button", name=column, exact=True).click()
        places = [int(text.removeprefix("=")) for text in ranks()]
        assert places == sorted(places)
        assert places[0] == 1
        for place, text in zip(places, ranks(), strict=True):
            assert text.startswith("=") == (places.count(place) > 1)


def ranks_of(table: Locator) -> list[str]:
    rows = table.get_by_role("rowgroup").nth(1).get_by_role("row").all()
    return [row.get_by_role("cell").first.inner_text() for row in rows]


@pytest.mark.parametrize("column", ["Method", "Frames.s", "Parameters", "Clips", "FD"])
def test_a_column_without_ranks_brings_back_those_of_the_first_metric(table, column):
    """The header says which; Rank itself sorts by them again."""
    rank = table.get_by_role("columnheader", name="Rank by")
    expect(rank).to_have_accessible_name(re.compile("by L1$"))
    before = dict(zip(ranked(table), ranks_of(table), strict=True))

    table.get_by_role("button", name="AED ↓", exact=True).click()
    expect(rank).to_have_accessible_name(re.compile("by AED$"))
    assert dict(zip(ranked(table), ranks_of(table), strict=True)) != before

    for name in (column, "Rank"):
        table.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(rank).to_have_accessible_name(re.compile("by L1$"))
        assert dict(zip(ranked(table), ranks_of(table), strict=True)) == before
    places = [int(text.removeprefix("=")) for text in ranks_of(table)]
    assert places == sorted(places)


def test_controls_that_a_browser_restores_are_obeyed(page, table, form):
    anchor = form.get_by_role("checkbox", name="anchor")
    box = form.get_by_role("searchbox")
    choice = page.get_by_role("combobox", name="Metric").first
    comparison = page.get_by_role("table", name=re.compile("^A against B, by")).first
    anchor.uncheck()
    box.fill("monkey")
    choice.select_option(index=2)
    page.goto(page.url.replace("taichi-hd-mini", "index"))
    page.go_back()
    expect(anchor).not_to_be_checked()
    assert not ANCHORS & set(names(table))
    assert (box.input_value() == "") == ("fomm" in names(table))
    expect(choice).not_to_have_value(choice.get_by_role("option").first.get_attribute("value"))
    said = choice.evaluate("one => one.selectedOptions[0].textContent")
    assert comparison.get_by_role("caption").inner_text() == f"A against B, by {said}"


def test_text_filters_rows_and_says_how_many(page, table, form):
    total = len(names(table))
    box = form.get_by_role("searchbox", name="Filter methods")
    expect(form.get_by_role("status")).to_have_text(f"{total} rows")

    box.fill("MONKEY")
    expect(form.get_by_role("status")).to_have_text(f"1 of {total} rows")
    assert names(table) == ["monkey-net"]

    for text in ("first order", "fomm"):
        box.fill(text)
        assert names(table) == ["fomm"], "by title and by id"

    box.fill("no such method")
    expect(page.get_by_text("No row matches the filter.")).to_be_visible()
    expect(form.get_by_role("status")).to_have_text(f"0 of {total} rows")
    assert names(table) == []

    box.fill("")
    expect(page.get_by_text("No row matches the filter.")).to_have_count(0)
    assert len(names(table)) == total


def test_a_filter_stays_while_sorting(table, form):
    form.get_by_role("searchbox").fill("e")
    before = names(table)
    table.get_by_role("button", name="Method").click()
    table.get_by_role("button", name="Method").click()
    assert sorted(names(table)) == sorted(before)
    shown = titles(table.get_by_role("rowgroup").nth(1))
    assert shown == sorted(shown, key=str.casefold, reverse=True)


def test_status_filters_rows(table, form):
    assert {"mine", "few"} < set(names(table))
    form.get_by_role("checkbox", name="submitted").uncheck()
    assert not {"mine", "few"} & set(names(table))
    assert not table.get_by_text("Not ranked").is_visible()
    form.get_by_role("checkbox", name="anchor").uncheck()
    assert sorted(names(table)) == ["fomm", "monkey-net", "x2face"]
    form.get_by_role("checkbox", name="submitted").check()
    assert {"mine", "few"} < set(names(table))


def test_columns_are_chosen(table, form):
    l1 = table.get_by_role("columnheader", name=re.compile(r"^L1 ↓"))
    psnr = table.get_by_role("columnheader", name=re.compile(r"^PSNR"))
    expect(l1).to_have_count(1)
    expect(psnr).to_have_count(0)
    cells = lambda: table.get_by_role("row").nth(1).get_by_role("cell").count()  # noqa: E731
    before = cells()

    form.get_by_text("Columns", exact=True).click()
    form.get_by_role("checkbox", name=re.compile("^PSNR")).check()
    expect(psnr).to_have_count(1)
    assert cells() == before + 1
    form.get_by_role("checkbox", name=re.compile("l1@clip")).uncheck()
    expect(l1).to_have_count(0)
    assert cells() == before


def test_escape_closes_the_list_of_columns_and_gives_the_focus_back(page, form):
    summary = form.get_by_text("Columns", exact=True)
    summary.click()
    box = form.get_by_role("checkbox", name=re.compile("^PSNR"))
    box.focus()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_row_that_is_not_ranked_says_why_and_stays_below(page, table):
    few = table.get_by_role("row").filter(has=page.get_by_text("few", exact=True))
    expect(few.get_by_role("cell").first).to_have_text("")
    expect(few.get_by_role("rowheader")).to_contain_text("clips")
    assert names(table)[-1] == "few"


def test_the_common_subset_ranks_it(page):
    common = page.get_by_role("table", name=f"{TABLE}, common subset")
    assert "few" in ranked(common)
    common.get_by_role("button", name="Method").click()
    shown = titles(common.get_by_role("rowgroup").nth(1))
    assert shown == sorted(shown, key=str.casefold)


def test_one_comparison_is_shown_and_the_metric_chooses_it(page):
    choice = page.get_by_role("combobox", name="Metric").first
    tables = page.get_by_role("table", name=re.compile("^A against B, by"))
    options = choice.get_by_role("option").all_inner_texts()
    assert len(options) > 2
    for option in options:
        choice.select_option(label=option)
        assert tables.first.get_by_role("caption").inner_text() == f"A against B, by {option}"


def test_a_comparison_read_both_ways_says_the_opposite(page):
    table = page.get_by_role("table", name=re.compile("^A against B, by")).first
    methods = table.get_by_role("columnheader").all_inner_texts()[1:]
    said = [
        [re.split(r"[−+\d\s]", cell)[0] for cell in row.get_by_role("cell").all_inner_texts()]
        for row in table.get_by_role("row").all()[1:]
    ]
    opposite = {"better": "worse", "worse": "better", "undecided": "undecided", "": ""}
    assert len(said) == len(methods) > 2
    for i in range(len(said)):
        for j in range(len(said)):
            assert said[i][j] == opposite[said[j][i]]


def test_the_ranks_of_all_data_sets_sort(tab, mini):
    page = tab()
    page.goto((mini / "index.html").as_uri())
    table = page.get_by_role("table", name=re.compile("^Ranks by"))
    before = titles(table)
    table.get_by_role("button", name="Method").click()
    assert titles(table) == sorted(before, key=str.casefold)
    table.get_by_role("button", name="Method").click()
    assert titles(table) == sorted(before, key=str.casefold, reverse=True)
