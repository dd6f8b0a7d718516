"""Manifests: nothing is lost on the way to the file and back."""

from dataclasses import replace

import pytest

from datasets.manifest import (
    ManifestError,
    ManifestRow,
    clip_path,
    read_manifest,
    usable,
    write_manifest,
)
from datasets.registry import UsageError

GOOD = ManifestRow("v#0#9", "test", "v", 9, 9, 29.97, 640, 480, "ab" * 32, "ok", "")
BAD = ManifestRow("u#0#9", "test", "u", 9, 0, None, None, None, "", "unreadable", 'a "b", c')


def test_round_trip_sorted_by_split_and_id(tmp_path):
    train = ManifestRow("z", "train", "z", 3, 3, 25.0, 64, 64, "00", "ok", "")
    write_manifest(tmp_path / "manifest.csv", [train, GOOD, BAD])
    assert read_manifest(tmp_path / "manifest.csv") == [BAD, GOOD, train]
    assert GOOD.ok and not BAD.ok


def test_bytes_do_not_depend_on_the_order(tmp_path):
    write_manifest(tmp_path / "a.csv", [GOOD, BAD])
    write_manifest(tmp_path / "b.csv", [BAD, GOOD])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_errors_name_file_and_row(tmp_path):
    with pytest.raises(ManifestError, match="run the crop stage"):
        read_manifest(tmp_path / "gone.csv")
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(ManifestError, match=r"x\.csv: expected the columns clip_id,"):
        read_manifest(tmp_path / "x.csv")
    write_manifest(tmp_path / "y.csv", [GOOD])
    text = (tmp_path / "y.csv").read_text()
    (tmp_path / "y.csv").write_text(text.replace(",9,9,", ",9,nine,"))
    with pytest.raises(ManifestError, match=r"y\.csv: row 0"):
        read_manifest(tmp_path / "y.csv")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clip_id": "../../x"}, "row 0: '../../x' cannot be part of a file name"),
        ({"clip_id": "/etc/x"}, "cannot be part of a file name"),
        ({"clip_id": ""}, "cannot be part of a file name"),
        ({"clip_id": "x" * 300}, "is longer than 196 bytes"),
        ({"split": "../.."}, r"unknown split '../..'; known: train, val, test"),
        ({"status": "fine"}, "unknown status 'fine'; known: ok, missing-video"),
    ],
)
def test_rows_that_would_leave_the_folder_or_mean_nothing(tmp_path, changes, message):
    write_manifest(tmp_path / "manifest.csv", [replace(GOOD, **changes)])
    with pytest.raises(ManifestError, match=message):
        read_manifest(tmp_path / "manifest.csv")


@pytest.mark.parametrize("data", [bytes(range(128, 256)), b"short"])
def test_files_that_are_no_table(tmp_path, data):
    write_manifest(tmp_path / "manifest.csv", [GOOD])
    with (tmp_path / "manifest.csv").open("ab") as file:
        file.write(data)
    with pytest.raises(ManifestError, match=r"manifest\.csv: (row 1|is no CSV)"):
        read_manifest(tmp_path / "manifest.csv")


def test_usable_clips_of_a_split(tmp_path):
    rows = [
        replace(GOOD, clip_id="b"),
        replace(GOOD, clip_id="a"),
        replace(GOOD, clip_id="t", split="train"),
        BAD,
    ]
    write_manifest(tmp_path / "manifest.csv", rows)
    assert usable(tmp_path, "test") == [rows[1], rows[0]]
    assert usable(tmp_path, "val") == []
    assert clip_path(tmp_path, rows[2]) == tmp_path / "train" / "t.mkv"


def test_usable_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"run the crop stage first \(dvc repro crop\)"):
        usable(tmp_path, "test")
    (tmp_path / "manifest.csv").write_text("a,b\n")
    with pytest.raises(UsageError, match="expected the columns"):
        usable(tmp_path, "test")
    with pytest.raises(UsageError, match="unknown split 'dev'; known: train, val, test"):
        usable(tmp_path, "dev")
