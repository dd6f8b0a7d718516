"""The validation list and the short list: by hash, from training videos alone."""

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.list_parts import by_hash, identity, lite, with_val
from datasets.metadata import MetadataRow, whole_row


def row(video, start=0, partition="train", person=None):
    return MetadataRow(video, start, start + 9, (0, 0, 9, 9), 25.0, 64, 64, partition, person)


def test_the_order_is_that_of_sha256_over_a_documented_text():
    names = [f"v{k}" for k in range(9)]
    digests = {n: hashlib.sha256(f"mgif@v1 val {n}".encode()).hexdigest() for n in names}
    assert by_hash(set(names), "mgif@v1 val") == sorted(names, key=digests.get)


def test_five_percent_of_the_videos_rounded_go_to_val_whole():
    """29 videos: 1.45, so 1; 30 videos: 1.5, so 2; a single one: 1."""
    for number, expected in ((29, 1), (30, 2), (1, 1), (252, 13), (500, 25)):
        rows = [row(f"v{k}", start) for k in range(number) for start in (0, 20)]
        found = with_val(rows, "taichi-hd")
        val = {r.video_id for r in found if r.partition == "val"}
        assert val == set(by_hash({f"v{k}" for k in range(number)}, "taichi-hd@v1 val")[:expected])
        assert sum(r.partition == "val" for r in found) == 2 * expected


def test_a_person_goes_with_all_videos():
    rows = [row(f"v{k}", person=f"p{k % 10}") for k in range(40)]
    found = with_val([*rows, row("t", partition="test", person="q")], "voxceleb")
    (person,) = by_hash({f"p{k}" for k in range(10)}, "voxceleb@v1 val")[:1]
    assert [r.partition == "val" for r in found] == [r.person_id == person for r in rows] + [False]


@settings(deadline=None)
@given(st.integers(1, 90), st.integers(0, 30), st.integers(1, 3), st.randoms(use_true_random=False))
def test_val_and_lite_on_any_list(trained, tested, clips, rng):
    rows = [row(f"a{k}", 20 * c) for k in range(trained) for c in range(clips)]
    rows += [row(f"t{k}", 20 * c, "test") for k in range(tested) for c in range(clips)]
    found = with_val(rows, "mgif")
    assert [r.clip_id for r in found] == [r.clip_id for r in rows]
    assert [r for r in found if r.partition == "test"] == rows[trained * clips :]
    short = lite(found, "mgif")
    by_part = {p: {r.video_id for r in short if r.partition == p} for p in ("train", "val", "test")}
    all_of = {p: {r.video_id for r in found if r.partition == p} for p in by_part}
    assert by_part["test"] == all_of["test"]
    assert by_part["train"] <= all_of["train"] and by_part["val"] <= all_of["val"]
    assert len(by_part["train"]) == min(32, len(all_of["train"]))
    assert len(by_part["val"]) == min(4, len(all_of["val"]))
    assert len(short) == clips * sum(map(len, by_part.values()))
    shuffled = rng.sample(rows, len(rows))
    again = lite(with_val(shuffled, "mgif"), "mgif")
    assert sorted(again, key=lambda r: r.clip_id) == sorted(short, key=lambda r: r.clip_id)


def test_the_short_list_has_one_video_of_a_person_and_all_its_clips():
    rows = [row(f"v{k}", start, person=f"p{k % 40}") for k in range(120) for start in (0, 20)]
    random.Random(0).shuffle(rows)
    short = lite(rows, "voxceleb")
    people = by_hash({f"p{k}" for k in range(40)}, "voxceleb@v1-lite train")[:32]
    assert {r.person_id for r in short} == set(people)
    for person in people:
        videos = {r.video_id for r in rows if r.person_id == person}
        (first,) = by_hash(videos, "voxceleb@v1-lite video")[:1]
        assert [r.video_id for r in short if r.person_id == person] == [first, first]


def test_an_identity_is_the_person_else_the_video():
    assert identity(row("v", person="p")) == "p"
    assert identity(row("v")) == identity(whole_row("v", "test")) == "v"
