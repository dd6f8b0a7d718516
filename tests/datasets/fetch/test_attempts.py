"""The attempt log: what was asked, how often, and the last answer; a kill costs one line."""

from datasets.fetch.attempts import AttemptLog, read_attempts


def test_the_last_answer_counts(tmp_path):
    log = AttemptLog(tmp_path / "reports")
    log.add("-a", [("network", 'line, with "quotes"'), ("ok", "")])
    AttemptLog(tmp_path / "reports").add("b", [("removed", "gone\nfor good")])
    found = read_attempts(tmp_path / "reports")
    assert (found["-a"].attempts, found["-a"].status, found["-a"].message) == (2, "ok", "")
    assert (found["b"].attempts, found["b"].message) == (1, "gone\nfor good")
    assert len(found["b"].day) == 10


def test_a_line_that_was_cut_short(tmp_path):
    log = AttemptLog(tmp_path)
    log.add("a", [("ok", "")])
    with log.path.open("a") as file:
        file.write("2026-01-01T00:00:00Z,b,remo")
    assert set(read_attempts(tmp_path)) == {"a"}


def test_no_log(tmp_path):
    assert read_attempts(tmp_path) == {}
