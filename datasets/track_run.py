"""Tracks of many videos: resumable per video, and the two files that come out of it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2

from datasets.code import code_sha256
from datasets.files import parts, remove, sha256, write_text
from datasets.metadata import LONGEST_NAME, PARTITIONS, check_name, write_metadata
from datasets.progress import progress
from datasets.registry import UsageError, choose
from datasets.track_detectors import Detector
from datasets.track_rules import TrackRules
from datasets.track_video import EVERY, VideoTracks, from_json, to_json, track_video
from datasets.tracking import DROPPED, OK
from datasets.video import VideoError, probe

_CODE = (
    "cuts",
    "pixels",
    "track_boxes",
    "track_detectors",
    "track_mediapipe",
    "track_persons",
    "track_rules",
    "track_video",
    "tracker",
    "tracking",
    "video",
)
_WINDOW = len("#0000000#0000000")


def videos_in(paths: Sequence[Path]) -> list[Path]:
    """Return the videos: files as they are, of folders the ``.mp4`` files, sorted by id.

    Raises:
        UsageError: A path is missing, a folder has no video, two videos have one id, or a name
            cannot be an id.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such video or folder")
        files = sorted(path.glob("*.mp4")) if path.is_dir() else [path]
        if not files:
            raise UsageError(f"{path}: there is no .mp4 file in it")
        for file in files:
            other = found.setdefault(_video_id(file), file)
            if other.absolute() != file.absolute():
                raise UsageError(f"{other} and {file} have one id; rename one of them")
    return [found[name] for name in sorted(found)]


def _video_id(path: Path) -> str:
    try:
        name = check_name(path.stem)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
    if "#" in name or len(name.encode()) > LONGEST_NAME - _WINDOW:
        raise UsageError(f"{path}: a video's name must be shorter and hold no '#'; rename it")
    return name


def track_videos(
    videos: Sequence[Path],
    out: Path,
    *,
    recipe: str,
    rules: TrackRules,
    detector: Detector,
    partition: str = "train",
) -> list[VideoTracks]:
    """Find the tracks of ``videos``; write the metadata file ``out`` and its report beside it.

    What was found in a video is kept in the hidden folder `state_folder`; a video that is still
    the same, under the same rules, detector and code, is not looked at again.

    Args:
        videos: Files with distinct ids: `videos_in`.
        out: The metadata file; only the kept tracks of ``videos`` are in it.
        recipe: Its name, for the report.
        rules: Its numbers.
        detector: What finds the subjects.
        partition: ``train``, ``val`` or ``test``, for all rows.

    Returns:
        What became of each video, in their order.

    Raises:
        UsageError: ``out`` is there and no earlier run has made it.
    """
    choose("partition", partition, PARTITIONS)
    folder = state_folder(out)
    if out.exists() and not folder.is_dir():
        raise UsageError(f"{out}: is no metadata file of datasets.track; give another --out")
    for left in parts(folder):
        remove(left)
    steps = [_steps(video) for video in videos]
    found = []
    with progress("track", sum(steps)) as report:
        for video, count in zip(videos, steps, strict=True):
            said = _Said(report, video.stem, count)
            found.append(_resumed(video, folder, rules, detector, said.frame))
            said.done(found[-1])
    write_metadata(out, [row for one in found for row in one.rows(partition)])
    text = json.dumps(_report(found, recipe, rules, detector), indent=1)
    write_text(report_path(out), text + "\n")
    return found


def state_folder(out: Path) -> Path:
    """Return the hidden folder of what was found in each video."""
    return out.with_name(f".{out.name}.tracks")


def report_path(out: Path) -> Path:
    """Return the report of all tracks beside the metadata file."""
    return out.with_name(f"{out.stem}.tracks.json")


class _Said:
    """Progress of one video: a line every `EVERY` frames, and the rest of its steps at once."""

    def __init__(self, report: Callable[[str], None], video_id: str, steps: int) -> None:
        self.report, self.video_id, self.left = report, video_id, steps

    def frame(self, read: int) -> None:
        if self.left > 1:
            self.left -= 1
            self.report(f"{self.video_id}: {read} frames")

    def done(self, found: VideoTracks) -> None:
        for _ in range(self.left):
            self.report(f"{self.video_id}: {_outcome(found)}")


def _outcome(found: VideoTracks) -> str:
    counts = Counter(track.status for track in found.tracks)
    listed = ", ".join(f"{counts[status]} {status}" for status in (OK, *DROPPED) if counts[status])
    return (listed or "no tracks") if found.status == OK else found.status


def _steps(video: Path) -> int:
    try:
        return max(1, probe(video).frames // EVERY)
    except VideoError:
        return 1


def _resumed(
    video: Path,
    folder: Path,
    rules: TrackRules,
    detector: Detector,
    on_frame: Callable[[int], None],
) -> VideoTracks:
    """Return what an earlier run found, or look and keep it."""
    state = folder / f"{video.stem}.json"
    try:
        made_by = fingerprint(video, rules, detector)
    except OSError:  # `track_video` says what is wrong with it
        return track_video(video, rules, detector, on_frame=on_frame)
    try:
        known = json.loads(state.read_text(encoding="utf-8"))
        if known["made_by"] == made_by:
            return from_json(json.dumps(known["found"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass  # none, or one that this code cannot have written
    found = track_video(video, rules, detector, on_frame=on_frame)
    write_text(state, json.dumps({"made_by": made_by, "found": to_json(found)}) + "\n")
    return found


def fingerprint(video: Path, rules: TrackRules, detector: Detector) -> str:
    """Return the digest of all that decides about the tracks of a video."""
    made_of = (detector.name, detector.version, detector.sha256, rules, _code(), sha256(video))
    return hashlib.sha256("\n".join(map(str, made_of)).encode()).hexdigest()


@cache
def _code() -> str:
    folder = Path(__file__).parent
    code = code_sha256(folder / f"{name}.py" for name in _CODE)
    return f"{code} av {av.__version__} cv2 {cv2.__version__}"


def _report(
    found: Sequence[VideoTracks], recipe: str, rules: TrackRules, detector: Detector
) -> dict[str, Any]:
    tracks = [track for one in found for track in one.tracks]
    return {
        "recipe": recipe,
        "rules": dataclasses.asdict(rules),
        "detector": {
            "name": detector.name,
            "version": detector.version,
            "sha256": detector.sha256,
        },
        "counts": {
            "videos": _sorted_counts(one.status for one in found),
            "tracks": _sorted_counts(track.status for track in tracks),
            "ended": _sorted_counts(track.ended for track in tracks),
        },
        "videos": [to_json(one) for one in found],
    }


def _sorted_counts(names: Any) -> dict[str, int]:  # noqa: ANN401
    return dict(sorted(Counter(names).items()))
