"""Stage ``anchor``: the predictions of the methods that need no training.

python -m baselines.anchor --dataset taichi-hd --method oracle
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from baselines.anchors import ANCHORS
from baselines.predictions import begin_folder, write_prediction
from baselines.stage import Cell, run_stage, stage_parser
from datasets.clips import read_clip
from datasets.manifest import clip_path, usable
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    text = "Write the predictions of an anchor method for all test clips of a data set."
    args = stage_parser("anchor", text, ANCHORS).parse_args(argv)

    def body() -> str:
        cell = Cell(args, profile=str(load()["profile"]), methods=ANCHORS)
        out = args.out or cell.predictions
        return f"{cell.method}: {predict(cell.clips, out, cell.method)} clips -> {out}"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
