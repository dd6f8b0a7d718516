"""Files: whole or not at all."""

import pytest

from datasets.files import replacing, sha256, sha256_of_files, write_new_text, write_text


def test_error_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old\n")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        assert path.read_text() == "old\n"
        raise RuntimeError
    assert path.read_text() == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_leftover_of_a_killed_run_is_not_used(tmp_path):
    (tmp_path / ".a.part").mkdir()
    (tmp_path / ".a.part" / "old").write_text("x")
    with replacing(tmp_path / "a") as part:
        assert not part.exists()
        part.mkdir()
        (part / "new").write_text("y")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["new"]


def test_folders_are_made_and_line_ends_are_lf(tmp_path):
    write_text(tmp_path / "x" / "y" / "a.txt", "é\n")
    assert (tmp_path / "x" / "y" / "a.txt").read_bytes() == "é\n".encode()


def test_digests(tmp_path):
    write_text(tmp_path / "a", "")
    assert sha256(tmp_path / "a") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    write_text(tmp_path / "b", "1")
    both = [tmp_path / "a", tmp_path / "b"]
    digest = sha256_of_files(both, tmp_path)
    assert digest == sha256_of_files(both[::-1], tmp_path)
    write_text(tmp_path / "b", "2")
    assert digest != sha256_of_files(both, tmp_path)
    (tmp_path / "b").rename(tmp_path / "c")
    write_text(tmp_path / "c", "1")
    assert digest != sha256_of_files([tmp_path / "a", tmp_path / "c"], tmp_path)


def test_the_same_text_is_not_written_again(tmp_path):
    path = tmp_path / "a.txt"
    write_new_text(path, "é\n")
    before = path.stat()
    write_new_text(path, "é\n")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write_new_text(path, "e\n")
    assert path.read_text() == "e\n"
