"""The stamp of a folder of real data: what it says, and what makes a variant."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.frozen import FrozenSplit, list_sha256, read_split
from datasets.lists import load_list
from datasets.metadata import MetadataRow
from datasets.registry import frozen_parameters
from datasets.stamp import (
    STAMP,
    Stamp,
    StampError,
    read_stamp,
    variant_id,
    write_clips_stamp,
    write_source_stamp,
)
from tests.real_list import freeze_rows, small_rows

CROP = {"size": "256", "resizer": "area-antialias", "box_policy": "clip", "frames": "ref-fps"}


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "source", tmp_path / "clips"


@pytest.fixture
def listed(monkeypatch, tmp_path, folders):
    """A frozen list whose stamp is in the source folder."""
    freeze_rows(monkeypatch, tmp_path, small_rows())
    found = load_list("taichi-hd")
    write_source_stamp(folders[0], id=found.id, list_sha256=found.sha256, format="avc1-1080")
    return found


def test_the_stamp_of_a_source_folder_by_hand(folders):
    write_source_stamp(folders[0], id="mgif@v1", list_sha256="ab" * 32, format="archive")
    assert (folders[0] / STAMP).read_text() == (
        f'id = "mgif@v1"\nlist_sha256 = "{"ab" * 32}"\n\n[parameters]\nformat = "archive"\n'
    )
    assert read_stamp(folders[0]) == Stamp("mgif@v1", "ab" * 32, {"format": "archive"})
    assert read_stamp(folders[1]) is None


def test_clips_of_the_frozen_parameters_are_the_frozen_split(listed, folders):
    stamp = write_clips_stamp(*folders, parameters=CROP, rows=reversed(listed.rows))
    split = read_split("taichi-hd", "full")
    assert stamp == read_stamp(folders[1])
    assert stamp.id == stamp.list_id == "taichi-hd@v1"
    assert stamp.parameters == split.parameters and stamp.list_sha256 == listed.sha256
    assert stamp.splits == {p: split.of(p).sha256 for p in ("train", "val", "test")}


def test_other_parameters_are_a_variant_with_a_digest_of_its_own(listed, folders):
    other = CROP | {"size": "512", "frames": "as-decoded"}
    stamp = write_clips_stamp(*folders, parameters=other, rows=listed.rows)
    assert stamp.id == "taichi-hd@v1+frames=as-decoded+size=512"
    assert stamp.list_id == "taichi-hd@v1"
    split = FrozenSplit(stamp.id, other | {"format": "avc1-1080"}, listed.rows)
    assert stamp.splits["test"] == split.of("test").sha256
    assert stamp.splits["test"] != listed.split.of("test").sha256
    write_source_stamp(folders[0], id=listed.id, list_sha256=listed.sha256, format="given")
    stamp = write_clips_stamp(*folders, parameters=CROP, rows=listed.rows)
    assert stamp.id == "taichi-hd@v1+format=given"


def test_a_changed_list_has_no_id(listed, folders):
    stamp = write_clips_stamp(*folders, parameters=CROP, rows=listed.rows[1:])
    assert stamp.id == "taichi-hd@unfrozen"
    assert stamp.list_sha256 == list_sha256(listed.rows[1:])


def test_a_list_without_a_pin_keeps_its_name(folders):
    rows = [MetadataRow("a", 0, 9, (0, 0, 9, 9), 25.0, 64, 64, "test")]
    write_source_stamp(
        folders[0], id="fashion@unfrozen", list_sha256=list_sha256(rows), format="files"
    )
    stamp = write_clips_stamp(*folders, parameters=CROP | {"size": "64"}, rows=rows)
    assert (stamp.id, stamp.parameters["size"]) == ("fashion@unfrozen", "64")


def test_without_a_stamp_of_the_source_an_old_one_of_the_clips_goes(listed, folders):
    write_clips_stamp(*folders, parameters=CROP, rows=listed.rows)
    (folders[0] / STAMP).unlink()
    assert write_clips_stamp(*folders, parameters=CROP, rows=listed.rows) is None
    assert read_stamp(folders[1]) is None


@pytest.mark.parametrize(
    "text",
    ["id = ", "list_sha256 = 'ab'\n[parameters]", "id = 3\nlist_sha256 = 'a'\n[parameters]",
     "id = 'x'\nlist_sha256 = 'a'\n[parameters]", "id = 'x@v1'\nlist_sha256 = 'a'\nparameters = 3",
     "id = 'x@v1'\nlist_sha256 = 'a'\n[parameters]\nsize = 3", "\xff"],
)  # fmt: skip
def test_a_damaged_stamp_is_named(folders, text):
    folders[0].mkdir()
    (folders[0] / STAMP).write_bytes(text.encode("latin-1"))
    with pytest.raises(StampError, match=r"dataset\.toml: "):
        read_stamp(folders[0])
    with pytest.raises(StampError, match=r"dataset\.toml: "):
        write_clips_stamp(*folders, parameters=CROP, rows=[])


def test_a_stamp_of_an_unknown_list_is_named(folders):
    write_source_stamp(folders[0], id="taichi-hd@v7", list_sha256=list_sha256([]), format="given")
    with pytest.raises(StampError, match=r"dataset\.toml: unknown split 'taichi-hd@v7'"):
        write_clips_stamp(*folders, parameters=CROP, rows=[])


def test_text_that_would_break_the_file_is_refused(folders):
    with pytest.raises(ValueError, match="expected plain text"):
        write_source_stamp(folders[0], id="x@v1", list_sha256="a", format='a"\nid = "y')
    assert read_stamp(folders[0]) is None


VALUES = st.dictionaries(
    st.sampled_from(("size", "frames", "resizer")), st.sampled_from(("a", "b")), min_size=3
)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_a_variant_id_names_what_differs_and_nothing_else(frozen, used):
    name = variant_id("x@v1", frozen, used)
    differ = {key: used[key] for key in sorted(used) if used[key] != frozen[key]}
    assert name == "+".join(["x@v1", *(f"{k}={v}" for k, v in differ.items())])


def test_the_digest_of_a_variant_by_hand(listed, folders):
    stamp = write_clips_stamp(*folders, parameters=CROP | {"size": "9"}, rows=listed.rows)
    parameters = {**frozen_parameters("taichi-hd"), "size": "9"}
    lines = [f"{key}={parameters[key]}" for key in sorted(parameters)]
    rows = [f"{r.video_id},{r.start},{r.end},4-2-36-34,25.0,56,40,test"
            for r in listed.rows if r.partition == "test"]  # fmt: skip
    header = "video_id,start,end,bbox,fps,width,height,partition"
    text = "\n".join(["id=taichi-hd@v1+size=9", *lines, "", header, *rows, ""])
    assert stamp.splits["test"] == hashlib.sha256(text.encode()).hexdigest()
