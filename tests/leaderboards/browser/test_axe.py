"""What axe-core is asked on every page: faults are seen in the view in which they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.leaderboards.browser.axe import violations
from tests.leaderboards.browser.conftest import Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("<p style='color: light-dark(#ddd, #eee)'>faint in light</p>", ["1400, light: color"]),
        ("<p style='color: light-dark(#111, #222)'>faint in dark</p>", ["1400, dark: color"]),
        (
            "<style>@media (max-width: 400px) { .f { color: #ddd } }</style><p class='f'>faint</p>",
            ["360, light: color"],
        ),
        ("<img src='data:,'>", ["1400, light: image-alt", "360, dark: image-alt"]),
        (
            "<style>@media (min-width: 400px) { .f { display: none } }</style>"
            "<img class='f' src='data:,'>",
            ["360, dark: image-alt"],
        ),
        ("<p>as it should be</p>", []),
    ],
)
def test_a_fault_is_seen_where_it_is(tab: Visit, mini: Path, tmp_path: Path, fault, says):
    copy = tmp_path / "site"
    shutil.copytree(mini / "assets", copy / "assets")
    text = (mini / "splits.html").read_text(encoding="utf-8")
    (copy / "splits.html").write_text(text.replace("</main>", f"{fault}</main>"), encoding="utf-8")
    page = tab()
    page.goto((copy / "splits.html").as_uri())
    said = violations(page, set())
    assert len(said) == len(says)
    for one, start in zip(said, says, strict=True):
        assert one.startswith(start)
