"""Lists, citing, joining, versions, responsible use, papers: what each page must say."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from leaderboards import citation
from leaderboards.reported import Reported
from leaderboards.site import cites, galleries, methods, metrics, reports, splits, texts
from tests.leaderboards.pages import SPLITS, Reader, card, read, rendered, small_site

ALL = (galleries, methods, metrics, splits, reports, cites, texts)
LINES = ("splits.html", "cite.html", "join.html", "versions.html", "responsible.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return small_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def full():
    of = {"paper": "FOMM", "year": 2019, "method": "<b>FOMM</b>", "method_id": "fomm"}
    what = {"metric": "L1", "metric_id": "l1@paper", "value": 0.063, "unit": "", "kind": "main"}
    where = {"dataset": "TED-talks", "setting": "a <i>list</i>", "source": "table 1"}
    said = Reported(**of, **what, **where, confidence="recalled")
    more = replace(said, dataset="taichi-hd", value=0.5, confidence="confirmed")
    empty = {"sections": {}, "data": {}, "training": {}}
    return small_site(profile="full", reported=[said, more], **empty)


@pytest.fixture(scope="module")
def files(site):
    return rendered(site, *ALL)


@pytest.fixture(scope="module")
def page_of(files):
    return lambda path: Reader(files[path].decode())


def test_all_pages_come_out_the_same_each_time(site, files):
    assert rendered(site, *ALL) == files


def test_no_page_asks_for_anything_outside_of_the_site(files):
    for name, data in files.items():
        if name.endswith(".html"):
            assert not re.search(rb"""(src|srcset|action)=["']?https?:""", data), name
            assert not re.search(rb"<link[^>]+https?:", data), name


@pytest.mark.parametrize("path", [*LINES, "gallery/taichi-hd-mini.html", "methods/fomm.html"])
def test_pages_have_one_heading_of_the_first_order_and_leave_no_level_out(path, page_of):
    page = page_of(path)
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = [element["id"] for element in page.elements if element["id"]]
    assert len(ids) == len(set(ids)), "ids are unique"
    for element in page.elements:
        for name in (element["aria-labelledby"] or "").split():
            assert name in ids, f"{path}: nothing is called {name}"
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids, link["href"]


@pytest.mark.parametrize("path", LINES)
def test_pages_weigh_little(path, files):
    assert len(files[path]) < 100_000


def test_a_list_is_told_with_digest_counts_and_what_is_there(site, page_of):
    page = page_of("splits.html")
    split = site.split("taichi-hd")
    assert split.sha256 in page.text
    for part in split.partitions.values():
        assert page.all("code", title=f"sha256 {part.sha256}")
        assert f" {part.clips} " in page.text
    assert "test: 27 of 28 clips (1 gone)" in page.text
    assert "of the program that draws the world" in page.text
    assert "lite has all test videos" not in page.text
    assert "reconstruction: 12 of 12 clips, 3 results" in page.text
    assert "python -m datasets.splits verify taichi-hd-mini@v1" in page.text


def test_a_full_board_shows_corrections_pins_and_what_is_not_pinned(full):
    page = read(full, "splits.html", splits)
    assert "leaked-videos" in page.text
    assert "4 train, 3 test" in page.text
    assert "as above" in page.text
    assert page.text.count("sharpest H.264 stream") == 1, "words are explained once"
    assert "lite has all test videos" in page.text
    assert "stands in for Tai-Chi-HD" in page.text
    assert page.text.count("Not pinned.") == sum(s.sha256 is None for s in SPLITS)
    links = {link["href"] for link in page.all("a")}
    assert any("video-preprocessing" in link for link in links)
    assert "hours at the reference rate" in page.text
    assert "nobody has counted its clips" in page.text


def test_a_url_of_an_upstream_that_is_no_web_address_is_no_link(full):
    split = next(s for s in SPLITS if s.upstream)
    bad = replace(split.upstream[0], urls=("javascript:alert(1)",))
    site = replace(full, splits=[replace(split, upstream=(bad,))])
    page = read(site, "splits.html", splits)
    assert "javascript:alert(1)" in page.text
    assert not [a for a in page.all("a") if "javascript" in (a["href"] or "")]


def test_citing_has_an_entry_of_every_part(site, page_of):
    page = page_of("cite.html")
    assert page.one("pre", aria_label="BibTeX of the suite").text.startswith("@misc{tai-chi-hd")
    mine = page.one("pre", aria_label="BibTeX of taichi-hd-mini").text
    assert site.split("taichi-hd").sha256 in mine
    assert "python -m leaderboards.cite fomm taichi-hd-mini" in page.text
    options = [option["value"] for option in page.all("option")]
    assert {"fomm", "taichi-hd", "mgif"} <= set(options)


def test_citing_on_a_full_board_names_lists_that_have_no_id(full):
    page = read(full, "cite.html", cites)
    assert "not pinned: fashion, mgif." in page.text
    assert "siarohin2019first" in page.one("pre", aria_label="BibTeX of taichi-hd").text


def test_of_many_methods_the_entries_are_left_to_their_pages(site):
    many = {f"m{i:03}": card(f"m{i:03}") for i in range(cites.LONGEST + 1)}
    page = read(replace(site, cards=many), "cite.html", cites)
    assert f"There are {cites.LONGEST + 1} methods" in page.text
    assert not page.all("pre", aria_label="BibTeX of m000")


def test_joining_names_every_command_in_order(page_of):
    text = page_of("join.html").text
    home = "leaderboards/v1/submitted/taichi-hd-mini/my-method"
    steps = [
        "python -m metrics.eval --profile mini --dataset taichi-hd \\ --method my-method",
        "python -m leaderboards.submit --method my-method --predictions my-predictions",
        f"python -m leaderboards.validate {home}",
        f"python -m leaderboards.rescore {home} --predictions my-predictions",
        "pull request",
    ]
    places = [text.index(step, text.index("Predict every clip")) for step in steps[:4]]
    assert places == sorted(places)
    assert steps[4] in text


def test_a_version_names_its_lists_and_the_command_that_rebuilds_it(page_of):
    page = page_of("versions.html")
    assert "python -m leaderboards.build --profile mini --check" in page.text
    for split in SPLITS:
        shown = bool(page.all("code", title=f"sha256 {split.sha256}"))
        assert shown == (split.profile == "mini")


def test_responsible_use_says_what_must_not_be_done_and_how_to_get_out(page_of):
    text = page_of("responsible.html").text
    for said in ("without their consent", "do not animate children", "takedown", "open an issue"):
        assert said.lower() in text.lower()
    assert "All pictures of this site are of that kind." in text


def test_numbers_of_papers_stand_on_full_boards_alone(files, full):
    assert "reported.html" not in files
    page = read(full, "reported.html", reports, methods)
    headings = [heading.text for heading in page.all("h2")]
    assert headings[:2] == ["Tai-Chi-HD", "TED-talks"], "data sets of boards come first"
    assert "On no board of this suite." in page.text
    assert "0.063" in page.text
    assert "never ranked" in page.text
    assert "2 values: 1 checked against a text, 1 from memory (°)." in page.text
    assert "L1\xa0↓" in rendered(full, reports)["reported.html"].decode()


def test_papers_are_linked_and_their_numbers_can_be_had(full):
    plain = full.reported[0]
    known = replace(
        plain, source="FOMM (arXiv 2003.00196), table 2", setting="image-to-video, 9 frames"
    )
    known = replace(known, kind="image-to-video", metric="preference")
    site = replace(full, reported=[plain, known], data={"data/reported.csv": ""})
    page = read(site, "reported.html", reports)
    links = [link for link in page.all("a") if "arxiv" in (link["href"] or "")]
    assert {link["href"] for link in links} == {"https://arxiv.org/abs/2003.00196"}
    assert [link.text for link in links] == [plain.source, known.source], "all tables of a paper"
    assert "data/reported.csv" in {link["href"] for link in page.all("a")}
    assert "Image-to-video translation: 9 frames" in page.text
    assert "Preference" in page.text


def test_a_version_says_one_thing_about_changes_and_names_its_files(site):
    page = read(replace(site, data={"data/table.tex": ""}), "versions.html", texts)
    assert "data/table.tex" in {link["href"] for link in page.all("a")}
    assert "Until release 1.0.0 v1 is a draft" in page.text
    assert "never given a new meaning" not in page.text
    assert "leaderboards/v1/full/board/site/index.html" in page.text


def test_a_mini_list_is_cited_as_what_it_is_not(page_of):
    text = page_of("cite.html").one("pre", aria_label="BibTeX of mgif-mini").text
    assert "{mgif-mini@v1}, a procedural stand-in, not MGif" in text
    assert "stand-in" not in citation.frozen_list("mgif@v1", "0" * 64)


def test_numbers_of_papers_stay_text(full):
    text = rendered(full, reports)["reported.html"].decode()
    assert "<b>FOMM" not in text
    assert "<i>list" not in text


def test_a_board_without_anything_has_all_pages():
    bare = {"sections": {}, "data": {}, "training": {}, "cards": {}, "splits": (), "facts": {}}
    files = rendered(small_site(**bare), *ALL)
    assert {*LINES, "metrics/index.html"} <= set(files)


def test_the_entry_of_a_list_is_the_one_that_its_command_prints():
    from datasets.split_cite import citation as printed

    for split in SPLITS:
        if split.sha256:
            assert citation.frozen_list(split.id, split.sha256) in printed(split.id)


def test_an_entry_is_made_of_what_a_card_says():
    known = card(
        "my_m", title="50 % of }", authors=("Ada Low",), year=2026, paper="https://e.org/a"
    )
    assert citation.method(known) == (
        "@misc{low2026mym,\n  title = {50 \\% of {\\textbraceright}},\n  author = {Ada Low},\n"
        "  year = {2026},\n  url = {https://e.org/a}\n}"
    )
    assert citation.method(card("oracle", kind="anchor")) == ""


def test_one_paper_is_cited_once():
    same = "@misc{a,\n  title = {A}\n}"
    assert citation.joined([same, same, "@misc{b, x}"]).count("@misc{a") == 1
