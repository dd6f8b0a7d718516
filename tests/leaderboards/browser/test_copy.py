"""Copy buttons, and the entry of one number on the page of citations."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.leaderboards.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_copy_button_puts_the_text_on_the_clipboard(tab: Visit, mini: Path):
    page = tab(permissions=["clipboard-read", "clipboard-write"])
    page.goto((mini / "cite.html").as_uri())
    button = page.get_by_role("button", name="Copy BibTeX of the suite")
    button.click()
    expect(button).to_have_text("Copied")
    entry = page.get_by_role("region", name="BibTeX of the suite").inner_text()
    assert entry.startswith("@")
    assert page.evaluate("navigator.clipboard.readText()").strip() == entry.strip()


def test_a_restored_choice_is_obeyed(tab: Visit, mini: Path):
    page = tab()
    page.goto((mini / "cite.html").as_uri())
    choice = page.get_by_role("combobox", name="Data set")
    choice.select_option(label="fashion-mini")
    page.goto((mini / "index.html").as_uri())
    page.go_back()
    expect(choice).not_to_have_value(choice.get_by_role("option").first.get_attribute("value"))
    entry = page.get_by_role("region", name="BibTeX of the chosen number")
    expect(entry).to_contain_text("fashion-mini@v1")


def test_where_the_clipboard_is_refused_the_text_is_selected(tab: Visit, mini: Path):
    page = tab()
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto((mini / "cite.html").as_uri())
    button = page.get_by_role("button", name="Copy BibTeX of the suite")
    button.click()
    expect(button).to_have_text("Press Ctrl+C")
    entry = page.get_by_role("region", name="BibTeX of the suite").inner_text()
    assert page.evaluate("getSelection().toString()").strip() == entry.strip()


def test_one_number_is_cited_by_method_data_list_and_suite(tab: Visit, mini: Path):
    page = tab()
    page.goto((mini / "cite.html").as_uri())
    entry = page.get_by_role("region", name="BibTeX of the chosen number")
    page.get_by_role("combobox", name="Method").select_option(value="fomm")
    page.get_by_role("combobox", name="Data set").select_option(label="mgif-mini")
    expect(entry).to_contain_text("siarohin2019first")
    expect(entry).to_contain_text("mgif-mini@v1")
    first = entry.inner_text()
    page.get_by_role("combobox", name="Method").select_option(value="monkey-net")
    expect(entry).not_to_contain_text("siarohin2019first")
    assert entry.inner_text() != first
    keys = [line for line in entry.inner_text().splitlines() if line.startswith("@")]
    assert len(keys) == len(set(keys)) >= 3
