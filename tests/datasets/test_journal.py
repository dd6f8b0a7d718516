"""The journal: survives a torn line, and its final bytes do not depend on the order."""

import pytest

from datasets.journal import Journal, read_journal

COLUMNS = ("key", "value")


def test_rows_come_back(tmp_path):
    journal = Journal(tmp_path / "j.csv", COLUMNS)
    journal.add({"key": "b", "value": 'x, "y"\nz'})
    journal.add({"key": "a", "value": "1"})
    journal.add({"key": "a", "value": "2"})
    assert read_journal(tmp_path / "j.csv", COLUMNS) == journal.rows
    assert journal.get("a") == {"key": "a", "value": "2"}
    assert journal.get("c") is None


def test_torn_last_line_is_forgotten(tmp_path):
    path = tmp_path / "j.csv"
    journal = Journal(path, COLUMNS)
    for key in "abc":
        journal.add({"key": key, "value": "12345"})
    whole = path.read_bytes()
    for cut in range(len("key,value\n"), len(whole)):
        path.write_bytes(whole[:cut])
        rows = read_journal(path, COLUMNS)
        assert set(rows) == set("abc"[: (cut - 10) // 8])
        assert all(row["value"] == "12345" for row in rows.values())


def test_appending_after_a_torn_line(tmp_path):
    path = tmp_path / "j.csv"
    path.write_text("key,value\na,1\nb,")
    Journal(path, COLUMNS).add({"key": "c", "value": "3"})
    assert set(read_journal(path, COLUMNS)) == {"a", "c"}


def test_finished_bytes_do_not_depend_on_the_order(tmp_path):
    for name, keys in (("x", "abc"), ("y", "cab")):
        journal = Journal(tmp_path / name, COLUMNS)
        for key in keys:
            journal.add({"key": key, "value": key})
        journal.add({"key": "d", "value": "d"})
        journal.drop("d")
        journal.finish()
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    assert (tmp_path / "x").read_text() == "key,value\na,a\nb,b\nc,c\n"


def test_other_columns_start_anew_and_wrong_rows_are_refused(tmp_path):
    (tmp_path / "j.csv").write_text("old\n1\n")
    journal = Journal(tmp_path / "j.csv", COLUMNS)
    assert journal.rows == {}
    with pytest.raises(ValueError, match="expected the columns"):
        journal.add({"key": "a"})
