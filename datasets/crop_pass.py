"""One decode pass over a source video that writes any number of clips, overlapping ones too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.clips import ClipWriter, Frames
from datasets.crop_clock import Clock
from datasets.crop_rules import TO_THE_END, Cut
from datasets.metadata import Box
from datasets.resize import get_resizer
from datasets.truth import Truth, crop_truth, load_truth, save_truth, truth_beside
from datasets.video import VideoError, VideoInfo, decode, rgb, shown_frames


@dataclass(frozen=True)
class Source:
    """A source video.

    Attributes:
        path: The video file.
        info: What its container says.
        truth_path: Ground truth of the whole video; None if there is none.
        clock: When its pictures are shown; None if nobody needs to know.
    """

    path: Path
    info: VideoInfo
    truth_path: Path | None
    clock: Clock | None = None


@dataclass(frozen=True, eq=False)
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
    done: Callable[[Job, int], None],
) -> dict[Job, VideoError]:
    """Write the clips of ``jobs``; the source is decoded once, and no further than they need.

    One frame is held at a time, so memory depends on neither the length of the video nor that of
    the clips.

    Args:
        source: The source video.
        jobs: What to cut. Windows may overlap.
        size: Side of the clips in pixels.
        resizer: A name of `datasets.resize.RESIZERS`.
        done: Called for each clip, with its number of frames, right after its file got its name.

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
            run.end(count)
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
        done: Callable[[Job, int], None],
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
        _check_time(self.source, index, picture)
        wanting = [j for j in self.waiting if j.cut.first <= index and j.cut.times(index)]
        if not wanting:
            return
        frame = rgb(picture)
        info = self.source.info
        if frame.shape[:2] != (info.height, info.width):
            text = f"frame {index} is {frame.shape[1]}x{frame.shape[0]}"
            raise VideoError("truncated", f"{text}, the video {info.width}x{info.height}")
        for job in wanting:
            self._write(job, frame, job.cut.times(index))
            if job.cut.stop == index + 1:
                self._finish(job)

    def end(self, count: int) -> None:
        """The source is over after ``count`` frames: whole videos are done, the others failed."""
        source = self.source
        if count < source.info.frames:
            shown = shown_frames(source.path)
            source = replace(source, info=replace(source.info, frames=shown))
        for job in list(self.waiting):
            if job.cut.stop == TO_THE_END and count and count >= source.info.frames:
                self._finish(job)
            else:
                self.failed[job] = _ended(source, job.cut, count)

    def _write(self, job: Job, frame: Frames, times: int) -> None:
        if job not in self.writers:
            self.writers[job] = ClipWriter(job.path)
        small = self.resize(cut_out(frame, job.cut.box), self.size)
        for _ in range(times):
            self.writers[job].write(small)

    def _finish(self, job: Job) -> None:
        """Write the truth first, so that a clip that is there is complete."""
        writer = self.writers.pop(job)
        if self.truth is not None:
            save_truth(truth_beside(job.path), self._truth_of(self.truth, job, writer.count))
        writer.commit()
        self.waiting.remove(job)
        self.done(job, writer.count)

    def _truth_of(self, truth: Truth, job: Job, count: int) -> Truth:
        frames = list(job.cut.frames[:count])
        if len(truth) <= frames[-1]:
            raise VideoError("bad-truth", f"the truth has only {len(truth)} frames")
        chosen = Truth(
            truth.keypoints[frames],
            truth.visible[frames],
            truth.part_map[frames],
            truth.part_affines[frames],
        )
        try:
            return crop_truth(chosen, job.cut.box, self.size)
        except ValueError as error:  # a padded box
            raise VideoError("bad-truth", f"{job.path.name}: {error}") from error

    def discard(self) -> None:
        """Leave nothing of the clips that are not finished."""
        for writer in self.writers.values():
            writer.discard()


def cut_out(frame: Frames, box: Box) -> Frames:
    """Return what ``box`` shows of ``frame``, uint8 ``(H, W, 3)``.

    What lies beyond the edge has the colour of the nearest pixel of the picture.
    """
    left, top, right, bottom = box
    height, width = frame.shape[:2]
    inside = frame[max(top, 0) : bottom, max(left, 0) : right]
    beyond = (-top, bottom - height, -left, right - width)
    if max(beyond) <= 0:
        return inside
    above, below, before, after = (max(side, 0) for side in beyond)
    edge = cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(inside, above, below, before, after, edge), dtype=np.uint8)


def _check_time(source: Source, index: int, picture: Any) -> None:  # noqa: ANN401 - av is untyped
    """Refuse a picture that is not shown when the file announced it: its index means nothing."""
    if source.clock is None or not source.clock.variable:
        return
    stamps = source.clock.stamps
    first = source.clock.first
    if index >= len(stamps) or picture.pts != first + stamps[index]:
        raise VideoError("bad-times", f"{source.path.name}: picture {index} has another time stamp")


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
