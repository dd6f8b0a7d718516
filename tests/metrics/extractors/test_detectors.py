"""The detectors inside pip packages. What runs them is skipped where the packages are absent."""

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import numpy as np
import pytest

from datasets.files import sha256
from datasets.quiet import quiet_stderr
from datasets.readers import read_frames
from datasets.resize import area_antialias
from metrics.extractors import ExtractorUnavailable, package_models
from metrics.extractors.detectors import DETECTORS
from metrics.extractors.dlib_models import first_face, upsampling
from metrics.extractors.mediapipe_models import in_pixels
from metrics.extractors.package_models import checked_digest, package_folder
from tests.metrics.extractors.detecting import detector
from tests.vectors import ROOT, SHARED

SHAPES = {
    "mediapipe-pose": (33, 2),
    "mediapipe-face": (468, 2),
    "dlib-face68": (68, 2),
    "dlib-faceid": (128,),
}
OF_FACES = ("mediapipe-face", "dlib-face68", "dlib-faceid")


def real(name, *, every=1, side=256):
    """Frames of a real clip or picture, (T, side, side, 3)."""
    path = SHARED / "data" / "clips" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in TCHD_SHARED ({SHARED})")
    frames = read_frames(path, allow_lossy=True)[::every]
    return np.stack([area_antialias(frame, side) for frame in frames])


def subject(name, **options):
    """Frames in which the detector ``name`` finds something."""
    clip = "taichi-driving1.mp4" if name == "mediapipe-pose" else "vox-driving1.mp4"
    return real(clip, every=110, **options)


def in_new_process(code):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )


# Without the packages


def test_the_list_is_light_and_complete():
    assert DETECTORS.keys() == SHAPES.keys()
    code = (
        "import sys; from metrics.extractors.detectors import DETECTORS\n"
        "assert not {'torch', 'mediapipe', 'dlib', 'cv2'} & set(sys.modules), sys.modules"
    )
    in_new_process(code)


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("mediapipe-pose", "mediapipe", "pip install mediapipe==0.10.21"),
        ("mediapipe-face", "mediapipe", "pip install mediapipe==0.10.21"),
        ("dlib-face68", "dlib", "pip install dlib-bin"),
        ("dlib-faceid", "face_recognition_models", "pip install face-recognition-models==0.3.0"),
    ],
)
def test_a_missing_package_is_named_with_the_way_to_install_it(
    name, package, install, monkeypatch, tmp_path
):
    there = ModuleSpec("x", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(package_models, "find_spec", lambda p: None if p == package else there)
    with pytest.raises(ExtractorUnavailable, match=f"{name}.*{package}.*{install}") as caught:
        DETECTORS[name]()
    assert "environment of their own" in str(caught.value)
    assert "constraints-detectors.txt" in str(caught.value)


def test_a_package_is_found_without_being_imported(monkeypatch, tmp_path):
    (tmp_path / "breaks").mkdir()
    (tmp_path / "breaks" / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    found = package_folder("breaks", needed_by="a", install="b")
    assert found == tmp_path / "breaks"


def test_models_are_compared_with_what_is_expected(tmp_path):
    (tmp_path / "m.dat").write_bytes(b"weights")
    line = f"m.dat {sha256(tmp_path / 'm.dat')}\n"
    (tmp_path / "line").write_text(line)
    expected = sha256(tmp_path / "line")
    assert checked_digest(tmp_path, ["m.dat"], expected, install="p==1") == expected
    with pytest.raises(ExtractorUnavailable, match=r"n.dat is missing; install p==1 anew"):
        checked_digest(tmp_path, ["m.dat", "n.dat"], expected, install="p==1")
    (tmp_path / "m.dat").write_bytes(b"weightz")
    with pytest.raises(ExtractorUnavailable, match=rf"m.dat: .*expected {expected}; install p==1"):
        checked_digest(tmp_path, ["m.dat"], expected, install="p==1")


def test_points_outside_the_frame_are_missing():
    marks = [(0, 0), (0.5, 0.25), (0.999, 0.999), (1, 0.5), (0.5, 1), (-0.001, 0.5), (0.5, -1)]
    points = in_pixels([SimpleNamespace(x=x, y=y) for x, y in marks], 100, 200)
    assert points.dtype == np.float64
    np.testing.assert_array_equal(points[:2], [[0, 0], [100, 25]])
    np.testing.assert_allclose(points[2], [199.8, 99.9])
    assert np.isnan(points[3:]).all()


def test_which_of_several_faces_is_taken():
    def box(left, top, side):
        return SimpleNamespace(area=lambda: side**2, left=lambda: left, top=lambda: top)

    small, large, right, low = box(5, 5, 10), box(0, 0, 20), box(9, 5, 10), box(5, 9, 10)
    assert first_face([], []) is None
    assert first_face([large, small], [0.5, 0.6]) is small, "the score counts first"
    assert first_face([small, large], [0.5, 0.5]) is large, "then the size"
    assert first_face([right, small], [0.5, 0.5]) is small, "then what is further left"
    assert first_face([low, small], [0.5, 0.5]) is small, "then what is further up"


def test_small_frames_are_doubled_up_to_512():
    sides = (1, 63, 64, 127, 128, 256, 257, 511, 512, 4000)
    assert [upsampling(side, 4000) for side in sides] == [3, 3, 3, 3, 2, 1, 1, 1, 0, 0]
    assert upsampling(4000, 64) == 3


def test_native_noise_is_shown_only_when_something_fails(capfd):
    with quiet_stderr():
        os.write(2, b"noise")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
    with pytest.raises(KeyError), quiet_stderr():
        os.write(2, b"reason")
        raise KeyError
    assert capfd.readouterr().err == "reason"


# With the packages


@pytest.mark.parametrize("name", DETECTORS)
def test_the_digest_is_known_without_importing_the_package(name):
    detector(name)
    code = (
        "import sys; from metrics.extractors.detectors import DETECTORS\n"
        f"e = DETECTORS[{name!r}](); print(e.name, e.sha256, e.version)\n"
        "heavy = {'mediapipe', 'dlib', 'pkg_resources', 'face_recognition_models'}\n"
        "assert not heavy & set(sys.modules)"
    )
    made = detector(name)
    assert in_new_process(code).stdout == f"{name} {made.sha256} {made.version}\n"
    assert made.name == name
    assert made.domain
    assert made.licence


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 3), (1, 64, 64), (1, 37, 201), (1, 255, 97)])
def test_nothing_found_is_nan_at_any_size(name, shape):
    made = detector(name)
    rng = np.random.default_rng(0)
    for frames in (np.zeros((*shape, 3), np.uint8), rng.integers(0, 256, (*shape, 3), np.uint8)):
        rows = made(frames)
        assert rows.shape == (len(frames), *SHAPES[name])
        assert rows.dtype == np.float64
        assert np.isnan(rows).all()


@pytest.mark.parametrize("name", DETECTORS)
def test_no_frames_are_refused(name):
    with pytest.raises(ValueError, match="no frames"):
        detector(name)(np.zeros((0, 64, 64, 3), np.uint8))


@pytest.mark.slow
@pytest.mark.parametrize("name", DETECTORS)
def test_a_frame_depends_on_itself_alone(name):
    made, frames = detector(name), subject(name)
    before = frames.copy()
    rows = made(frames)
    assert np.isfinite(rows).any(axis=tuple(range(1, rows.ndim))).sum() >= 4, "subjects are found"
    np.testing.assert_array_equal(frames, before)
    backwards = made(frames[::-1])  # not contiguous either
    assert backwards[::-1].tobytes() == rows.tobytes()
    assert made(frames[2:3]).tobytes() == rows[2:3].tobytes()
    mixed = np.stack([frames[1], np.zeros_like(frames[1]), frames[1], frames[3]])
    again = made(mixed)
    assert again[[0, 2, 3]].tobytes() == rows[[1, 1, 3]].tobytes()
    assert np.isnan(again[1]).all(), "what came before is not seen in a black frame"
    assert DETECTORS[name]()(frames[2:3]).tobytes() == rows[2:3].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", DETECTORS)
def test_every_process_gives_the_same_and_is_silent(name, tmp_path):
    made, frames = detector(name), subject(name)[:3]
    np.save(tmp_path / "frames.npy", frames)
    code = (
        "import numpy as np; from metrics.extractors.detectors import DETECTORS\n"
        f"frames = np.load({str(tmp_path / 'frames.npy')!r})\n"
        f"np.save({str(tmp_path / 'rows.npy')!r}, DETECTORS[{name!r}]()(frames))"
    )
    done = in_new_process(code)
    assert np.load(tmp_path / "rows.npy").tobytes() == made(frames).tobytes()
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", DETECTORS)
def test_grey_frames_are_frames(name):
    frames = subject(name)[1:3]
    grey = np.repeat(frames.mean(axis=3, keepdims=True).round().astype(np.uint8), 3, axis=3)
    rows, of_grey = detector(name)(frames), detector(name)(grey)
    both = np.isfinite(rows) & np.isfinite(of_grey)
    assert both.any(axis=tuple(range(1, rows.ndim))).all()
    assert np.abs(rows - of_grey)[both].mean() < 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mediapipe-pose", "mediapipe-face", "dlib-face68"])
def test_points_are_in_pixels_of_the_given_frames(name):
    large, small = subject(name)[:2], subject(name, side=97)[:2]
    wide = np.pad(large, ((0, 0), (0, 0), (0, 41), (0, 0)), mode="edge")
    rows = detector(name)(large)
    shrunk, widened = detector(name)(small) * (256 / 97), detector(name)(wide)
    assert np.nanmedian(np.abs(rows - shrunk)) < 3
    assert np.nanmedian(np.abs(rows - widened)) < 2


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_FACES)
def test_a_face_is_found_in_a_tiny_frame(name):
    assert np.isfinite(detector(name)(subject(name, side=64)[:1])).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_FACES)
def test_one_of_two_faces_is_taken_whole(name):
    one, other = real("vox-subject1.png")[0], real("vox-driving1.mp4", every=400)[0]
    made = detector(name)
    for pair in ((one, other), (other, one)):
        row = made(np.concatenate(pair, axis=1)[None])[0]  # (256, 512, 3)
        alone = made(np.stack(pair))
        if row.ndim == 1:
            distances = 1 - alone @ row
            assert distances.min() < 0.02 < distances.max()
        else:
            alone[1, :, 0] += 256
            off = np.nanmean(np.linalg.norm(alone - row, axis=2), axis=1)
            assert off.min() < 6 < 60 < off.max()


@pytest.mark.slow
def test_one_of_two_people_is_taken():
    one, other = real("taichi-subject1.png")[0], real("taichi-subject2.png")[0]
    made = detector("mediapipe-pose")
    alone = made(np.stack([one, other]))
    alone[1, :, 0] += 256
    row = made(np.concatenate([one, other], axis=1)[None])[0]
    off = np.nanmean(np.linalg.norm(alone - row, axis=2), axis=1)
    assert off.min() < 6 < 60 < off.max()


@pytest.mark.slow
def test_faceid_tells_people_apart():
    same = real("vox-driving1.mp4", every=110)
    others = [real(name)[:1] for name in ("vox-subject1.png", "ted-driving1.mp4")]
    rows = detector("dlib-faceid")(np.concatenate([same, *others]))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-12)
    distances = 1 - rows[: len(same)] @ rows.T
    assert distances[:, : len(same)].max() < 0.5 * distances[:, len(same) :].min()
