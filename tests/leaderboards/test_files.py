"""Writing only what changed, and saying where files differ."""

from leaderboards.files import difference, write_if_changed


def test_text_and_bytes_are_written_once(tmp_path):
    path = tmp_path / "a" / "b.bin"

    assert write_if_changed(path, b"\x00\xff")
    assert not write_if_changed(path, b"\x00\xff")
    assert write_if_changed(path, "ä\n")
    assert path.read_bytes() == b"\xc3\xa4\n"
    assert [p.name for p in path.parent.iterdir()] == ["b.bin"]


def test_differences_name_the_line_of_texts_and_the_size_of_the_rest(tmp_path):
    path = tmp_path / "x"
    assert difference(path, b"") == f"{path}: missing"
    path.write_bytes(b"one\ntwo\n")
    assert difference(path, "one\ntwo\n") is None
    assert difference(path, b"one\n2\n") == (
        f"{path}: line 2 differs\n  committed: two\n  rebuilt:   2"
    )
    assert difference(path, b"\x00\x01") == f"{path}: differs (8 bytes committed, 2 rebuilt)"
