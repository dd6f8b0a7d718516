"""Ready crops in the forms of the field -> clip files of the wanted size, with a manifest."""

import cv2
import numpy as np
import pytest

from datasets.clips import read_clip
from datasets.crop import crop_folder, main
from datasets.crop_config import CropConfig
from datasets.manifest import read_manifest
from datasets.metadata import write_metadata
from datasets.resize import area_antialias
from datasets.video_writer import write_video

SMALL = CropConfig(size=16)


@pytest.fixture
def ready(row, moving, tmp_path):
    """Metadata of six clips, and ready crops of 32 pixels for four of them."""
    source, folder = tmp_path / "source", tmp_path / "ready"
    for path in (source, folder / "train", folder / "test"):
        path.mkdir(parents=True)
    rows = [
        row("film", 0, 5),
        row("film", 5, 9),
        row("film", 5, 9),
        row("pictures", 0, 4, partition="test"),
        row("strip", 0, 3, partition="test"),
        row("broken", 0, 3, partition="test"),
    ]
    write_metadata(source / "metadata.csv", rows)
    frames = {
        "film": moving(5, 32, 32),
        "pictures": moving(4, 32, 32, 1),
        "strip": moving(3, 32, 32, 2),
    }
    write_video(folder / "train/film#000000#000005.mp4", frames["film"], fps=10)
    pictures = folder / "test/pictures#000000#000004.mp4"
    pictures.mkdir()
    for k, frame in enumerate(frames["pictures"]):
        cv2.imwrite(str(pictures / f"{k:07}.png"), frame[..., ::-1])
    strip = np.concatenate(list(frames["strip"]), axis=1)[..., ::-1]
    cv2.imwrite(str(folder / "test/strip#000000#000003.png"), strip)
    (folder / "test/broken#000000#000003.mp4").write_text("<html>")
    return source, folder, frames


EXPECTED = {
    ("film#000000#000005", "ok"),
    ("film#000005#000009", "missing-video"),
    ("film#000005#000009", "duplicate"),
    ("pictures#000000#000004", "ok"),
    ("strip#000000#000003", "ok"),
    ("broken#000000#000003", "unreadable"),
}


@pytest.mark.parametrize("size", [16, 32])
def test_every_form_becomes_a_clip_and_every_row_a_status(ready, tmp_path, size):
    source, folder, frames = ready
    out = tmp_path / "out"
    crop_folder(source, out, config=CropConfig(size=size), ready=folder)
    rows = read_manifest(out / "manifest.csv")
    assert {(row.clip_id, row.status) for row in rows} == EXPECTED and len(rows) == 6
    for row in rows:
        assert row.source_fps is None and str(tmp_path) not in row.message
        if row.ok:
            found = read_clip(out / row.split / f"{row.clip_id}.mkv")
            expected = [area_antialias(frame, size) for frame in frames[row.video_id]]
            assert np.array_equal(found, np.stack(expected))
            assert row.got_frames == len(found)


def test_kept_while_nothing_changes(ready, tmp_path, tree):
    source, folder, _ = ready
    out = tmp_path / "out"
    crop_folder(source, out, config=SMALL, ready=folder)
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*.mkv")}
    crop_folder(source, out, config=SMALL, ready=folder)
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/*.mkv")} == before
    picture = folder / "test/pictures#000000#000004.mp4/0000002.png"
    cv2.imwrite(str(picture), np.zeros((32, 32, 3), np.uint8))
    (folder / "test/strip#000000#000003.png").unlink()
    crop_folder(source, out, config=SMALL, ready=folder)
    assert not read_clip(out / "test/pictures#000000#000004.mkv", [2]).any()
    assert not (out / "test/strip#000000#000003.mkv").exists()
    crop_folder(source, tmp_path / "fresh", config=SMALL, ready=folder)
    assert tree(out) == tree(tmp_path / "fresh")


def test_two_forms_of_one_clip(ready, tmp_path):
    source, folder, _ = ready
    (folder / "test/strip#000000#000003.mp4").write_bytes(b"x")
    rows = {r.clip_id: r for r in crop_folder(source, tmp_path / "out", config=SMALL, ready=folder)}
    found = rows["strip#000000#000003"]
    assert found.status == "two-videos" and "remove all but one" in found.message


@pytest.mark.slow
def test_command_line_and_stamp(ready, tmp_path, capsys):
    from datasets.metadata import read_metadata
    from datasets.stamp import list_sha256, read_stamp, write_source_stamp

    source, folder, _ = ready
    rows = sorted(read_metadata(source / "metadata.csv"), key=lambda row: row.clip_id)
    write_source_stamp(source, id="taichi-hd@v1", list_sha256=list_sha256(rows), format="ready")
    arguments = ["--source", str(source), "--out", str(tmp_path / "out"), "--size", "16"]
    assert main([*arguments, "--ready", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main([*arguments, "--ready", str(folder), "--dry-run"]) == 0
    plan = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert plan[1] == ["train", "3", "13", "0", "1", "2", "1", "1"]
    assert not (tmp_path / "out").exists()
    assert main([*arguments, "--ready", str(folder), "--jobs", "2"]) == 0
    assert "6 clips: 1 duplicate, 1 missing-video, 3 ok, 1 unreadable" in capsys.readouterr().out
    stamp = read_stamp(tmp_path / "out")
    assert stamp is not None and stamp.parameters["format"] == "ready"
    assert stamp.parameters["frames"] == "given" and "+" in stamp.id
