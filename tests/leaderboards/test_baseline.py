"""The difference from copy-source: what results say, else what their values per clip give."""

from dataclasses import replace

from leaderboards.baseline import baseline_verdict, from_baseline
from leaderboards.duels import duel
from metrics.result import PairedDifference
from tests.leaderboards.scored import scored, section_of

LOW = [0.25, 0.5, 0.375, 0.125] * 3
HIGH = [0.75, 0.875, 0.625, 0.75] * 3
SAID = PairedDifference(-0.5, -0.75, -0.25, 12, 12)


def of(metric, **changes):
    rows = [scored("fomm", {metric: HIGH}, **changes), scored("copy-source", {metric: LOW})]
    return section_of(*rows)


def test_what_the_result_says_counts():
    section = of("akd@clean", paired={"copy-source": {"akd@clean": SAID}})
    assert from_baseline(section, "akd@clean") == {"fomm": SAID}
    assert baseline_verdict(section, "fomm", "akd@clean") == "better"


def test_values_per_clip_give_what_results_leave_out():
    section = of("ssim")
    found = from_baseline(section, "ssim")
    expected = duel(section, "fomm", "copy-source", "ssim")
    assert found["fomm"].difference == expected.difference
    assert (found["fomm"].lo, found["fomm"].hi) == (expected.lo, expected.hi)
    assert baseline_verdict(section, "fomm", "ssim") == "better"


def test_other_metrics_are_not_made_up_from_clips():
    assert from_baseline(of("akd@clean"), "akd@clean") == {}


def test_copy_source_is_not_compared_with_itself():
    zero = replace(SAID, difference=0.0, lo=0.0, hi=0.0)
    rows = [
        scored("fomm", {"l1@clip": HIGH}),
        scored("copy-source", {"l1@clip": LOW}, paired={"copy-source": {"l1@clip": zero}}),
    ]
    assert from_baseline(section_of(*rows), "l1@clip") == {}
