"""Stage ``anchor``: the predictions of the methods that need no training.

python -m baselines.anchor --dataset taichi-hd --method oracle
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from baselines.anchors import ANCHORS
from baselines.predictions import begin_folder, write_prediction
from datasets import params
from datasets.clips import read_clip
from datasets.manifest import read_manifest
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get
from datasets.truth import load_truth


def predict(clips: Path, out: Path, method: str) -> int:
    """Write the anchor's prediction of every usable test clip; return how many."""
    manifest = clips / "manifest.csv"
    if not manifest.is_file():
        raise UsageError(f"{manifest}: not found; run the crop stage first (dvc repro crop)")
    begin_folder(out, method, "anchor", None)
    done = 0
    for row in read_manifest(manifest):
        if row.split != "test" or row.status != "ok":
            continue
        path = clips / "test" / f"{row.clip_id}.mkv"
        truth_path = path.with_name(f"{row.clip_id}.truth.npz")
        truth = load_truth(truth_path) if truth_path.is_file() else None
        frames, motion = ANCHORS[method](read_clip(path), truth)
        write_prediction(out, row.clip_id, frames, motion)
        done += 1
    return done


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m baselines.anchor",
        description="Write the predictions of an anchor method for all test clips of a data set.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    cli.add_argument("--method", required=True, help=f"one of {', '.join(ANCHORS)}")
    cli.add_argument("--profile", help="mini or full; default: the one in params.yaml")
    cli.add_argument("--clips", type=Path, help="default: work/<profile>/clips/<dataset>")
    cli.add_argument("--out", type=Path, help="default: work/<profile>/predictions/...")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        profile = choose("profile", args.profile or str(params.load()["profile"]), PROFILES)
        get(args.dataset)
        choose("anchor", args.method, ANCHORS)
        work = Path("work") / profile
        out = args.out or work / "predictions" / f"{args.dataset}-{args.method}"
        done = predict(args.clips or work / "clips" / args.dataset, out, args.method)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.method}: {done} clips -> {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
