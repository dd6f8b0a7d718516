"""The numbers of the published recipes for finding boxes in new videos: `RECIPES`.

The recipes were written for other detectors: Mask R-CNN for Tai-Chi-HD, S3FD and the boxes of
VoxCeleb's authors for faces. With the detectors of `datasets.track_detectors` the rules are the
same and the boxes are not: scores, visibilities and the edges of a box mean something else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from datasets.registry import UsageError


@dataclass(frozen=True)
class TrackRules:
    """The numbers of a recipe; 0 switches off what is a limit.

    Attributes:
        subject: What is looked for.
        box: ``fixed``: the first box, grown, which the subject must not leave; ``union`` of the
            subject's boxes, grown at the end; ``first``: the box of the video's first frame, for
            the whole video.
        shape: Shape of the grown box.
        grow: Share of its width and height by which a box grows on each side.
        max_overshoot: Share of its width and height before growing by which the grown box may
            pass an edge. It is then moved right or down by what passes the left or upper edge;
            what passes the right or lower edge stays outside, as in the published boxes.
        min_score: A subject counts if its score is above this.
        min_height: A subject counts if its height is above this share of the picture's width.
        min_visibility: A counted subject is valid if a point of the head and an ankle are more
            visible than this.
        min_iou: A ``union`` track goes on while the overlap with its first box is at least this.
        max_frames: Greatest length of a track in frames.
        min_frames: Least length of a track in frames.
        min_side: Least longest side in pixels: of a ``union`` before growing, else after it.
        max_tracks: How many tracks are taken from a video, the first ones.
        min_picture: Videos with a side below this are skipped, in pixels.
        flow_cut: Median motion in pixels of 256x256 above which the picture is cut.
        intensity_cut: Change of a channel's median, 0 to 255, above which the picture is cut.
        fps: Frames are counted at this rate; 0 is that of the video.
    """

    subject: Literal["person", "face"]
    box: Literal["fixed", "union", "first"]
    shape: Literal["square", "aspect"] = "square"
    grow: float = 0.05
    max_overshoot: float = 0.0
    min_score: float = 0.9
    min_height: float = 0.0
    min_visibility: float = 0.0
    min_iou: float = 0.0
    max_frames: int = 1024
    min_frames: int = 128
    min_side: int = 256
    max_tracks: int = 1000
    min_picture: int = 0
    flow_cut: float = 1.0
    intensity_cut: float = 1.5
    fps: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that no recipe can have."""
        for name, value in vars(self).items():
            if not isinstance(value, str) and not 0 <= value < float("inf"):
                raise UsageError(f"{name} must be 0 or more, got {value}")
        for name in ("min_score", "min_visibility", "min_iou"):
            if getattr(self, name) > 1:
                raise UsageError(f"{name} must be at most 1, got {getattr(self, name)}")


_VOX = TrackRules(
    subject="face",
    box="union",
    shape="aspect",
    grow=0.10,
    max_overshoot=0.10,
    min_score=0.5,
    min_iou=0.25,
    min_frames=64,
    fps=25.0,
)

RECIPES: dict[str, TrackRules] = {
    "taichi": TrackRules(
        subject="person",
        box="fixed",
        min_height=0.10,
        min_visibility=0.8808,  # the logistic function of 2: the recipe asks for a logit above 2
        min_picture=300,
    ),
    "vox": _VOX,
    "vox-2019-08": replace(_VOX, shape="square", max_overshoot=0.0),
    "nemo": TrackRules(
        subject="face",
        box="first",
        grow=0.10,
        min_score=0.5,
        max_frames=0,
        min_frames=0,
        min_side=0,
        max_tracks=0,
        flow_cut=0.0,
        intensity_cut=0.0,
    ),
}
