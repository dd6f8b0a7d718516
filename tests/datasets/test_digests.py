"""Digests are remembered as long as a file has its size and time of change."""

import os

from datasets.digests import Digests
from datasets.files import sha256


def test_remembered_until_size_or_time_change(tmp_path, hashed):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    first = Digests({})
    assert first.of(path, "x/a") == sha256(path) == first.of(path, "x/a")
    assert hashed == ["a"]
    second = Digests(first.found)
    assert second.of(path, "x/a") == first.of(path, "x/a")
    assert hashed == ["a"] and second.found == first.found
    stat = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    third = Digests(second.found)
    assert third.of(path, "x/a") == sha256(path) and hashed == ["a", "a"]
    path.write_bytes(b"three")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert Digests(third.found).of(path, "x/a") == sha256(path)


def test_all_are_hashed_anew_if_nothing_is_to_be_trusted(tmp_path, hashed):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    digests = Digests(None)
    assert digests.of(path, "a") == digests.of(path, "a") == sha256(path)
    assert hashed == ["a", "a"] and not digests.found


def test_a_damaged_row_is_not_believed(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    row = {"file": "a", "bytes": "x", "mtime_ns": "", "sha256": "0"}
    assert Digests({"a": row}).of(path, "a") == sha256(path)
