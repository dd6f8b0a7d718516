"""Source videos are found by id, whatever the container."""

from datasets.source_files import source_videos


def test_by_id_and_known_suffix(tmp_path):
    names = ["a.mp4", "-b.webm", "c.GIF", "d.x.mkv", "e.mp4", "e.mov"]
    for name in [*names, "f.txt", ".g.mp4", ".h.mp4.part", "i.truth.npz", "metadata.csv", "j"]:
        (tmp_path / name).write_bytes(b"")
    found = source_videos(tmp_path)
    assert {key: [path.name for path in paths] for key, paths in found.items()} == {
        "a": ["a.mp4"], "-b": ["-b.webm"], "c": ["c.GIF"], "d.x": ["d.x.mkv"],
        "e": ["e.mov", "e.mp4"],
    }  # fmt: skip
    assert source_videos(tmp_path / "none") == {}
