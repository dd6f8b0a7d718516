"""What a person gives a download: cookies, a folder of videos, and the log of what was tried."""

import pytest

from datasets.download_run import _cookies
from datasets.fetch.attempts import AttemptLog, read_attempts
from datasets.fetch.local import given_video
from datasets.registry import UsageError

COOKIES = "# Netscape HTTP Cookie File\n.host.example\tTRUE\t/\tTRUE\t0\tname\tvalue\n"


def test_a_cookies_file_is_read_before_the_run(tmp_path):
    path = tmp_path / "cookies.txt"
    path.write_text(COOKIES)
    assert _cookies(path) == COOKIES
    assert _cookies(None) == ""
    for text in ("not cookies at all", ""):
        path.write_text(text)
        with pytest.raises(UsageError, match=r"cookies.txt: is no cookies file"):
            _cookies(path)
    with pytest.raises(UsageError, match=r"none.txt: is no cookies file"):
        _cookies(tmp_path / "none.txt")


def test_a_suffix_in_capitals(tmp_path):
    (tmp_path / "-a_b.MP4").write_bytes(b"x")
    assert given_video("-a_b", tmp_path).path == tmp_path / "-a_b.MP4"


def test_a_line_cut_by_a_kill_does_not_swallow_the_next(tmp_path):
    AttemptLog(tmp_path).add("one", [("network", "cut")])
    path = tmp_path / "attempts.csv"
    path.write_text(path.read_text() + "2026-01-01T00:00:00Z,two,net")
    AttemptLog(tmp_path).add("three", [("ok", "")])
    assert set(read_attempts(tmp_path)) == {"one", "three"}


def test_an_empty_log_gets_its_header(tmp_path):
    (tmp_path / "attempts.csv").touch()
    AttemptLog(tmp_path).add("one", [("ok", "")])
    assert set(read_attempts(tmp_path)) == {"one"}
