"""The journal of the folder and the parts of the videos in work."""

from datasets.crop_journal import (
    JOURNAL_COLUMNS,
    JournalPart,
    close_journal,
    open_journal,
    take_over,
)


def row(clip_id, text="1"):
    return dict.fromkeys(JOURNAL_COLUMNS, text) | {"clip_id": clip_id}


def test_a_part_is_taken_over_when_its_video_is_done(tmp_path):
    journal = open_journal(tmp_path)
    journal.add(row("old"))
    part = JournalPart(tmp_path, "v", {"old": row("old")})
    assert not part.path.exists()  # nothing was done yet
    part.add(row("new"))
    part.drop("old")
    take_over(tmp_path, journal, "v", had=["old"], rows=part.rows)
    assert set(journal.rows) == {"new"} and not part.path.exists()
    close_journal(tmp_path, journal)
    assert [path.name for path in tmp_path.iterdir()] == [".journal.csv"]
    assert set(open_journal(tmp_path).rows) == {"new"}


def test_parts_of_a_killed_run_are_taken_over_first(tmp_path):
    open_journal(tmp_path).add(row("a", "0"))
    for video_id, clip_id in (("v", "a"), ("w", "b")):
        JournalPart(tmp_path, video_id, {}).add(row(clip_id))
    with (tmp_path / ".journals/w.csv").open("a") as file:
        file.write("c,half a li")
    (tmp_path / ".journals/x.csv").write_text("")
    journal = open_journal(tmp_path)
    assert journal.rows == {"a": row("a"), "b": row("b")}
    assert not list((tmp_path / ".journals").iterdir())
    close_journal(tmp_path, journal)
    assert set(open_journal(tmp_path).rows) == {"a", "b"}


def test_a_part_knows_what_itself_wrote_before(tmp_path):
    """A task that is done again after its process died keeps the clips that were finished."""
    JournalPart(tmp_path, "v", {}).add(row("a"))
    part = JournalPart(tmp_path, "v", {"b": row("b")})
    assert set(part.rows) == {"a", "b"}
