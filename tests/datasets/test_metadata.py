"""Metadata files: the real format, both ways, and messages that name the row."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.metadata import (
    MetadataError,
    MetadataRow,
    read_metadata,
    whole_row,
    write_metadata,
)

HEADER = "video_id,start,end,bbox,fps,width,height,partition"


def write(tmp_path, *lines, header=HEADER):
    (tmp_path / "metadata.csv").write_text("\n".join([header, *lines]) + "\n")
    return tmp_path / "metadata.csv"


def test_lines_of_the_real_files(tmp_path):
    path = write(tmp_path, "-K57q5o3dn4,80,300,118-82-508-472,29.97,640,480,train")
    (row,) = read_metadata(path)
    assert row == MetadataRow("-K57q5o3dn4", 80, 300, (118, 82, 508, 472), 29.97, 640, 480, "train")
    assert row.clip_id == "-K57q5o3dn4#000080#000300"
    path = write(
        tmp_path,
        "WMh3ye5tBsE,3657,3994,624-48-1018-553,25,1280,720,test,id10005",
        header=HEADER + ",person_id",
    )
    (row,) = read_metadata(path)
    assert row.clip_id == "id10005#WMh3ye5tBsE#003657#003994"
    assert row.fps == 25.0


def test_round_trip(tmp_path):
    rows = [
        MetadataRow("b", 3, 30, (0, 1, 20, 21), 29.97, 640, 480, "test", "id1"),
        MetadataRow("a", 0, 9, (5, 5, 9, 9), 25.0, 64, 48, "val"),
    ]
    write_metadata(tmp_path / "m.csv", rows)
    assert read_metadata(tmp_path / "m.csv") == rows
    write_metadata(tmp_path / "n.csv", rows[1:])
    assert "person_id" not in (tmp_path / "n.csv").read_text()
    assert read_metadata(tmp_path / "n.csv") == rows[1:]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("v,x,9,0-0-1-1,25,64,48,train", "row 1 .*invalid literal"),
        ("v,0,9,0-0-1,25,64,48,train", "row 1 .*bbox must be left-top-right-bottom"),
        ("v,0,9,0-0-1-1,0,64,48,train", "row 1 .*fps must be positive"),
        ("v,0,9,0-0-1-1,nan,64,48,train", "row 1 .*fps must be positive"),
        ("v,0,9,0-0-1-1,25,0,48,train", "row 1 .*width and height"),
        ("v,-1,9,0-0-1-1,25,64,48,train", "row 1 .*start must not be negative"),
        ("v,0,9,0-0-1-1,25,64,48,dev", "row 1 .*partition 'dev' .*known: train, val, test"),
        ("../v,0,9,0-0-1-1,25,64,48,test", "row 1 .*cannot be part of a file name"),
        (",0,9,0-0-1-1,25,64,48,test", "row 1 .*cannot be part of a file name"),
        ("v#1,0,9,0-0-1-1,25,64,48,test", "row 1 .*must not hold '#'"),
        (f"{'v' * 240},0,9,0-0-1-1,25,64,48,test", "row 1 .*longer than 196 bytes"),
        (f"{'é' * 95},0,9,0-0-1-1,25,64,48,test", "row 1 .*longer than 196 bytes"),
        (f"v,{10**310},{10**310 + 9},0-0-1-1,25,64,48,test", "row 1 .*start must not be beyond"),
        (f"v,0,{10**310},0-0-1-1,25,64,48,test", "row 1 .*end must not be beyond"),
        (f"v,0,-{10**310},0-0-1-1,25,64,48,test", "row 1 .*end must not be beyond"),
        (f"v,0,9,0-0-{10**400}-1,25,64,48,test", "row 1 .*bbox must not be beyond"),
        (f"v,0,9,0-0-1-1,25,{10**310},48,test", "row 1 .*width must not be beyond"),
        (f"v,{'9' * 5000},9,0-0-1-1,25,64,48,test", "row 1 .*Exceeds the limit"),
        ("v,0,9,0-0-1-1,1e-310,64,48,test", "row 1 .*fps must be positive, from 0.01"),
        ("v,0,9,0-0-1-1,1e300,64,48,test", "row 1 .*fps must be positive, from 0.01 to 10000"),
        ("v,0,9,0-0-1-1,25,64", "row 1: wrong number of columns"),
        ("v,0,9,0-0-1-1,25,64,48,test,more", "row 1: wrong number of columns"),
    ],
)
def test_bad_rows_are_named(tmp_path, line, message):
    path = write(tmp_path, "u,0,9,0-0-1-1,25,64,48,train", line)
    with pytest.raises(MetadataError, match=message):
        read_metadata(path)


def test_missing_file_or_column(tmp_path):
    with pytest.raises(MetadataError, match="run the download stage"):
        read_metadata(tmp_path / "metadata.csv")
    with pytest.raises(MetadataError, match="column 'bbox' is missing"):
        read_metadata(write(tmp_path, header=HEADER.replace("bbox,", "")))


def test_binary_file(tmp_path):
    (tmp_path / "metadata.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(MetadataError, match=r"metadata\.csv: is no CSV file in UTF-8"):
        read_metadata(tmp_path / "metadata.csv")


def test_what_only_its_clip_suffers_from_is_let_through(tmp_path):
    path = write(tmp_path, "v,9,9,-3-0-1-1,25,64,48,train")
    (row,) = read_metadata(path)
    assert row.bbox == (-3, 0, 1, 1)


def test_counts_of_the_real_lists(shared: Path):
    """Spec: 3334 rows and 280 videos of Tai-Chi-HD; 20075 rows, 19764 names of VoxCeleb."""
    taichi = read_metadata(shared / "data/metadata/taichi-metadata.csv")
    assert (len(taichi), len({row.video_id for row in taichi})) == (3334, 280)
    assert sum(row.end - row.start for row in taichi) == 1032837
    vox = read_metadata(shared / "data/metadata/vox-metadata.csv")
    assert (len(vox), len({row.clip_id for row in vox})) == (20075, 19764)
    assert len({row.person_id for row in vox}) == 435


def test_two_rows_cannot_name_one_clip(tmp_path):
    """``p`` + ``v`` and ``p#v`` would both be the clip ``p#v#000000#000009``."""
    header = HEADER + ",person_id"
    for line in ("p#v,0,9,0-0-1-1,25,64,48,train,", "v,0,9,0-0-1-1,25,64,48,train,p#q"):
        with pytest.raises(MetadataError, match=r"row 0 .*must not hold '#'"):
            read_metadata(write(tmp_path, line, header=header))


def test_the_longest_name_is_let_through_and_fits_a_file_name(tmp_path):
    (row,) = read_metadata(write(tmp_path, f"{'v' * 182},0,9,0-0-1-1,25,64,48,train"))
    assert len(f"{row.clip_id}.mkv") == 200
    (tmp_path / f".{row.clip_id}.truth.npz.part").touch()


def test_whole_videos_have_blank_numbers_and_their_own_names(tmp_path):
    rows = [
        whole_row("91-dress", "train"),
        whole_row("walk", "test", person_id="id1"),
        MetadataRow("a", 0, 9, (5, 5, 9, 9), 25.0, 64, 48, "val"),
    ]
    write_metadata(tmp_path / "m.csv", rows)
    lines = (tmp_path / "m.csv").read_text().splitlines()
    assert lines[1] == "91-dress,,,,,,,train,"
    assert lines[2] == "walk,,,,,,,test,id1"
    assert read_metadata(tmp_path / "m.csv") == rows
    assert [row.whole for row in rows] == [True, True, False]
    assert rows[1].clip_id == "walk"
    assert (rows[0].start, rows[0].end, rows[0].bbox, rows[0].fps) == (0, 0, (0, 0, 0, 0), 0.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("v,0,,,,,,test", "row 1 .*invalid literal"),
        ("v,,,,,,48,test", "row 1 .*invalid literal"),
        ("v,0,0,0-0-0-0,0,0,0,test", "row 1 .*width and height must be positive"),
        ("../v,,,,,,,test", "row 1 .*cannot be part of a file name"),
        ("v#0,,,,,,,test", "row 1 .*must not hold '#'"),
        ("v,,,,,,,dev", "row 1 .*partition 'dev'"),
    ],
)
def test_half_blank_rows_and_bad_names_of_whole_videos_are_refused(tmp_path, line, message):
    path = write(tmp_path, "u,,,,,,,train", line)
    with pytest.raises(MetadataError, match=message):
        read_metadata(path)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="#/\\\0\r\n"), min_size=1, max_size=9
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            NAMES.filter(lambda name: not name.startswith(".")),
            st.one_of(st.none(), st.tuples(st.integers(0, 10**6), st.integers(-9, 10**6))),
            st.sampled_from(("train", "val", "test")),
            st.sampled_from((None, "id1")),
        ),
        max_size=6,
    )
)
def test_what_is_written_is_what_is_read(tmp_path_factory, values):
    rows = [
        whole_row(name, part, person_id=person)
        if window is None
        else MetadataRow(name, *window, (-1, 2, 30, 4), 29.97, 64, 48, part, person)
        for name, window, part, person in values
    ]
    path = tmp_path_factory.mktemp("metadata") / "m.csv"
    write_metadata(path, rows)
    assert read_metadata(path) == rows
