"""The attempt log: what was asked, how often, and the last answer; a kill costs one line."""

import pytest

from datasets.fetch.attempts import AttemptLog, read_attempts


def test_the_last_answer_counts(tmp_path):
    log = AttemptLog(tmp_path / "reports")
    log.add("-a", [("network", 'line, with "quotes"'), ("ok", "")])
    AttemptLog(tmp_path / "reports").add("b", [("removed", "gone\nfor good")])
    found = read_attempts(tmp_path / "reports")
    assert (found["-a"].attempts, found["-a"].status, found["-a"].message) == (2, "ok", "")
    assert (found["b"].attempts, found["b"].message) == (1, "gone for good")
    assert len(found["b"].day) == 10


def test_a_line_that_was_cut_short(tmp_path):
    log = AttemptLog(tmp_path)
    log.add("a", [("ok", "")])
    with log.path.open("a") as file:
        file.write("2026-01-01T00:00:00Z,b,remo")
    assert set(read_attempts(tmp_path)) == {"a"}


@pytest.mark.parametrize("cut", ["2026-01-01T00:00:00Z,b,remo", '2026-01-01T00:00:00Z,"b', ""])
def test_the_lines_after_a_kill_are_not_lost(tmp_path, cut):
    AttemptLog(tmp_path).add("a", [("removed", 'he said "no", twice')])
    with (tmp_path / "attempts.csv").open("a") as file:
        file.write(cut)
    AttemptLog(tmp_path).add("c", [("network", 'with, "quotes"')])
    AttemptLog(tmp_path).add("d", [("ok", "")])
    found = read_attempts(tmp_path)
    assert set(found) == {"a", "c", "d"}
    assert found["a"].message == 'he said "no", twice' and found["c"].message == 'with, "quotes"'


def test_a_log_that_was_killed_before_its_header_has_one(tmp_path):
    (tmp_path / "attempts.csv").touch()
    assert read_attempts(tmp_path) == {}
    AttemptLog(tmp_path).add("a", [("ok", "")])
    assert (tmp_path / "attempts.csv").read_text().startswith("time,video_id,status,message\n")
    assert set(read_attempts(tmp_path)) == {"a"}


def test_no_log(tmp_path):
    assert read_attempts(tmp_path) == {}
