"""Descriptive statistics: by hand, and every count that is known of the real lists.

The numbers of the real lists are those of the specification of the data sets, counted there with
another library. Where it says "Unique frames" of VoxCeleb it counts the frames of distinct clip
names; its "115 pairs with box IoU over 0.5" are pairs whose *windows* overlap by more than half:
the boxes of all 251 do.
"""

import pytest

from datasets.list_statistics import counts, numbers, people, rates, sizes
from datasets.lists import build
from datasets.metadata import MetadataRow, read_metadata, whole_row


def row(video, start, end, bbox=(0, 0, 300, 300), partition="train", person=None, fps=25.0):
    return MetadataRow(video, start, end, bbox, fps, 400, 320, partition, person)


def test_by_hand():
    rows = [
        row("a", 0, 100, (10, 0, 310, 300), person="p"),
        row("a", 100, 228, (0, 50, 200, 350), person="p"),
        row("a", 200, 1224, (100, 30, 420, 350), person="p"),
        row("b", 0, 99, (0, 0, 300, 301), fps=50.0, person="q"),
    ]
    found = numbers(rows)
    assert [found[k] for k in ("clips", "names", "videos", "persons")] == [4, 4, 2, 2]
    assert found["frames"] == 100 + 128 + 1024 + 99
    assert found["hours"] == round(((100 + 128 + 1024) / 25 + 99 / 50) / 3600, 2)
    assert found["frames_median"] == 114 and found["frames_mean"] == 337.8
    assert [found[f"frames_under_{k}"] for k in (100, 128, 256)] == [1, 2, 3]
    assert found["frames_exactly_1024"] == 1
    assert (found["clips_per_video_mean"], found["clips_per_video_max"]) == (2.0, 3)
    assert (found["continued"], found["overlaps"], found["overlaps_videos"]) == (1, 1, 1)
    assert found["overlaps_in_space"] == 1 and found["overlaps_window_iou_over_half"] == 0
    assert (found["box_square"], found["box_off_by_one"], found["box_side_under_256"]) == (2, 1, 1)
    assert (found["box_width_min"], found["box_height_max"]) == (200, 320)
    assert (found["box_longest_min"], found["box_longest_median"]) == (300, 300.5)
    assert (found["box_past_edge"], found["box_past_right"], found["box_past_bottom"]) == (2, 1, 2)
    assert (found["box_excess_mean"], found["box_excess_max"]) == (30.0, 30)
    assert (found["box_top_0"], found["box_left_0"]) == (2, 2)
    assert rates(rows) == {"25": {"clips": 3, "videos": 1}, "50": {"clips": 1, "videos": 1}}
    assert sizes(rows) == {"400x320": {"clips": 4, "videos": 2}}
    assert people(rows) == {
        "p": {"clips": 3, "videos": 1, "frames": 1252},
        "q": {"clips": 1, "videos": 1, "frames": 99},
    }


def test_whole_videos_are_only_counted():
    rows = [whole_row("a", "train"), whole_row("b", "test")]
    assert numbers(rows) == {"clips": 2, "names": 2, "videos": 2}
    assert counts(rows) == {"clips": 2, "videos": 2} and counts([]) == {"clips": 0, "videos": 0}
    assert rates(rows) == sizes(rows) == people(rows) == {}


@pytest.fixture(scope="module")
def files(request):
    import os
    from pathlib import Path

    folder = Path(os.environ.get("TCHD_SHARED", "../shared")) / "data/metadata"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set TCHD_SHARED)")
    return folder


@pytest.fixture(scope="module")
def taichi(files):
    return read_metadata(files / "taichi-metadata.csv")


@pytest.fixture(scope="module")
def vox(files):
    return read_metadata(files / "vox-metadata.csv")


def of(rows, partition):
    return [row for row in rows if row.partition == partition]


def picked(found, **expected):
    assert {key: found[key] for key in expected} == expected


def test_taichi_counts(taichi):
    picked(numbers(taichi), clips=3334, names=3334, videos=280, frames=1_032_837, hours=9.95)
    train, test = numbers(of(taichi, "train")), numbers(of(taichi, "test"))
    picked(train, clips=3049, videos=252, frames=957_564, hours=9.31)
    picked(test, clips=285, videos=28, frames=75_273, hours=0.64)
    assert {r.video_id for r in of(taichi, "train")}.isdisjoint(
        r.video_id for r in of(taichi, "test")
    )
    assert all(len(r.video_id) == 11 for r in taichi)
    assert len({r.video_id for r in taichi if r.video_id.startswith("-")}) == 6
    assert all(
        len({(r.fps, r.width, r.height) for r in taichi if r.video_id == v}) == 1
        for v in {r.video_id for r in of(taichi, "test")}
    )


def test_taichi_lengths_and_chunks(taichi):
    found, test = numbers(taichi), numbers(of(taichi, "test"))
    picked(found, frames_min=128, frames_max=1024, frames_median=216, frames_mean=309.8)
    picked(found, frames_exactly_1024=168, frames_under_128=0, frames_under_256=2018)
    picked(test, frames_exactly_1024=6, frames_under_256=188, clips_per_video_max=59)
    picked(found, clips_per_video_mean=11.9, clips_per_video_max=142)
    picked(found, overlaps=12, overlaps_in_space=4, continued=630)


def test_taichi_rates_and_sizes(taichi):
    found = rates(taichi)
    videos = {rate: counts["videos"] for rate, counts in found.items()}
    assert videos == {
        "29.97": 142, "25": 89, "30": 31, "24": 4, "23.97": 3, "59.94": 2, "50": 2, "29": 2,
        "22": 1, "15.79": 1, "23.98": 1, "29.67": 1, "15": 1,
    }  # fmt: skip
    clips = {rate: counts["clips"] for rate, counts in found.items()}
    assert clips == {
        "29.97": 1774, "25": 862, "30": 415, "59.94": 91, "50": 68, "24": 41, "29": 25,
        "23.97": 19, "29.67": 13, "22": 11, "15.79": 6, "23.98": 5, "15": 4,
    }  # fmt: skip
    assert rates(of(taichi, "test"))["59.94"]["clips"] == 91
    assert {size: counts["videos"] for size, counts in sizes(taichi).items()} == {
        "1280x720": 86, "640x480": 83, "1920x1080": 71, "854x480": 17, "600x480": 7,
        "960x720": 5, "720x480": 3, "1440x1080": 2, "810x480": 2, "648x480": 1, "932x720": 1,
        "654x480": 1, "810x1440": 1,
    }  # fmt: skip


def test_taichi_boxes(taichi):
    found = numbers(taichi)
    picked(found, box_square=3329, box_off_by_one=5, box_past_edge=0, box_side_under_256=0)
    picked(found, box_longest_min=256, box_longest_max=1072, box_longest_median=554)


def test_vox_counts(vox):
    picked(numbers(vox), clips=20075, names=19764, videos=3442, persons=435, frames=4_136_704)
    picked(numbers(vox), hours=45.96)
    train, test = numbers(of(vox, "train")), numbers(of(vox, "test"))
    picked(train, clips=19550, names=19242, videos=3354, persons=424, frames=4_004_098, hours=44.49)
    picked(test, clips=525, videos=90, persons=13, frames=132_606, hours=1.47)
    for key, shared in (("video_id", 2), ("person_id", 2)):
        values = [{getattr(r, key) for r in of(vox, part)} for part in ("train", "test")]
        assert len(values[0] & values[1]) == shared
    assert {name: c["clips"] for name, c in rates(vox).items()} == {"25": 20075}
    assert max(len(f"{r.clip_id}.mp4") for r in vox) == 37


def test_vox_lengths_sizes_and_boxes(vox):
    found, test = numbers(vox), numbers(of(vox, "test"))
    picked(found, frames_min=64, frames_max=1024, frames_median=160, frames_exactly_1024=54)
    picked(found, frames_under_100=1383, frames_under_128=6243, frames_under_256=15616)
    picked(test, frames_under_100=24, frames_under_128=127, frames_under_256=366)
    table = sizes(vox)
    for size, videos in {"1280x720": 3228, "640x360": 100, "480x360": 37, "960x720": 18}.items():
        assert table[size]["videos"] == videos
    picked(found, box_aspect_mean=0.839, box_aspect_median=0.82)
    picked(found, box_aspect_min=0.51, box_aspect_max=1.45)
    picked(found, box_width_min=172, box_width_max=968, box_height_min=238, box_height_max=858)
    picked(found, box_side_under_256=1896, box_longest_min=306)
    picked(found, box_past_edge=866, box_past_bottom=861, box_past_right=11, box_excess_max=138)
    assert round(found["box_excess_mean"]) == 36
    picked(test, box_past_edge=38)
    picked(found, box_top_0=2064, box_left_0=4)


def test_vox_overlaps(vox):
    found = numbers(vox)
    picked(found, overlaps=251, overlaps_videos=154, overlaps_window_iou_over_half=115)
    picked(found, overlaps_box_iou_over_half=251)
    picked(numbers(of(vox, "test")), overlaps=5)


def test_vox_as_the_authors_loader_yields_it(files):
    """Distinct names; 42 clips of id10282, since the other two of its 44 rows are leaked ones."""
    listed = build("voxceleb", "v1-asis", (files / "vox-metadata.csv",))
    train, test = (numbers(listed.split.of(part).rows) for part in ("train", "test"))
    picked(train, clips=19242)
    picked(test, clips=522, frames=131_932)
    picked(numbers(listed.rows), clips=19764, frames=4_072_814)
    found = people(listed.split.of("test").rows)
    assert found["id10283"] == {"clips": 157, "videos": 18, "frames": 51_536}
    assert round(100 * 51_536 / test["frames"]) == 39
    for name, clips in {"id10291": 72, "id10286": 67, "id10292": 49, "id10282": 42}.items():
        assert found[name]["clips"] == clips


def test_no_video_is_in_two_data_sets(taichi, vox):
    assert {r.video_id for r in taichi}.isdisjoint(r.video_id for r in vox)
    named = {r.person_id for r in of(vox, "test")}
    numbers_of = {*range(10280, 10288), *range(10289, 10293), 10306}
    assert named == {f"id{number}" for number in numbers_of}
