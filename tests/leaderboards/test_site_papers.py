"""What papers report on the pages of a full board: beneath measured values, and in blocks."""

from dataclasses import replace

from leaderboards.reported import Reported
from leaderboards.site import dataset
from leaderboards.site.render import render_site
from tests.leaderboards.pages import rendered, small_site
from tests.leaderboards.scored import scored, section_of
from tests.leaderboards.site_tables import Tables

GOOD = [0.1 + 0.01 * (i % 5) for i in range(12)]
BAD = [0.4 + 0.02 * (i % 5) for i in range(12)]
NONE = {"sections": {}, "data": {}, "training": {}}
SAID = Reported(
    "FOMM", 2019, "FOMM", "fomm", "taichi-hd", "285 clips", "AKD", "akd@paper", 6.86,
    "pixels per coordinate", "main", "FOMM (arXiv 2003.00196), table 3", "recalled", "6.860",
)  # fmt: skip


def page_of(made, path, **changes):
    sections = {"reconstruction": [section_of(*made)]}
    site = small_site(sections=sections, data={}, training={}, **changes)
    return Tables(rendered(site, dataset)[path].decode())


def full_row(values, *said):
    made = [scored(name, values, profile="full") for name in ("fomm", "copy-source")]
    page = page_of(made, "taichi-hd.html", profile="full", reported=said)
    head = [cell.replace("\xa0", " ") for cell in page.table("taichi-hd, reconstruction")[""]]
    return page, head, page.table("taichi-hd, reconstruction")["fomm"]


def test_a_paper_stands_beneath_its_own_formula():
    values = {"l1@clip": GOOD, "akd@clean": GOOD, "akd@paper": BAD}
    later = replace(SAID, paper="MRAA", year=2021, value=6.53, printed="6.53")
    page, head, row = full_row(values, later, SAID)
    cells = dict(zip((text.split("↓")[0].strip() for text in head), row, strict=True))
    assert cells["AKD (2019 script)"].endswith("paper: 6.860 °"), "the method's first, as printed"
    assert "paper" not in cells["AKD"]
    (small,) = [e for e in page.all("small") if e.text == "paper: 6.860 °"]
    for said in (SAID.source, SAID.unit, SAID.setting, "recalled"):
        assert said in small["title"]
    boxes = page.all("input", name="column")
    assert ["checked" in box.attributes for box in boxes] == [True] * 3, "and is seen at first"


def test_a_paper_stands_beneath_another_formula_under_its_own_id():
    _, _, row = full_row({"l1@clip": GOOD, "akd@clean": GOOD}, SAID)
    assert row[3].endswith("paper, akd@paper: 6.860 °")
    _, _, row = full_row({"akd@clean": GOOD}, replace(SAID, confidence="confirmed"))
    assert row[2].endswith("paper, akd@paper: 6.860"), "° is of what was recalled"


def test_a_mini_board_and_a_table_of_others_show_no_paper():
    made = [scored(name, {"akd@clean": GOOD}) for name in ("fomm", "copy-source")]
    mini = page_of(made, "taichi-hd-mini.html", reported=[SAID])
    assert "6.86" not in mini.text
    for other in ({"method_id": "x2face"}, {"dataset": "voxceleb"}, {"kind": "ablation"}):
        assert "paper," not in full_row({"akd@clean": GOOD}, replace(SAID, **other))[2][2]


def test_what_papers_say_keeps_its_digits_and_marks_what_was_recalled():
    one = Reported(
        "FOMM", 2019, "FOMM", "", "mgif", "", "L1", "", 0.14, "", "main", "table 3", "recalled"
    )
    other = replace(one, method="X2Face", value=0.063, confidence="confirmed")
    site = small_site(profile="full", reported=[one, other], **NONE)
    page = Tables(rendered(site, dataset)["mgif.html"].decode())
    table = page.table("Main experimenttable 3")
    assert [cell.replace("\xa0", " ") for cell in table[""]] == ["Method", "L1 ↓"]
    assert table["FOMM"] == ["FOMM", "0.140°"]
    assert table["X2Face"] == ["X2Face", "0.063"]
    assert "1 checked against a text, 1 from memory (°)" in page.text


def test_an_overview_counts_methods_of_main_experiments():
    said = [SAID, replace(SAID, metric="MKR"), replace(SAID, method="MRAA")]
    others = [
        replace(SAID, method="FOMM: full", kind="ablation"),
        replace(SAID, method="FOMM over X2Face", kind="user-study", confidence="confirmed"),
    ]
    site = small_site(profile="full", reported=[*said, *others], **NONE)
    text = Tables(render_site(site)["index.html"].decode()).text
    assert "3 values of 2 methods are reported in main experiments of FOMM 2019." in text
    assert "5 values, 1 checked against a text, 4 from memory (°)." in text
