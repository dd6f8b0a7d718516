"""Light and dark: as the system says, or as chosen, and remembered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.leaderboards.browser.conftest import Visit

pytestmark = pytest.mark.browser


def brightness(page: Page) -> float:
    """Of the page's ground, from 0 to 1."""
    said = (
        page.get_by_role("document")
        .or_(page.locator("body"))
        .last.evaluate("one => getComputedStyle(one).backgroundColor")
    )
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", said)[:3])
    return (red + green + blue) / 3 / (255 if max(red, green, blue) > 1 else 1)


def theme(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Theme")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_it_follows_the_system_until_one_is_chosen(tab: Visit, mini: Path, system: str):
    page = tab(color_scheme=system)
    page.goto((mini / "index.html").as_uri())
    other = "dark" if system == "light" else "light"
    bright = {"light": lambda: brightness(page) > 0.8, "dark": lambda: brightness(page) < 0.2}
    expect(theme(page)).to_have_value("auto")
    assert bright[system]()
    page.emulate_media(color_scheme=other)
    assert bright[other]()
    page.emulate_media(color_scheme=system)

    theme(page).select_option(label=other.capitalize())
    assert bright[other]()
    page.reload()
    expect(theme(page)).to_have_value(other)
    assert bright[other]()
    page.goto((mini / "methods" / "fomm.html").as_uri())
    expect(theme(page)).to_have_value(other)
    assert bright[other](), "remembered on every page"

    theme(page).select_option(label="Auto")
    assert bright[system]()
    page.reload()
    expect(theme(page)).to_have_value("auto")
    assert bright[system]()


def test_without_a_script_it_follows_the_system(tab: Visit, mini: Path):
    page = tab(color_scheme="dark", java_script_enabled=False)
    page.goto((mini / "index.html").as_uri())
    ground = page.screenshot(clip={"x": 0, "y": 400, "width": 8, "height": 8})
    page.emulate_media(color_scheme="light")
    assert ground != page.screenshot(clip={"x": 0, "y": 400, "width": 8, "height": 8})


def test_plots_follow_the_theme(tab: Visit, mini: Path):
    page = tab(color_scheme="light")
    page.goto((mini / "taichi-hd-mini.html").as_uri())
    plot = page.get_by_role("figure").get_by_role("img").first
    ink = lambda: plot.evaluate("one => getComputedStyle(one).color")  # noqa: E731
    light = ink()
    theme(page).select_option(label="Dark")
    assert ink() != light
