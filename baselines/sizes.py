"""Measure what videos, clips and predictions take on disk, for the table of `baselines.plan`.

    python -m baselines.sizes --profile mini                      # what the pipeline has made
    python -m baselines.sizes --profile full --dataset taichi-hd --video crop.mp4

Measured are files that are there: source videos, clips, and predictions with their motion. Where
there are no real clips yet, ``--video`` names one that shows what such clips show, at their size:
it is written as a clip, and thrown away. Only numbers are kept.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from baselines import METHODS
from baselines.planned import crop_size
from baselines.size_table import FILE, SIZES
from baselines.stage import run_stage
from datasets import params
from datasets.clip_writer import ClipWriter
from datasets.frozen import read_split
from datasets.manifest import MANIFEST, ManifestRow, clip_path, read_manifest
from datasets.readers import iterate_video
from datasets.registry import DATASETS, PROFILES, UsageError, choose, shown_name
from datasets.source_files import source_videos
from datasets.split_check import drawn_pairs
from datasets.stage import clips_folder, source_folder

Found = tuple[str, str, int, float, str]
"""what, method, side, value, how"""


def measured(dataset: str, profile: str, size: int) -> Iterator[Found]:
    """Yield what can be measured of a data set's files below ``work``.

    Args:
        dataset: Its name.
        profile: ``mini`` or ``full``.
        size: Side of its clips in pixels.
    """
    videos = source_files(source_folder(dataset, profile))
    if videos:
        how = f"mean of {len(videos):,} source videos"
        yield "source_bytes_per_video", "", 0, _bytes(videos) / len(videos), how
    yield from _pair_frames(dataset, profile)
    folder = clips_folder(dataset, profile)
    if not (folder / MANIFEST).is_file():
        return
    rows = [row for row in read_manifest(folder / MANIFEST) if row.ok]
    if frames := sum(row.got_frames for row in rows):
        value = _bytes(clip_path(folder, row) for row in rows) / frames
        yield "clip_bytes_per_frame", "", size, value, f"mean of {frames:,} frames of its clips"
    for method in METHODS:
        made = Path("work", profile, "predictions", f"{dataset}-{method}")
        yield from _predicted(made, folder, [row for row in rows if row.split == "test"], size)


def source_files(folder: Path) -> list[Path]:
    """Return the source videos in ``folder``; none if it is missing."""
    found = source_videos(folder).values() if folder.is_dir() else ()
    return [path for paths in found for path in paths]


def _pair_frames(dataset: str, profile: str) -> Iterator[Found]:
    try:
        split = read_split(dataset, profile)
    except UsageError:
        return  # it is not frozen, or its upstream files are not here
    frames = {row.clip_id: row.end - row.start for row in split.rows}
    pairs = drawn_pairs(split, dataset, profile).pairs
    how = f"counted over the {len(pairs)} pairs of {split.id}"
    yield "pair_frames", "", 0, sum(frames[pair.driving] for pair in pairs), how


def _predicted(made: Path, folder: Path, rows: Sequence[ManifestRow], size: int) -> Iterator[Found]:
    """Yield the sizes of a method's reconstructions."""
    method = made.name.removeprefix(f"{folder.name}-")
    rows = [row for row in rows if (made / f"{row.clip_id}.mkv").is_file()]
    frames = sum(row.got_frames for row in rows)
    if not frames:
        return
    shown = shown_name(folder.name, made.parts[-3])
    how = f"{frames:,} reconstructed frames of {size}x{size} of {shown}"
    ratio = _bytes(made / f"{row.clip_id}.mkv" for row in rows) / _bytes(
        clip_path(folder, row) for row in rows
    )
    yield "picture_ratio", method, size, ratio, how
    motion = [made / f"{row.clip_id}.motion.npz" for row in rows]
    if all(path.is_file() for path in motion):
        yield "motion_bytes_per_pixel", method, size, _bytes(motion) / frames / size**2, how


def of_video(video: Path, size: int) -> Found:
    """Return the bytes of a frame of ``video`` in the clip store.

    Args:
        video: A video whose pictures have the size of the clips.
        size: Their side in pixels.

    Raises:
        UsageError: It is missing, or of another size.
    """
    if not video.is_file():
        raise UsageError(f"--video {video}: no such file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mkv")
        with ClipWriter(path) as writer:
            for frame in iterate_video(video):
                if frame.shape[:2] != (size, size):
                    height, width = frame.shape[:2]
                    raise UsageError(f"{video}: is {width}x{height}, clips are {size}x{size}")
                writer.write(frame)
        value = path.stat().st_size / writer.count
    how = f"{writer.count:,} frames of {video.name}, a crop that was compressed before"
    return "clip_bytes_per_frame", "", size, value, how


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def row_of(found: Found, shown: str, command: Sequence[str]) -> dict[str, str]:
    """Return the row of the table for a figure of the data set called ``shown``."""
    what, method, size, value, how = found
    return {
        "dataset": shown,
        "method": method,
        "size": str(size or ""),
        "what": what,
        "value": str(int(value)) if float(value).is_integer() else f"{value:.6g}",
        "how": how,
        "date": datetime.now(UTC).date().isoformat(),
        "command": shlex.join(["python", "-m", "baselines.sizes", *command]),
    }


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m baselines.sizes",
        description="Measure bytes of videos, clips and predictions, and keep them in a table.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = cli.add_argument
    add("--profile", default=None, help="mini or full; None: as in params.yaml")
    add("--dataset", default=None, help=f"one of {', '.join(DATASETS)}; None: each")
    add("--video", type=Path, default=None, help="a video of the clips' size, in place of clips")
    add("--out", type=Path, default=FILE, help="the table")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = _parser().parse_args(argv)

    def body() -> str:
        values = params.load()
        profile = choose("profile", args.profile or str(values["profile"]), PROFILES)
        if args.video and not args.dataset:
            raise UsageError("--video is one of a data set: name it with --dataset")
        rows = []
        for name in [choose("dataset", args.dataset, DATASETS)] if args.dataset else DATASETS:
            command = ["--profile", profile, "--dataset", name]
            found = list(measured(name, profile, crop_size(values, profile)))
            if args.video:
                command += ["--video", args.video.name]
                found.append(of_video(args.video, crop_size(values, profile)))
            rows += [row_of(one, shown_name(name, profile), command) for one in found]
        if not rows:
            raise UsageError(
                f"work/{profile}: nothing to measure; run the pipeline, or see --video"
            )
        SIZES.add(args.out, rows)
        return f"{len(rows)} sizes -> {args.out}"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
