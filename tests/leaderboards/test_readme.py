from pathlib import Path

import pytest

from datasets.registry import UsageError
from leaderboards.board import sections_by_task
from leaderboards.readme import markers, update

README = Path("README.md")


def text(*datasets, body=""):
    parts = ["# Title\n"]
    for dataset in datasets:
        begin, end = markers(dataset, version="v1", profile="mini")
        parts.append(f"{begin}\n{body}{end}\n")
    return "\n".join([*parts, "The end.  \n"])


def updated(given, rows):
    return update(given, sections_by_task(rows), version="v1", profile="mini", where=README)


def test_only_the_text_between_the_markers_changes(result):
    made = updated(text("taichi-hd", body="old\n"), [result()])

    assert made == (
        "# Title\n\n"
        "<!-- BEGIN LEADERBOARD v1 mini taichi-hd -->\n\n"
        "Split **taichi-hd-mini@v1**, test (list abababababab…): 3 of 3 clips from 2 videos.\n\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> "
        "| Size<br><sub>parameters; MACs per frame, steps</sub> |\n"
        "| --- | ---: | ---: |\n"
        "| fomm<br><sub>reproduced, 3/3</sub> | 0.2500<br><sub>[0.1250, 0.5000]</sub> "
        "| 1.23&nbsp;M<br><sub>98.8&nbsp;k, 600</sub> |\n\n"
        "<sub>Mean over clips and its 95 % interval (bootstrap over source videos); best L1 first; "
        "*italics*: anchors, not ranked.</sub><br>\n"
        "<sub>Units: intensity in \\[0, 1\\] (L1).</sub>\n\n"
        "<!-- END LEADERBOARD v1 mini taichi-hd -->\n\n"
        "The end.  \n"
    )


def test_updating_twice_changes_nothing(result):
    rows = [result(), result("fomm", "mgif")]
    once = updated(text("taichi-hd", "mgif"), rows)

    assert updated(once, rows) == once


def test_the_readme_has_the_main_metrics_only(result):
    row = result(figures={"l1@clip": (0.1, 0.0, 0.2), "l1@paper": (0.7, 0.6, 0.8), "fid": "none"})
    made = updated(text("taichi-hd"), [row])

    assert "l1@clip" in made
    assert "l1@paper" not in made
    assert "FID" not in made


@pytest.mark.parametrize("which", ["BEGIN", "END"])
def test_a_missing_marker_is_named(result, which):
    given = text("taichi-hd").replace(f"<!-- {which}", "<!-- lost")

    with pytest.raises(
        UsageError, match=rf"README.md: the line <!-- {which} LEADERBOARD v1 mini taichi-hd -->"
    ):
        updated(given, [result()])


def test_a_repeated_marker_is_refused(result):
    with pytest.raises(UsageError, match="is there 2 times"):
        updated(text("taichi-hd") + text("taichi-hd"), [result()])


def test_swapped_markers_are_refused(result):
    lines = text("taichi-hd").splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if "BEGIN" in line)
    lines[begin], lines[begin + 1] = lines[begin + 1], lines[begin]

    with pytest.raises(UsageError, match="stands before"):
        updated("".join(lines), [result()])


def test_a_data_set_without_results_says_so(result):
    made = updated(text("taichi-hd", "mgif", body="old\n"), [result()])

    assert "No results yet: run `dvc repro`.\n\n<!-- END LEADERBOARD v1 mini mgif" in made.replace(
        "\n\n\n", "\n\n"
    )


def test_a_hostile_method_cannot_end_its_section(result):
    rows = [result("<!-- END LEADERBOARD v1 mini taichi-hd -->")]
    once = updated(text("taichi-hd"), rows)

    assert updated(once, rows) == once


def with_animation(body="old\n"):
    begin, end = markers("taichi-hd", version="v1", profile="mini", animation=True)
    return f"{text('taichi-hd')}{begin}\n{body}{end}\n"


def test_animations_are_shown_where_there_is_a_marker_for_them(result):
    rows = [result(), *(result(task=f"animation-{mode}") for mode in ("absolute", "relative"))]
    made = updated(with_animation(), rows)
    short = made.partition("<!-- BEGIN LEADERBOARD v1 mini taichi-hd animation -->")[2]

    assert updated(text("taichi-hd"), rows) == updated(text("taichi-hd"), rows[:1])
    assert [line for line in short.splitlines() if line.startswith("**")] == [
        f"**{mode}**: Split **taichi-hd-mini@v1**, test (list abababababab…): "
        "3 of 3 pairs from 2 driving videos."
        for mode in ("absolute", "relative")
    ]
    assert short.count("| fomm<br><sub>reproduced, 3/3</sub> | 0.2500<br>") == 2
    assert short.count("Mean over pairs") == 1
    assert "Size" not in short
    assert updated(made, rows) == made


def test_markers_without_animations_say_so(result):
    made = updated(with_animation(), [result()])

    assert "animation -->\n\nNo results yet: run `dvc repro`.\n" in made
    assert "old" not in made


def test_one_marker_of_animations_is_not_enough(result):
    given = with_animation().replace("<!-- END LEADERBOARD v1 mini taichi-hd animation", "<!-- x")

    with pytest.raises(UsageError, match="END LEADERBOARD v1 mini taichi-hd animation --> is miss"):
        updated(given, [result()])
