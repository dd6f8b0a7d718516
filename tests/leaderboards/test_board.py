import dataclasses

import pytest

from datasets.registry import UsageError
from leaderboards.board import load_results, load_submitted, sections
from leaderboards.table import render
from metrics.result import Coverage, Split, clips_digest


def names(rows):
    return [row.method for row in rows]


@pytest.mark.parametrize(
    "changes",
    [
        {"split": Split("taichi-hd-mini@v1", "test", "0" * 64)},
        {"coverage": Coverage(3, 2, clips_digest(["a", "b"]), ("c",))},
        {"protocol": {"size": 128}},
    ],
)
def test_rows_on_other_clips_stand_apart_and_win_nothing(result, changes):
    beats_all = {"b": {"l1@clip": (-0.1, -0.2, -0.05)}, "copy-source": {"l1@clip": (-0.1, -1, -1)}}
    other = result("a", figures={"l1@clip": (0.01, 0.0, 0.02)}, against=beats_all, **changes)
    rows = [other, result("b"), result("c"), result("copy-source")]

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

    assert names(load_results(folder, profile="mini")) == ["fomm"]


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

    with pytest.raises(UsageError, match=r"fomm\.clips\.csv: these are not the clips"):
        load_results(folder, profile="mini")


def submit(scores, result, *, folder="taichi-hd-mini/mine", status="submitted"):
    row = result("mine", status=status)
    home = scores(row, name=f"submitted/{folder}")
    (home / "taichi-hd-mine.json").rename(home / "result.json")
    (home / "taichi-hd-mine.clips.csv").rename(home / "result.clips.csv")
    return home.parent.parent


def test_submissions_of_this_profile_are_read(scores, result):
    folder = submit(scores, result)

    assert names(load_submitted(folder, profile="mini")) == ["mine"]
    assert load_submitted(folder, profile="full") == []
    assert load_submitted(folder / "nothing", profile="mini") == []


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


def test_sections_hold_every_row_once(result):
    rows = [result(name) for name in ("b", "a", "oracle", "copy-source", "reencoded")]
    rows.append(dataclasses.replace(result("x"), protocol={"odd": 1}))

    (section,) = sections(rows)

    assert sorted(names(section.rows)) == sorted(names(rows))
