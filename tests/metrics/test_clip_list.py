"""Which list clips of real data are scored under: the one of their stamp, or none."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest

from datasets.lists import load_list
from datasets.metadata import whole_row
from datasets.pair_list import read_pair_list
from datasets.pair_manifest import Pair
from datasets.stamp import STAMP, write_clips_stamp, write_source_stamp
from datasets.upstream import UpstreamError
from metrics.clip_list import clip_list
from metrics.pair_list import pair_list
from metrics.result import Split, clips_digest
from metrics.wanted import Wanted
from tests.real_list import freeze_rows, small_rows

CROP = {"size": "256", "resizer": "area-antialias", "box_policy": "clip", "frames": "ref-fps"}
NAME = "taichi-hd"


@pytest.fixture
def store(monkeypatch, tmp_path):
    return freeze_rows(monkeypatch, tmp_path, small_rows(), lists=("v1", "v1-lite"))


@pytest.fixture
def stamped(store, tmp_path):
    """A function that stamps a folder of clips of a list; it returns the folder."""

    def stamp(list_name="v1", rows=None, **changes):
        listed = load_list(NAME, list_name)
        source, clips = tmp_path / "source", tmp_path / "clips"
        write_source_stamp(source, id=listed.id, list_sha256=listed.sha256, format="avc1-1080")
        write_clips_stamp(source, clips, parameters=CROP | changes, rows=rows or listed.rows)
        return clips

    return stamp


def clips_of(rows, *, size=256, frames=None, fps=25.0):
    path = Path("x.mkv")
    return [
        Wanted(
            row.clip_id, row.video_id, path, path, path, frames or row.end - row.start,
            (size, size), row.end - row.start, fps,
        )
        for row in rows
        if row.partition == "test"
    ]  # fmt: skip


def listed_as(folder, wanted, *, failed=()):
    return clip_list(NAME, "full", wanted, failed=failed, partition="test", folder=folder)


def test_clips_of_the_frozen_list_have_its_id_and_digest(stamped):
    listed = load_list(NAME)
    wanted = clips_of(listed.rows)
    found = listed_as(stamped(), wanted[2:], failed=[wanted[0].clip_id])
    assert found.split == Split("taichi-hd@v1", "test", listed.split.of("test").sha256)
    assert found.expected == {clip.clip_id for clip in wanted} and found.remarks == ()
    lite = listed_as(stamped("v1-lite"), wanted)
    assert lite.split.id == "taichi-hd@v1-lite" and lite.split.sha256 != found.split.sha256


def test_clips_of_other_parameters_are_a_variant(stamped):
    wanted = clips_of(load_list(NAME).rows, size=512)
    found = listed_as(stamped(size="512"), wanted)
    assert found.split.id == "taichi-hd@v1+size=512" and found.remarks == ()
    assert found.split.sha256 != load_list(NAME).split.of("test").sha256


def test_rates_of_the_source_are_no_difference_where_all_frames_are_taken(stamped):
    wanted = clips_of(load_list(NAME).rows, frames=12, fps=50.0)
    found = listed_as(stamped(frames="as-decoded"), wanted)
    assert found.split.id == "taichi-hd@v1+frames=as-decoded"
    found = listed_as(stamped(), wanted)
    assert found.split.id == "taichi-hd@unfrozen"
    assert found.remarks[0] == "not taichi-hd@v1: e0#000000#000006: 12 frames, frozen: 6"


def test_whole_videos_have_the_length_that_they_have(monkeypatch, tmp_path, stamped):
    rows = [*(whole_row(f"t{k}", "train") for k in range(9)), whole_row("e", "test")]
    shutil.rmtree(tmp_path / "lists")
    shutil.rmtree(tmp_path / "splits")
    freeze_rows(monkeypatch, tmp_path, rows)
    found = listed_as(stamped(), clips_of([rows[-1]], frames=37))
    assert found.split == Split("taichi-hd@v1", "test", load_list(NAME).split.of("test").sha256)


def test_other_clips_or_sizes_have_no_id(stamped):
    listed = load_list(NAME)
    strange = dataclasses.replace(clips_of(listed.rows)[0], clip_id="e9#000000#000006")
    found = listed_as(stamped(), [*clips_of(listed.rows), strange])
    assert found.remarks == ("not taichi-hd@v1: e9#000000#000006: not in the list",)
    assert found.split.sha256 == clips_digest(found.expected) and len(found.expected) == 7
    found = listed_as(stamped(), clips_of(listed.rows, size=128))
    assert "128x128 pixels, frozen: 256x256" in found.remarks[0]


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        (lambda text: None, r"has no dataset.toml, which says which list it holds"),
        (
            lambda text: text.replace("taichi-hd@v1", "taichi-hd@v2"),
            "the clips are of taichi-hd@v2",
        ),
        (lambda text: text.replace("taichi-hd@v1", "mgif@v1"), "the clips are of mgif@v1"),
        (lambda text: text.replace('"256"', '"128"'), "has the id taichi-hd@v1 with .*'128'"),
        (lambda text: text.replace('test = "', 'test = "0'), "the clips are of another list"),
    ],
)
def test_a_stamp_that_fits_no_list_gives_no_id(stamped, change, remark):
    folder = stamped()
    text = change((folder / STAMP).read_text())
    (folder / STAMP).unlink() if text is None else (folder / STAMP).write_text(text)
    found = listed_as(folder, clips_of(load_list(NAME).rows))
    assert found.split.id == "taichi-hd@unfrozen"
    assert re.search(f"^not taichi-hd@v1: .*{remark}", found.remarks[0])


def test_a_list_that_was_changed_or_is_not_pinned_gives_no_id(stamped):
    listed = load_list(NAME)
    found = listed_as(stamped(rows=listed.rows[1:]), clips_of(listed.rows))
    assert found.split.id == "taichi-hd@unfrozen"
    assert (
        "not pinned, or that was changed: see 'python -m datasets.splits cite" in found.remarks[0]
    )


def test_without_the_upstream_list_it_is_said_what_goes_where(stamped, store):
    folder, rows = stamped(), load_list(NAME).rows
    (store / "anything.csv").unlink()
    with pytest.raises(UpstreamError, match=rf"no list with sha256 \w{{64}} in {store}"):
        listed_as(folder, clips_of(rows))


def test_pairs_have_the_id_and_a_digest_of_the_variant(stamped):
    listed = read_pair_list(NAME, "full")
    pairs = [Pair(p.pair_id, p.source, p.driving, "", "", 1, "ok") for p in listed.pairs]
    wanted = clips_of(load_list(NAME).rows)
    same = pair_list(NAME, "full", pairs, listed_as(stamped(), wanted))
    assert same.split == Split("taichi-hd@v1", "test", listed.sha256)
    assert same.expected == {pair.pair_id for pair in pairs}
    large = listed_as(stamped(size="512"), clips_of(load_list(NAME).rows, size=512))
    other = pair_list(NAME, "full", pairs, large)
    assert other.split.id == "taichi-hd@v1+size=512"
    assert other.split.sha256 not in (listed.sha256, large.split.sha256)
    changed = [dataclasses.replace(pairs[0], source=pairs[1].source), *pairs[1:]]
    none = pair_list(NAME, "full", changed, large)
    assert none.split.id == "taichi-hd@unfrozen"
    assert none.remarks == ("not taichi-hd@v1+size=512: pair-0001: another source or driving clip",)
