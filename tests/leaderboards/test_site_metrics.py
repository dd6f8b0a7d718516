"""The pages of metrics: the meaning of one, by hand, and its values; paper and clean apart."""

from dataclasses import replace

import pytest

from leaderboards.columns import METRIC_ORDER
from leaderboards.facts import WorkedExample
from leaderboards.site import metrics
from leaderboards.site.metric_tables import LONGEST
from leaderboards.site.paths import metric_page
from leaderboards.site.worked import Line, lines
from metrics.result import MetricValue, PairedDifference
from tests.leaderboards.pages import FACTS, Reader, read, rendered, small_site
from tests.leaderboards.scored import scored, section_of


@pytest.fixture(scope="module")
def site():
    return small_site()


@pytest.fixture(scope="module")
def files(site):
    return rendered(site, metrics)


def flat(text):
    return text.replace("\xa0", " ")


def test_every_column_of_a_board_has_a_page_and_the_index_links_it(files):
    index = Reader(files["metrics/index.html"].decode())
    links = {link["href"] for link in index.all("a")}
    for column in METRIC_ORDER:
        assert metric_page(column.id) in files
        assert metric_page(column.id).removeprefix("metrics/") in links


@pytest.mark.parametrize("facts", FACTS.values(), ids=lambda facts: facts.id)
def test_a_page_says_all_that_is_known(facts, files):
    page = Reader(files[metric_page(facts.id)].decode())
    text = page.text
    for said in (
        facts.formula,
        facts.source,
        facts.unit,
        facts.sibling,
        f"{facts.better} is better",
    ):
        assert " ".join(said.split()) in text
    assert facts.definition[1:] in text
    if facts.example:
        assert facts.example.text in text
        assert f"{facts.example.value:g}" in page.one("tfoot").text
    else:
        assert f"No example: {facts.no_example}." in text


def test_paper_and_clean_differ_on_one_example(files):
    text = Reader(files[metric_page("akd@clean")].decode()).text
    assert "akd@paper: gives 0.875 on the example below, where akd@clean gives 2.5" in text


def test_values_stand_by_rank_anchors_last(files):
    page = Reader(files[metric_page("l1@clip")].decode())
    rows = [row.text for row in page.all("tr") if "12/12" in row.text]
    begins = ("1First Order Motion Model fomm", "2x2face", "—copy-source")
    assert len(rows) == len(begins)
    assert all(row.startswith(begin) for row, begin in zip(rows, begins, strict=True))
    assert rows[2].endswith("—12/12"), "copy-source is not compared with itself"
    assert [row.text for row in page.all("tr", class_="anchor")] == rows[2:]
    text = Reader(files[metric_page("fid")].decode()).text
    assert "No result on this board has a value." in text


def test_where_there_is_no_value_a_reason_is_told_once(site):
    absent = "weights a.pth (sha256 12...) not found; run 'python -m x'"
    none = MetricValue(None, None, None, "units", 0, 0, absent)
    sections = {}
    for task in ("reconstruction", "animation-absolute"):
        row, clips = scored("fomm", {"l1@clip": [0.25] * 12}, task=task)
        sections[task] = [section_of((replace(row, metrics=row.metrics | {"fid": none}), clips))]
    page = read(replace(site, sections=sections, data={}), metric_page("fid"), metrics)
    (line,) = [item.text for item in page.all("li") if "ot measured" in item.text]
    assert line == (
        "Not measured, since the weights of its network were not on the machine: "
        "taichi-hd-mini (reconstruction, animation absolute)."
    )


def test_differences_have_the_decimals_of_their_interval():
    pair = {"copy-source": {"l1@clip": PairedDifference(-9.2e-6, -0.0003, 0.0004, 12, 12)}}
    rows = [
        scored("fomm", {"l1@clip": [0.25, 0.75] * 6}, paired=pair),
        scored("copy-source", {"l1@clip": [0.75, 0.5] * 6}),
    ]
    sections = {"reconstruction": [section_of(*rows)]}
    text = read(small_site(sections=sections, data={}), metric_page("l1@clip"), metrics).text
    assert "−0.00001 undecided−0.00030 to +0.00040" in text


def test_ssim_is_compared_with_copy_source_by_its_clips():
    values = [0.25, 0.5, 0.375, 0.125] * 3
    rows = [
        scored("fomm", {"ssim": [v + 0.5 for v in values]}),
        scored("copy-source", {"ssim": values}),
    ]
    sections = {"reconstruction": [section_of(*rows)]}
    text = read(small_site(sections=sections, data={}), metric_page("ssim"), metrics).text
    assert "+0.50" in text
    assert "better" in text


def test_where_it_applies(site, files):
    text = Reader(files[metric_page("akd@clean")].decode()).text
    assert "mgif-mini no: not for animals" in text
    full = replace(site, profile="full", sections={}, cards={}, data={}, training={})
    text = read(full, metric_page("flow-epe"), metrics).text
    assert "taichi-hd no: needs the exact truth of a mini world" in text


def test_the_networks_of_the_results_are_named_by_digest(site):
    figures = {"akd@clean": [1.0, 2.0] * 6}
    tools = {
        "slots": {"keypoints": "mini-k"},
        "extractors": {"mini-k": "49" * 32, "efflite0": "5" * 64},
    }
    section = section_of(scored("fomm", figures, **tools))
    site = replace(site, sections={"reconstruction": [section]}, data={})
    page = read(site, metric_page("akd@clean"), metrics)
    assert page.one("code", title=f"sha256 {'49' * 32}")
    assert "mini-k" in page.text
    assert not page.all("code", title=f"sha256 {'5' * 64}")


def test_a_long_table_is_cut_and_says_so(site):
    values = [[0.25 + i / 1024, 0.5] * 4 for i in range(LONGEST + 3)]
    rows = [scored(f"m{i:02}", {"l1@clip": value}) for i, value in enumerate(values)]
    site = replace(site, sections={"reconstruction": [section_of(*rows)]}, data={})
    page = read(site, metric_page("l1@clip"), metrics)
    assert len([row for row in page.all("tr") if "8/8" in row.text]) == LONGEST
    assert "And 3 more rows" in page.text


def test_an_unknown_metric_of_a_result_has_no_page_and_breaks_nothing(site):
    section = section_of(scored("fomm", {"l1@clip": [0.5] * 12, "vmaf": [1.0] * 12}))
    files = rendered(replace(site, sections={"reconstruction": [section]}, data={}), metrics)
    assert "metrics/vmaf.html" not in files


def test_hostile_facts_stay_text(site):
    bad = "<script>alert(1)</script>"
    facts = replace(FACTS["fid"], title=bad, formula=bad, sibling=bad, source=bad)
    site = replace(site, facts={"fid": facts}, sections={}, data={}, training={})
    assert bad not in rendered(site, metrics)[metric_page("fid")].decode()
    assert bad in read(site, metric_page("fid"), metrics).text


def test_a_worked_example_is_told_frame_by_frame():
    example = WorkedExample("", [[[[0.0, 0.0], [9.0, 9.0]]]], [[[[3.0, 4.0], [None, None]]]], 5.0)
    (line,) = lines(example, needs="keypoints")
    assert (line.label, flat(line.truth), flat(line.prediction)) == (
        "frame 0",
        "(0, 0) (9, 9)",
        "(3, 4) lost",
    )


def test_what_a_prediction_does_not_have_is_left_empty():
    mask = [[[[[[0, 0, 0]]]], [[[True]]]]]
    found = lines(WorkedExample("", mask, [[[[[51, 51, 51]]]]], 0.2), needs="mask")
    assert [line.label for line in found] == ["frames, frame 0", "foreground, frame 0"]
    assert found[1] == Line("foreground, frame 0", "yes", "")


def test_an_example_shows_only_what_a_metric_reads():
    flow = FACTS["flow-epe"]
    found = {line.label: line for line in lines(flow.example, needs=flow.needs)}
    assert found["flow, frame 0"].prediction.startswith("(0,")
    assert found["visible, frame 0"].truth
    assert not found["visible, frame 0"].prediction, "which pixels count is a matter of the truth"
    hidden = FACTS["occlusion-iou"]
    assert [line.label for line in lines(hidden.example, needs=hidden.needs)] == [
        "visible, frame 0"
    ]


def test_many_numbers_are_summed_up():
    frame = [[[100, 100, 100]] * 11] * 11
    (line,) = lines(WorkedExample("", [[frame]], [[frame]], 1.0), needs="frames")
    assert line.truth == "11 x 11 x 3 numbers, all 100"
