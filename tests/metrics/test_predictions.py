"""The inventory of a folder of predictions: what is accepted, and how each fault is named."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from datasets.clips import write_clip
from datasets.registry import UsageError
from datasets.video_writer import write_video
from metrics.predictions import take_inventory
from metrics.wanted import wanted_clips

NAME = "v2#000002#000011"


@pytest.fixture
def wanted(world):
    return wanted_clips(world[0])[0]


@pytest.fixture
def folder(world, predict):
    return predict("mine", world[1])


def kinds(inventory):
    return {(p.kind, p.clip_id) for p in inventory.problems}


def refused(inventory):
    return inventory.refused(allow_missing=False, allow_lossy=False)


def strip(path, frames, mode="RGB"):
    picture = np.concatenate(list(frames), axis=1)
    Image.fromarray(picture).convert(mode).save(path)


def pictures(folder, frames, *, suffix="png", mode="RGB"):
    folder.mkdir()
    for index, frame in enumerate(frames):
        Image.fromarray(frame).convert(mode).save(folder / f"{index:07}.{suffix}")


def test_the_manifest_says_what_is_wanted(world, crop_failed):
    wanted, failed = wanted_clips(world[0])
    assert [w.clip_id for w in wanted] == sorted(world[1])
    assert failed == ["gone#000000#000009"]
    assert (wanted[0].frames, wanted[0].size, wanted[0].video_id) == (6, (16, 16), "v0")


def test_all_is_well(folder, wanted):
    for deep in (False, True):
        inventory = take_inventory(folder, wanted, deep=deep)
        assert not inventory.problems
        assert len(inventory.found) == 7
        assert not inventory.lossy
        assert not refused(inventory)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("how", ["mp4.png", "png", "folder", "folder.mp4", "mp4"])
def test_what_the_field_writes_is_accepted(world, folder, wanted, how, deep):
    (folder / f"{NAME}.mkv").unlink()
    frames = world[1][NAME]
    if how.startswith("folder"):
        pictures(folder / f"{NAME}{how.removeprefix('folder')}", frames)
    elif how == "mp4":
        write_video(folder / f"{NAME}.mp4", frames, fps=25)
    else:
        strip(folder / f"{NAME}.{how}", frames)
    inventory = take_inventory(folder, wanted, deep=deep)
    assert not inventory.problems, str(inventory)
    assert NAME in inventory.found


def test_missing(folder, wanted):
    (folder / f"{NAME}.mkv").unlink()
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("missing", NAME)}
    assert refused(inventory)
    assert not inventory.refused(allow_missing=True, allow_lossy=False)
    assert "6 of 7 clips usable" in str(inventory)
    assert f"missing (1): write them, or pass --allow-missing\n    {NAME}" in str(inventory)


def test_extra_files_are_named_but_not_fatal(folder, wanted):
    (folder / "readme.md").write_text("hello")
    (folder / "stranger.mkv").write_bytes(b"")
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("extra", "stranger.mkv")}
    assert not refused(inventory)
    assert "stranger.mkv" in str(inventory)


def test_duplicate(world, folder, wanted):
    strip(folder / f"{NAME}.mp4.png", world[1][NAME])
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("duplicate", NAME)}
    assert inventory.refused(allow_missing=True, allow_lossy=True)
    assert f"{NAME}: {NAME}.mkv, {NAME}.mp4.png" in str(inventory)


@pytest.mark.parametrize("change", [-1, 1])
def test_wrong_length(world, folder, wanted, change):
    frames = world[1][NAME]
    frames = frames[:change] if change < 0 else np.concatenate([frames, frames[:1]])
    write_clip(folder / f"{NAME}.mkv", frames)
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("wrong length", NAME)}
    assert inventory.refused(allow_missing=True, allow_lossy=True)
    assert f"{NAME}: {6 + change} frames, the clip has 6" in str(inventory)
    assert NAME not in inventory.found


def test_wrong_size(world, folder, wanted):
    write_clip(folder / f"{NAME}.mkv", world[1][NAME][:, :12])
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("wrong size", NAME)}
    assert "16x12, the clip is 16x16" in str(inventory)


def test_a_strip_of_frames_that_are_not_square(world, folder, wanted):
    (folder / f"{NAME}.mkv").unlink()
    strip(folder / f"{NAME}.mp4.png", world[1][NAME][:, :, :13])
    inventory = take_inventory(folder, wanted)
    assert {p.clip_id for p in inventory.problems} == {NAME}
    assert refused(inventory)


@pytest.mark.parametrize("suffix", ["jpg", "gif"])
def test_lossy(world, folder, wanted, suffix):
    (folder / f"{NAME}.mkv").unlink()
    if suffix == "jpg":
        pictures(folder / NAME, world[1][NAME], suffix="jpg")
    else:
        frames = [Image.fromarray(frame) for frame in world[1][NAME]]
        frames[0].save(folder / f"{NAME}.gif", save_all=True, append_images=frames[1:])
    inventory = take_inventory(folder, wanted)
    assert ("lossy", NAME) in kinds(inventory)
    assert refused(inventory)
    assert inventory.lossy
    assert not inventory.refused(allow_missing=False, allow_lossy=True), str(inventory)


@pytest.mark.parametrize("content", [b"", b"no video at all", None])
def test_unreadable(folder, wanted, content):
    path = folder / f"{NAME}.mkv"
    path.write_bytes(path.read_bytes()[:200] if content is None else content)
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("unreadable", NAME)}
    assert inventory.refused(allow_missing=True, allow_lossy=True)


def test_a_damaged_end_is_found_by_looking_at_every_frame(folder, wanted):
    path = folder / f"{NAME}.mkv"
    data = bytearray(path.read_bytes())
    data[-900:-700] = bytes(200)
    path.write_bytes(data)
    assert kinds(take_inventory(folder, wanted, deep=True)) == {("unreadable", NAME)}


def test_an_unreadable_picture(world, folder, wanted):
    (folder / f"{NAME}.mkv").unlink()
    pictures(folder / NAME, world[1][NAME])
    (folder / NAME / "0000003.png").write_bytes(b"no picture")
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("unreadable", NAME)}
    assert "0000003.png" in str(inventory)


@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_alpha_and_grey_pictures_are_read_as_rgb(world, folder, wanted, mode):
    (folder / f"{NAME}.mkv").unlink()
    pictures(folder / NAME, world[1][NAME], mode=mode)
    assert not take_inventory(folder, wanted, deep=True).problems


def test_a_picture_that_can_be_looked_through_is_refused(world, folder, wanted):
    (folder / f"{NAME}.mkv").unlink()
    pictures(folder / NAME, world[1][NAME], mode="RGBA")
    first = sorted((folder / NAME).iterdir())[0]
    picture = Image.open(first)
    picture.putpixel((0, 0), (1, 2, 3, 254))
    picture.save(first)
    (problem,) = take_inventory(folder, wanted, deep=True).problems
    assert problem.kind == "unreadable"
    assert f"{first.name}: has transparent pixels; write RGB" in problem.message


def test_an_empty_folder_has_all_missing(tmp_path, wanted):
    (tmp_path / "empty").mkdir()
    inventory = take_inventory(tmp_path / "empty", wanted)
    assert {p.kind for p in inventory.problems} == {"missing"}
    assert len(inventory.problems) == 7


def test_no_folder_and_no_clips(tmp_path, wanted):
    with pytest.raises(UsageError, match="no such folder of predictions"):
        take_inventory(tmp_path / "none", wanted)
    with pytest.raises(UsageError, match=r"manifest\.csv: not found; run 'dvc repro crop'"):
        wanted_clips(tmp_path)


def test_a_missing_true_clip_is_the_users_to_crop(world):
    next((world[0] / "test").glob("*.mkv")).unlink()
    with pytest.raises(UsageError, match="run 'dvc repro crop' again"):
        wanted_clips(world[0])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"occlusion": np.zeros((6, 16, 16))}, "has occlusion, wants flow, and perhaps occlusion"),
        (
            {"flow": np.zeros((6, 8, 8, 2)), "occlusion": np.zeros((6, 8, 8))},
            r"flow is (6, 8, 8, 2), the clip wants (6, 16, 16, 2)",
        ),
        (
            {"flow": np.zeros((6, 16, 16, 2)), "occlusion": np.zeros((5, 16, 16))},
            r"occlusion is (5, 16, 16), the clip wants (6, 16, 16)",
        ),
    ],
)
def test_motion_that_does_not_fit(folder, wanted, arrays, message):
    np.savez(folder / f"{NAME}.motion.npz", **arrays)
    inventory = take_inventory(folder, wanted)
    assert kinds(inventory) == {("motion", NAME)}
    assert message in str(inventory)


def test_motion_that_is_no_archive(folder, wanted):
    (folder / f"{NAME}.motion.npz").write_bytes(b"no zip")
    assert kinds(take_inventory(folder, wanted)) == {("motion", NAME)}


def test_motion_out_of_range_is_found_by_looking(folder, wanted):
    arrays = {"flow": np.zeros((6, 16, 16, 2)), "occlusion": np.full((6, 16, 16), 2.0)}
    np.savez(folder / f"{NAME}.motion.npz", **arrays)
    assert kinds(take_inventory(folder, wanted, deep=True)) == {("motion", NAME)}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("dtype", ["U3", "complex64", "datetime64[s]"])
def test_motion_of_something_else_than_numbers(folder, wanted, dtype, deep):
    arrays = {"flow": np.zeros((6, 16, 16, 2), dtype), "occlusion": np.ones((6, 16, 16))}
    np.savez(folder / f"{NAME}.motion.npz", **arrays)
    inventory = take_inventory(folder, wanted, deep=deep)
    assert kinds(inventory) == {("motion", NAME)}
    assert "write float16" in str(inventory)


def test_motion_entries_that_are_no_npy(folder, wanted):
    with zipfile.ZipFile(folder / f"{NAME}.motion.npz", "w") as archive:
        for name in ("flow", "occlusion"):
            archive.writestr(name, b"zeros")
    assert kinds(take_inventory(folder, wanted)) == {("motion", NAME)}


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_inspecting_refuses_the_flow_that_scoring_refuses(folder, wanted, value):
    arrays = {"flow": np.full((6, 16, 16, 2), value), "occlusion": np.ones((6, 16, 16))}
    np.savez(folder / f"{NAME}.motion.npz", **arrays)
    assert kinds(take_inventory(folder, wanted, deep=True)) == {("motion", NAME)}


@pytest.mark.parametrize("deep", [False, True])
def test_a_picture_too_large_for_pil_is_unreadable(world, folder, wanted, deep, monkeypatch):
    (folder / f"{NAME}.mkv").unlink()
    strip(folder / f"{NAME}.png", world[1][NAME])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    inventory = take_inventory(folder, wanted, deep=deep)
    assert kinds(inventory) == {("unreadable", NAME)}
    assert "numbered pictures" in str(inventory)


@pytest.mark.parametrize("content", [b"clip\n", b"\xff\xfe", None])
def test_a_damaged_manifest_is_the_users_to_crop(world, content):
    path = world[0] / "manifest.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(content or lines[0] + b"a,test,a,many,,,,,,ok,\n")
    with pytest.raises(UsageError, match=r"manifest\.csv.*run 'dvc repro crop' again"):
        wanted_clips(world[0])
