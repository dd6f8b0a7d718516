"""Frozen pairs of test clips, and in the mini worlds their exact truth.

    python -m datasets.pairs --dataset taichi-hd

A pair animates the first frame of a source clip by a driving clip of another identity. The frozen
list says which; this stage writes ``pairs.csv``, and where the world is known two clips a pair: the
source's identity performing the driving motion, ``absolute`` and ``relative``. The run can be
killed at any moment and started again, and the result has the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from datasets.crop_video import CropConfig
from datasets.frozen import parse_id, read_split
from datasets.manifest import MANIFEST, OK, ManifestRow, clip_path, read_manifest
from datasets.pair_folder import JOURNAL, TruthFolder
from datasets.pair_list import ListedPair, read_pair_list
from datasets.pair_manifest import (
    ERRORS,
    MODES,
    PAIRS,
    Pair,
    pairs_folder,
    read_pairs,
    truth_clip,
    write_pairs,
)
from datasets.pair_truth import takes_of
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UNFROZEN, VERSION, UsageError, get
from datasets.stage import claim, clips_folder, stage_config
from datasets.stamp import read_stamp

__all__ = ["MODES", "Pair", "main", "make_pairs", "pairs_folder", "read_pairs", "truth_clip"]


def make_pairs(
    dataset: str, profile: str, *, clips: Path, out: Path, config: CropConfig
) -> list[Pair]:
    """Make the frozen pairs of a data set.

    Args:
        dataset: A name in the registry.
        profile: ``mini``, whose worlds are known, or ``full``, which gets the list alone.
        clips: Folder of the clips with its manifest.
        out: Folder of the pairs. It belongs to this function: what lies in the folders of its
            modes and is no truth of these pairs is removed.
        config: Settings that the clips were cropped with.

    Returns:
        All pairs, failed ones too, as ``pairs.csv`` lists them.

    Raises:
        UsageError: No pairs are frozen, there is no manifest, or ``out`` holds other content.
    """
    listed = _listed(dataset, profile, clips)
    rows = {row.clip_id: row for row in read_manifest(clips / MANIFEST) if row.split == "test"}
    truth = None
    if profile == "mini":
        seed = int(read_split(dataset, profile).parameters["seed"])
        takes = takes_of(dataset, seed, config)
        claim(out, "pairs", marks=(JOURNAL, PAIRS))
        truth = TruthFolder(out, clips, takes, config)
        truth.keep_only([one.pair_id for one in listed])
    else:
        claim(out, "pairs", marks=(PAIRS,))
    found = []
    with progress("pairs", len(listed)) as report:
        for one in listed:
            found.append(_make(one, rows, clips, truth))
            report(f"{one.pair_id}: {found[-1].status}")
    if truth is not None:
        truth.finish()
    write_pairs(out, found)
    return found


def _listed(dataset: str, profile: str, clips: Path) -> tuple[ListedPair, ...]:
    """Return the frozen pairs of the list that the clips are of: their stamp names it."""
    stamp = read_stamp(clips) if profile == "full" else None
    list_name = VERSION
    if stamp is not None and not stamp.id.endswith(f"@{UNFROZEN}"):
        list_name = parse_id(stamp.list_id)[2]
    return read_pair_list(dataset, profile, list_name=list_name).pairs


def _make(
    one: ListedPair, rows: Mapping[str, ManifestRow], clips: Path, truth: TruthFolder | None
) -> Pair:
    """Return what became of a pair; its truth is made if the world is known."""
    source, driving = rows.get(one.source), rows.get(one.driving)
    pair = Pair(
        pair_id=one.pair_id,
        source=one.source,
        driving=one.driving,
        source_video=_video_of(one.source),
        driving_video=_video_of(one.driving),
        frames=driving.got_frames if driving else 0,
        status=next((s for s in (_state(source, clips), _state(driving, clips)) if s != OK), OK),
    )
    if truth is None:
        return pair
    if source is None or driving is None or not pair.ok:
        truth.drop(pair.pair_id)
        return pair
    return replace(pair, status=truth.make(pair, source, driving))


def _state(row: ManifestRow | None, clips: Path) -> str:
    """Return the status of a clip: what the manifest says, if it is there and says so."""
    if row is None:
        return "missing-clip"
    return row.status if not row.ok or clip_path(clips, row).is_file() else "missing-clip"


def _video_of(clip_id: str) -> str:
    """Return the video id in a clip id ``[<person>#]<video>#<start>#<end>``."""
    return clip_id.rsplit("#", 2)[0].rsplit("#", 1)[-1]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.pairs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    parser.add_argument(
        "--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)"
    )
    parser.add_argument("--out", type=Path, help="default: work/<profile>/pairs/<dataset>")
    parser.add_argument("--strict", action="store_true", help="exit 1 if any pair failed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a pair failed and ``--strict``, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        get(args.dataset)
        profile, config = stage_config(CropConfig, "crop", profile=args.profile)
        clips = clips_folder(args.dataset, profile)
        out = args.out or pairs_folder(args.dataset, profile)
        pairs = make_pairs(args.dataset, profile, clips=clips, out=out, config=config)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    failed = [pair for pair in pairs if not pair.ok]
    for pair in failed[:20]:
        text = f"{pair.source} animated by {pair.driving}: {ERRORS[pair.status]}"
        sys.stderr.write(f"{pair.status}: {pair.pair_id}: {text}\n")
    counts = Counter(pair.status for pair in pairs)
    listed = ", ".join(f"{counts[status]} {status}" for status in sorted(counts)) or "none"
    sys.stdout.write(f"{len(pairs)} pairs: {listed} -> {out / PAIRS}\n")
    return 1 if failed and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
