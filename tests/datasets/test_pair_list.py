"""Frozen lists of pairs: the draw, the digest, tampering, and the committed lists."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import frozen
from datasets.files import write_text
from datasets.frozen import (
    FrozenSplit,
    SplitError,
    canonical_list,
    describe,
    read_split,
    split_files,
)
from datasets.metadata import MetadataRow
from datasets.pair_draw import draw_pairs, identities_of, pairs_of
from datasets.pair_list import ListedPair, PairList, pair_list_file, read_pair_list
from datasets.registry import DATASETS


def clip(video, start=0, person=None, partition="test"):
    return MetadataRow(video, start, start + 9, (0, 0, 9, 9), 25.0, 64, 64, partition, person)


def video_of(clip_id):
    return clip_id.split("#")[-3]


@given(st.lists(st.integers(0, 8), min_size=2, max_size=30), st.integers(0, 5))
def test_everybody_drives_once_and_is_the_source_once_and_nobody_meets_themselves(cast, seed):
    identities = {f"v{number:02}": f"p{person}" for number, person in enumerate(cast)}
    rows = [clip(video, start) for video in identities for start in (30, 5)]
    pairs = draw_pairs(rows, identities, seed=seed)
    most = max(cast.count(person) for person in cast)
    assert bool(pairs) == (2 * most <= len(cast))
    if pairs:
        assert [video_of(pair.driving) for pair in pairs] == sorted(identities)
        assert sorted(video_of(pair.source) for pair in pairs) == sorted(identities)
        for pair in pairs:
            assert identities[video_of(pair.source)] != identities[video_of(pair.driving)]
            assert pair.source.endswith("#000005#000014") and pair.driving.endswith(
                "#000005#000014"
            )
        assert [pair.pair_id for pair in pairs][:2] == ["pair-0001", "pair-0002"]


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_the_rows():
    identities = {f"v{number:02}": f"p{number // 2}" for number in range(20)}
    rows = [clip(video, start) for video in identities for start in (1, 40)]
    first = draw_pairs(rows, identities, seed=0)
    random.Random(1).shuffle(rows)
    assert draw_pairs(rows, dict(reversed(identities.items())), seed=0) == first
    assert draw_pairs(rows, identities, seed=1) != first


def test_no_rows_no_pairs():
    assert draw_pairs([], {}, seed=0) == ()


def test_digest_by_hand():
    listed = PairList("x@v1", "ab", 3, (ListedPair("pair-0001", "v#0#1", "w#0#1"),))
    text = "id=x@v1\nseed=3\ntest=ab\n\npair_id,source,driving\npair-0001,v#0#1,w#0#1\n"
    assert listed.sha256 == hashlib.sha256(text.encode()).hexdigest()
    section = f'\n[pairs]\ncount = 1\nseed = 3\nsha256 = "{listed.sha256}"\n'
    assert listed.describe() == section


def test_identities_are_people_else_videos_of_their_own():
    rows = (clip("a", person="ann"), clip("b", person="bob"), clip("c", partition="val"))
    split = FrozenSplit("x@v1", {"seed": "0"}, rows)
    assert identities_of(split, "voxceleb", "mini") == {"a": "ann", "b": "bob"}
    unnamed = FrozenSplit("x@v1", {}, (clip("a"), clip("b")))
    assert identities_of(unnamed, "taichi-hd", "full") == {"a": "a", "b": "b"}


def test_identities_of_a_mini_world_are_those_of_its_plan(small_plan, monkeypatch):
    planned = small_plan("mgif")
    monkeypatch.setattr("datasets.worlds.scenes.plan", lambda dataset, seed: planned)
    rows = tuple(row for video in planned for row in video.rows)
    split = FrozenSplit("mgif-mini@v1", {"seed": "0"}, (*rows, clip("stranger")))
    found = identities_of(split, "mgif", "mini")
    assert found.pop("stranger") == "stranger"
    assert list(found.values()) == ["0", "1", "0", "1"]


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Frozen pairs of a small list, in a scratch folder."""
    monkeypatch.setattr(frozen, "FOLDER", tmp_path)
    rows = tuple(
        clip(name, partition=p) for name, p in zip("abcd", ["train", *["test"] * 3], strict=True)
    )
    split = FrozenSplit("fashion-mini@v1", {"seed": "0"}, rows)
    pairs = pairs_of(split, {name: name for name in "bcd"})
    table, toml, _ = split_files("fashion", "mini")
    write_text(table, canonical_list(rows))
    write_text(toml, describe(split) + pairs.describe())
    write_text(pair_list_file("fashion", "mini"), pairs.text)
    return pairs


def test_what_was_frozen_is_read_and_the_split_beside_it_too(listed):
    assert read_pair_list("fashion", "mini") == listed and len(listed.pairs) == 3
    assert listed.test_sha256 == read_split("fashion", "mini").of("test").sha256


def test_a_list_that_is_not_frozen_is_named(listed):
    with pytest.raises(
        SplitError, match=r"fashion@v1 has no frozen pairs: .*fashion.toml is missing"
    ):
        read_pair_list("fashion", "full")
    split_files("fashion", "mini")[1].unlink()
    with pytest.raises(SplitError, match=r"fashion-mini.toml is missing; restore it from git"):
        read_pair_list("fashion", "mini")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (0, "pair-0001,", "pair-0009,", "the file says"),
        (0, "pair-0002,", "pair-0001,", "a pair id is there twice"),
        (0, "pair_id,source", "pair_id,sauce", "expected the columns pair_id,source,driving"),
        (0, "pair-0003,", "pair-0003,x,", "row 2: wrong number of columns"),
        (0, "pair-0003,", "../pair-0003,", "row 2: '../pair-0003' cannot be part of a file name"),
        (0, "pair-0003,", '"pair-0003",', "is not the canonical list"),
        (1, "count = 3", "count = 4", "the file says"),
        (1, "seed = 0\n", "seed = 1\n", "the file says"),
        (1, "[pairs]", "[pears]", r"no readable section \[pairs\]"),
        (1, "[pairs]", "[pairs", r"no readable section \[pairs\]"),
        (1, "count = 3\n", "", r"no readable section \[pairs\]"),
    ],
)
def test_tampering_is_noticed(listed, file, old, new, message):
    path = (pair_list_file("fashion", "mini"), split_files("fashion", "mini")[1])[file]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(SplitError, match=message):
        read_pair_list("fashion", "mini")


def test_another_test_list_is_another_list_of_pairs(listed):
    toml = split_files("fashion", "mini")[1]
    toml.write_text(toml.read_text().replace(listed.test_sha256, "0" * 64))
    with pytest.raises(SplitError, match="the file says"):
        read_pair_list("fashion", "mini")


@pytest.mark.parametrize("dataset", DATASETS)
def test_committed_pairs_take_every_test_video_once_each_way(dataset):
    rows = {row.clip_id: row for row in read_split(dataset, "mini").of("test").rows}
    pairs = read_pair_list(dataset, "mini").pairs
    videos = sorted({row.video_id for row in rows.values()})
    assert len(pairs) == len(videos) >= 24
    assert [rows[pair.driving].video_id for pair in pairs] == videos
    assert sorted(rows[pair.source].video_id for pair in pairs) == videos
    for pair in pairs:
        source, driving = rows[pair.source], rows[pair.driving]
        assert source.person_id is None or source.person_id != driving.person_id
        assert driving.start == min(
            r.start for r in rows.values() if r.video_id == driving.video_id
        )


@pytest.mark.slow
@pytest.mark.parametrize("dataset", DATASETS)
def test_committed_pairs_are_the_seeded_draw(dataset):
    split = read_split(dataset, "mini")
    identities = identities_of(split, dataset, "mini")
    assert len(set(identities.values())) == 18
    listed = read_pair_list(dataset, "mini")
    assert pairs_of(split, identities, seed=listed.seed) == listed
    for pair in listed.pairs:
        assert identities[video_of(pair.source)] != identities[video_of(pair.driving)]
