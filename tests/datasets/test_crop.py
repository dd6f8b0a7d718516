"""Crop: the right pixels, one decode pass, resumable, the same bytes each time."""

from fractions import Fraction

import numpy as np
import pytest

from datasets import crop_pass, resize
from datasets.clips import read_clip
from datasets.crop import crop_folder, main
from datasets.crop_video import CropConfig
from datasets.manifest import read_manifest
from datasets.metadata import read_metadata, write_metadata
from datasets.registry import UsageError
from datasets.truth import Truth, crop_truth, load_truth, save_truth

SMALL = CropConfig(size=16)


def whole_truth(frames):
    count, height, width = frames.shape[:3]
    rng = np.random.default_rng(0)
    affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (count, 2, 1, 1))
    affines[:, 1, :, 2] = rng.uniform(0, 20, (count, 2))
    return Truth(
        rng.uniform(0, 40, (count, 3, 2)).astype(np.float32),
        rng.random((count, 3)) < 0.8,
        rng.integers(0, 2, (count, height, width), dtype=np.uint8),
        affines,
    )


@pytest.fixture
def source(make_source, row, moving):
    """Two videos; one with overlapping clips in two places, the other with truth beside it."""
    rows = [
        row("one", 0, 20),
        row("one", 10, 30, bbox=(20, 4, 52, 36)),
        row("one", 29, 30, bbox=(0, 0, 56, 40)),
        row("two", 5, 15, bbox=(1, 3, 31, 40), partition="test"),
    ]
    videos = {"one": moving(30), "two": moving(16, seed=1)}
    folder = make_source(rows, videos)
    save_truth(folder / "two.truth.npz", whole_truth(videos["two"]))
    return folder, rows, videos


def test_pixels_are_those_of_the_box(source, tmp_path):
    folder, rows, videos = source
    results = crop_folder(folder, tmp_path / "out", config=SMALL)
    assert [row.status for row in results] == ["ok"] * 4
    for row in rows:
        left, top, right, bottom = row.bbox
        cut = videos[row.video_id][row.start : row.end, top:bottom, left:right]
        expected = np.stack([resize.area_antialias(frame, 16) for frame in cut])
        found = read_clip(tmp_path / "out" / row.partition / f"{row.clip_id}.mkv")
        assert np.array_equal(found, expected), row.clip_id


def test_manifest_tells_everything(source, tmp_path):
    folder, rows, _ = source
    crop_folder(folder, tmp_path / "out", config=SMALL)
    manifest = {row.clip_id: row for row in read_manifest(tmp_path / "out" / "manifest.csv")}
    assert set(manifest) == {row.clip_id for row in rows}
    found = manifest["two#000005#000015"]
    assert (found.split, found.video_id) == ("test", "two")
    assert (found.wanted_frames, found.got_frames) == (10, 10)
    assert (found.source_fps, found.source_width, found.source_height) == (25.0, 56, 40)
    assert len(found.sha256) == 64


def test_truth_beside_the_video_is_cropped_too(source, tmp_path):
    folder, _, videos = source
    crop_folder(folder, tmp_path / "out", config=SMALL)
    found = load_truth(tmp_path / "out" / "test" / "two#000005#000015.truth.npz")
    expected = crop_truth(whole_truth(videos["two"]).window(5, 15), (1, 3, 31, 40), 16)
    assert np.array_equal(found.part_map, expected.part_map)
    assert np.array_equal(found.keypoints, expected.keypoints)
    assert not list((tmp_path / "out" / "train").glob("*.npz"))


def test_a_source_of_another_size_and_rate(make_source, row, moving, tmp_path):
    """Metadata at 28x20 and 25 fps; the video has twice the size and 50 fps."""
    rows = [row("v", 3, 9, bbox=(2, 1, 18, 17), width=28, height=20)]
    frames = moving(24)
    folder = make_source(rows, {"v": frames}, fps=Fraction(50))
    (result,) = crop_folder(folder, tmp_path / "out", config=SMALL)
    assert (result.wanted_frames, result.got_frames, result.source_fps) == (6, 12, 50.0)
    expected = np.stack([resize.area_antialias(f[2:34, 4:36], 16) for f in frames[6:18]])
    assert np.array_equal(read_clip(tmp_path / "out/train/v#000003#000009.mkv"), expected)


def test_one_decode_pass_whatever_the_number_of_clips(source, tmp_path, monkeypatch):
    folder, _, _ = source
    decoded = []
    original = crop_pass.decode

    def counting(path):
        for frame in original(path):
            decoded.append(path.name)
            yield frame

    monkeypatch.setattr(crop_pass, "decode", counting)
    crop_folder(folder, tmp_path / "out", config=SMALL)
    assert decoded.count("one.mp4") == 30
    assert decoded.count("two.mp4") == 15  # no further than the last wanted frame
    crop_folder(folder, tmp_path / "out", config=SMALL)
    assert len(decoded) == 45  # a second run decodes nothing


def test_two_runs_have_the_same_bytes(source, tmp_path, tree):
    for name in ("a", "b"):
        crop_folder(source[0], tmp_path / name, config=SMALL)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert not [name for name in tree(tmp_path / "a") if ".part" in name]


def test_only_what_changed_is_cut_again(source, tmp_path, tree, monkeypatch):
    folder, _, _ = source
    out = tmp_path / "out"
    crop_folder(folder, out, config=SMALL)
    before = tree(out)
    cut = []
    original = crop_pass.cut_clips

    def spying(source, jobs, **settings):
        cut.extend(job.path.name for job in jobs)
        return original(source, jobs, **settings)

    monkeypatch.setattr("datasets.crop_video.cut_clips", spying)
    damaged = out / "train" / "one#000010#000030.mkv"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (out / "test" / "two#000005#000015.truth.npz").unlink()
    crop_folder(folder, out, config=SMALL)
    assert cut == ["one#000010#000030.mkv", "two#000005#000015.mkv"]
    assert tree(out) == before
    crop_folder(folder, out, config=CropConfig(size=8))
    assert len(cut) == 6
    assert read_clip(out / "train" / "one#000000#000020.mkv").shape == (20, 8, 8, 3)


def test_clips_that_are_no_longer_listed_or_moved_to_another_split_go(source, tmp_path, tree):
    folder, rows, _ = source
    out = tmp_path / "out"
    crop_folder(folder, out, config=SMALL)
    changed = [rows[0], row_of(rows[3], partition="val")]
    write_metadata(folder / "metadata.csv", changed)
    crop_folder(folder, out, config=SMALL)
    crop_folder(folder, tmp_path / "fresh", config=SMALL)
    assert tree(out) == tree(tmp_path / "fresh")
    assert not (out / "test" / "two#000005#000015.mkv").exists()


def row_of(row, **changes):
    from dataclasses import replace

    return replace(row, **changes)


def test_limit_to_a_split_and_then_the_rest(source, tmp_path, tree):
    out = tmp_path / "out"
    assert {r.split for r in crop_folder(source[0], out, config=SMALL, splits=["test"])} == {"test"}
    assert not (out / "train").exists()
    crop_folder(source[0], out, config=SMALL)
    crop_folder(source[0], tmp_path / "fresh", config=SMALL)
    assert tree(out) == tree(tmp_path / "fresh")


def test_partition_of_the_first_row_and_duplicates(make_source, row, moving, tmp_path):
    """As in VoxCeleb: one chunk listed as train and as test lands in train, once."""
    rows = [row("v", 0, 5), row("v", 0, 5, partition="test"), row("v", 5, 9, partition="test")]
    folder = make_source(rows, {"v": moving(9)})
    crop_folder(folder, tmp_path / "out", config=SMALL)
    found = read_manifest(tmp_path / "out" / "manifest.csv")
    assert [(r.clip_id[-6:], r.split, r.status) for r in found] == [
        ("000005", "train", "ok"),
        ("000005", "train", "duplicate"),
        ("000009", "train", "ok"),
    ]


def test_folder_of_somebody_else_is_left_alone(source, tmp_path):
    out = tmp_path / "mine"
    (out / "train").mkdir(parents=True)
    (out / "train" / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="mine: holds files that crop has not made"):
        crop_folder(source[0], out, config=SMALL)
    assert [p.name for p in out.rglob("*")] == ["train", "thesis.txt"]


def test_command_line(source, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    arguments = ["--source", str(source[0]), "--out", str(out), "--size", "12"]
    assert main(arguments) == 0
    output = capsys.readouterr()
    assert "4 clips: 4 ok -> " in output.out
    assert "crop [2/2] two: 1 ok; 0 s left" in output.err
    assert read_clip(out / "train" / "one#000029#000030.mkv").shape == (1, 12, 12, 3)


def test_settings_and_paths_come_from_params(source, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(
        "profile: mini\nprofiles: {mini: {crop: {size: 10}}, full: {crop: {size: 20}}}\n"
    )
    for profile in ("mini", "full"):
        target = tmp_path / "work" / profile / "source" / "taichi-hd"
        target.parent.mkdir(parents=True)
        target.symlink_to(source[0])
    assert main(["--dataset", "taichi-hd"]) == 0
    assert main(["--dataset", "taichi-hd", "--profile", "full"]) == 0
    for profile, size in (("mini", 10), ("full", 20)):
        clip = tmp_path / "work" / profile / "clips/taichi-hd/train/one#000029#000030.mkv"
        assert read_clip(clip).shape == (1, size, size, 3)
    (tmp_path / "params.yaml").write_text("profile: mini\nprofiles: {mini: {crop: {sice: 1}}}\n")
    assert main(["--dataset", "taichi-hd"]) == 2
    assert "unknown key 'sice'; known: box_policy, frames, resizer, size" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "taichi"], "unknown dataset 'taichi'; known: taichi-hd, voxceleb"),
        (["--dataset", "mgif", "--profile", "big"], "unknown profile 'big'; known: mini, full"),
        (["--dataset", "mgif", "--resizer", "x"], "unknown resizer 'x'; known: area-antialias"),
        (["--dataset", "mgif", "--size", "0"], "size must be at least 1"),
        (["--dataset", "mgif"], "run the download stage first"),
        (["--source", "x"], "--dataset is missing; known: taichi-hd"),
    ],
)
def test_wrong_usage_is_exit_2_with_the_known_names(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_metadata_are_read_before_anything_is_touched(tmp_path, row):
    (tmp_path / "source").mkdir()
    write_metadata(tmp_path / "source" / "metadata.csv", [row("v", 0, 5)])
    assert len(read_metadata(tmp_path / "source" / "metadata.csv")) == 1
    (tmp_path / "source" / "metadata.csv").write_text("video_id\nv\n")
    with pytest.raises(UsageError, match="column 'start' is missing"):
        crop_folder(tmp_path / "source", tmp_path / "out", config=SMALL)
    assert not (tmp_path / "out").exists()


def test_other_code_or_libraries_cut_again(source, tmp_path, monkeypatch):
    """A kept folder must not survive a change of what decides about pixels."""
    from datasets import crop_recipe

    crop_folder(source[0], tmp_path / "out", config=SMALL)
    clip = tmp_path / "out" / "train" / "one#000000#000020.mkv"
    before = clip.stat().st_mtime_ns
    crop_folder(source[0], tmp_path / "out", config=SMALL)
    assert clip.stat().st_mtime_ns == before
    monkeypatch.setattr(crop_recipe, "pixel_code", lambda: "other")
    crop_folder(source[0], tmp_path / "out", config=SMALL)
    assert clip.stat().st_mtime_ns != before


def test_folder_that_came_without_its_journal(source, tmp_path, tree):
    """As from a DVC cache, which does not keep it: what is no longer listed still goes."""
    folder, rows, _ = source
    out = tmp_path / "out"
    crop_folder(folder, out, config=SMALL)
    (out / ".journal.csv").unlink()
    write_metadata(folder / "metadata.csv", rows[1:])
    crop_folder(folder, out, config=SMALL)
    crop_folder(folder, tmp_path / "fresh", config=SMALL)
    assert tree(out) == tree(tmp_path / "fresh")
