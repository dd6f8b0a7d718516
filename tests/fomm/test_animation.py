"""Animating files: what is written, for which inputs, and what an interruption leaves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import fomm
from fomm import ConfigError, MediaError, Options
from fomm.animation import Interrupted, Summary, animate
from fomm.media.read import Driver
from fomm.media.write import open_writer
from fomm.mover import Moved
from fomm.pictures.panels import with_keypoints


def textured(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(textured(90, 120)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def film(path: Path, count: int = 5, size: tuple[int, int] = (60, 80), fps: int = 10) -> Path:
    with open_writer(path, fps=Fraction(fps)) as writer:
        for t in range(count):
            writer.write(np.roll(textured(*size, seed=1), 3 * t, axis=1), Fraction(t, fps))
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return film(tmp_path / "clip.mkv")


def decoded(path: Path) -> list[tuple[np.ndarray, Fraction]]:
    with Driver(path) as driver:
        return list(driver)


def test_the_result_has_the_drivers_times_and_the_pictures_shape(model, photo, clip, tmp_path):
    summary = fomm.animate(photo, clip, model, out=tmp_path / "out.mkv")
    assert summary == Summary(tmp_path / "out.mkv", 5, 0, 0)
    frames = decoded(tmp_path / "out.mkv")
    assert [float(seconds) for _, seconds in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert {frame.shape for frame, _ in frames} == {(48, 64, 3)}


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.png", "a.mkv"])
def test_kinds_of_output(model, photo, clip, tmp_path, name):
    animate(photo, clip, model, out=tmp_path / name)
    if name == "a.png":
        assert Image.open(tmp_path / name).size == (5 * 64, 48)
    else:
        assert len(decoded(tmp_path / name)) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["clip.mkv", "photo.png", name])


@pytest.mark.parametrize(
    ("how", "shape"), [("pad", (48, 64, 3)), ("crop", (64, 64, 3)), ("stretch", (64, 64, 3))]
)
def test_how_pictures_are_fitted(model, photo, clip, tmp_path, how, shape):
    animate(photo, clip, model, out=tmp_path / "a.mkv", options=Options(fit=how))
    assert decoded(tmp_path / "a.mkv")[0][0].shape == shape


def test_side_by_side_shows_source_driver_and_result(model, photo, clip, tmp_path):
    animate(photo, clip, model, out=tmp_path / "plain.mkv")
    animate(photo, clip, model, out=tmp_path / "a.mkv", options=Options(side_by_side=True))
    wide, plain = decoded(tmp_path / "a.mkv"), decoded(tmp_path / "plain.mkv")
    assert wide[0][0].shape == (48, 3 * 64, 3)
    assert np.array_equal(wide[3][0][:, 128:], plain[3][0])
    assert np.array_equal(wide[3][0][:, :64], wide[0][0][:, :64])
    assert not np.array_equal(wide[3][0][:, 64:128], wide[0][0][:, 64:128])


def test_keypoints_are_drawn(model, photo, clip, tmp_path):
    animate(photo, clip, model, out=tmp_path / "plain.mkv")
    animate(photo, clip, model, out=tmp_path / "a.mkv", options=Options(show_keypoints=True))
    drawn, plain = (decoded(tmp_path / name)[2][0] for name in ("a.mkv", "plain.mkv"))
    changed = (drawn != plain).any(axis=2).mean()
    assert 0 < changed < 0.5


def test_best_frame_is_the_one_like_the_source(model, clip, tmp_path):
    frame = decoded(clip)[3][0]
    Image.fromarray(frame).save(tmp_path / "photo.png")
    options = Options(best_frame=True)
    summary = animate(tmp_path / "photo.png", clip, model, out=tmp_path / "a.mkv", options=options)
    assert summary.best_frame == 3
    assert summary.frames == 5


@pytest.mark.parametrize("options", [{"adapt_scale": True}, {"best_frame": True}])
def test_options_without_effect_are_refused(options):
    with pytest.raises(ConfigError, match="relative"):
        Options(relative=False, **options)


def test_absolute_and_relative_differ(model, photo, clip, tmp_path):
    animate(photo, clip, model, out=tmp_path / "r.mkv")
    animate(photo, clip, model, out=tmp_path / "a.mkv", options=Options(relative=False))
    assert (tmp_path / "r.mkv").read_bytes() != (tmp_path / "a.mkv").read_bytes()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("size", [(61, 83), (64, 64), (200, 30)])
def test_short_and_odd_drivers(model, photo, tmp_path, count, size):
    clip = film(tmp_path / "odd.mkv", count=count, size=size)
    assert animate(photo, clip, model, out=tmp_path / "a.mp4").frames == count
    assert len(decoded(tmp_path / "a.mp4")) == count


def test_a_picture_may_drive(model, photo, tmp_path):
    assert animate(photo, photo, model, out=tmp_path / "a.mkv").frames == 1


def test_a_video_as_source_gives_its_first_frame(model, clip, tmp_path):
    Image.fromarray(decoded(clip)[0][0]).save(tmp_path / "first.png")
    for source, out in ((clip, "a.mkv"), (tmp_path / "first.png", "b.mkv")):
        animate(source, clip, model, out=tmp_path / out)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_an_interruption_keeps_what_is_done(model, photo, clip, tmp_path):
    def stop(what: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"3 frames are kept in .*a\.partial\.mp4"):
        animate(photo, clip, model, out=tmp_path / "a.mp4", report=stop)
    assert len(decoded(tmp_path / "a.partial.mp4")) == 3
    assert not (tmp_path / "a.mp4").exists()
    assert not list(tmp_path.glob(".*"))


def test_inputs_are_not_overwritten(model, photo, clip):
    for path in (clip, photo):
        before = path.read_bytes()
        with pytest.raises(MediaError, match="name the result otherwise"):
            animate(photo, clip, model, out=path)
        assert path.read_bytes() == before


def test_an_existing_result_stays_when_the_driver_is_bad(model, photo, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"precious")
    (tmp_path / "bad.mp4").write_text("<html>not found</html>")
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        animate(photo, tmp_path / "bad.mp4", model, out=tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"


def test_the_sound_of_the_driver_is_kept(model, photo, tmp_path):
    path = tmp_path / "talk.mp4"
    with av.open(str(path), "w") as out:
        video, audio = out.add_stream("libx264", rate=10), out.add_stream("aac", rate=16000)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        for t in range(10):
            picture = av.VideoFrame.from_ndarray(textured(64, 64, seed=t), format="rgb24")
            out.mux(video.encode(picture))
        tone = np.sin(np.arange(16000) / 16000 * 440 * 2 * np.pi)[None].astype(np.float32)
        samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        samples.sample_rate = 16000
        out.mux(audio.encode(samples))
        out.mux(video.encode())
        out.mux(audio.encode())
    for sound, streams in ((True, 1), (False, 0)):
        animate(photo, path, model, out=tmp_path / "a.mp4", options=Options(sound=sound))
        with av.open(str(tmp_path / "a.mp4")) as result:
            assert len(result.streams.audio) == streams


def test_same_inputs_same_bytes(model, photo, clip, tmp_path):
    for name in ("a.mp4", "b.mp4"):
        animate(photo, clip, model, out=tmp_path / name, options=Options(side_by_side=True))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_an_unknown_device_is_named(model, photo, clip, tmp_path):
    with pytest.raises(ConfigError, match="tpu"):
        animate(photo, clip, model, out=tmp_path / "a.mp4", options=Options(device="tpu"))


def test_an_interruption_before_the_first_frame_keeps_nothing(model, photo, clip, tmp_path):
    def stop(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="nothing was kept"):
        animate(photo, clip, model, out=tmp_path / "a.mp4", report=stop)
    assert not list(tmp_path.glob("*a.*mp4"))


def test_an_error_on_the_way_names_what_is_kept(model, photo, clip, tmp_path):
    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise MediaError("bad luck")

    with pytest.raises(MediaError, match=r"bad luck; 2 frames are kept in .*a\.partial\.mp4"):
        animate(photo, clip, model, out=tmp_path / "a.mp4", report=stop)


@pytest.mark.parametrize("name", ["a.partial.mkv", ".a.part.mkv"])
def test_inputs_are_not_overwritten_by_unfinished_work(model, photo, clip, tmp_path, name):
    driver = clip.rename(tmp_path / name)
    before = driver.read_bytes()
    with pytest.raises(MediaError, match="name the result otherwise"):
        animate(photo, driver, model, out=tmp_path / "a.mkv")
    assert driver.read_bytes() == before


def test_the_checkpoint_is_not_overwritten(photo, clip, tmp_path):
    (tmp_path / "weights.mp4").write_text("precious")
    with pytest.raises(MediaError, match="name the result otherwise"):
        animate(photo, clip, tmp_path / "weights.mp4", out=tmp_path / "weights.mp4")
    assert (tmp_path / "weights.mp4").read_text() == "precious"


@pytest.mark.parametrize(
    "wrong",
    [{"precision": "fp8"}, {"fit": "somehow"}]
    + [{"batch": batch} for batch in (-1, 257, 1.5, True, "2")],
    ids=str,
)
def test_options_of_another_kind_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Options(**wrong)


def test_the_clock_starts_before_the_first_frame(model, photo, clip, tmp_path):
    said: list[tuple[str, int]] = []
    animate(
        photo,
        clip,
        model,
        out=tmp_path / "a.mkv",
        options=Options(best_frame=True),
        report=lambda what, done, total: said.append((what, done)),
    )
    assert said == [(what, done) for what in ("best frame", "animate") for done in range(6)]


def test_keypoints_far_away_can_be_drawn():
    keypoints = np.array([[0, 0], [1e30, -np.inf], [np.nan, 0.5]], np.float32)
    assert with_keypoints(np.zeros((32, 32, 3), np.uint8), keypoints).any()


class Mirror:
    """The least mover: the driver, mirrored; it knows no keypoints."""

    size = 32

    def encode(self, picture: np.ndarray) -> int:
        return int(picture[0, 0, 0])

    def pose(self, source: int) -> None:
        return None

    def frames(self, source, driving, *, relative=True, adapt_scale=False, initial=None):
        for frame in driving:
            yield Moved(frame, np.ascontiguousarray(frame[:, ::-1]))

    def nearest_pose(self, source, driving):
        raise AssertionError("not to be asked for")


def test_any_mover_will_do(photo, tmp_path):
    clip = film(tmp_path / "clip.mkv", size=(32, 32))
    summary = animate(photo, clip, Mirror(), out=tmp_path / "a.mkv", options=Options(fit="stretch"))
    assert summary == Summary(tmp_path / "a.mkv", 5, 0, 0)
    for (made, at), (driving, wanted) in zip(
        decoded(tmp_path / "a.mkv"), decoded(clip), strict=True
    ):
        assert np.array_equal(made, driving[:, ::-1]) and at == wanted


def test_without_keypoints_all_three_can_stand_beside_each_other(photo, clip, tmp_path):
    options = Options(side_by_side=True)
    animate(photo, clip, Mirror(), out=tmp_path / "a.mkv", options=options)
    assert decoded(tmp_path / "a.mkv")[0][0].shape == (24, 3 * 32, 3)


@pytest.mark.parametrize("name", ["adapt_scale", "best_frame", "show_keypoints"])
def test_what_needs_keypoints_is_refused_without(photo, clip, tmp_path, name):
    with pytest.raises(ConfigError, match=f"^{name}: the method has no keypoints"):
        animate(photo, clip, Mirror(), out=tmp_path / "a.mkv", options=Options(**{name: True}))
    assert not list(tmp_path.glob("*a.*mkv"))
