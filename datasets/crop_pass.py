"""One decode pass over a source video that writes any number of clips, overlapping ones too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.clips import ClipWriter, Frames
from datasets.crop_rules import Cut
from datasets.resize import get_resizer
from datasets.truth import Truth, crop_truth, load_truth, save_truth, truth_beside
from datasets.video import VideoError, VideoInfo, decode, rgb


@dataclass(frozen=True)
class Source:
    """A source video.

    Attributes:
        path: The video file.
        info: What its container says.
        truth_path: Ground truth of the whole video; None if there is none.
    """

    path: Path
    info: VideoInfo
    truth_path: Path | None


@dataclass(frozen=True)
class Job:
    """A clip to be written: frames and box of the source, and the file."""

    cut: Cut
    path: Path


def cut_clips(
    source: Source,
    jobs: Sequence[Job],
    *,
    size: int,
    resizer: str,
    done: Callable[[Job], None],
) -> dict[Job, VideoError]:
    """Write the clips of ``jobs``; the source is decoded once, and no further than they need.

    One frame is held at a time, so memory depends on neither the length of the video nor that of
    the clips.

    Args:
        source: The source video.
        jobs: What to cut. Windows may overlap.
        size: Side of the clips in pixels.
        resizer: A name of `datasets.resize.RESIZERS`.
        done: Called for each clip right after its file got its name.

    Returns:
        The jobs that failed, and why; nothing is left of their files.
    """
    try:
        run = _Pass(source, jobs, size=size, resizer=resizer, done=done)
    except VideoError as error:
        return dict.fromkeys(jobs, error)
    count = 0
    try:
        for picture in decode(source.path):
            run.take(count, picture)
            count += 1
            if not run.waiting:
                break
        else:
            run.failed |= {job: _ended(source, job.cut, count) for job in run.waiting}
    except VideoError as error:
        run.failed |= dict.fromkeys(run.waiting, error)
    finally:
        run.discard()
    return run.failed


class _Pass:
    """The clips that are still waited for, and the writers of those that have begun."""

    def __init__(
        self,
        source: Source,
        jobs: Sequence[Job],
        *,
        size: int,
        resizer: str,
        done: Callable[[Job], None],
    ) -> None:
        self.source = source
        self.size = size
        self.done = done
        self.resize = get_resizer(resizer)
        self.truth = _load_truth(source)
        self.waiting = sorted(jobs, key=lambda job: (job.cut.stop, job.cut.first))
        self.writers: dict[Job, ClipWriter] = {}
        self.failed: dict[Job, VideoError] = {}

    def take(self, index: int, picture: Any) -> None:  # noqa: ANN401 - av is untyped
        """Give frame ``index`` of the source to the clips that want it."""
        wanting = [job for job in self.waiting if job.cut.first <= index]
        if not wanting:
            return
        frame = rgb(picture)
        info = self.source.info
        if frame.shape[:2] != (info.height, info.width):
            text = f"frame {index} is {frame.shape[1]}x{frame.shape[0]}"
            raise VideoError("truncated", f"{text}, the video {info.width}x{info.height}")
        for job in wanting:
            self._write(job, frame)
            if job.cut.stop == index + 1:
                self._finish(job)

    def _write(self, job: Job, frame: Frames) -> None:
        if job not in self.writers:
            self.writers[job] = ClipWriter(job.path)
        left, top, right, bottom = job.cut.box
        self.writers[job].write(self.resize(frame[top:bottom, left:right], self.size))

    def _finish(self, job: Job) -> None:
        """Write the truth first, so that a clip that is there is complete."""
        if self.truth is not None:
            if len(self.truth) < job.cut.stop:
                raise VideoError("bad-truth", f"the truth has only {len(self.truth)} frames")
            truth = self.truth.window(job.cut.first, job.cut.stop)
            save_truth(truth_beside(job.path), crop_truth(truth, job.cut.box, self.size))
        self.writers.pop(job).commit()
        self.waiting.remove(job)
        self.done(job)

    def discard(self) -> None:
        """Leave nothing of the clips that are not finished."""
        for writer in self.writers.values():
            writer.discard()


def _load_truth(source: Source) -> Truth | None:
    if source.truth_path is None:
        return None
    name, info = source.truth_path.name, source.info
    try:
        truth = load_truth(source.truth_path)
    except ValueError as error:
        text = str(error).replace(str(source.truth_path), name)
        raise VideoError("bad-truth", text) from error
    if truth.part_map.shape[1:] != (info.height, info.width):
        text = f"{name}: part map {truth.part_map.shape}, video {info.width}x{info.height}"
        raise VideoError("bad-truth", text)
    return truth


def _ended(source: Source, cut: Cut, count: int) -> VideoError:
    """Return the error of a video that ended after ``count`` frames, though more were wanted."""
    name, promised = source.path.name, source.info.frames
    if promised > count:
        return VideoError("truncated", f"{name}: {count} of {promised} frames can be decoded")
    if not count:
        return VideoError("no-frames", f"{name}: the video has no frames")
    last = cut.stop - 1
    return VideoError("too-short", f"{name}: ends after {count} frames, frame {last} is wanted")
