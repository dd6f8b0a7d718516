"""axe-core finds nothing on any page, in both themes, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.leaderboards.browser.conftest import Visit

pytestmark = pytest.mark.browser
WIDTHS = (1400, 360)
STRUCTURE = """() => axe.run({
    resultTypes: ["violations"], preload: false, rules: { "color-contrast": { enabled: false } },
}).then(said => said.violations)"""
# One element of every kind of text: of its own colour, size and weight, on its own ground. Contrast
# is judged on these; the rest is the same, and there are thousands of cells.
KINDS = """() => {
    const kinds = new Map(), grounds = new Map();
    const ground = one => {
        if (!one) return "";
        if (!grounds.has(one)) {
            const below = ground(one.parentElement), style = getComputedStyle(one);
            const clear = style.backgroundColor === "rgba(0, 0, 0, 0)"
                && style.backgroundImage === "none" && style.opacity === "1";
            grounds.set(one, clear ? below : `${below} ${style.background} ${style.opacity}`);
        }
        return grounds.get(one);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement, style = getComputedStyle(one);
        if (!walker.currentNode.textContent.trim() || !one.checkVisibility()) continue;
        const look = [style.color, style.fill, style.fontSize, style.fontWeight, ground(one)];
        if (!kinds.has(String(look))) kinds.set(String(look), one);
    }
    const options = { runOnly: ["color-contrast"], resultTypes: ["violations"], preload: false };
    return axe.run([...kinds.values()], options).then(said => [kinds.size, said.violations]);
}"""


def found(violations: list[dict]) -> list[str]:
    return [
        f"{said['id']}: {node['target']} {node['html'][:160]}"
        for said in violations
        for node in said["nodes"]
    ]


def structure(page: Page) -> list[str]:
    """Everything but the contrast of colours."""
    return found(page.evaluate(STRUCTURE))


def contrast(page: Page) -> list[str]:
    kinds, violations = page.evaluate(KINDS)
    assert kinds > 4
    return found(violations)


def load(page: Page, file: Path) -> None:
    page.goto(file.as_uri())
    page.evaluate(AXE_SCRIPT)


def test_no_violation_on_any_page(tab: Visit, site: Path):
    page, wrong = tab(reduced_motion="reduce"), {}
    for file in sorted(site.rglob("*.html")):
        load(page, file)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            said = structure(page) + contrast(page)
            page.emulate_media(color_scheme="dark")
            said += contrast(page)
            if said:
                wrong[file.name, width] = said
    assert not wrong


def test_contrast_that_is_too_low_is_seen(tab: Visit, mini: Path):
    page = tab()
    load(page, mini / "index.html")
    assert structure(page) == []
    page.get_by_role("heading", level=1).evaluate("one => one.style.color = '#ddd'")
    assert any("h1" in said for said in contrast(page))
    page.get_by_role("heading", level=1).evaluate("one => one.removeAttribute('style')")
    page.get_by_role("main").evaluate("one => one.append(document.createElement('img'))")
    assert any(said.startswith("image-alt") for said in structure(page))
