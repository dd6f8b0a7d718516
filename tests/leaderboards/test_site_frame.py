"""Promises of every page: whole without a script, closed in itself, escaped, always the same."""

import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from leaderboards.reported import Reported
from leaderboards.site import render
from leaderboards.site.model import Page, Site
from leaderboards.site.render import render_site
from tests.leaderboards.pages import ROOT, card, small_site
from tests.leaderboards.scored import scored, section_of
from tests.leaderboards.site_tables import Tables

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
SAID = Reported(
    "FOMM", 2019, "FOMM", "fomm", "taichi-hd", "285 clips", "L1", "l1@paper", 0.063, "", "main",
    "table 1", "recalled",
)  # fmt: skip
FULL = {"profile": "full", "sections": {}, "data": {}, "training": {}, "reported": [SAID]}


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    home = tmp_path_factory.mktemp("gallery")
    return {"mini": render_site(small_site(home)), "full": render_site(small_site(**FULL))}


@pytest.fixture(scope="module", params=["mini", "full"])
def files(request, sites):
    return sites[request.param]


@pytest.fixture(scope="module")
def pages(files):
    return {n: Tables(data.decode()) for n, data in files.items() if n.endswith(".html")}


def test_every_page_has_one_h1_and_a_title_that_names_version_and_world(pages, files):
    for name, page in pages.items():
        assert len(page.all("h1")) == 1, name
        title = page.all("title")[0].text
        assert title.endswith("(mini)") == ("gallery/taichi-hd-mini.html" in pages), title
        assert " · Image animation leaderboard v1" in title
        assert not title.startswith("Tai-Chi-HD") or not title.endswith("(mini)")


def test_every_heading_of_a_table_has_a_scope(pages):
    for name, page in pages.items():
        for head in page.all("th"):
            assert head["scope"] in ("col", "row", "rowgroup", "colgroup"), f"{name}: {head.text}"


def test_boards_have_captions_and_scroll_regions_have_names(pages):
    for name, page in pages.items():
        boards = [e for e in page.all("table") if "data-sortable" in e.attributes]
        assert len(boards) <= len(page.captions), name
        for region in page.all("div", role="region"):
            assert region["tabindex"] == "0", name
            assert region["aria-label"], name


def test_ids_are_unique_in_a_page_and_what_refers_to_them_finds_them(pages):
    for name, page in pages.items():
        ids = [element["id"] for element in page.elements if element["id"]]
        assert len(ids) == len(set(ids)), name
        for element in page.elements:
            for attribute in ("aria-labelledby", "aria-controls", "for", "data-for"):
                for wanted in (element[attribute] or "").split():
                    assert wanted in ids, f"{name}: {attribute}={wanted}"


def test_nothing_is_loaded_from_elsewhere(pages):
    for name, page in pages.items():
        for element in page.elements:
            loaded = [element["src"], element["href"] if element.tag in ("link", "use") else None]
            assert not [url for url in loaded if url and urlsplit(url).scheme], f"{name}: {loaded}"


def test_all_links_between_pages_lead_somewhere(pages, files):
    checked = 0
    for name, page in pages.items():
        for element in page.elements:
            url = element["href"] or element["src"]
            if not url or urlsplit(url).scheme or element.tag == "use":
                continue
            path, _, fragment = url.partition("#")
            target = _joined(name, path) if path else name
            assert target in files, f"{name}: {url}"
            if fragment:
                assert fragment in {e["id"] for e in pages[target].elements}, f"{name}: {url}"
            checked += 1
    assert checked > 100


def _joined(page, path):
    parts = page.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_the_same_site_gives_the_same_bytes(tmp_path, sites):
    assert render_site(small_site(tmp_path)) == sites["mini"]


def test_the_page_one_is_on_is_marked_once(pages):
    for name, page in pages.items():
        marked = [e for e in page.all("a") if e["aria-current"]]
        assert {e["aria-current"] for e in marked} <= {"page"}, name
        assert len(marked) <= 1, name
    assert [e.text for e in pages["splits.html"].all("a") if e["aria-current"]] == ["Splits"]


def test_only_mini_pages_say_that_they_are_no_real_data(sites):
    for profile, found in sites.items():
        for name, data in found.items():
            if name.endswith(".html"):
                said = b"No number here is a Tai-Chi-HD" in data
                assert said == (profile == "mini"), f"{profile} {name}"


def test_a_mini_site_shows_no_number_of_a_paper():
    files = render_site(small_site(reported=[SAID]))
    for name, data in files.items():
        if name.endswith(".html"):
            assert b"0.063" not in data, name


def test_text_of_others_is_text():
    row = scored("mine", {"l1@clip": [None] * 12})
    figure = replace(row[0].metrics["l1@clip"], reason=HOSTILE)
    lossy = replace(row[0], metrics={"l1@clip": figure}, lossy=True)
    base = scored("copy-source", {"l1@clip": [0.5, 0.25] * 6})
    said = replace(SAID, method=HOSTILE, setting=HOSTILE, source=HOSTILE, method_id="")
    site = small_site(
        sections={"reconstruction": [section_of((lossy, row[1]), base)]},
        cards={"mine": card("mine", title=HOSTILE, summary=HOSTILE, notes=(HOSTILE,))},
        data={},
    )
    pages = {**render_site(site), **render_site(replace(small_site(**FULL), reported=[said]))}
    seen = 0
    for name, data in pages.items():
        if name.endswith(".html"):
            page = Tables(data.decode())
            assert "alert" not in "".join(e.text for e in page.all("script")), name
            assert not [e for e in page.elements if e["onerror"]], name
            seen += HOSTILE.split("<img")[0] in page.text
    assert seen >= 3


def test_a_link_to_what_is_not_there_fails_the_build(monkeypatch):
    site = Site("v2", "full")
    bad = Page("a.html", "A", "overview.html.j2", {})
    environment = render._environment(site)
    template = environment.from_string("{{ link('gone.html') }}")
    monkeypatch.setattr(environment, "get_template", lambda _: template)
    with pytest.raises(ValueError, match=r"a\.html: links to 'gone\.html'"):
        render.render_page(environment, bad, {"a.html"})


def test_two_pages_cannot_have_one_path(monkeypatch):
    twice = Page("join.html", "A", "overview.html.j2", {})
    monkeypatch.setattr(render, "PAGES", (lambda _: [twice, twice],))
    with pytest.raises(ValueError, match=r"one path: join\.html"):
        render_site(Site("v1", "full"))


def test_no_torch_is_imported():
    modules = "leaderboards.site.render, leaderboards.site.collect, leaderboards.build"
    code = f"import {modules}, sys; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "False"
