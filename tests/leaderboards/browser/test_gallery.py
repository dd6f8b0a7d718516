"""The player of the gallery: every strip shows the frame of the slider, told by its colour."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.leaderboards.browser.conftest import Visit
from tests.leaderboards.galleries import colour

pytestmark = pytest.mark.browser
LAST = 7  # frame of the longest scene
BEGIN = 2  # the middle of the shortest one: at frame 0 nothing has moved yet
STILL = ": the source picture"
FPS = 30

Open = Callable[..., Page]


@pytest.fixture
def open_gallery(tab: Visit, mini: Path) -> Open:
    def make(*, clock: bool = False, **options) -> Page:
        page = tab(**options)
        if clock:  # from now on time passes only when the test lets it pass
            page.clock.install(time=0)
        page.goto((mini / "gallery" / "taichi-hd-mini.html").as_uri())
        load(page)
        if clock:
            page.clock.pause_at(3_600_000)
        return page

    return make


@pytest.fixture
def page(open_gallery: Open) -> Page:
    return open_gallery()


def load(page: Page) -> None:
    """Wait for all pictures, those below the window too."""
    page.evaluate("Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Frame")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Player of all scenes").get_by_role("button", name=name)


def tiles(page: Page) -> list[tuple[str, tuple[float, float]]]:
    """Alternative text and centre of every strip; of those in a scrolled box, what is in sight."""
    found = (
        page.get_by_role("article")
        .get_by_role("img")
        .evaluate_all(
            """all => all.filter(one => one instanceof HTMLImageElement).map(one => {
                const box = one.getBoundingClientRect();
                const sight = one.closest("[role=region]").getBoundingClientRect();
                const x = box.x + box.width / 2, y = box.y + box.height / 2;
                return x < sight.right ? [one.alt, [x + scrollX, y + scrollY]] : null;
            }).filter(one => one)"""
        )
    )
    assert found
    return [(alt, tuple(centre)) for alt, centre in found]


def frames(page: Page) -> dict[str, int]:
    """Which frame every strip shows, by the colour of its centre in one screenshot of the page."""
    places = tiles(page)
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB"))
    known = {colour(frame): frame for frame in range(LAST + 1)}
    found = {}
    for place, (alt, (x, y)) in enumerate(places):
        found[f"{place} {alt}"] = known[tuple(picture[int(y), int(x)].tolist())]
    return found


def said(page: Page) -> int:
    """The frame of the slider, from 0; readers count from 1."""
    return int(slider(page).input_value()) - 1


def go(page: Page, frame: int) -> None:
    slider(page).fill(str(frame + 1))


def assert_in_step(page: Page, frame: int | None = None) -> int:
    """Every strip shows the frame of the slider, or holds its own last; return that frame.

    While the pictures play, the frame is not known: then all must show one and the same.
    """
    shown = frames(page)
    moving = {alt: at for alt, at in shown.items() if not alt.endswith(STILL)}
    assert all(shown[alt] == 0 for alt in shown.keys() - moving.keys())
    frame = max(moving.values()) if frame is None else frame
    lasts = {alt: int(re.search(r", (\d+) frames$", alt)[1]) - 1 for alt in moving}
    assert {*lasts.values()} == {4, LAST}
    assert moving == {alt: min(frame, last) for alt, last in lasts.items()}
    return frame


def test_all_pictures_of_all_scenes_are_seen(page):
    assert_in_step(page, BEGIN)
    kinds = {re.sub(r"^.*?: |, \d+ frames$", "", alt) for alt, _ in tiles(page)}
    for method in ("fomm", "x2face", "oracle"):
        assert {kind for kind in kinds if kind.endswith(method)} >= {f"the prediction of {method}"}
    assert len(page.get_by_role("article").all()) == 4


def test_the_slider_moves_all_pictures(page):
    for frame in (1, 4, LAST, 0):
        go(page, frame)
        assert_in_step(page, frame)
        text = f"{frame + 1} of {LAST + 1}"
        expect(slider(page)).to_have_attribute("aria-valuetext", f"frame {text}")
        expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_a_shorter_scene_says_that_it_holds_its_last_frame(page):
    held = page.get_by_text("holds frame 5, its last")
    expect(held).to_have_count(0)
    go(page, 5)
    expect(held).to_have_count(3)
    go(page, 4)
    expect(held).to_have_count(0)


def test_buttons_go_one_frame_and_stop_at_the_ends(page):
    for _ in range(BEGIN + 1):
        button(page, "Previous frame").click()
    assert_in_step(page, 0)
    for frame in (1, 2, 3):
        button(page, "Next frame").click()
        assert said(page) == frame
    assert_in_step(page, 3)
    button(page, "Previous frame").click()
    assert_in_step(page, 2)
    for _ in range(LAST + 2):
        button(page, "Next frame").click()
    assert said(page) == LAST


def test_keys_move_all_pictures(page):
    for key, frame in (
        ("ArrowRight", BEGIN + 1),
        ("ArrowRight", BEGIN + 2),
        ("ArrowLeft", BEGIN + 1),
        ("End", LAST),
        ("ArrowRight", LAST),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        assert said(page) == frame, key
    page.keyboard.press("End")
    assert_in_step(page, LAST)


def test_keys_work_on_the_slider_too_and_count_once(page):
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    assert said(page) == BEGIN + 1
    page.keyboard.press("End")
    assert said(page) == LAST


def test_keys_with_a_modifier_belong_to_the_browser(page):
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Shift+End")
    assert said(page) == BEGIN


def test_space_plays_and_pauses_once_even_on_the_button(open_gallery):
    page = open_gallery(clock=True)
    for on in (None, button(page, "Play")):
        if on:
            on.focus()
        page.keyboard.press("Space")
        expect(button(page, "Pause")).to_have_count(1)
        page.keyboard.press("Space")
        expect(button(page, "Play")).to_have_count(1)


def test_playing_keeps_step_with_the_clock_and_never_drifts(open_gallery):
    page = open_gallery(clock=True)
    button(page, "Play").click()
    passed = 0
    for more in (100, 1_000, 60_000, 17):
        page.clock.run_for(more)
        passed += more
        frame = (BEGIN + int(passed / 1000 * FPS)) % (LAST + 1)
        assert abs(said(page) - frame) in (0, 1, LAST), "at most one picture of the screen late"
        assert_in_step(page, said(page))
    button(page, "Pause").click()
    stopped = said(page)
    page.clock.run_for(1_000)
    assert_in_step(page, stopped)


def test_playing_for_real_all_pictures_show_one_frame(page):
    button(page, "Play").click()
    seen = {assert_in_step(page) for _ in range(4)}
    assert len(seen) > 1, "it plays"
    button(page, "Pause").click()
    assert_in_step(page, said(page))


def test_play_goes_on_where_the_slider_stands_and_begins_anew_at_the_end(open_gallery):
    page = open_gallery(clock=True)
    go(page, 3)
    button(page, "Play").click()
    page.clock.run_for(20)
    assert said(page) == 3
    go(page, LAST)
    expect(button(page, "Play")).to_have_count(1)
    button(page, "Play").click()
    page.clock.run_for(20)
    assert said(page) == 0


def test_speed_is_that_of_the_choice(open_gallery):
    page = open_gallery(clock=True)
    page.keyboard.press("Home")
    page.get_by_role("combobox", name="Speed").select_option(label="¼×")
    button(page, "Play").click()
    page.clock.run_for(800)
    assert said(page) in (5, 6)  # 0.8 s at 7.5 frames a second


def test_reduced_motion_plays_once_and_slowly(open_gallery):
    page = open_gallery(clock=True, reduced_motion="reduce")
    page.clock.run_for(1_000)
    assert_in_step(page, BEGIN)  # nothing moves by itself
    page.keyboard.press("Home")
    button(page, "Play").click()
    page.clock.run_for(800)
    assert said(page) in (5, 6)
    page.clock.run_for(1_000)
    expect(button(page, "Play")).to_have_count(1)
    assert_in_step(page, LAST)


def test_rows_can_be_left_out(page):
    shown = lambda: [alt for alt, (_, y) in tiles(page) if y]  # noqa: E731
    settings = page.get_by_role("group", name="What is shown")
    assert any("error of" in alt for alt in shown())
    settings.get_by_role("checkbox", name="Error").uncheck()
    assert not any("error of" in alt for alt in shown())
    settings.get_by_role("checkbox", name="Anchors").uncheck()
    assert not any("oracle" in alt for alt in shown())
    settings.get_by_role("checkbox", name="Error").check()
    assert any("error of fomm" in alt for alt in shown())


@pytest.mark.parametrize("width", [360, 800])
def test_tiles_of_every_size_stay_in_step(open_gallery, width):
    page = open_gallery(width=width)
    go(page, 5)
    for size in ("64 px", "fit"):
        page.get_by_role("combobox", name="Tiles").select_option(label=size)
        assert_in_step(page, 5)


def test_what_is_missing_says_why(page):
    missing = page.get_by_role("img", name="missing, predicts no occlusion map")
    expect(missing).to_have_count(4)
    expect(missing.first).to_be_visible()


def test_a_restored_slider_is_obeyed(page):
    go(page, 6)
    page.reload()
    load(page)
    assert_in_step(page, said(page))


def test_restored_settings_are_obeyed(page):
    settings = page.get_by_role("group", name="What is shown")
    flow, size = settings.get_by_role("checkbox", name="Flow"), settings.get_by_role("combobox")
    flow.uncheck()
    size.select_option(label="64 px")
    page.goto(page.url.replace("gallery/taichi-hd-mini", "index"))
    page.go_back()
    load(page)
    expect(flow).not_to_be_checked()
    assert not any("flow that" in alt for alt, (_, y) in tiles(page) if y)
    expect(size).to_have_value("64")
    assert page.get_by_role("article").get_by_role("img").first.bounding_box()["width"] == 64
