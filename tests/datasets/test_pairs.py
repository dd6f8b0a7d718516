"""The stage: layout, the same bytes again, resuming, pairs that cannot be had, the command line."""

import shutil

import numpy as np
import pytest

from datasets import frozen
from datasets.catalogue import mini_catalogue
from datasets.clips import read_clip, write_clip
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.download import download
from datasets.files import write_text
from datasets.frozen import FrozenSplit, canonical_list, describe, split_files
from datasets.lists import load_list
from datasets.manifest import MANIFEST, read_manifest, write_manifest
from datasets.pair_draw import identities_of, pairs_of
from datasets.pair_list import pair_list_file, read_pair_list
from datasets.pairs import MODES, main, make_pairs, pairs_folder, read_pairs, truth_clip
from datasets.registry import UsageError
from datasets.stamp import write_clips_stamp, write_source_stamp
from datasets.truth import flow_to_first, load_truth, truth_beside
from tests.real_list import freeze_rows, small_rows

DATASET = "mgif"
CONFIG = CropConfig(size=24)
PARAMS = "profile: mini\nprofiles: {mini: {crop: {size: 24}}, full: {crop: {size: 24}}}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory, small_plan):
    """A root with the clips of a small world, its frozen lists, and the pairs."""
    root = tmp_path_factory.mktemp("root")
    planned = small_plan(DATASET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasets.worlds.scenes.plan", lambda dataset, seed: planned)
        patch.setattr("datasets.pair_truth.plan", lambda dataset, seed: planned)
        patch.setattr(frozen, "FOLDER", root / "splits")
        patch.chdir(root)
        (root / "params.yaml").write_text(PARAMS)
        download(mini_catalogue(DATASET, 0), root / "work/mini/source" / DATASET)
        clips = root / "work/mini/clips" / DATASET
        crop_folder(root / "work/mini/source" / DATASET, clips, config=CONFIG)
        rows = tuple(row for video in planned for row in video.rows)
        split = FrozenSplit(f"{DATASET}-mini@v1", {"seed": "0"}, rows)
        pairs = pairs_of(split, identities_of(split, DATASET, "mini"))
        table, toml, _ = split_files(DATASET, "mini")
        write_text(table, canonical_list(rows))
        write_text(toml, describe(split) + pairs.describe())
        write_text(pair_list_file(DATASET, "mini"), pairs.text)
        assert main(["--dataset", DATASET, "--strict"]) == 0
    return root, planned


@pytest.fixture
def root(made, tmp_path, monkeypatch):
    """A copy of that root, current folder included."""
    found, planned = made
    copy = tmp_path / "root"
    shutil.copytree(found, copy)
    monkeypatch.setattr("datasets.pair_truth.plan", lambda dataset, seed: planned)
    monkeypatch.setattr(frozen, "FOLDER", copy / "splits")
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def folder(root):
    return root / pairs_folder(DATASET, "mini")


@pytest.fixture
def clips(root):
    return root / "work/mini/clips" / DATASET


def stamps(folder):
    return {p: p.stat().st_mtime_ns for p in folder.glob("*/*")}


def break_clip(clips, clip_id, status="truncated"):
    """Let the manifest say that a clip failed."""
    rows = read_manifest(clips / MANIFEST)
    changed = {"status": status, "got_frames": 0, "sha256": ""}
    failed = [type(r)(**(vars(r) | changed)) if r.clip_id == clip_id else r for r in rows]
    write_manifest(clips / MANIFEST, failed)


def test_every_pair_has_a_clip_and_a_truth_of_one_frame_more_in_each_mode(folder, clips):
    pairs = read_pairs(folder)
    assert len(pairs) == 4 and all(pair.ok for pair in pairs)
    for pair in pairs:
        picture = read_clip(clips / "test" / f"{pair.source}.mkv", [0])[0]
        driving = read_clip(clips / "test" / f"{pair.driving}.mkv")
        assert pair.frames == len(driving) and pair.source_video in pair.source
        for mode in MODES:
            path = truth_clip(folder, mode, pair.pair_id)
            frames, truth = read_clip(path), load_truth(truth_beside(path))
            assert frames.shape == driving.shape and len(truth) == pair.frames + 1
            assert truth.part_map.shape[1:] == frames.shape[1:3]
            flow, visible = flow_to_first(truth)
            assert flow[1:].shape == (*frames.shape[:3], 2) and visible[0].all()
            if mode == "relative":
                assert np.array_equal(frames[0], picture)
    files = {path.name for path in folder.iterdir()}
    assert files == {"pairs.csv", ".journal.csv", *MODES}
    assert len(list(folder.glob("*/*"))) == 4 * 2 * 2


def test_the_first_frame_of_a_truth_is_the_source_clips_own(folder, clips):
    for pair in read_pairs(folder):
        own = load_truth(clips / "test" / f"{pair.source}.truth.npz")
        for mode in MODES:
            truth = load_truth(truth_beside(truth_clip(folder, mode, pair.pair_id)))
            for name in ("keypoints", "visible", "part_map", "part_affines"):
                assert np.array_equal(getattr(truth, name)[0], getattr(own, name)[0])


def test_elsewhere_it_gives_the_same_bytes_and_again_it_touches_nothing(folder, tree, tmp_path):
    assert main(["--dataset", DATASET, "--out", str(tmp_path / "other")]) == 0
    assert tree(tmp_path / "other") == tree(folder)
    before, listed = stamps(folder), tree(folder)
    assert main(["--dataset", DATASET]) == 0
    assert stamps(folder) == before and tree(folder) == listed


def test_what_was_lost_or_damaged_is_made_anew_and_nothing_else(folder, tree):
    whole, before = tree(folder), stamps(folder)
    lost = truth_clip(folder, "absolute", "pair-0002")
    lost.unlink()
    broken = truth_beside(truth_clip(folder, "relative", "pair-0003"))
    broken.write_bytes(b"")
    (folder / "absolute" / ".pair-0001.mkv.part").write_bytes(b"half")
    (folder / "relative" / "pair-0099.mkv").write_bytes(b"of an earlier list")
    (folder / "pairs.csv").unlink()
    assert main(["--dataset", DATASET]) == 0
    assert tree(folder) == whole
    changed = {path for path, stamp in stamps(folder).items() if before[path] != stamp}
    expected = {lost, broken, truth_beside(lost), broken.with_name("pair-0003.mkv")}
    assert changed == expected


def test_without_a_journal_everything_is_made_anew_with_the_same_bytes(folder, tree):
    whole, before = tree(folder), stamps(folder)
    (folder / ".journal.csv").unlink()
    assert main(["--dataset", DATASET]) == 0
    assert tree(folder) == whole
    assert all(stamp != before[path] for path, stamp in stamps(folder).items())


def test_other_settings_make_other_clips(root, folder, clips):
    config = CropConfig(size=20)
    crop_folder(root / "work/mini/source" / DATASET, clips, config=config)
    made = make_pairs(DATASET, "mini", clips=clips, out=folder, config=config)
    assert all(pair.ok for pair in made)
    assert read_clip(truth_clip(folder, "absolute", "pair-0001")).shape[1:] == (20, 20, 3)


@pytest.mark.parametrize("status", ["truncated", "missing-clip"])
def test_a_pair_without_a_clip_keeps_its_row(folder, clips, capsys, status):
    gone = read_pairs(folder)[0].driving
    if status == "truncated":
        break_clip(clips, gone)
    else:
        (clips / "test" / f"{gone}.mkv").unlink()
    assert main(["--dataset", DATASET]) == 0
    found = read_pairs(folder)
    assert len(found) == 4
    for pair in found:
        assert pair.status == (status if gone in (pair.source, pair.driving) else "ok")
        assert (pair.frames == 0) == (status == "truncated" and gone == pair.driving)
        clip = truth_clip(folder, "absolute", pair.pair_id)
        assert clip.is_file() == truth_beside(clip).is_file() == pair.ok
    output = capsys.readouterr()
    assert f"{status}: pair-0001: " in output.err
    assert "4 pairs: 2 " in output.out and f"2 {status}" in output.out
    assert main(["--dataset", DATASET, "--strict"]) == 1


def test_a_clip_that_is_not_in_the_manifest_is_missing(folder, clips):
    pair = read_pairs(folder)[0]
    rows = [r for r in read_manifest(clips / MANIFEST) if r.clip_id != pair.source]
    write_manifest(clips / MANIFEST, rows)
    assert main(["--dataset", DATASET, "--strict"]) == 1
    assert read_pairs(folder)[0].status == "missing-clip"


@pytest.mark.parametrize(("content", "status"), [("other", "other-clip"), ("none", "broken-clip")])
def test_a_source_that_the_world_did_not_draw_has_no_truth(folder, clips, content, status):
    pair = read_pairs(folder)[0]
    path = clips / "test" / f"{pair.source}.mkv"
    frames = read_clip(path)
    write_clip(path, frames[:, ::-1].copy())
    if content == "none":
        path.write_bytes(b"")
    truth_clip(folder, "absolute", pair.pair_id).unlink()
    assert main(["--dataset", DATASET, "--strict"]) == 1
    assert read_pairs(folder)[0].status == status
    assert not list(folder.glob(f"*/{pair.pair_id}*"))


def test_a_driving_clip_of_another_length_or_world_has_no_truth(folder, clips):
    pair = read_pairs(folder)[0]
    rows = read_manifest(clips / MANIFEST)
    longer = [
        type(r)(**(vars(r) | {"got_frames": r.got_frames + (r.clip_id == pair.driving)}))
        for r in rows
    ]
    write_manifest(clips / MANIFEST, longer)
    assert main(["--dataset", DATASET, "--strict"]) == 1
    assert read_pairs(folder)[0].status == "other-clip"


def test_a_profile_without_a_world_gets_the_list_alone(root, clips, capsys, monkeypatch):
    """Real pairs are those of the list that the stamp of the clips names; it is made anew."""
    assert main(["--dataset", "taichi-hd", "--profile", "full"]) == 2
    assert "taichi-hd.toml is missing" in capsys.readouterr().err
    freeze_rows(monkeypatch, root, small_rows(), lists=("v1", "v1-lite"))
    source, full = root / "work/full/source/taichi-hd", root / "work/full/clips/taichi-hd"
    shutil.copytree(clips, full)
    for list_name in ("v1", "v1-lite"):
        found = load_list("taichi-hd", list_name)
        write_source_stamp(source, id=found.id, list_sha256=found.sha256, format="avc1-1080")
        write_clips_stamp(source, full, parameters={"size": "512"}, rows=found.rows)
        assert main(["--dataset", "taichi-hd", "--profile", "full"]) == 0
        out = root / "work/full/pairs/taichi-hd"
        assert [path.name for path in out.iterdir()] == ["pairs.csv"]
        listed = read_pair_list("taichi-hd", "full", list_name=list_name).pairs
        assert [(p.pair_id, p.source, p.driving) for p in read_pairs(out)] == [
            (p.pair_id, p.source, p.driving) for p in listed
        ]
        assert {p.status for p in read_pairs(out)} == {"missing-clip"}


def test_wrong_usage_is_exit_2(root, clips, capsys):
    assert main(["--dataset", "mnist"]) == 2
    assert main(["--dataset", DATASET, "--profile", "maxi"]) == 2
    (root / "mine").mkdir()
    (root / "mine" / "thesis.txt").write_text("text")
    assert main(["--dataset", DATASET, "--out", "mine"]) == 2
    assert "holds files that pairs has not made" in capsys.readouterr().err
    (clips / MANIFEST).unlink()
    assert main(["--dataset", DATASET]) == 2
    assert "run the crop stage first" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no frozen pairs"):
        make_pairs(DATASET, "full", clips=clips, out=root / "x", config=CONFIG)
    assert not (root / "x").exists()


def test_a_run_that_stops_midway_leaves_no_list_and_the_next_one_goes_on(folder, tree, monkeypatch):
    whole = tree(folder)
    for path in (folder / "absolute").glob("*.mkv"):
        path.unlink()
    real, calls = write_clip, []

    def stops(path, frames):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(path, frames)

    monkeypatch.setattr("datasets.pair_folder.write_clip", stops)
    with pytest.raises(KeyboardInterrupt):
        main(["--dataset", DATASET])
    assert not (folder / "pairs.csv").exists()
    done = stamps(folder)
    monkeypatch.setattr("datasets.pair_folder.write_clip", real)
    assert main(["--dataset", DATASET]) == 0
    assert tree(folder) == whole
    kept = [path.absolute() for path in calls[:2]]
    assert all(stamps(folder)[path] == done[path] for path in kept)
