"""What a gallery shows: clips and pairs chosen by rule, and the frames of their tiles.

The rule knows the list alone, never how good a result looks: clips spread evenly over the sorted
test list, and pairs over the pair list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from datasets.clips import ClipError
from datasets.pair_manifest import read_pairs
from datasets.preview import spread
from datasets.readers import LossyInputError, read_frames
from datasets.registry import UsageError
from datasets.truth import flow_to_first, load_truth
from metrics.gallery_tiles import (
    LONGEST,
    Array,
    Frames,
    error_frames,
    flow_frames,
    longest_motion,
    visibility_frames,
)
from metrics.motion_files import MotionError, load_motion, motion_path
from metrics.tasks import ANIMATION, RECONSTRUCTION, Task, mode_of, predictions_of
from metrics.wanted import Wanted, wanted_clips, wanted_pairs

CLIPS = 3
PAIRS = 2
_UNREADABLE = (ClipError, LossyInputError, MotionError, ValueError, OSError)


@dataclass(frozen=True)
class Tile:
    """One picture of a scene over time.

    Attributes:
        kind: ``source``, ``driving``, ``truth``, ``true-flow``, ``true-occlusion``, or of a
            method ``prediction``, ``error``, ``flow``, ``occlusion``.
        method: Whose, or None.
        frames: uint8 ``(T, H, W, 3)``; None with a ``reason``.
        reason: Why there are none.
    """

    kind: str
    method: str | None = None
    frames: Frames | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Scene:
    """One clip reconstructed, or one picture animated, by all methods.

    Attributes:
        id: Of the clip or pair.
        task: What was predicted.
        source: The clip that the source picture is of.
        driving: The clip whose frames are imitated.
        fps: Frames per second.
        flow_max: Length in pixels of the flow that has full colour; None without flow.
        tiles: In the order in which they are shown.
    """

    id: str
    task: Task
    source: str
    driving: str
    fps: float
    flow_max: float | None
    tiles: list[Tile] = field(default_factory=list)


@dataclass(frozen=True)
class Places:
    """Where a data set's clips, pairs and predictions lie."""

    clips: Path
    pairs: Path
    work: Path
    dataset: str
    exact: bool

    def predictions(self, task: Task, method: str) -> Path:
        """Return the folder of a method's predictions for ``task``."""
        return predictions_of(task, self.work) / f"{self.dataset}-{method}"


def scenes(places: Places, methods: Sequence[str]) -> Iterator[Scene]:
    """Yield the scenes of a data set, reconstructions first.

    A clip, prediction or motion file that is missing or broken gives a tile with its reason.

    Raises:
        UsageError: There are no clips.
    """
    clips, _ = wanted_clips(places.clips)
    for index in spread(len(clips), CLIPS):
        yield _scene(places, RECONSTRUCTION, clips[index], methods, clips[index].source_fps)
    try:
        pairs = read_pairs(places.pairs)
    except UsageError:
        return
    rates = {clip.driving: clip.source_fps for clip in clips}
    for task in ANIMATION:
        mode = mode_of(task) or ""
        try:
            found = wanted_pairs(pairs, places.pairs, clips, mode=mode, exact=places.exact)
        except UsageError:
            continue
        for index in spread(len(found), PAIRS):
            pair = found[index]
            yield _scene(places, task, pair, methods, rates.get(pair.driving))


def _scene(
    places: Places, task: Task, wanted: Wanted, methods: Sequence[str], fps: float | None
) -> Scene:
    truth, flow, visible = _truth(wanted)
    flow_max = None if flow is None else longest_motion(flow)
    scene = Scene(
        wanted.clip_id, task, wanted.source.stem, wanted.driving.stem, fps or 25.0, flow_max
    )
    scene.tiles.append(_tile("source", wanted.source, 1))
    scene.tiles.append(_tile("driving", wanted.driving, LONGEST))
    if task != RECONSTRUCTION:
        nobody = "nobody knows the true frames of real data"
        scene.tiles.append(Tile("truth", None, truth, None if truth is not None else nobody))
    elif flow is not None and visible is not None and flow_max is not None:
        scene.tiles.append(Tile("true-flow", None, flow_frames(flow, longest=flow_max)))
        scene.tiles.append(Tile("true-occlusion", None, visibility_frames(visible)))
    for method in methods:
        folder = places.predictions(task, method)
        scene.tiles.extend(_predicted(folder, wanted, method, truth))
        if task == RECONSTRUCTION:
            scene.tiles.extend(_moved(folder, wanted, method, flow_max))
    return scene


def _truth(wanted: Wanted) -> tuple[Frames | None, Array | None, Array | None]:
    """Return true frames, flow to the source picture, and what is visible there, if known."""
    try:
        frames = read_frames(wanted.path)[:LONGEST] if wanted.path else None
        if wanted.truth_path is None:
            return frames, None, None
        flow, visible = flow_to_first(load_truth(wanted.truth_path))
    except _UNREADABLE:
        return None, None, None
    window = slice(wanted.before, wanted.before + LONGEST)
    return frames, flow[window].astype(np.float64), visible[window].astype(np.float64)


def _tile(kind: str, path: Path, last: int, method: str | None = None) -> Tile:
    """Return the first ``last`` frames of the clip at ``path``."""
    try:
        return Tile(kind, method, read_frames(path)[:last])
    except _UNREADABLE as error:
        return Tile(kind, method, None, _said(error, path))


def _said(error: BaseException, path: Path) -> str:
    """Return the message of ``error`` without the folder of ``path``."""
    return str(error).replace(f"{path.parent}/", "") or type(error).__name__


def _predicted(folder: Path, wanted: Wanted, method: str, truth: Frames | None) -> Iterator[Tile]:
    """Yield the prediction and, where the truth is known, where it is off."""
    path = folder / f"{wanted.clip_id}.mkv"
    if not path.is_file():
        tile = Tile("prediction", method, None, "not predicted")
    else:
        tile = _tile("prediction", path, LONGEST, method)
    yield tile
    if truth is None:
        return
    if tile.frames is None:
        yield replace(tile, kind="error")
    elif tile.frames.shape != truth.shape:
        yield Tile("error", method, None, "of another length or size than the truth")
    else:
        yield Tile("error", method, error_frames(truth, tile.frames))


def _moved(folder: Path, wanted: Wanted, method: str, longest: float | None) -> Iterator[Tile]:
    """Yield the estimated flow and visibility of a reconstruction."""
    path = motion_path(folder, wanted.clip_id)
    if path is None:
        yield from (Tile(kind, method, None, "no motion file") for kind in ("flow", "occlusion"))
        return
    try:
        flow, visible = load_motion(path, (wanted.frames, *wanted.size))
    except _UNREADABLE as error:
        yield from (Tile(k, method, None, _said(error, path)) for k in ("flow", "occlusion"))
        return
    scale = longest or longest_motion(flow)
    yield Tile("flow", method, flow_frames(flow[:LONGEST], longest=scale))
    if visible is None:
        yield Tile("occlusion", method, None, "predicts no occlusion map")
    else:
        yield Tile("occlusion", method, visibility_frames(visible[:LONGEST]))
