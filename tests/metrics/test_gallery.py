"""What the pictures of a gallery show: the right frames, in order, and what is missing with why."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from datasets.clips import write_clip
from leaderboards.gallery import read_gallery, read_strips
from metrics.gallery import gallery, main
from metrics.gallery_scenes import CLIPS, PAIRS, Places, scenes
from metrics.gallery_tiles import (
    ERROR_MAX,
    LONGEST,
    error_frames,
    flow_frames,
    longest_motion,
    strip,
    visibility_frames,
    webp,
)
from tests.metrics.conftest import FRAMES, SIZE

INFERNO = {0.0: (0, 0, 4), 1.0: (252, 255, 164)}  # first and last colour


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def grey(*levels):
    return np.stack([np.full((8, 8, 3), level, np.uint8) for level in levels])


@pytest.fixture
def places(pair_world, predict, tmp_path):
    """Perfect predictions of `a`, with motion; a still picture by `b`, which has no motion."""
    clips = {p.stem: None for p in sorted((pair_world.clips / "test").glob("*.mkv"))}
    frames = {clip: pair_world.scenes[clip].drawn()[0] for clip in clips}
    work = tmp_path / "work" / "mini"
    still = {clip: np.repeat(shown[:1], FRAMES, axis=0) for clip, shown in frames.items()}

    def exact(clip, shown):
        flow = np.zeros((*shown.shape[:3], 2), np.float16)
        return flow, np.ones(shown.shape[:3], np.float16)

    predict("work/mini/predictions", {})
    predict("work/mini/predictions/taichi-hd-a", frames, motion=exact)
    predict("work/mini/predictions/taichi-hd-b", still)
    (work / "animations").mkdir()
    for mode, truth in pair_world.frames.items():
        predict(f"work/mini/animations/{mode}", {})
        predict(f"work/mini/animations/{mode}/taichi-hd-a", truth)
    return Places(pair_world.clips, pair_world.folder(), work, "taichi-hd", exact=True)


def tile(scene, kind, method=None):
    (found,) = [t for t in scene.tiles if (t.kind, t.method) == (kind, method)]
    return found


def test_errors_have_the_first_colour_where_exact_and_the_last_from_the_maximum_on():
    at_most = round(ERROR_MAX * 255) + 1
    shown = error_frames(grey(0, 0), grey(0, at_most))
    assert tuple(shown[0, 0, 0]) == INFERNO[0.0]
    assert tuple(shown[1, 0, 0]) == INFERNO[1.0]
    assert np.array_equal(error_frames(grey(200), grey(0)), error_frames(grey(0), grey(255)))


@pytest.mark.parametrize(
    ("vector", "colour"),
    [((4, 0), (255, 0, 0)), ((-4, 0), (0, 255, 255)), ((0, 0), (255, 255, 255))],
)
def test_a_flow_has_the_hue_of_its_direction(vector, colour):
    shown = flow_frames(np.full((1, 4, 4, 2), vector, np.float64), longest=4.0)
    assert np.abs(shown[0, 0, 0].astype(int) - colour).max() <= 6


def test_opposite_directions_have_opposite_hues_and_longer_ones_look_like_the_longest():
    down, up, far = (np.full((1, 2, 2, 2), (0, y), np.float64) for y in (4, -4, 400))
    one, other = (flow_frames(f, longest=4.0)[0, 0, 0].astype(int) for f in (down, up))
    assert np.abs(one + other - 255).max() <= 6
    assert np.array_equal(flow_frames(far, longest=4.0), flow_frames(down, longest=4.0))


def test_what_is_visible_is_white():
    shown = visibility_frames(np.array([[[0.0, 1.0], [0.5, np.nan]]]))
    assert shown[0, :, :, 0].tolist() == [[0, 255], [128, 0]]


def test_the_longest_motion_leaves_out_what_is_unknown():
    flow = np.full((1, 10, 10, 2), np.nan)
    assert longest_motion(flow) == 1.0
    flow[0, 0] = 3.0, 4.0
    assert longest_motion(flow) == 5.0


def test_a_strip_has_the_frames_from_left_to_right():
    picture = decoded(webp(strip(grey(10, 120, 240), size=8), quality=None))
    assert picture.shape == (8, 24, 3)
    assert [int(picture[4, 8 * i + 4, 0]) for i in range(3)] == [10, 120, 240]


def test_a_large_frame_becomes_smaller_by_area():
    fine = np.zeros((1, 8, 8, 3), np.uint8)
    fine[:, ::2] = 200
    assert np.unique(np.asarray(strip(fine, size=4))).tolist() == [100]


def test_scenes_are_spread_over_the_lists_and_do_not_depend_on_results(places):
    made = list(scenes(places, ["a"]))
    other = list(scenes(places, ["b"]))
    assert [s.id for s in made] == [s.id for s in other]
    clips = sorted(p.stem for p in (places.clips / "test").glob("*.mkv"))
    assert [s.id for s in made[:CLIPS]] == [clips[0], clips[len(clips) // 2], clips[-1]]
    tasks = [s.task for s in made[CLIPS:]]
    assert tasks == ["animation-absolute"] * PAIRS + ["animation-relative"] * PAIRS


def test_tiles_show_the_clip_its_prediction_and_the_truth(places, pair_world):
    made = list(scenes(places, ["a", "b"]))
    truth, known = pair_world.scenes[made[0].id].drawn()
    assert np.array_equal(tile(made[0], "driving").frames, truth)
    assert np.array_equal(tile(made[0], "source").frames, truth[:1])
    assert np.array_equal(tile(made[0], "prediction", "a").frames, truth)
    assert np.array_equal(tile(made[0], "prediction", "b").frames[-1], truth[0])
    assert np.unique(tile(made[0], "error", "a").frames.reshape(-1, 3), axis=0).tolist() == [
        list(INFERNO[0.0])
    ]
    hidden = tile(made[0], "true-occlusion").frames[..., 0] == 0
    assert hidden[0].sum() == 0
    assert hidden[-1].any()
    assert len(known) == FRAMES


def test_an_animation_shows_source_driver_and_exact_truth(places, pair_world):
    made = list(scenes(places, ["a", "b"]))
    scene = made[-1]
    pair = pair_world.pairs[scene.id]
    assert (scene.source, scene.driving) == (pair.source, pair.driving)
    assert np.array_equal(tile(scene, "truth").frames, pair_world.frames["relative"][scene.id])
    picture = pair_world.scenes[pair.source].drawn()[0][0]
    assert np.array_equal(tile(scene, "source").frames[0], picture)
    assert tile(scene, "prediction", "b").reason == "not predicted"
    assert {t.kind for t in scene.tiles if t.method == "a"} == {"prediction", "error"}


def test_what_is_missing_keeps_its_tile_and_says_why(places):
    first = next(scenes(places, ["a", "b", "c"]))
    assert tile(first, "flow", "b").reason == "no motion file"
    assert tile(first, "prediction", "c").reason == "not predicted"
    path = places.predictions("reconstruction", "a") / f"{first.id}.mkv"
    path.write_bytes(path.read_bytes()[:200])
    broken = tile(next(scenes(places, ["a"])), "prediction", "a")
    assert broken.frames is None
    assert path.name in (broken.reason or "")
    assert "work/" not in (broken.reason or "")


def test_a_prediction_of_another_length_has_no_error(places):
    first = next(scenes(places, ["b"]))
    folder = places.predictions("reconstruction", "b")
    write_clip(folder / f"{first.id}.mkv", tile(first, "driving").frames[:3])
    found = tile(next(scenes(places, ["b"])), "error", "b")
    assert found.reason == "of another length or size than the truth"


def test_the_list_names_every_picture_and_can_be_read(places, tmp_path):
    out = tmp_path / "out"
    count = gallery(places, out, profile="mini", methods=["a", "b"])
    found = read_gallery(out / "gallery.json")
    assert len(read_strips(out, found)) == count == len(list(out.glob("*.webp")))
    assert found.clips == {"test": {"ok": 7}, "train": {"ok": 1}}
    assert found.size == SIZE
    assert {s.frames for s in found.scenes} == {FRAMES}
    shown = {t.kind: t for t in found.scenes[0].tiles if t.method in (None, "a")}
    picture = decoded((out / shown["driving"].file).read_bytes())
    assert picture.shape == (SIZE, SIZE * FRAMES, 3)
    assert FRAMES <= LONGEST


def test_the_same_inputs_give_the_same_bytes_and_leave_nothing_old(places, tmp_path):
    out = tmp_path / "out"
    gallery(places, out, profile="mini", methods=["a", "b"])
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    gallery(places, out, profile="mini", methods=["a"])
    assert len(list(out.iterdir())) < len(before)
    gallery(places, out, profile="mini", methods=["a", "b"])
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_real_pairs_have_no_truth(places, pair_world):
    real = Places(places.clips, pair_world.folder("full"), places.work, "taichi-hd", exact=False)
    scene = list(scenes(real, ["a"]))[-1]
    assert "nobody knows" in (tile(scene, "truth").reason or "")
    assert [t.kind for t in scene.tiles if t.method] == ["prediction"]


def test_without_pairs_there_are_reconstructions_only(places, tmp_path):
    bare = Places(places.clips, tmp_path / "nowhere", places.work, "taichi-hd", exact=True)
    assert [s.task for s in scenes(bare, ["a"])] == ["reconstruction"] * CLIPS


def test_without_clips_the_command_says_what_to_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(
        json.dumps({"profile": "mini", "methods": ["a"], "profiles": {"mini": {}}})
    )
    assert main(["--dataset", "taichi-hd"]) == 2
    assert "dvc repro crop" in capsys.readouterr().err


def test_a_folder_that_is_not_the_stages_own_is_left_alone(places, tmp_path, capsys):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "holiday.webp").write_bytes(b"x")
    with pytest.raises(ValueError, match="gallery has not made"):
        gallery(places, out, profile="mini", methods=["a"])
    assert (out / "holiday.webp").exists()
