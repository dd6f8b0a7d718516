"""What a browser sees of every page of a site, in one visit with scripts and one without."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.leaderboards.browser.watching import watch

WIDTHS = (360, 800, 1400)
CONTROLS = ("combobox", "searchbox", "slider", "checkbox", "button")


@dataclass
class Seen:
    """One page.

    Attributes:
        title: Of the window.
        ones: How many headings of the first order, and how many mains, it has.
        inside: Width of the window -> width of what is in it.
        ids: Of its parts.
        links: All that it links to, and all that it is made of.
        printed: Controls on paper; headers that sort are printed as headers.
        plain: Controls without a script; the same headers are left out.
        read: Characters of text in sight without a script.
        wrong: What it should not do.
    """

    title: str = ""
    ones: tuple[int, int] = (0, 0)
    inside: dict[int, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    read: int = 0
    wrong: list[str] = field(default_factory=list)


def survey(chromium: Browser, site: Path) -> dict[str, Seen]:
    """Visit all pages of ``site``: path below it -> what was seen."""
    found = {path.relative_to(site).as_posix(): Seen() for path in sorted(site.rglob("*.html"))}
    wrong: list[str] = []
    scripted = chromium.new_context(offline=True, reduced_motion="reduce").new_page()
    plain = chromium.new_context(offline=True, java_script_enabled=False).new_page()
    for page in (scripted, plain):
        watch(page, wrong)
    for name, seen in found.items():
        scripted.goto((site / name).as_uri())
        _look(scripted, seen)
        plain.goto((site / name).as_uri())
        seen.plain = controls(plain)
        seen.read = len(plain.get_by_role("main").inner_text())
        seen.wrong, wrong[:] = list(wrong), []
    scripted.context.close()
    plain.context.close()
    return found


def _look(page: Page, seen: Seen) -> None:
    seen.title = page.title()
    seen.ones = page.get_by_role("heading", level=1).count(), page.get_by_role("main").count()
    seen.ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    seen.links = page.locator("[href], [src]").evaluate_all(
        "all => all.map(one => one.src || one.href).filter(url => typeof url === 'string')"
    )
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        seen.inside[width] = page.evaluate("document.documentElement.scrollWidth")
    page.emulate_media(media="print")
    seen.printed = controls(page)
    page.emulate_media(media="screen")


def controls(page: Page) -> list[str]:
    """Controls in sight, less the headers that sort."""
    found = [page.get_by_role(role).all_inner_texts() for role in CONTROLS]
    heads = page.get_by_role("columnheader").get_by_role("button").all_inner_texts()
    flat = [f"{role} {text}" for role, texts in zip(CONTROLS, found, strict=True) for text in texts]
    for head in heads:
        flat.remove(f"button {head}")
    return flat
