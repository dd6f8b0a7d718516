"""Bad sources: each clip gets its error class, the others finish, nothing disappears."""

import numpy as np
import pytest

from datasets.clips import read_clip
from datasets.crop import crop_folder, main
from datasets.crop_video import CropConfig
from datasets.manifest import ERRORS, read_manifest
from datasets.truth import Truth, save_truth

SMALL = CropConfig(size=16)


@pytest.fixture
def zoo(make_source, row, moving, tmp_path):
    """A folder with one good video and every kind of bad one."""
    rows = [
        row("a-good", 0, 10),
        row("b-missing", 0, 10),
        row("c-empty", 0, 10),
        row("d-text", 0, 10),
        row("e-cut", 0, 10),
        row("f-short", 0, 5),
        row("f-short", 2, 9),
        row("g-box", 0, 5, bbox=(0, 0, 57, 40)),
        row("g-box", 0, 6),
        row("h-window", 4, 4),
        row("h-window", 9, 4),
        row("i-flat", 0, 5, bbox=(9, 9, 9, 20)),
        row("i-flat", 1, 5, bbox=(-4, 0, 9, 9)),
        row("z-good", 0, 10, partition="test"),
    ]
    names = {r.video_id for r in rows} - {"b-missing"}
    folder = make_source(
        rows, {n: moving(8 if n == "f-short" else 12, seed=i) for i, n in enumerate(sorted(names))}
    )
    (folder / "c-empty.mp4").write_bytes(b"")
    (folder / "d-text.mp4").write_text("<html>Video unavailable</html>" * 40)
    cut = (folder / "e-cut.mp4").read_bytes()
    (folder / "e-cut.mp4").write_bytes(cut[: len(cut) // 2])
    return folder


EXPECTED = {
    "a-good#000000#000010": "ok",
    "b-missing#000000#000010": "missing-video",
    "c-empty#000000#000010": "unreadable",
    "d-text#000000#000010": "unreadable",
    "e-cut#000000#000010": "truncated",
    "f-short#000000#000005": "ok",
    "f-short#000002#000009": "too-short",
    "g-box#000000#000005": "box-outside",
    "g-box#000000#000006": "ok",
    "h-window#000004#000004": "no-frames",
    "h-window#000009#000004": "no-frames",
    "i-flat#000000#000005": "bad-box",
    "i-flat#000001#000005": "bad-box",
    "z-good#000000#000010": "ok",
}


def test_every_clip_has_its_row_and_class(zoo, tmp_path):
    out = tmp_path / "out"
    crop_folder(zoo, out, config=SMALL)
    rows = read_manifest(out / "manifest.csv")
    assert {row.clip_id: row.status for row in rows} == EXPECTED
    assert set(EXPECTED.values()) - {"ok"} <= set(ERRORS)
    files = {path.name.removesuffix(".mkv") for path in out.glob("*/*")}
    assert files == {clip for clip, status in EXPECTED.items() if status == "ok"}
    for row in rows:
        assert bool(row.message) == (not row.ok) == (row.sha256 == "") == (row.got_frames == 0)
        assert row.wanted_frames == max(0, int(row.clip_id[-6:]) - int(row.clip_id[-13:-7]))
        assert str(tmp_path) not in row.message


def test_messages_say_what_and_where(zoo, tmp_path):
    rows = {row.clip_id: row.message for row in crop_folder(zoo, tmp_path / "out", config=SMALL)}
    assert rows["f-short#000002#000009"] == ("f-short.mp4: ends after 8 frames, frame 8 is wanted")
    assert rows["g-box#000000#000005"] == "box 0-0-57-40 passes the edge of 56x40"
    assert "c-empty.mp4: the file is empty" in rows["c-empty#000000#000010"]
    assert "e-cut.mp4: the file ends after" in rows["e-cut#000000#000010"]


def test_exit_status_and_summary(zoo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["--source", str(zoo), "--out", "out", "--size", "16"]
    assert main(arguments) == 0
    output = capsys.readouterr()
    assert (
        "14 clips: 2 bad-box, 1 box-outside, 1 missing-video, 2 no-frames, 4 ok, "
        "1 too-short, 1 truncated, 2 unreadable"
    ) in output.out
    assert "bad-box: i-flat#000000#000005: box 9-9-9-20 is empty or negative" in output.err
    assert main([*arguments, "--strict"]) == 1


def test_strict_is_satisfied_by_good_videos(make_source, row, moving, tmp_path):
    folder = make_source([row("v", 0, 5)], {"v": moving(5)})
    assert main(["--source", str(folder), "--out", str(tmp_path / "out"), "--strict"]) == 0


def test_repaired_source_is_cropped_and_broken_one_loses_its_clip(zoo, tmp_path, tree):
    out = tmp_path / "out"
    crop_folder(zoo, out, config=SMALL)
    (zoo / "b-missing.mp4").write_bytes((zoo / "a-good.mp4").read_bytes())
    (zoo / "z-good.mp4").write_bytes(b"")
    crop_folder(zoo, out, config=SMALL)
    assert (out / "train" / "b-missing#000000#000010.mkv").is_file()
    assert not (out / "test" / "z-good#000000#000010.mkv").exists()
    crop_folder(zoo, tmp_path / "fresh", config=SMALL)
    assert tree(out).keys() - tree(tmp_path / "fresh").keys() == set()
    assert tree(out) == tree(tmp_path / "fresh")


def test_clip_policy_cuts_at_the_edge_as_the_authors_did(make_source, row, moving, tmp_path):
    frames = moving(4)
    folder = make_source([row("v", 0, 4, bbox=(40, 20, 60, 44))], {"v": frames})
    config = CropConfig(size=16, box_policy="clip")
    (result,) = crop_folder(folder, tmp_path / "out", config=config)
    assert result.ok
    from datasets.resize import area_antialias

    expected = np.stack([area_antialias(frame[20:40, 40:56], 16) for frame in frames])
    assert np.array_equal(read_clip(tmp_path / "out/train/v#000000#000004.mkv"), expected)


def test_cut_stream_whose_index_is_whole(row, moving, tmp_path):
    """With the index in front (as served on the web) a cut file opens, but ends too early."""
    import av

    from datasets.metadata import write_metadata

    source = tmp_path / "source"
    source.mkdir()
    write_metadata(source / "metadata.csv", [row("v", 0, 5), row("v", 0, 39)])
    options = {"movflags": "faststart"}
    with av.open(str(source / "v.mp4"), "w", options=options) as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "20", "bf": "0"})
        stream.height, stream.width, stream.pix_fmt = 40, 56, "yuv420p"
        for frame in moving(40):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    whole = (source / "v.mp4").read_bytes()
    (source / "v.mp4").write_bytes(whole[: int(len(whole) * 0.8)])
    results = crop_folder(source, tmp_path / "out", config=SMALL)
    assert {row.status for row in results} == {"truncated"}
    assert not list((tmp_path / "out").glob("*/*"))


def test_transport_stream_that_ends_early_is_too_short(row, moving, tmp_path):
    """A container that promises nothing: the clip just does not get its last frames."""
    import av

    from datasets.metadata import write_metadata

    source = tmp_path / "source"
    source.mkdir()
    write_metadata(source / "metadata.csv", [row("v", 0, 5), row("v", 0, 60)])
    with av.open(str(source / "v.mp4"), "w", format="mpegts") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 40, 56, "yuv420p"
        for frame in moving(40):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    results = crop_folder(source, tmp_path / "out", config=SMALL)
    assert [row.status for row in results] == ["ok", "too-short"]


def test_truth_that_does_not_fit(make_source, row, moving, tmp_path):
    folder = make_source([row("v", 0, 5), row("w", 0, 5)], {"v": moving(6), "w": moving(6)})
    (folder / "v.truth.npz").write_bytes(b"broken")
    truth = Truth(
        np.zeros((6, 1, 2), np.float32),
        np.ones((6, 1), bool),
        np.zeros((6, 20, 20), np.uint8),
        np.zeros((6, 1, 2, 3)),
    )
    save_truth(folder / "w.truth.npz", truth)
    results = crop_folder(folder, tmp_path / "out", config=SMALL)
    assert [row.status for row in results] == ["bad-truth", "bad-truth"]
    assert results[1].message == "w.truth.npz: part map (6, 20, 20), video 56x40"
    assert not list((tmp_path / "out").glob("*/*"))


def test_truth_that_is_another_numpy_file(make_source, row, moving, tmp_path):
    """An array alone, or an archive of scalars: the clip fails, the next video finishes."""
    rows = [row(name, 0, 5) for name in "uvw"]
    folder = make_source(rows, {name: moving(6) for name in "uvw"})
    with (folder / "u.truth.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    names = ("keypoints", "visible", "part_map", "part_affines")
    np.savez(folder / "v.truth.npz", **dict.fromkeys(names, np.float32(0)))
    results = crop_folder(folder, tmp_path / "out", config=SMALL)
    assert [row.status for row in results] == ["bad-truth", "bad-truth", "ok"]
    assert "u.truth.npz: not a truth file" in results[0].message


def test_nonsense_in_the_metadata_is_exit_2_and_names_the_row(make_source, row, tmp_path, capsys):
    folder = make_source([row("v", 0, 5)], {})
    table = folder / "metadata.csv"
    table.write_text(table.read_text().replace(",5,", f",{10**310},"))
    assert main(["--source", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "row 0 (v): end must not be beyond" in capsys.readouterr().err
