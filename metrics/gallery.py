"""Stage ``gallery``: pictures of what the numbers are about, for the pages of the leaderboard.

    python -m metrics.gallery --dataset taichi-hd

A few test clips and pairs, chosen by rule (`metrics.gallery_scenes`), become strips of frames: the
source, the driving video, every method's prediction, where it is off, and, where the truth is
known, the true and the estimated flow and occlusion. Whatever is missing keeps its tile and says
why. ``gallery.json`` lists everything; `leaderboards.gallery` reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from datasets.files import replacing, write_text
from datasets.manifest import read_manifest
from datasets.pair_manifest import pairs_folder
from datasets.params import load
from datasets.registry import DATASETS, PROFILES, UsageError, get
from datasets.stage import claim, clips_folder
from metrics.gallery_scenes import Places, Scene, Tile, scenes
from metrics.gallery_tiles import ERROR_MAX, QUALITY, USUAL_QUALITY, WIDEST, strip, webp

LIST = "gallery.json"


def gallery(places: Places, out: Path, *, profile: str, methods: Sequence[str]) -> int:
    """Write the gallery of one data set to ``out``; return how many pictures it has.

    ``gallery.json`` is written last, so a folder that has it is whole.

    Raises:
        UsageError: There are no clips, or ``out`` holds files that this stage has not made.
    """
    claim(out, "gallery", marks=[LIST])
    out.mkdir(parents=True, exist_ok=True)
    (out / LIST).unlink(missing_ok=True)
    for old in out.glob("*.webp"):
        old.unlink()
    listed = [_write(scene, out, f"{i:02}") for i, scene in enumerate(scenes(places, methods))]
    content = {
        "dataset": places.dataset,
        "profile": profile,
        "size": max((scene.pop("size") for scene in listed), default=0),
        "error_max": ERROR_MAX,
        "clips": _statuses(places.clips),
        "scenes": listed,
    }
    write_text(out / LIST, json.dumps(content, indent=1, sort_keys=True) + "\n")
    return sum(tile["file"] is not None for scene in listed for tile in scene["tiles"])


def _write(scene: Scene, out: Path, prefix: str) -> dict[str, Any]:
    tiles = [_picture(tile, out, prefix) for tile in scene.tiles]
    return {
        "size": max((_side(tile) for tile in scene.tiles), default=0),
        "id": scene.id,
        "task": scene.task,
        "source": scene.source,
        "driving": scene.driving,
        "fps": scene.fps,
        "frames": max((tile["frames"] for tile in tiles), default=0),
        "flow_max": scene.flow_max,
        "tiles": tiles,
    }


def _picture(tile: Tile, out: Path, prefix: str) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": tile.kind, "method": tile.method, "reason": tile.reason}
    if tile.frames is None:
        return told | {"file": None, "frames": 0, "sha256": None}
    name = "-".join(filter(None, (prefix, tile.method, tile.kind))) + ".webp"
    quality = QUALITY.get(tile.kind, USUAL_QUALITY)
    data = webp(strip(tile.frames, size=_side(tile)), quality=quality)
    with replacing(out / name) as part:
        part.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return told | {"file": name, "frames": len(tile.frames), "sha256": sha256}


def _side(tile: Tile) -> int:
    """Return the side of a frame of ``tile`` in its strip."""
    return 0 if tile.frames is None else min(WIDEST, tile.frames.shape[1])


def _statuses(clips: Path) -> dict[str, dict[str, int]]:
    """Return split -> status -> number of clips: what the download and the crop came to."""
    rows = read_manifest(clips / "manifest.csv")
    splits = {row.split for row in rows}
    return {s: dict(Counter(row.status for row in rows if row.split == s)) for s in sorted(splits)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m metrics.gallery",
        description="Make the pictures that the leaderboard's pages show.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--dataset", choices=DATASETS, required=True, help="which data set")
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        default=argparse.SUPPRESS,
        help="(default: the one in params.yaml)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=argparse.SUPPRESS,
        help="where to (default: work/PROFILE/gallery/DATASET)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 2 for wrong usage."""
    args = _parser().parse_args(argv)
    try:
        params = load()
        profile = getattr(args, "profile", str(params["profile"]))
        dataset = get(args.dataset).name
        work = Path("work", profile)
        out = getattr(args, "out", work / "gallery" / dataset)
        places = Places(
            clips=clips_folder(dataset, profile),
            pairs=pairs_folder(dataset, profile),
            work=work,
            dataset=dataset,
            exact=profile == "mini",
        )
        count = gallery(places, out, profile=profile, methods=_names(params["methods"]))
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{dataset}: {count} pictures -> {out}")
    return 0


def _names(methods: Iterable[object]) -> list[str]:
    return [str(method) for method in methods]


if __name__ == "__main__":
    sys.exit(main())
