"""axe-core on one page after the other; colours that were judged once are not judged again."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

PHONE, DESK = 360, 1400
VIEWS = ((DESK, "light"), (DESK, "dark"), (PHONE, "dark"), (PHONE, "light"))
COLOURS = ("color-contrast", "link-in-text-block")
STRUCTURE = {"rules": {"color-contrast": {"enabled": False}}}
ON_A_PHONE = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
"""Structure is judged again where the width has changed, contrast everywhere."""
CONTRAST = {"runOnly": ["color-contrast"]}

# Takes the kinds of text that are known, marks one text of every other kind and returns those
# kinds. Contrast depends on nothing else: colour, size, weight, and the grounds one over the other.
MARK = """known => {
    const kinds = new Set(known), fresh = [], grounds = new Map();
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
    for (const one of document.querySelectorAll("[data-kind]")) delete one.dataset.kind;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !one.checkVisibility()) continue;
        const { color, fill, fontSize, fontWeight } = getComputedStyle(one);
        const kind = [color, fill, fontSize, fontWeight, ground(one)].join();
        if (kinds.has(kind)) continue;
        kinds.add(kind);
        fresh.push(kind);
        one.dataset.kind = "";
    }
    return fresh;
}"""
RUN = """([rules, where]) => axe.run(where ? document.querySelectorAll(where) : document, {
    ...rules, resultTypes: ["violations"], preload: false,
}).then(said => said.violations)"""


def violations(page: Page, known: set[str]) -> list[str]:
    """All that axe-core says of the page that is open, in both themes, on a desk and on a phone.

    ``known`` are the kinds of text whose contrast was judged before; those of the page are added.
    """
    page.evaluate(AXE_SCRIPT)
    said: list[str] = []
    for place in VIEWS:
        page.set_viewport_size({"width": place[0], "height": 900})
        page.emulate_media(color_scheme=place[1])
        rules = {VIEWS[0]: STRUCTURE, VIEWS[2]: ON_A_PHONE}.get(place)
        found = _run(page, rules) if rules else []
        fresh = page.evaluate(MARK, sorted(known))
        if fresh:
            known.update(fresh)
            found += _run(page, CONTRAST, "[data-kind]")
        said += [f"{place[0]}, {place[1]}: {one}" for one in found]
    return said


def _run(page: Page, rules: dict[str, object], where: str = "") -> list[str]:
    return [
        f"{said['id']}: {node['target']} {node['html'][:160]}"
        for said in page.evaluate(RUN, [rules, where])
        for node in said["nodes"]
    ]
