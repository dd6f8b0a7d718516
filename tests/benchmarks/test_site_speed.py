"""Boards of hundreds of methods: how building grows with them, and what a sort takes.

``SITE_METHODS=500`` makes the board of the figures in the documentation; it prints seconds.
"""

import os
import shutil
import statistics
import time
from pathlib import Path

import pytest

from leaderboards.board import sections_by_task
from leaderboards.derived import load, tables
from leaderboards.site.collect import collect
from leaderboards.site.render import render_site
from tests.leaderboards.browser.sites import SPLITS, many_board, write_site

pytestmark = pytest.mark.benchmark(group="site")
METHODS = int(os.environ.get("SITE_METHODS", "200"))
SORT = """async column => {
    const table = document.querySelector("table[data-sortable]"), took = [];
    const button = [...table.tHead.querySelectorAll("button")].find(b => b.textContent === column);
    for (let press = 0; press < 15; press++) {
        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
        const began = performance.now();
        button.click();
        document.body.offsetHeight;  // laid out
        took.push(performance.now() - began);
    }
    return took;
}"""


def build(board: Path) -> float:
    """Load, check, and render the tables and the site of ``board``; return seconds."""
    began = time.process_time()
    submitted = board / "none"
    loaded = load(
        board / "results", profile="mini", version="v1", submitted=submitted, splits=SPLITS
    )
    tasks = sections_by_task(loaded.results, loaded.clips)
    texts = tables(tasks, board, profile="mini", version="v1")
    csv = {name: text for name, text in texts.items() if name.endswith(".csv")}
    common = {"version": "v1", "profile": "mini", "splits": SPLITS}
    render_site(collect(board, sections=tasks, tables=csv, **common))
    return time.process_time() - began


def test_building_does_not_grow_faster_than_the_methods(benchmark, tmp_path, capsys):
    names = ("taichi-hd", "voxceleb", "fashion", "mgif")
    few = many_board(tmp_path / "few", methods=METHODS // 4, datasets=names)
    many = many_board(tmp_path / "many", methods=METHODS, datasets=names)
    build(few)  # imports and fonts

    seconds = build(few), benchmark.pedantic(lambda: build(many), rounds=1)

    ratio = seconds[1] / seconds[0]
    benchmark.extra_info |= {"of a fourth": ratio, "methods": METHODS, "must": "of a fourth < 5"}
    with capsys.disabled():
        print(f"\n{METHODS} methods x 4 data sets: {seconds[1]:.1f} s, {ratio:.1f} x a fourth")
    assert ratio < 5


def test_a_sort_lays_out_a_hundred_rows(benchmark, tmp_path, capsys):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    site = write_site(many_board(tmp_path, methods=METHODS, datasets=["taichi-hd"]), profile="mini")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto((site / "taichi-hd-mini.html").as_uri())
        columns = ("Method", "L1\u00a0↓", "AKD\u00a0↓", "Parameters\u00a0↓")

        def press() -> dict[str, float]:
            return {name: statistics.median(page.evaluate(SORT, name)) for name in columns}

        first = benchmark.pedantic(press, rounds=1)
        page.get_by_role("button", name="Show all").first.click()
        every = press()
        browser.close()

    ratio = sum(every.values()) / sum(first.values())
    benchmark.extra_info |= {"all rows / a hundred": ratio, "methods": METHODS}
    with capsys.disabled():
        said = ", ".join(f"{name} {took:.0f} ms" for name, took in first.items())
        print(f"\n{METHODS} rows sorted by {said}; all of them laid out: {ratio:.1f} x")
    assert max(first.values()) < sum(every.values())
