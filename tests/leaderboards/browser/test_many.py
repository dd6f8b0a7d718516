"""Hundreds of methods: the first hundred are laid out; all are sorted, filtered, shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from metrics.result import Result
from tests.leaderboards.browser.conftest import Visit
from tests.leaderboards.browser.sites import many_board, results, write_site

pytestmark = pytest.mark.browser
METHODS, FIRST, ANCHORS = 200, 100, 3


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("many")
    made = many_board(home, methods=METHODS, datasets=["mgif"])
    write_site(made, profile="mini")
    return made


@pytest.fixture(scope="module")
def values(board: Path) -> dict[str, Result]:
    found = {name: row for name, row in results(board, "mgif").items() if row.status != "anchor"}
    assert len(found) == METHODS
    return found


@pytest.fixture
def page(tab: Visit, board: Path) -> Page:
    page = tab()
    page.goto((board / "site" / "mgif-mini.html").as_uri())
    return page


@pytest.fixture
def table(page: Page) -> Locator:
    return page.get_by_role("table", name="mgif-mini, reconstruction", exact=True)


@pytest.fixture
def form(page: Page) -> Locator:
    return page.get_by_role("form", name="Filter of mgif-mini, reconstruction", exact=True)


def names(table: Locator) -> list[str]:
    """Of the ranked rows; their headers in one go, since there are many."""
    rows = table.get_by_role("rowgroup").nth(1)
    return rows.evaluate("one => [...one.rows].map(row => row.querySelector('th a').textContent)")


def test_the_best_come_first_and_all_can_be_shown(table, form, values):
    best = sorted(values, key=lambda name: (values[name].metrics["l1@clip"].value, name))
    assert names(table) == best[:FIRST]
    expect(form.get_by_role("status")).to_have_text(
        f"{FIRST + ANCHORS} of {METHODS + ANCHORS} rows"
    )
    more = form.get_by_role("button", name="Show all")
    more.click()
    assert names(table) == best
    expect(more).to_be_hidden()
    expect(form.get_by_role("status")).to_have_text(f"{METHODS + ANCHORS} rows")


@pytest.mark.parametrize(
    ("column", "metric", "digits"),
    [("L1 ↓", "l1@clip", 4), ("Flow EPE ↓", "flow-epe", 2), ("Method", "", 0)],
)
def test_all_rows_are_sorted_though_a_hundred_are_shown(table, values, column, metric, digits):
    """By what is shown: rows that are alike to its last digit keep the order of the page."""
    worth = {
        name: round(row.metrics[metric].value, digits) if metric else name
        for name, row in values.items()
    }
    button = table.get_by_role("button", name=column, exact=True)
    head = table.get_by_role("columnheader", name=re.compile(f"^{column}"))
    seen = set()
    for _ in range(2):
        button.click()
        turned = head.get_attribute("aria-sort") == "descending"
        shown = [worth[name] for name in names(table)]
        assert shown == sorted(worth.values(), reverse=turned)[:FIRST]
        seen.add(turned)
    assert seen == {False, True}


def test_text_finds_a_row_that_is_not_laid_out(table, form, values):
    worst = max(values, key=lambda name: values[name].metrics["l1@clip"].value)
    assert worst not in names(table)
    form.get_by_role("searchbox").fill(worst)
    assert names(table) == [worst]


def test_without_a_script_all_rows_are_there(tab, board, values):
    page = tab(java_script_enabled=False)
    page.goto((board / "site" / "mgif-mini.html").as_uri())
    table = page.get_by_role("table", name="mgif-mini, reconstruction", exact=True)
    shown = table.get_by_role("rowheader").get_by_role("link").all_inner_texts()
    assert set(values) < set(shown)
    assert len(shown) == METHODS + ANCHORS


def test_the_ranks_of_all_data_sets_too(tab, board, values):
    page = tab()
    page.goto((board / "site" / "index.html").as_uri())
    table = page.get_by_role("table", name=re.compile("^Ranks by"))
    form = page.get_by_role("form", name="Filter of all data sets")
    for turned in (False, True):
        table.get_by_role("button", name="Method").click()
        assert names(table) == sorted(values, reverse=turned)[:FIRST]
    form.get_by_role("button", name="Show all").click()
    assert names(table) == sorted(values, reverse=True)
