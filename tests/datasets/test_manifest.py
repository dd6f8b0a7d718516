"""Manifests: nothing is lost on the way to the file and back."""

import pytest

from datasets.manifest import ManifestError, ManifestRow, read_manifest, write_manifest

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
