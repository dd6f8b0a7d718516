"""What is written, by which thread, and what is left after an error."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest

from baselines import METHODS, prediction_writers
from baselines.anchors import Motion
from baselines.batch_mover import Made
from baselines.motion_writer import MotionWriter
from baselines.packs import Job
from baselines.prediction_marks import PREDICT_FILES
from baselines.prediction_writers import Writers
from baselines.stage import StageError
from datasets.clips import read_clip
from tests.test_stages import ROOT, closure, module_file

RNG = np.random.default_rng(0)


def job(name: str, frames: int = 6) -> Job:
    return Job(name, Path("x.mkv"), Path("x.mkv"), frames, ("", ""))


def made(frames: int, *, occlusion: bool = True) -> Made:
    flow = RNG.normal(size=(frames, 16, 16, 2)).astype(np.float16)
    motion = Motion(flow, flow[..., 0] if occlusion else None)
    return Made(RNG.integers(0, 256, (frames, 16, 16, 3), np.uint8), motion)


@pytest.mark.parametrize("occlusion", [True, False])
@pytest.mark.parametrize("cuts", [[], [1, 4], [5]])
def test_a_motion_in_parts_has_the_bytes_of_a_whole_one(tmp_path, cuts, occlusion: bool) -> None:
    motion = made(6, occlusion=occlusion).motion
    writer = MotionWriter(tmp_path / "x.motion.npz", 6)
    for first, stop in zip([0, *cuts], [*cuts, 6], strict=True):
        seen = motion.occlusion[first:stop] if occlusion else None
        writer.write(Motion(motion.flow[first:stop], seen))
    writer.commit()
    arrays = {"flow": motion.flow} | ({"occlusion": motion.occlusion} if occlusion else {})
    expected = io.BytesIO()
    np.savez_compressed(expected, **arrays)
    assert (tmp_path / "x.motion.npz").read_bytes() == expected.getvalue()


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_clips_that_take_turns_are_whole(tmp_path: Path, threads: int) -> None:
    jobs = [job(f"clip-{i}") for i in range(5)]
    parts = {each.name: [made(2) for _ in range(3)] for each in jobs}
    done, here = [], []

    def publish(name: str) -> None:
        done.append(name)
        here.append(threading.current_thread() is threading.main_thread())

    with Writers(tmp_path, threads, publish=publish) as writers:
        for turn in range(3):
            for each in jobs:
                writers.write(each, parts[each.name][turn])
    assert sorted(done) == [each.name for each in jobs]
    assert all(here) if threads == 0 else not any(here)
    for name, wanted in parts.items():
        frames = np.concatenate([part.pictures for part in wanted])
        assert np.array_equal(read_clip(tmp_path / f"{name}.mkv"), frames)
        flow = np.load(tmp_path / f"{name}.motion.npz")["flow"]
        assert np.array_equal(flow, np.concatenate([part.motion.flow for part in wanted]))


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_an_error_of_a_writer_names_the_clip(tmp_path, monkeypatch, threads: int) -> None:
    write = prediction_writers.PredictionWriter.write

    def full(self, part):
        if self._job.name == "clip-3":
            raise OSError(28, "No space left on device")
        return write(self, part)

    monkeypatch.setattr(prediction_writers.PredictionWriter, "write", full)
    done: list[str] = []
    with (
        pytest.raises(StageError, match=r"clip-3: cannot be written: .*No space left"),
        Writers(tmp_path, threads, publish=done.append) as writers,
    ):
        for index in range(8):
            writers.write(job(f"clip-{index}", 2), made(2))
            writers.write(job("long", 99), made(2))
    assert "clip-3" not in done and "clip-0" in done
    # Only what was finished is there, and nothing half.
    assert {path.name.split(".")[0] for path in tmp_path.iterdir()} == set(done)


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize("later", ["more frames", "the end"])
def test_a_motion_that_lacks_frames_is_not_published(
    tmp_path, monkeypatch, threads: int, later: str
) -> None:
    """The disk is full once; what waited for the thread by then must not finish the prediction."""
    write, waiting, calls = MotionWriter.write, threading.Event(), []

    def full_once(self, motion):
        calls.append(motion)
        waiting.wait(10)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        write(self, motion)

    monkeypatch.setattr(MotionWriter, "write", full_once)
    done: list[str] = []
    if threads == 0:
        waiting.set()
    with (
        pytest.raises(StageError, match=r"clip-0: cannot be written: .*No space left"),
        Writers(tmp_path, threads, publish=done.append) as writers,
    ):
        writers.write(job("clip-0", 4), made(2))
        if later == "more frames":
            writers.write(job("clip-0", 4), made(2))
        waiting.set()
    assert len(calls) == 1
    assert not done and not list(tmp_path.iterdir())


@pytest.mark.parametrize("threads", [0, 1])
@pytest.mark.parametrize("fails", ["baselines.prediction_writers.ClipWriter.commit", "publish"])
def test_nothing_is_left_of_what_could_not_be_finished(
    tmp_path, monkeypatch, threads: int, fails: str
) -> None:
    def full(*args):
        raise OSError(28, "No space left on device")

    if fails != "publish":
        monkeypatch.setattr(fails, full)
    with (
        pytest.raises(StageError, match="clip-0: cannot be written"),
        Writers(tmp_path, threads, publish=full) as writers,
    ):
        writers.write(job("clip-0", 2), made(2))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("written", [[], [2], [2, 2, 1]])
def test_a_motion_of_another_length_than_promised_is_refused(tmp_path, written) -> None:
    writer = MotionWriter(tmp_path / "x.motion.npz", 4)
    for frames in written:
        writer.write(made(frames).motion)
    with pytest.raises(
        ValueError, match=rf"x\.motion\.npz: {sum(written)} frames of motion, not 4"
    ):
        writer.commit()
    assert not list(tmp_path.iterdir())


def test_a_slow_disk_slows_the_network(tmp_path: Path, monkeypatch) -> None:
    """No more than a few batches wait for a writer, so memory does not grow with the clip."""
    free, waiting = threading.Event(), 0
    write = prediction_writers.PredictionWriter.write

    def slow(self, part):
        free.wait(10)
        return write(self, part)

    monkeypatch.setattr(prediction_writers.PredictionWriter, "write", slow)

    def ask(writers: Writers) -> None:
        nonlocal waiting
        for _ in range(50):
            writers.write(job("long", 100), made(2))
            waiting += 1

    with Writers(tmp_path, 1, publish=lambda name: None) as writers:
        asking = threading.Thread(target=ask, args=(writers,))
        asking.start()
        asking.join(0.3)
        assert asking.is_alive() and waiting <= prediction_writers._WAITING
        free.set()
        asking.join()
    assert len(read_clip(tmp_path / "long.mkv")) == 100


# Part of every prediction, but none of them decides its bytes: what configurations and lists hold
# is in the mark itself, and so is the digest of the checkpoint.
HARMLESS = {
    "baselines/augment.py",
    "baselines/checkpoint.py",
    "baselines/pair_clips.py",
    "baselines/predict_config.py",
    "baselines/predict_jobs.py",
    "baselines/predict_orders.py",
    "baselines/predict_processes.py",
    "baselines/predict_tally.py",
    "baselines/prediction_folder.py",
    "baselines/prediction_marks.py",
    "baselines/prediction_origin.py",
    "baselines/predictions.py",
    "baselines/recipe.py",
    "baselines/stage.py",
}
OF_TRAINING = ("fomm/formats/", "fomm/settings/", "fomm/checkpoint.py", "fomm/config.py")
READ = ("datasets/clip_writer.py", "datasets/clips.py", "datasets/pixels.py")


@pytest.mark.parametrize("method", METHODS)
def test_the_mark_covers_what_decides_a_prediction(method: str) -> None:
    entry = module_file("baselines.predict")
    assert entry is not None
    used = closure(entry, (METHODS[method].__module__,), packages=False)
    names = {path.relative_to(ROOT).as_posix() for path in used}
    names = {n for n in names if not n.startswith("datasets/") or n in READ}
    missing = names - set(PREDICT_FILES) - set(METHODS[method].files) - HARMLESS
    assert {n for n in missing if not n.startswith(OF_TRAINING)} <= {
        "baselines/__init__.py",
        "fomm/__init__.py",
        "fomm/cost.py",
        "fomm/infer.py",
    }
    assert set(PREDICT_FILES) <= names | {"fomm/relative.py"}
