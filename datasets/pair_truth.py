"""The exact truth of one pair in a mini world, drawn and cut like a clip.

The cut is that of `datasets.crop`: its rule of frames and boxes, its resizers, its truth in crop
pixels. A clip that is animated by itself comes out as it is.
"""

from __future__ import annotations

import numpy as np

from datasets.clips import Frames
from datasets.crop_rules import plan_cut
from datasets.crop_video import CropConfig
from datasets.resize import get_resizer
from datasets.truth import Truth, crop_truth
from datasets.video import VideoInfo, printed_fps
from datasets.worlds.animation import Take, animate
from datasets.worlds.render import size_of, truth_of
from datasets.worlds.scenes import plan


def takes_of(dataset: str, seed: int, config: CropConfig) -> dict[str, Take]:
    """Return the test clips of a mini world by clip id, cut as the crop stage cuts them."""
    takes = {}
    for video in plan(dataset, seed):
        first = video.rows[0]
        if first.partition == "test":
            info = VideoInfo(printed_fps(video.fps), *size_of(video), frames=video.frames)
            for row in video.rows:
                cut = plan_cut(row, reference=first, info=info, box_policy=config.box_policy)
                takes[row.clip_id] = Take(video, cut)
    return takes


def draw_pair(
    source: Take, driving: Take, *, mode: str, config: CropConfig
) -> tuple[Frames, Truth]:
    """Return the exact truth of a pair.

    Args:
        source: Who is animated.
        driving: By whom.
        mode: One of `datasets.pair_manifest.MODES`.
        config: Size and resizer of the clips.

    Returns:
        Frames, uint8 ``(T + 1, size, size, 3)``, and their truth in crop pixels; frame 0 is the
        source picture.
    """
    left, top, right, bottom = source.cut.box
    drawn = list(animate(source, driving, mode=mode))
    resize = get_resizer(config.resizer)
    pictures = [resize(one.picture[top:bottom, left:right], config.size) for one in drawn]
    return np.stack(pictures), crop_truth(truth_of(drawn), source.cut.box, config.size)
