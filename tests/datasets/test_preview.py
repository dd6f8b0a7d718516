import numpy as np
import pytest
from PIL import Image

from datasets import preview
from datasets.clips import write_clip
from datasets.contact_sheet import TILE, Shown, contact_sheet, flow_picture, keypoint_picture
from datasets.crop_rules import frame_window
from datasets.crop_video import CropConfig
from datasets.manifest import ManifestRow, write_manifest
from datasets.truth import Truth, save_truth
from datasets.worlds.scenes import plan

T, SIZE = 4, 16


def truth(*, shift=2.0):
    """A square (part 1) that moves to the right by ``shift`` pixels per frame."""
    part_map = np.zeros((T, SIZE, SIZE), np.uint8)
    affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (T, 2, 1, 1))
    keypoints = np.zeros((T, 2, 2), np.float32)
    for t in range(T):
        x = int(2 + shift * t)
        part_map[t, 4:10, x : x + 6] = 1
        affines[t, 1, 0, 2] = shift * t
        keypoints[t] = [[x + 2, 6], [x + 2, 12]]
    visible = np.tile([True, False], (T, 1))
    return Truth(keypoints, visible, part_map, affines)


def frames():
    pictures = np.full((T, SIZE, SIZE, 3), 90, np.uint8)
    pictures[truth().part_map == 1] = (200, 40, 40)
    return pictures


def test_flow_picture_shows_direction_length_and_the_unknown():
    flow = np.zeros((1, 5, 2))
    flow[0, 1:] = [[2, 0], [-2, 0], [1, 0], [np.nan, 0]]
    still, right, left, half, unknown = flow_picture(flow, longest=2.0)[0]

    np.testing.assert_array_equal(still, [255, 255, 255])
    np.testing.assert_array_equal(right, [255, 0, 0])
    np.testing.assert_array_equal(left, [0, 255, 255])
    np.testing.assert_array_equal(half, [255, 128, 128])
    np.testing.assert_array_equal(unknown, [128, 128, 128])


def test_visible_keypoints_are_filled_and_hidden_ones_hollow():
    picture = keypoint_picture(frames()[0], truth(), 0)
    zoom = TILE / SIZE
    (x, y), (u, v) = (truth().keypoints[0] + 0.5) * zoom
    bare = keypoint_picture(frames()[0], Truth(**{**vars(truth()), "keypoints": gone()}), 0)

    assert not np.array_equal(picture[int(y), int(x)], bare[int(y), int(x)])
    np.testing.assert_array_equal(picture[int(v), int(u)], bare[int(v), int(u)])
    ring = (slice(int(v) - 4, int(v) + 5), slice(int(u) - 4, int(u) + 5))
    assert not np.array_equal(picture[ring], bare[ring])


def gone():
    return np.full((T, 2, 2), np.nan, np.float32)


def test_sheet_has_a_row_of_truth_and_a_row_of_the_other_identity():
    bare = contact_sheet([Shown("a", frames())], title="t")
    known = contact_sheet([Shown("a", frames(), truth())], title="t")
    other = contact_sheet([Shown("a", frames(), truth(), frames(), "b")], title="t")

    assert bare.dtype == np.uint8
    assert bare.shape[1] == known.shape[1] == other.shape[1]
    assert known.shape[0] - bare.shape[0] > TILE
    assert other.shape[0] - known.shape[0] > TILE


def test_sheet_without_motion_and_of_one_frame_is_drawn():
    still = Truth(
        np.zeros((1, 1, 2), np.float32),
        np.ones((1, 1), bool),
        np.zeros((1, SIZE, SIZE), np.uint8),
        np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (1, 1, 1, 1)),
    )
    assert contact_sheet([Shown("a", frames()[:1], still)], title="t").size


def test_spread_is_even_and_without_repetition():
    assert preview.spread(1, 4) == [0]
    assert preview.spread(3, 10) == [0, 1, 2]
    assert preview.spread(9, 3) == [0, 4, 8]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository whose full profile holds two clips of mgif, one of them with truth."""
    monkeypatch.chdir(tmp_path)
    clips = tmp_path / "work/full/clips/mgif"
    (clips / "test").mkdir(parents=True)
    rows = []
    for name in ("a#000000#000004", "b#000000#000004"):
        write_clip(clips / "test" / f"{name}.mkv", frames())
        rows.append(ManifestRow(name, "test", name[0], T, T, 25.0, 16, 16, "0" * 64, "ok", ""))
    save_truth(clips / "test" / "a#000000#000004.truth.npz", truth())
    write_manifest(clips / "manifest.csv", rows)
    return tmp_path


def test_clips_on_disk_are_shown_with_truth_where_there_is_some(folder):
    first, second = preview.clips_on_disk("mgif", "full", clips=4, split=None)
    np.testing.assert_array_equal(first.frames, frames())
    assert first.truth is not None
    assert second.truth is None


def test_command_line_writes_the_same_picture_twice(folder, capsys):
    assert preview.main(["mgif", "--profile", "full"]) == 0
    out = folder / "preview-mgif-full.png"
    before = out.read_bytes()
    assert preview.main(["mgif", "--profile", "full"]) == 0

    assert out.read_bytes() == before
    assert Image.open(out).size[0] > 7 * TILE
    assert "2 clips -> preview-mgif-full.png" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "taichi-hd"),
        (["mgif", "--profile", "half"], "full"),
        (["mgif", "--profile", "full", "--world"], "--profile mini"),
        (["mgif", "--profile", "full", "--clips", "0"], "--clips"),
        (["fashion", "--profile", "full"], "datasets.crop"),
        (["mgif", "--profile", "full", "--split", "train"], "no clips"),
    ],
)
def test_wrong_usage_says_what_to_do_and_returns_2(folder, capsys, arguments, message):
    assert preview.main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow  # the plan of a world poses every frame of every video
def test_the_world_is_drawn_as_the_crop_stage_would_cut_it():
    (shown,) = preview.clips_of_world("mgif", seed=0, clips=1, split="test", config=CropConfig())
    video = next(v for v in plan("mgif", 0) if v.rows[0].clip_id in shown.label)
    row = video.rows[0]
    first, stop = frame_window(row.start, row.end, ref_fps=row.fps, fps=float(video.fps))

    assert shown.frames.shape == (stop - first, 64, 64, 3)
    assert shown.truth is not None
    assert shown.truth.part_map.shape == shown.frames.shape[:3]
    assert shown.other is not None
    assert shown.other.shape == shown.frames.shape
    assert not np.array_equal(shown.other, shown.frames)
