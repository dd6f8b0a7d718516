"""One source video -> its tracks; one frame is held at a time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.clips import Frames, reason
from datasets.cuts import CutFinder
from datasets.metadata import MetadataRow
from datasets.track_detectors import Detector
from datasets.track_rules import TrackRules
from datasets.tracker import Tracker
from datasets.tracking import OK, Track
from datasets.video import VideoError, VideoInfo, decode, probe, rgb

SMALL = "small-picture"  # beside the classes of `datasets.manifest.ERRORS`
EVERY = 250  # frames between two signs of life


@dataclass(frozen=True)
class VideoTracks:
    """What became of one video.

    Attributes:
        video_id: Its name without suffix.
        status: ``ok``, ``small-picture`` or a class of `datasets.manifest.ERRORS`.
        message: What went wrong, or that the container promises more frames; else empty.
        fps: The rate at which frames are counted; 0 if the video cannot be read, as below.
        width: Width in pixels.
        height: Height in pixels.
        frames: Its length at that rate.
        tracks: All of them, kept or not; none if the status is not ``ok``.
    """

    video_id: str
    status: str
    message: str = ""
    fps: float = 0.0
    width: int = 0
    height: int = 0
    frames: int = 0
    tracks: tuple[Track, ...] = ()

    def rows(self, partition: str) -> list[MetadataRow]:
        """Return the metadata rows of the kept tracks."""
        fps, width, height = self.fps, self.width, self.height
        return [
            MetadataRow(self.video_id, t.start, t.end, t.box, fps, width, height, partition)
            for t in self.tracks
            if t.status == OK
        ]


def track_video(
    path: Path, rules: TrackRules, detector: Detector, *, on_frame: Callable[[int], None]
) -> VideoTracks:
    """Return the tracks of the video at ``path``; what cannot be read becomes a status.

    Args:
        path: The video; its name without suffix is the video's id.
        rules: The recipe.
        detector: What finds the subjects.
        on_frame: Called with the number of frames read, after every `EVERY` of them.
    """
    try:
        info = probe(path)
        if min(info.width, info.height) < rules.min_picture:
            text = f"{info.width}x{info.height}; a side is below {rules.min_picture} pixels"
            return VideoTracks(path.stem, SMALL, text)
        if not info.fps:
            raise VideoError("unreadable", f"{path.name}: the container tells no frame rate")
        tracker = Tracker(rules, size=(info.width, info.height))
        read = _follow(path, info, tracker, detector, on_frame)
    except VideoError as error:
        return VideoTracks(path.stem, error.kind, str(error))
    except OSError as error:
        return VideoTracks(path.stem, "unreadable", f"{path.name}: {reason(error)}")
    note = f"{read} of {info.frames} frames can be decoded" if read < info.frames else ""
    rate = rules.fps or info.fps
    frames = min(tracker.frames, whole_frames(read, fps=info.fps, rate=rate))
    tracks = tuple(tracker.finish(frames))
    return VideoTracks(path.stem, OK, note, rate, info.width, info.height, frames, tracks)


def _follow(
    path: Path,
    info: VideoInfo,
    tracker: Tracker,
    detector: Detector,
    on_frame: Callable[[int], None],
) -> int:
    """Give the frames of the video to the tracker; return their number."""
    rules = tracker.rules
    cut_before = CutFinder(flow=rules.flow_cut, intensity=rules.intensity_cut)
    read = 0
    for picture in decode(path):
        repeats = stands_for(read, fps=info.fps, rate=rules.fps or info.fps)
        if repeats:
            frame = _checked(rgb(picture), read, info)
            cut = cut_before(frame)
            found = detector(frame) if tracker.wants_detections else []
            for number in range(repeats):
                tracker.add(found, cut="" if number else cut)
        read += 1
        if read % EVERY == 0:
            on_frame(read)
    if not read:
        raise VideoError("no-frames", f"{path.name}: the video has no frames")
    return read


def _checked(frame: Frames, index: int, info: VideoInfo) -> Frames:
    height, width = frame.shape[:2]
    if (width, height) != (info.width, info.height):
        text = f"frame {index} is {width}x{height}, the video {info.width}x{info.height}"
        raise VideoError("truncated", text)
    return frame


def stands_for(index: int, *, fps: float, rate: float) -> int:
    """Return how many frames at ``rate`` frame ``index`` of a video with ``fps`` stands for.

    They are those whose window, by the crop rule, begins with this frame: 0 or 1 of a faster
    video, 1 or more of a slower one.

    Example:
        >>> [stands_for(i, fps=30, rate=25) for i in range(7)]
        [1, 0, 1, 1, 1, 1, 1]
    """
    if not index:
        return 1
    hundredths, counted = round(fps * 100), round(rate * 100)
    return index * counted // hundredths - (index - 1) * counted // hundredths


def whole_frames(read: int, *, fps: float, rate: float) -> int:
    """Return how many frames at ``rate`` lie within ``read`` frames at ``fps``, to their end.

    Example:
        >>> whole_frames(7, fps=30, rate=25)
        5
    """
    return read * round(rate * 100) // round(fps * 100)


def to_json(found: VideoTracks) -> dict[str, Any]:
    """Return ``found`` as what JSON can hold."""
    return dataclasses.asdict(found)


def from_json(text: str) -> VideoTracks:
    """Return what `to_json` was given; ValueError or TypeError if that cannot be."""
    values = json.loads(text)
    tracks = (Track(**track | {"box": tuple(track["box"])}) for track in values["tracks"])
    return VideoTracks(**values | {"tracks": tuple(tracks)})
