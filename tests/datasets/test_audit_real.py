"""The audit of the upstream lists of Tai-Chi-HD and VoxCeleb: what is known of them comes out."""

import os
from pathlib import Path

import pytest

from datasets.audit import audit_list
from datasets.lists import load_list
from datasets.metadata import read_metadata


@pytest.fixture(scope="module")
def folder():
    path = Path(os.environ.get("TCHD_SHARED", "../shared")) / "data/metadata"
    if not path.is_dir():
        pytest.skip(f"no shared data at {path} (set TCHD_SHARED)")
    return path


@pytest.fixture(scope="module")
def taichi(folder):
    return audit_list("taichi", read_metadata(folder / "taichi-metadata.csv"))


@pytest.fixture(scope="module")
def vox(folder):
    return audit_list("vox", read_metadata(folder / "vox-metadata.csv"))


def counts(report):
    return {
        check.name: (report.count(check.name), report.count(check.name, "test"))
        for check in report.checks
        if report.count(check.name)
    }


def test_taichi(taichi):
    assert counts(taichi) == {
        "rate-outlier": (6, 2),  # 59.94 twice, 50 twice, 15.79, 15
        "lopsided": (2, 2),
        "overlap": (12, 5),
        "box-at-edge": (16, 1),
        "box-not-square": (5, 0),
        "id-with-dash": (6, 0),
        "rate-near-usual": (4, 0),  # 23.97 three times, 29.67
    }
    assert not taichi.failed
    fast = [f for f in taichi.findings if f.check == "rate-outlier" and f.split == "test"]
    assert [(f.video_id, f.text.split("; ")[0::2]) for f in fast] == [
        ("FBuF0xOal9M", ["59.94 fps", "59 clips"]), ("nAQEOC1Z10M", ["59.94 fps", "32 clips"]),
    ]  # fmt: skip
    in_space = [f for f in taichi.findings if f.check == "overlap" and float(f.value) > 0]
    assert len(in_space) == 4


def test_facts_of_taichi(taichi):
    facts = {split: taichi.facts[split]["numbers"] for split in ("all", "train", "test")}
    wanted = {
        "clips": (3334, 3049, 285), "videos": (280, 252, 28), "frames": (1032837, 957564, 75273),
        "hours": (9.95, 9.31, 0.64), "frames_exactly_1024": (168, 162, 6),
        "frames_under_256": (2018, 1830, 188), "overlaps": (12, 7, 5),
    }  # fmt: skip
    assert {key: tuple(f[key] for f in facts.values()) for key in wanted} == wanted
    assert facts["all"] | {
        "frames_min": 128, "frames_max": 1024, "frames_median": 216, "frames_mean": 309.8,
        "box_square": 3329, "box_off_by_one": 5, "box_longest_min": 256, "box_longest_max": 1072,
        "box_longest_median": 554, "continued": 630, "clips_per_video_mean": 11.9,
        "clips_per_video_max": 142, "box_past_edge": 0, "frames_under_128": 0,
    } == facts["all"]  # fmt: skip
    rates, sizes = (taichi.facts["all"][key] for key in ("rates", "sizes"))
    assert rates["29.97"] == {"clips": 1774, "videos": 142} and rates["59.94"]["clips"] == 91
    assert taichi.facts["test"]["rates"]["59.94"]["clips"] == 91
    assert sizes["1280x720"]["videos"] == 86 and len(sizes) == 13


@pytest.mark.slow  # the whole audit of 20,075 rows
def test_vox(vox):
    assert counts(vox) == {
        "video-in-two-splits": (2, 2),
        "person-in-two-splits": (2, 2),
        "duplicate-row": (311, 3),
        "overlap-most": (115, 1),
        "box-past-edge": (866, 38),
        "length-outlier": (115, 12),
        "box-outlier": (25, 0),
        "lopsided": (3, 3),
        "overlap": (251, 5),
        "box-at-edge": (2066, 53),
        "box-not-square": (20035, 525),
        "box-small": (1896, 49),
    }
    leaks = {f.video_id: f.text for f in vox.findings if f.check.endswith("two-splits")}
    assert leaks["ST2JZXcyYkE"] == "2 rows in train, 1 rows in test; 1 clips are in several"
    assert leaks["hgB5ziAudzU"] == "2 rows in train, 2 rows in test; 2 clips are in several"
    assert {"id10306", "id10282"} < set(leaks)


def test_duplicates_overlaps_and_boxes_of_vox(vox):
    of = {check: [f for f in vox.findings if f.check == check] for check in counts(vox)}
    twice = of["duplicate-row"]
    assert sum(f.text == "equal in all columns" for f in twice) == 308
    assert {f.text for f in twice if f.split != "train"} == {"differs in partition"}
    assert len({f.video_id for f in twice}) == 84
    assert len({f.video_id for f in of["overlap"]}) == 154
    assert sum(f.text.startswith("passes right") for f in of["box-past-edge"]) == 11
    assert sum("bottom" in f.text for f in of["box-past-edge"]) == 861
    assert max(int(f.value) for f in of["box-past-edge"]) == 138
    assert sum("top" in f.value for f in of["box-at-edge"]) == 2064
    assert sum("left" in f.value for f in of["box-at-edge"]) == 4
    (heavy,) = (f for f in of["lopsided"] if f.video_id == "id10283")
    assert heavy.text == "51536 of 132606 frames (39%), 157 of 525 clips"


def test_facts_of_vox(vox):
    facts = {split: vox.facts[split]["numbers"] for split in ("all", "train", "test")}
    wanted = {
        "clips": (20075, 19550, 525), "videos": (3442, 3354, 90), "persons": (435, 424, 13),
        "frames": (4136704, 4004098, 132606), "hours": (45.96, 44.49, 1.47),
        "frames_under_100": (1383, 1359, 24), "frames_under_128": (6243, 6116, 127),
        "frames_under_256": (15616, 15250, 366),
    }  # fmt: skip
    assert {key: tuple(f[key] for f in facts.values()) for key in wanted} == wanted
    assert facts["all"] | {
        "frames_min": 64, "frames_median": 160, "frames_exactly_1024": 54, "box_aspect_mean": 0.839,
        "box_aspect_median": 0.82, "box_aspect_min": 0.51, "box_aspect_max": 1.45,
        "box_width_min": 172, "box_width_max": 968, "box_height_min": 238, "box_height_max": 858,
        "box_longest_min": 306, "box_side_under_256": 1896, "box_excess_max": 138,
    } == facts["all"]  # fmt: skip
    assert vox.facts["all"]["distinct"]["frames"] == 4072814
    loaded = {split: vox.facts[split]["as_loaded"] for split in ("train", "test")}
    assert (loaded["train"]["clips"], loaded["test"]["clips"]) == (19242, 522)
    assert loaded["test"]["frames"] == 131932
    assert list(vox.facts["all"]["rates"]) == ["25"]
    people = vox.facts["test"]["people"]
    assert [people[f"id{n}"]["clips"] for n in (10283, 10291, 10286, 10292)] == [157, 72, 67, 49]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "list_name", "errors"),
    [
        ("taichi-hd", "v1", set()),
        ("voxceleb", "v1", set()),
        ("voxceleb", "v1-asis", {("person-in-two-splits", "id10282")}),
    ],
)
def test_what_is_left_in_the_frozen_lists(folder, dataset, list_name, errors):
    report = audit_list(dataset, load_list(dataset, list_name, store=folder).rows)
    severe = {check.name for check in report.checks if check.severity == "error"}
    assert {(f.check, f.video_id) for f in report.findings if f.check in severe} == errors
    assert report.count("duplicate-row") == 0
