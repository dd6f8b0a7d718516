"""What a clip looks like without its prediction: the truth, the source picture, the driving clip.

One path for all tasks. A reconstructed clip is its own truth, its frame 0 the source picture, its
frames the driving ones; of a pair these are three files, and the first may be unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.clips import read_clip
from datasets.truth import flow_to_first, load_truth
from metrics.keypoints import moved_keypoints
from metrics.metric import Array, Metric
from metrics.motion_files import load_motion, motion_path
from metrics.predictions import RefusedError
from metrics.probe import read_prediction
from metrics.reference import repeated, still_motion
from metrics.setting import Setting
from metrics.views import View
from metrics.wanted import Wanted


@dataclass(frozen=True)
class Known:
    """What is known of a clip, as the metrics read it.

    Attributes:
        truth: The true frames; None if nobody knows them.
        source: The source picture, repeated: the copy-source reference.
        driving: The driving clip, keypoints only; None where no metric reads it.
    """

    truth: View | None
    source: View
    driving: View | None = None

    @property
    def views(self) -> list[View]:
        """Return what there is to be filled."""
        return [view for view in (self.truth, self.source, self.driving) if view is not None]

    def target(self, metric: Metric) -> Any:  # noqa: ANN401 - each metric needs its own
        """Return what ``metric`` compares a prediction with; None if it is not to be had."""
        if metric.against == "source":
            return self.source.read(metric, truth=True)
        if metric.against == "truth":
            return self.truth.read(metric, truth=True) if self.truth else None
        source, driving = self.source.keypoints, self.driving
        if source is None or driving is None or driving.keypoints is None:
            return None
        return moved_keypoints(source[0], driving.keypoints)


def known(clip: Wanted, setting: Setting) -> Known:
    """Return what is known of ``clip``; what is extracted of it will be kept in the cache.

    Raises:
        ValueError: A true, source or driving clip or the exact truth cannot be read or does not
            fit; the message names it.
    """
    shape = clip.frames, *clip.size
    frames = read_clip(clip.path) if clip.path else None
    if frames is not None and frames.shape[:3] != shape:
        raise ValueError(f"{clip.path}: is {frames.shape[:3]}, its header says {shape}")
    if frames is None or clip.source != clip.path:
        picture = read_clip(clip.source, [0])
    else:
        picture = frames[:1]
    driving = None
    if any(m.against == "motion" and not setting.why_not(m) for m in setting.applicable()):
        driving = View(read_clip(clip.driving), only=("keypoints",), keep=True)
    truth = None if frames is None else _true_view(frames, clip)
    still = still_motion(shape) if truth and truth.motion else None
    return Known(truth, View(repeated(picture, clip.frames), still, keep=True), driving)


def _true_view(frames: Array, clip: Wanted) -> View:
    path = clip.truth_path
    if path is None:
        return View(frames, keep=True)
    truth = load_truth(path)
    if len(truth) != clip.before + clip.frames:
        raise ValueError(f"{path}: {len(truth)} frames, expected {clip.before + clip.frames}")
    flow, visible = (part[clip.before :] for part in flow_to_first(truth))
    mask = truth.part_map[clip.before :] > 0
    return View(frames, (flow, visible), mask=mask, keep=True)


def predicted(clip: Wanted, path: Path) -> View:
    """Return the prediction of ``clip`` at ``path``, with its motion file if it has one.

    Raises:
        RefusedError: It cannot be read; the message names the clip.
    """
    motion_file = motion_path(path.parent, clip.clip_id)
    try:
        frames = read_prediction(path)
        motion = load_motion(motion_file, (clip.frames, *clip.size)) if motion_file else None
    except ValueError as error:
        raise RefusedError(f"{clip.clip_id}: {error}; write it again") from error
    return View(frames, motion)
