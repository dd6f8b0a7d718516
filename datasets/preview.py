"""Make a contact sheet of a data set.

Clips over time; where the truth is known also keypoints (visible ones filled, hidden ones hollow),
flow, occlusion and parts; and the same motion performed by another identity.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from datasets.clips import ClipError, Frames
from datasets.contact_sheet import Shown, contact_sheet
from datasets.crop_rules import frame_window, scale_box
from datasets.crop_video import CropConfig
from datasets.download import DownloadConfig
from datasets.files import replacing
from datasets.loader import Clip, load_clips
from datasets.metadata import PARTITIONS, MetadataRow
from datasets.registry import DATASETS, PROFILES, UsageError, get, shown_name
from datasets.resize import get_resizer
from datasets.stage import clips_folder, stage_config
from datasets.truth import crop_truth
from datasets.worlds.render import render_video
from datasets.worlds.scenes import VideoPlan, identity_of, plan
from datasets.worlds.world import Identity


def spread(count: int, wanted: int) -> list[int]:
    """Return up to ``wanted`` different indices below ``count``, spread evenly.

    Example:
        >>> spread(10, 3)
        [0, 4, 9]
    """
    return sorted({int(i) for i in np.linspace(0, count - 1, min(wanted, count))})


def clips_on_disk(
    dataset: str, profile: str, *, clips: int, split: str | None, root: Path = Path()
) -> list[Shown]:
    """Return clips that the crop stage has made, with their truth where they have one.

    Args:
        dataset: A name in the registry.
        profile: ``mini`` or ``full``.
        clips: How many at most, spread over the list.
        split: Only clips of this split; None for all.
        root: Root of the repository.

    Raises:
        UsageError: Nothing is cropped yet.
    """
    found = load_clips(dataset, split=split, profile=profile, root=root)
    if not found:
        raise UsageError(f"{clips_folder(dataset, profile, root)}: no clips of split {split}")
    return [_read(found[i]) for i in spread(len(found), clips)]


def _read(clip: Clip) -> Shown:
    return Shown(f"{clip.id} ({clip.split})", clip.frames(), clip.truth())


def clips_of_world(
    dataset: str, *, seed: int, clips: int, split: str | None, config: CropConfig
) -> list[Shown]:
    """Return clips straight from the mini world, without any file.

    Args:
        dataset: A name in the registry.
        seed: Seed of the world.
        clips: How many at most, spread over the list.
        split: Only clips of this split; None for all.
        config: Size and resizer of the crops.
    """
    videos = plan(dataset, seed)
    wanted = [(v, row) for v in videos for row in v.rows if split in (None, row.partition)]
    shown = []
    for i in spread(len(wanted), clips):
        video, row = wanted[i]
        label = f"{row.clip_id} ({row.partition})"
        shown.append(_drawn(label, video, row, config=config, identity=identity_of(video)))
    return [with_other(s, dataset, seed=seed, config=config) for s in shown]


def with_other(shown: Shown, dataset: str, *, seed: int, config: CropConfig) -> Shown:
    """Return ``shown`` with another identity of the world performing its motion.

    A clip that is not of this world stays as it is.
    """
    videos = plan(dataset, seed)
    for number, video in enumerate(videos):
        for row in video.rows:
            if shown.label == f"{row.clip_id} ({row.partition})":
                later = [*videos[number + 1 :], *videos]
                other = next(v for v in later if v.identity != video.identity)
                drawn = _drawn("", video, row, config=config, identity=identity_of(other))
                name = f"the identity of {other.video_id}"
                return replace(shown, other=drawn.frames, other_label=name)
    return shown


def _drawn(
    label: str, video: VideoPlan, row: MetadataRow, *, config: CropConfig, identity: Identity
) -> Shown:
    """Render a video with ``identity`` and cut out the clip of ``row``."""
    frames, truth = render_video(video, identity=identity)
    ref_fps = video.rows[0].fps
    first, stop = frame_window(row.start, row.end, ref_fps=ref_fps, fps=float(video.fps))
    height, width = frames.shape[1:3]
    box = scale_box(row.bbox, reference=(row.width, row.height), actual=(width, height))
    cropped = crop_truth(truth.window(first, stop), box, config.size)
    return Shown(label, _cut(frames[first:stop], box, config), cropped)


def _cut(frames: Frames, box: tuple[int, int, int, int], config: CropConfig) -> Frames:
    left, top, right, bottom = box
    resize = get_resizer(config.resizer)
    return np.stack([resize(frame[top:bottom, left:right], config.size) for frame in frames])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.preview",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", help=f"one of {', '.join(DATASETS)}")
    parser.add_argument(
        "--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)"
    )
    parser.add_argument("--out", type=Path, help="default: preview-<dataset>-<profile>.png")
    parser.add_argument(
        "--clips", type=int, default=4, help="how many clips (default: %(default)s)"
    )
    parser.add_argument("--split", choices=PARTITIONS, help="only this split (default: all)")
    parser.add_argument(
        "--world", action="store_true", help="draw the mini world itself, without cropped clips"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 2 wrong usage or nothing to show."""
    args = _parser().parse_args(argv)
    try:
        get(args.dataset)
        if args.clips < 1:
            raise UsageError(f"--clips must be at least 1, got {args.clips}")
        profile, seed = stage_config(
            DownloadConfig, "download", profile=args.profile, dataset=args.dataset
        )
        out = args.out or Path(f"preview-{args.dataset}-{profile}.png")
        shown = _shown(args, profile, seed.seed)
        title = f"{shown_name(args.dataset, profile)}: {len(shown)} clips"
        with replacing(out) as part:
            Image.fromarray(contact_sheet(shown, title=title)).save(part, format="PNG")
    except (UsageError, ClipError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(shown)} clips -> {out}")
    return 0


def _shown(args: argparse.Namespace, profile: str, seed: int) -> list[Shown]:
    if profile != "mini":
        if args.world:
            raise UsageError("--world draws a mini world; use it with --profile mini")
        return clips_on_disk(args.dataset, profile, clips=args.clips, split=args.split)
    config = stage_config(CropConfig, "crop", profile=profile, dataset=args.dataset)[1]
    if args.world:
        return clips_of_world(
            args.dataset, seed=seed, clips=args.clips, split=args.split, config=config
        )
    found = clips_on_disk(args.dataset, profile, clips=args.clips, split=args.split)
    return [with_other(clip, args.dataset, seed=seed, config=config) for clip in found]


if __name__ == "__main__":
    sys.exit(main())
