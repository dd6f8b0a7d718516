import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from leaderboards import markdown as md

HOSTILE = [
    "a|b",
    "`code`",
    "<script>alert(1)</script>",
    "line\nbreak\r\nand\ttab",
    "**bold** _it_ ~~no~~ $x$",
    "[link](https://example.org)",
    "![picture](x.png)",
    "<!-- END LEADERBOARD v1 mini taichi-hd -->",
    "back\\slash\\|",
    "&lt;b&gt; &amp;",
    "# heading",
    "\u202eright to left",
]


def rendered(cell: str) -> str:
    table = md.table(["Method", "x"], [[cell, "1"]])
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(table)


def cells(page: str) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", page, flags=re.DOTALL)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(text):
    shown = cells(rendered(md.escape(text)))

    assert len(shown) == 2
    assert "<" not in shown[0]
    assert html.unescape(shown[0]) == " ".join(re.sub(r"[\s\u202e]", " ", text).split())


@settings(max_examples=40, deadline=None, database=None)
@given(st.text(max_size=60))
def test_any_text_stays_in_its_cell(text):
    shown = cells(rendered(md.escape(text)))

    assert len(shown) == 2
    assert "<" not in shown[0]
    assert "\n" not in md.escape(text)


def test_web_addresses_do_not_become_links():
    escaped = md.escape("see https://evil.example and www.evil.example :smile:")

    assert "https://" not in escaped
    assert "www.evil" not in escaped
    assert " :smile" not in escaped


def test_long_text_is_cut():
    assert len(md.escape("x" * 10_000)) == md.LONGEST


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.03124999, "0.03125"),
        (0.0999996, "0.1000"),
        (0.99996, "1.000"),
        (3.21249, "3.212"),
        (12.3456, "12.35"),
        (1234.56, "1235"),
        (123456.7, "123457"),
        (0.00012345, "0.0001234"),
        (1e-5, "0.00001000"),
        (1.23456e-7, "1.235e-07"),
        (-0.5, "−0.5000"),
    ],
)
def test_four_significant_digits(value, text):
    assert md.number(value) == text


def test_interval_has_the_decimals_of_its_value():
    assert md.interval(0.0, 0.1, like=0.03125) == "[0, 0.10000]"
    assert md.interval(-1.5, 2.0, like=1.5, sign=True) == "[−1.500, +2.000]"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        md.table(["a", "b"], [["1"]])
