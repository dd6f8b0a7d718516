import dataclasses

import pytest

from datasets.registry import UsageError
from leaderboards import markdown as md
from leaderboards.board import sections
from leaderboards.loading import Loaded, load_results, load_submitted
from leaderboards.table import render
from metrics.result import Coverage, Split, clips_digest

CLIPS = ("a#000000#000024", "b#000000#000024", "c#000000#000024")


def names(rows):
    return [row.method for row in rows]


@pytest.mark.parametrize(
    "changes",
    [
        {"split": Split("taichi-hd-mini@v1", "test", "0" * 64)},
        {"coverage": Coverage(3, 2, clips_digest(["a", "b"]), ("c",))},
        {"split": Split("taichi-hd-mini@v1", "val", "ab" * 32)},
        {"split": Split("taichi-hd-mini@unfrozen", "test", "ab" * 32)},
        {"protocol": {"fd_stride": 2}},
        {"extractors": {"efflite0": "b" * 64}},
        {"lossy": True},
    ],
)
def test_rows_on_other_terms_stand_apart_and_win_nothing(result, changes):
    beats_all = {"b": {"l1@clip": (-0.1, -0.2, -0.05)}, "copy-source": {"l1@clip": (-0.1, -1, -1)}}
    other = result("a", figures={"l1@clip": (0.01, 0.0, 0.02)}, against=beats_all, **changes)
    ours = {"extractors": {"efflite0": "a" * 64}}
    rows = [other, *(result(name, **ours) for name in ("b", "c", "copy-source"))]

    (section,) = sections(rows)
    made = render(rows, version="v1", profile="mini")

    assert names(section.methods) == ["b", "c"]
    assert names(section.apart) == ["a"]
    assert "not comparable with the rows above" in made["table.md"]
    assert "**0" not in made["table.md"]
    assert "†" not in made["table.md"]
    assert [line.split(",")[1] for line in made["table.csv"].splitlines()[1:]] == [
        "b",
        "c",
        "copy-source",
        "a",
    ]


SEES = {"mini-keypoints": "a" * 64}


@pytest.mark.parametrize(
    ("named", "apart"),
    [
        ({"extractors": SEES, "slots": {"keypoints": "mini-keypoints"}}, False),
        ({"extractors": SEES}, True),
        ({"slots": {"keypoints": "mini-keypoints"}}, True),
        ({}, True),
    ],
)
def test_who_does_not_say_what_extracted_stands_apart(result, named, apart):
    figures = {"l1@clip": (0.1, 0.0, 0.2), "akd@clean": (2.0, 1.0, 3.0)}
    whole = {"extractors": SEES, "slots": {"keypoints": "mini-keypoints"}, "figures": figures}
    rows = [result("copy-source", **whole), result("a", figures=figures, **named)]

    (section,) = sections(rows)

    said = {"a": "not comparable: no extractor of akd@clean is named"}
    assert section.reasons == (said if apart else {})


def test_an_extractor_without_a_value_need_not_be_named(result):
    whole = {"extractors": SEES, "slots": {"keypoints": "mini-keypoints"}}
    (section,) = sections([result("copy-source", **whole), result("a")])
    assert not section.reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lossy": True}, "scored from lossy video"),
        (
            {"split": Split("taichi-hd-mini@unfrozen", "test", "0" * 64)},
            "scored on a split that is not frozen",
        ),
        ({"protocol": {"fd_stride": 2}}, "not comparable: another fd_stride"),
        ({"extractors": {"x": "b", "y": "b"}}, "not comparable: another version of x"),
    ],
)
def test_it_is_said_why_a_row_stands_apart(result, changes, reason):
    rows = [result("copy-source", extractors={"x": "a"}), result("odd", **changes)]

    (section,) = sections(rows)
    table = render(rows, version="v1", profile="mini")["table.md"]

    assert names(section.apart) == ["odd"]
    assert section.reasons == {"odd": reason}
    assert "| odd<sup>a</sup><br>" in table
    assert f"<sup>a</sup> {md.escape(reason)}." in table


def test_how_intervals_were_made_and_methods_trained_parts_no_rows(result):
    rows = [
        result("a", protocol={"bootstrap": 10_000, "fd_stride": 4, "seed": 0}),
        result("b", protocol={"bootstrap": 999, "fd_stride": 4, "seed": 1}, checkpoint=None),
    ]

    assert names(sections(rows)[0].methods) == ["a", "b"]


def test_extractors_that_one_row_lacks_part_no_rows_but_no_two_versions_are_ranked(result):
    rows = [
        result("new", extractors={"y": "2"}, status="submitted"),
        result("more", extractors={"x": "1", "y": "1"}),
        result("none"),
        result("copy-source", extractors={"x": "1"}),
    ]

    (section,) = sections(rows)

    assert names(section.methods) == ["more", "none"]
    assert names(section.apart) == ["new"]


def test_a_board_on_loose_splits_ranks_nothing(result):
    loose = {"split": Split("taichi-hd-mini@unfrozen", "test", "0" * 64)}
    rows = [result(name, **loose) for name in ("b", "a", "copy-source")]

    (section,) = sections(rows)
    made = render(rows, version="v1", profile="mini")["table.md"]

    assert section.methods == section.anchors == ()
    assert names(section.apart) == ["a", "b", "copy-source"]
    assert "rows above" not in made
    assert made.count("| Method | L1") == 1


def test_without_copy_source_the_widest_coverage_is_the_reference(result):
    fewer = {"coverage": Coverage(3, 1, clips_digest(["a"]), ("b", "c"))}
    (section,) = sections([result("a", **fewer), result("b", **fewer), result("full")])

    assert names(section.methods) == ["full"]
    assert names(section.apart) == ["a", "b"]


def test_two_results_of_one_name_are_refused(result):
    with pytest.raises(UsageError, match="2 results are called 'fomm'"):
        sections([result(), result(status="submitted")])


def test_sidecars_are_no_results(scores, result):
    folder = scores(result())
    (folder / "taichi-hd-fomm.provenance.json").write_text("{}")

    assert names(load_results(folder, profile="mini").results) == ["fomm"]


def test_a_result_under_another_name_is_refused(scores, result):
    folder = scores(result())
    for suffix in (".json", ".clips.csv"):
        (folder / f"taichi-hd-fomm{suffix}").rename(folder / f"taichi-hd-best{suffix}")

    with pytest.raises(UsageError, match=r"taichi-hd-best\.json: holds taichi-hd-fomm"):
        load_results(folder, profile="mini")


def test_results_of_another_profile_are_refused(scores, result):
    folder = scores(result(profile="full", shown_name="taichi-hd"))

    with pytest.raises(UsageError, match="is of profile 'full', expected 'mini'"):
        load_results(folder, profile="mini")


def test_missing_per_clip_values_are_named(scores, result):
    folder = scores(result())
    (folder / "taichi-hd-fomm.clips.csv").unlink()

    with pytest.raises(UsageError, match=r"taichi-hd-fomm\.clips\.csv: missing"):
        load_results(folder, profile="mini")


def test_a_removed_clip_is_noticed(scores, result):
    folder = scores(result())
    path = folder / "taichi-hd-fomm.clips.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    with pytest.raises(
        UsageError, match=r"fomm\.clips\.csv: 2 clips, but .*\.json says that 3 were scored"
    ):
        load_results(folder, profile="mini")


def test_a_renamed_clip_is_noticed(scores, result):
    folder = scores(result())
    path = folder / "taichi-hd-fomm.clips.csv"
    path.write_text(path.read_text().replace("c#", "d#"))

    with pytest.raises(UsageError, match=r"fomm\.clips\.csv: these are not the clips"):
        load_results(folder, profile="mini")


def test_scored_is_the_number_of_per_clip_rows(scores, result):
    folder = scores(result(coverage=Coverage(4, 4, clips_digest(CLIPS))))

    with pytest.raises(UsageError, match=r"3 clips, but taichi-hd-fomm\.json says that 4"):
        load_results(folder, profile="mini")


@pytest.mark.parametrize(
    ("value", "cell", "fine"),
    [
        ("0.25", "0.25", True),
        ("0.25", "0.2500000001", True),
        ("0.25", "0.2501", False),
        ("0.249", "0.25", False),
        ("null", "0.25", False),
    ],
)
def test_l1_is_the_mean_of_its_per_clip_values(scores, result, value, cell, fine):
    folder = scores(result())
    path = folder / "taichi-hd-fomm.json"
    text = path.read_text().replace('"value": 0.25', f'"value": {value}')
    if value == "null":
        text = text.replace("0.125", "null").replace("0.5", "null")
        text = text.replace('"clips": 3', '"clips": 0').replace('"videos": 2', '"videos": 0')
        text = text.replace('"reason": null', '"reason": "undefined"')
    path.write_text(text)
    clips = folder / "taichi-hd-fomm.clips.csv"
    clips.write_text(clips.read_text().replace("0.25", cell, 1))

    if fine:
        assert names(load_results(folder, profile="mini").results) == ["fomm"]
    else:
        with pytest.raises(
            UsageError, match=r"fomm\.json: l1@clip is .*, but .* by taichi-hd-fomm"
        ):
            load_results(folder, profile="mini")


def submit(scores, result, *, folder="taichi-hd-mini/mine", status="submitted", **changes):
    row = result("mine", status=status, **changes)
    home = scores(row, name=f"submitted/{folder}")
    where = home if row.task == "reconstruction" else home / row.task
    (where / "taichi-hd-mine.json").rename(where / "result.json")
    (where / "taichi-hd-mine.clips.csv").rename(where / "result.clips.csv")
    return home.parent.parent


def test_submissions_of_this_profile_are_read(scores, result):
    folder = submit(scores, result)

    assert names(load_submitted(folder, profile="mini").results) == ["mine"]
    assert load_submitted(folder, profile="full") == Loaded()
    assert load_submitted(folder / "nothing", profile="mini") == Loaded()


@pytest.mark.parametrize(
    ("folder", "status", "message"),
    [
        ("taichi-hd-mini/other", "submitted", "holds taichi-hd-mini/mine; rename"),
        ("taichi-hd/mine", "submitted", "holds taichi-hd-mini/mine; rename"),
        ("taichi-hd-mini/mine", "reproduced", "status is 'reproduced'"),
    ],
)
def test_a_submission_must_be_what_its_folder_says(scores, result, folder, status, message):
    with pytest.raises(UsageError, match=message):
        load_submitted(submit(scores, result, folder=folder, status=status), profile="mini")


def test_an_animation_is_submitted_beside_the_reconstruction(scores, result):
    folder = submit(scores, result)
    moved = submit(scores, result, folder="taichi-hd-mini/mine", task="animation-relative")

    assert moved == folder
    found = load_submitted(folder, profile="mini")
    assert [row.task for row in found.results] == ["reconstruction", "animation-relative"]


def test_a_submission_in_the_folder_of_another_task_is_refused(scores, result):
    home = submit(scores, result, task="animation-relative") / "taichi-hd-mini" / "mine"
    (home / "animation-relative").rename(home / "animation-absolute")

    with pytest.raises(UsageError, match=r"animation-absolute/result\.json: is of task 'anim"):
        load_submitted(home.parents[1], profile="mini")


def test_sections_hold_every_row_once(result):
    rows = [result(name) for name in ("b", "a", "oracle", "copy-source", "reencoded")]
    rows.append(dataclasses.replace(result("x"), protocol={"fd_stride": 1}))

    (section,) = sections(rows)

    assert sorted(names(section.rows)) == sorted(names(rows))
