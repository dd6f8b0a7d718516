"""Stage ``anchor``: the predictions of the methods that need no training.

    python -m baselines.anchor --dataset taichi-hd --method oracle

For the animation task (``--task animation``) an anchor needs the exact truth, so only where that is
known does it write anything: in the mini worlds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baselines.anchors import ANCHORS
from baselines.pair_clips import pair_clips
from baselines.predictions import begin_folder, write_prediction
from baselines.stage import Cell, run_stage, stage_parser
from datasets.clips import read_clip
from datasets.manifest import clip_path, usable
from datasets.pair_manifest import truth_clip
from datasets.params import load
from datasets.registry import UsageError
from datasets.truth import load_truth, truth_beside


def predict(clips: Path, out: Path, method: str) -> int:
    """Write the anchor's prediction of every usable test clip; return how many."""
    rows = usable(clips, "test")
    if not rows:
        raise UsageError(f"{clips}: no usable test clip; see its manifest.csv")
    begin_folder(out, method, "anchor", None)
    for row in rows:
        path = clip_path(clips, row)
        truth = load_truth(truth_beside(path)) if truth_beside(path).is_file() else None
        frames, motion = ANCHORS[method](read_clip(path), truth)
        write_prediction(out, row.clip_id, frames, motion)
    return len(rows)


def animate(clips: Path, pairs: Path, out: Path, method: str, *, mode: str) -> int:
    """Write the anchor's animation of every usable pair whose truth is known; return how many."""
    begin_folder(out, method, "anchor", None)
    known = [
        (pair_id, source, path)
        for pair_id, source, _ in pair_clips(clips, pairs)
        if (path := truth_clip(pairs, mode, pair_id)).is_file()
    ]
    for pair_id, source, path in known:
        # The source picture leads, as in the truth, so that an anchor takes it for frame 0.
        whole = np.concatenate([read_clip(source, [0]), read_clip(path)])
        frames, motion = ANCHORS[method](whole, load_truth(truth_beside(path)))
        assert motion is not None  # the truth is there
        write_prediction(out, pair_id, frames[1:], motion.after(1))
    return len(known)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    text = "Write the predictions of an anchor method for the test clips or pairs of a data set."
    args = stage_parser("anchor", text, ANCHORS, tasks=True).parse_args(argv)

    def body() -> str:
        cell = Cell(args, profile=str(load()["profile"]), methods=ANCHORS)
        return cell.carry_out(
            reconstruct=lambda out: predict(cell.clips, out, cell.method),
            animate=lambda out, mode: animate(cell.clips, cell.pairs, out, cell.method, mode=mode),
        )

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
