"""One Chromium and one site of each profile for all tests; every page is offline and watched."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.leaderboards.browser.sites import full_board, mini_board, write_site
from tests.leaderboards.browser.watching import watch

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mini board with a site."""
    home = mini_board(tmp_path_factory.mktemp("mini"))
    write_site(home, profile="mini")
    return home


@pytest.fixture(scope="session")
def mini(board: Path) -> Path:
    """The site of a mini board."""
    return board / "site"


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a full board, without results."""
    return write_site(full_board(tmp_path_factory.mktemp("full")), profile="full")


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Visit]:
    """Make an offline page: ``tab(width=360, ...)``, other options as of a browser's context.

    At the end of the test: no page asked for anything but files, none said an error or a warning,
    none opened a dialog.
    """
    contexts, wrong = [], []

    def make(*, width: int = 1400, height: int = 900, **options) -> Page:
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, wrong)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not wrong
