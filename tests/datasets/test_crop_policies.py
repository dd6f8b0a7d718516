"""Crop with each frame policy, box policy, resizer and size, whole videos and other containers."""

from fractions import Fraction

import av
import numpy as np
import pytest

from datasets import crop_pass
from datasets.clips import read_clip
from datasets.crop import crop_folder, main
from datasets.crop_config import CropConfig
from datasets.manifest import read_manifest
from datasets.metadata import whole_row, write_metadata
from datasets.resize import RESIZERS, area_antialias
from datasets.truth import Truth, load_truth, save_truth
from datasets.video_writer import write_video

REF = CropConfig(size=16, frames="ref-fps")
BOX = (4, 2, 36, 34)


def cut(frames, indices, box=BOX, size=16):
    left, top, right, bottom = box
    return np.stack([area_antialias(frames[i][top:bottom, left:right], size) for i in indices])


def clip(out, name="v#000003#000009", split="train"):
    return read_clip(out / split / f"{name}.mkv")


@pytest.mark.parametrize(
    ("fps", "taken"),
    [
        (25, [3, 4, 5, 6, 7, 8]),
        (50, [6, 8, 10, 12, 14, 16]),
        (Fraction(25, 2), [1, 2, 2, 3, 3, 4]),
        (30, [4, 5, 6, 7, 8, 10]),
    ],
)
def test_nearest_frames_of_the_reference_rate(make_source, row, moving, tmp_path, fps, taken):
    frames = moving(20)
    folder = make_source([row("v", 3, 9)], {"v": frames}, fps=Fraction(fps))
    (result,) = crop_folder(folder, tmp_path / "out", config=REF)
    assert (result.status, result.wanted_frames, result.got_frames) == ("ok", 6, 6)
    assert np.array_equal(clip(tmp_path / "out"), cut(frames, taken))


def test_equal_rates_give_the_same_bytes_by_both_policies(make_source, row, moving, tmp_path):
    rows = [row("v", 0, 9), row("v", 5, 19)]
    folder = make_source(rows, {"v": moving(20)})
    decoded = crop_folder(folder, tmp_path / "a", config=CropConfig(size=16))
    nearest = crop_folder(folder, tmp_path / "b", config=REF)
    assert [r.sha256 for r in decoded] == [r.sha256 for r in nearest]


def test_too_short_as_for_decoded_frames(make_source, row, moving, tmp_path):
    rows = [row("v", 0, 20), row("v", 10, 21), row("v", 30, 40)]
    folder = make_source(rows, {"v": moving(40)}, fps=Fraction(50))
    results = crop_folder(folder, tmp_path / "out", config=REF)
    assert [r.status for r in results] == ["ok", "too-short", "too-short"]
    assert results[1].message == "v.mp4: ends after 40 frames, frame 40 is wanted"
    assert {p.name for p in (tmp_path / "out").glob("*/*")} == {"v#000000#000020.mkv"}


def test_variable_rate_goes_by_the_pictures_times(row, moving, tmp_path):
    """25 frames per second, then nothing for 0.4 s, then on: the frame before the gap stays."""
    frames, folder = moving(24), tmp_path / "source"
    folder.mkdir()
    write_metadata(folder / "metadata.csv", [row("v", 8, 24)])
    with av.open(str(folder / "v.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 40, 56, "bgr0"
        for k, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")
            picture.pts, picture.time_base = k + (10 if k >= 12 else 0), Fraction(1, 25)
            out.mux(stream.encode(picture))
        out.mux(stream.encode())
    (result,) = crop_folder(folder, tmp_path / "out", config=REF)
    assert (result.status, result.got_frames) == ("ok", 16)
    taken = [8, 9, 10, *[11] * 6, *[12] * 6, 13]
    assert np.array_equal(clip(tmp_path / "out", "v#000008#000024"), cut(frames, taken))


@pytest.mark.parametrize("config", [CropConfig(size=16), REF])
def test_one_decode_whatever_the_number_of_clips(
    make_source, row, moving, tmp_path, monkeypatch, config
):
    decoded = []
    original = crop_pass.decode

    def counting(path):
        for frame in original(path):
            decoded.append(path.name)
            yield frame

    monkeypatch.setattr(crop_pass, "decode", counting)
    for count in (1, 3, 12):
        rows = [row("v", 12 - k, 30, bbox=(k, 0, k + 32, 32)) for k in range(count)]
        folder = make_source(rows, {"v": moving(40)}, folder=f"s{count}")
        crop_folder(folder, tmp_path / f"o{count}", config=config)
        assert len(decoded) == 30
        decoded.clear()


def test_truth_follows_the_frames(make_source, row, moving, tmp_path):
    frames = moving(20)
    folder = make_source([row("v", 3, 9)], {"v": frames}, fps=Fraction(50))
    keypoints = np.repeat(np.arange(20, dtype=np.float32), 4).reshape(20, 2, 2)
    affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (20, 1, 1, 1))
    parts = np.zeros((20, 40, 56), np.uint8)
    save_truth(folder / "v.truth.npz", Truth(keypoints, np.ones((20, 2), bool), parts, affines))
    crop_folder(folder, tmp_path / "out", config=REF)
    found = load_truth(tmp_path / "out/train/v#000003#000009.truth.npz")
    x = (np.array([6, 8, 10, 12, 14, 16]) + 0.5 - 4) * 16 / 32 - 0.5
    assert np.allclose(found.keypoints[:, 0, 0], x)
    config = CropConfig(size=16, box_policy="pad")
    write_metadata(folder / "metadata.csv", [row("v", 3, 9, bbox=(30, 20, 60, 50))])
    (result,) = crop_folder(folder, tmp_path / "pad", config=config)
    assert result.status == "bad-truth"


@pytest.mark.parametrize("box", [(40, 20, 72, 52), (0, 0, 56, 60), (50, 36, 58, 44)])
def test_padded_boxes_repeat_the_edge(make_source, row, moving, tmp_path, box):
    frames = moving(6)
    folder = make_source([row("v", 0, 6, bbox=box)], {"v": frames})
    config = CropConfig(size=16, box_policy="pad")
    (result,) = crop_folder(folder, tmp_path / "out", config=config)
    assert result.ok
    padded = np.pad(frames, ((0, 0), (0, 40), (0, 40), (0, 0)), mode="edge")
    assert np.array_equal(clip(tmp_path / "out", "v#000000#000006"), cut(padded, range(6), box))


@pytest.mark.parametrize(
    ("policy", "box"),
    [("pad", (0, -8, 56, 48)), ("clip", (0, 0, 56, 40)), ("refuse", (0, 0, 56, 40))],
)
def test_whole_videos(moving, tmp_path, policy, box):
    """All frames of a video of any rate; ``pad`` makes the picture square, others squeeze it."""
    frames, folder = moving(7), tmp_path / "source"
    folder.mkdir()
    write_metadata(folder / "metadata.csv", [whole_row("dress", "test"), whole_row("gone", "test")])
    write_video(folder / "dress.mp4", frames, fps=13)
    config = CropConfig(size=16, box_policy=policy, frames="ref-fps")
    there, gone = crop_folder(folder, tmp_path / "out", config=config)
    assert (there.clip_id, there.wanted_frames, there.got_frames) == ("dress", 7, 7)
    assert (gone.status, gone.wanted_frames, gone.got_frames) == ("missing-video", 0, 0)
    padded = np.pad(frames, ((0, 0), (8, 8), (0, 0), (0, 0)), mode="edge")
    moved = (box[0], box[1] + 8, box[2], box[3] + 8)
    assert np.array_equal(clip(tmp_path / "out", "dress", "test"), cut(padded, range(7), moved))
    before = (tmp_path / "out/test/dress.mkv").stat().st_mtime_ns
    crop_folder(folder, tmp_path / "out", config=config)
    assert (tmp_path / "out/test/dress.mkv").stat().st_mtime_ns == before


def test_a_whole_video_that_is_cut_short_is_truncated(moving, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    write_metadata(folder / "metadata.csv", [whole_row("dress", "test")])
    with av.open(str(folder / "dress.mp4"), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "20", "bf": "0"})
        stream.height, stream.width, stream.pix_fmt = 40, 56, "yuv420p"
        for frame in moving(40):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    whole = (folder / "dress.mp4").read_bytes()
    (folder / "dress.mp4").write_bytes(whole[: int(len(whole) * 0.8)])
    (result,) = crop_folder(folder, tmp_path / "out", config=REF)
    assert result.status == "truncated"


def test_a_gif_of_transparent_pictures(tmp_path):
    from PIL import Image

    folder = tmp_path / "source"
    folder.mkdir()
    write_metadata(folder / "metadata.csv", [whole_row("cat", "test")])
    pictures = []
    for k in range(5):
        picture = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
        picture.paste((255, 0, 0, 255), (4 * k, 8, 4 * k + 8, 24))
        pictures.append(picture)
    options = {"save_all": True, "append_images": pictures[1:], "disposal": 2}
    pictures[0].save(folder / "cat.gif", duration=[20, 300, 70, 90, 400], **options)
    config = CropConfig(size=32, box_policy="pad", frames="ref-fps")
    (result,) = crop_folder(folder, tmp_path / "out", config=config)
    assert (result.status, result.got_frames, result.source_width) == ("ok", 5, 32)
    found = clip(tmp_path / "out", "cat", "test")
    for k, frame in enumerate(found):
        expected = np.full((32, 32, 3), 255, np.uint8)
        expected[8:24, 4 * k : 4 * k + 8] = (255, 0, 0)
        assert np.array_equal(frame, expected)


def test_two_files_of_one_video(make_source, row, moving, tmp_path):
    folder = make_source([row("v", 0, 5)], {"v": moving(5)})
    (folder / "v.webm").write_bytes((folder / "v.mp4").read_bytes())
    (result,) = crop_folder(folder, tmp_path / "out", config=REF)
    assert result.status == "two-videos"
    assert result.message == "v.mp4 and v.webm: remove all but one"
    (folder / "v.mp4").unlink()
    (result,) = crop_folder(folder, tmp_path / "out", config=REF)
    assert result.ok


@pytest.mark.parametrize("resizer", RESIZERS)
@pytest.mark.parametrize("size", [128, 256, 384, 512])
def test_resizers_and_sizes(make_source, row, moving, tmp_path, resizer, size):
    frames = moving(2, 400, 500)
    box = (17, 3, 403, 390)
    rows = [row("v", 0, 2, bbox=box, width=500, height=400)]
    folder = make_source(rows, {"v": frames})
    config = ["--size", str(size), "--resizer", resizer, "--frames", "ref-fps"]
    out = tmp_path / "out"
    assert main(["--source", str(folder), "--out", str(out), "--box-policy", "pad", *config]) == 0
    expected = [RESIZERS[resizer](f[3:390, 17:403], size) for f in frames]
    assert np.array_equal(clip(out, "v#000000#000002"), np.stack(expected))
    assert read_manifest(out / "manifest.csv")[0].ok


def test_stamp_of_the_clips(make_source, row, moving, tmp_path):
    """Where the sources have one; a variant of the list says what differs."""
    from datasets.stamp import list_sha256, read_stamp, write_source_stamp

    rows = [row("v", 0, 5)]
    folder = make_source(rows, {"v": moving(5)})
    crop_folder(folder, tmp_path / "out", config=REF)
    assert read_stamp(tmp_path / "out") is None
    write_source_stamp(folder, id="taichi-hd@v1", list_sha256=list_sha256(rows), format="avc1-1080")
    config = CropConfig(size=16, box_policy="clip")
    crop_folder(folder, tmp_path / "out", config=config)
    stamp = read_stamp(tmp_path / "out")
    assert stamp is not None
    assert stamp.id == "taichi-hd@v1+frames=as-decoded+size=16"
    assert stamp.parameters["resizer"] == "area-antialias"


@pytest.mark.parametrize("frames", ["as-decoded", "ref-fps"])
def test_a_window_far_beyond_the_end_costs_nothing_and_no_neighbour(
    frames, make_source, row, moving, tmp_path
):
    source = make_source([row("v", 0, 10), row("v", 0, 10**9)], {"v": moving(12)})
    done = crop_folder(source, tmp_path / "out", config=CropConfig(size=16, frames=frames))
    assert [one.status for one in done] == ["ok", "too-short"]


def test_a_link_that_leads_nowhere_ends_nothing(make_source, row, moving, tmp_path):
    source = make_source([row("v", 0, 10), row("w", 0, 10)], {"v": moving(12)})
    for name in ("w.mp4", "unlisted.mp4"):
        (source / name).symlink_to(tmp_path / "nothing")
    done = crop_folder(source, tmp_path / "out", config=CropConfig(size=16))
    assert [one.status for one in done] == ["ok", "missing-video"]


def test_a_whole_row_before_a_window_of_the_same_video(make_source, row, moving, tmp_path):
    rows = [whole_row("v", "train"), row("v", 2, 10)]
    source = make_source(rows, {"v": moving(12)})
    done = crop_folder(source, tmp_path / "out", config=CropConfig(size=16, box_policy="pad"))
    assert [(one.status, one.got_frames) for one in done] == [("ok", 12), ("ok", 8)]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_sound_that_outlasts_the_picture_is_no_truncation(suffix, make_source, tmp_path, moving):
    """A whole video beside a longer sound track: all of its pictures are taken."""
    source = make_source([whole_row("v", "train")], {})
    rate = 8000
    with av.open(str(source / f"v{suffix}"), "w") as container:
        picture = container.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("aac", rate=rate)
        for frame in np.zeros((50, 64, 64, 3), np.uint8):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(picture.encode())
        for k in range(40):
            samples = np.zeros((1, 1024), np.float32)
            chunk = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            chunk.sample_rate, chunk.pts = rate, k * 1024
            container.mux(sound.encode(chunk))
        container.mux(sound.encode())
    done = crop_folder(source, tmp_path / "out", config=CropConfig(size=16, box_policy="pad"))
    assert [(one.status, one.got_frames) for one in done] == [("ok", 50)]
