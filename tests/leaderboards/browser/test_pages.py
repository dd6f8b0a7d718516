"""Every page of the site: offline, silent, whole without a script, no wider than the window."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.leaderboards.browser.conftest import Visit
from tests.leaderboards.browser.sites import KINDS, SCRIPT, results
from tests.leaderboards.browser.survey import WIDTHS, Seen, survey

pytestmark = pytest.mark.browser
HEAVIEST = 250_000
"""Bytes of a page with its style sheets and scripts, without pictures."""
A4 = 703
"""Pixels between the margins of a sheet."""
All = dict[str, Seen]


class EveryPage:
    """What holds on every page; a class for each profile, so that each can have a process."""

    PROFILE: str

    @pytest.fixture(scope="class")
    def site(self, request: pytest.FixtureRequest) -> Path:
        return request.getfixturevalue(self.PROFILE)

    @pytest.fixture(scope="class")
    def seen(self, chromium: Browser, site: Path) -> All:
        return survey(chromium, site)

    def test_no_page_asks_for_more_or_complains(self, seen: All):
        assert len(seen) > 30
        assert {name: page.wrong for name, page in seen.items() if page.wrong} == {}

    def test_axe_finds_no_violation_on_any_page(self, seen: All):
        assert {name: page.axe for name, page in seen.items() if page.axe} == {}

    def test_no_page_is_wider_than_the_window(self, seen: All):
        wide = {
            (name, width): page.inside[width]
            for name, page in seen.items()
            for width in WIDTHS
            if page.inside[width] > width
        }
        assert not wide

    def test_every_page_has_one_main_heading_and_a_title_of_its_own(self, seen: All):
        assert {page.ones for page in seen.values()} == {(1, 1)}
        assert len({page.title for page in seen.values()}) == len(seen)

    def test_every_link_leads_to_a_file_and_a_part_of_it(self, site: Path, seen: All):
        files = {path.as_uri() for path in site.rglob("*") if path.is_file()}
        parts = {(site / name).as_uri(): set(page.ids) for name, page in seen.items()}
        lost, inner = [], 0
        for name, page in seen.items():
            assert len(set(page.ids)) == len(page.ids), f"{name}: an id twice"
            for url in page.links:
                target, _, part = url.partition("#")
                inner += url.startswith("file:")
                if not url.startswith("file:"):
                    assert re.match("https?://|data:", url), f"{name}: links to {url}"
                elif target not in files or (part and part not in parts[target]):
                    lost.append((name, url.removeprefix(site.as_uri())))
        assert inner > 300
        assert not lost

    def test_every_page_can_be_reached_from_the_overview(self, site: Path, seen: All):
        home = f"{site.as_uri()}/"
        links = {
            name: {url.partition("#")[0].removeprefix(home) for url in page.links}
            for name, page in seen.items()
        }
        todo, reached = ["index.html"], set()
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += links.get(name, ())
        assert set(seen) <= reached
        if (site / "media").is_dir():  # of a board without results there is nothing to download
            files = [
                path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()
            ]
            assert set(files) <= reached

    def test_without_a_script_pages_are_read_and_offer_nothing_dead(self, seen: All):
        assert {name: page.plain for name, page in seen.items() if page.plain} == {}
        assert min(page.read for page in seen.values()) > 300

    def test_pages_are_light(self, site: Path, seen: All):
        heavy = {}
        for name, page in seen.items():
            sheets = {url.partition("#")[0] for url in page.links if re.search(r"\.(css|js)$", url)}
            files = [site / name, *(site / url.removeprefix(f"{site.as_uri()}/") for url in sheets)]
            assert len(files) > 2
            weight = sum(file.stat().st_size for file in files)
            if weight > HEAVIEST:
                heavy[name] = weight
        assert not heavy

    def test_on_paper_there_are_no_controls(self, seen: All):
        assert {name: page.printed for name, page in seen.items() if page.printed} == {}


class TestMini(EveryPage):
    PROFILE = "mini"


class TestFull(EveryPage):
    PROFILE = "full"


def test_a_page_that_asks_or_complains_is_noticed(chromium, tmp_path: Path):
    (tmp_path / "bad.html").write_text(
        "<!doctype html><main><img src='http://example.org/x.png'><script>console.error('oh');"
        "alert(1); none()</script><p style='width: 500px'>wide</p><button>dead</button></main>"
    )
    bad = survey(chromium, tmp_path)["bad.html"]
    for part in ("asks for http://example.org/x.png", "says oh", "opens a dialog", "none is not"):
        assert any(part in said for said in bad.wrong), part
    assert bad.inside[360] > 360
    assert bad.plain == bad.printed == ["button dead"]


def test_without_a_script_all_rows_are_there(tab: Visit, board: Path):
    page = tab(java_script_enabled=False)
    page.goto((board / "site" / "taichi-hd-mini.html").as_uri())
    table = page.get_by_role("table", name="taichi-hd-mini, reconstruction", exact=True)
    links = table.get_by_role("rowheader").get_by_role("link")
    shown = links.evaluate_all("all => all.map(one => one.href.match(/([^/]+)\\.html$/)[1])")
    assert sorted(shown) == sorted(results(board, "taichi-hd"))
    comparisons = page.get_by_role("table", name=re.compile("^A against B")).all()
    assert len(comparisons) > 2
    assert all(one.is_visible() for one in comparisons)


def test_without_a_script_the_gallery_shows_a_frame_of_every_scene(tab: Visit, mini: Path):
    page = tab(java_script_enabled=False)
    page.goto((mini / "gallery" / "taichi-hd-mini.html").as_uri())
    assert "Without JavaScript one frame" in page.get_by_role("main").inner_text()
    pictures = page.get_by_role("article").get_by_role("img")
    assert pictures.count() > 20
    expect(pictures.first).to_be_visible()


def test_a_hostile_card_is_plain_text(tab: Visit, mini: Path):
    page = tab()
    page.goto((mini / "methods" / "few.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text(SCRIPT)
    scripts = page.locator("script").evaluate_all("all => all.map(one => one.textContent)")
    assert not any("alert" in text for text in scripts)
    assert page.get_by_role("main").locator("[onerror], [onload]").count() == 0


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("script", [True, False])
def test_on_paper_nothing_is_cut_folded_or_tiny(tab: Visit, mini: Path, name: str, script: bool):
    page = tab(width=A4, java_script_enabled=script)
    page.goto((mini / name).as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    folded = page.locator("details:not([open]) > :not(summary)")
    assert not folded.evaluate_all(
        "all => all.filter(one => !one.closest('form') && !one.checkVisibility())"
        ".map(one => one.outerHTML.slice(0, 80))"
    )
    sizes = (
        page.get_by_role("main")
        .locator(":not(sup):not(svg *)")
        .evaluate_all(
            "all => all.filter(one => one.textContent.trim() && one.checkVisibility())"
            ".map(one => parseFloat(getComputedStyle(one).fontSize) * 0.75)"
        )
    )
    assert min(sizes) >= 7, "points"


def test_on_paper_tables_are_whole(tab: Visit, mini: Path):
    page = tab()
    page.goto((mini / "taichi-hd-mini.html").as_uri())
    page.emulate_media(media="print")
    table = page.get_by_role("table", name="taichi-hd-mini, reconstruction", exact=True)
    expect(table).to_be_visible()
    box = table.locator("xpath=..")
    assert box.evaluate("one => getComputedStyle(one).overflowX") == "visible"
    assert page.pdf(format="A4").startswith(b"%PDF")
