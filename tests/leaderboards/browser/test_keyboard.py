"""Everything that a mouse reaches a keyboard reaches, in sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.leaderboards.browser.conftest import Visit

pytestmark = pytest.mark.browser
KINDS = (  # one page of each kind
    "index.html",
    "taichi-hd-mini.html",
    "gallery/taichi-hd-mini.html",
    "methods/fomm.html",
    "metrics/l1-at-clip.html",
    "cite.html",
    "splits.html",
)
STOP = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    if (one === document.body) return null;
    one.dataset.reached = "";
    const box = one.getBoundingClientRect();
    return {
        what: one.outerHTML.slice(0, 120),
        marked: parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none",
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""
ROLES = ("link", "button", "combobox", "searchbox", "slider", "checkbox")


def test_the_first_stop_skips_to_the_content(tab: Visit, mini: Path):
    page = tab()
    page.goto((mini / "index.html").as_uri())
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.bounding_box()["x"] < 0 or skip.bounding_box()["y"] < 0
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", [360, 1400])
def test_every_control_is_reached_marked_and_in_sight(
    tab: Visit, mini: Path, name: str, width: int
):
    page = tab(width=width, reduced_motion="reduce")
    page.goto((mini / name).as_uri())
    wanted = _controls(page)
    bad = [stop["what"] for stop in _stops(page) if not (stop["marked"] and stop["inside"])]
    assert not bad
    missed = page.evaluate(
        "() => [...document.querySelectorAll('[data-wanted]:not([data-reached])')]"
        ".map(one => one.outerHTML.slice(0, 120))"
    )
    assert wanted > 10
    assert not missed


def _controls(page: Page) -> int:
    """Mark all controls in sight; return how many there are."""
    marked = 0
    for role in ROLES:
        found = page.get_by_role(role)
        marked += found.evaluate_all(
            "all => { for (const one of all) one.dataset.wanted = ''; return all.length; }"
        )
    return marked


def _stops(page: Page) -> list[dict]:
    """Press Tab until the focus leaves the page."""
    stops = []
    for _ in range(700):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        stops.append(stop)
    assert 10 < len(stops) < 700
    return stops
