"""A tiny gallery whose pictures say which frame they show: frame i has the `colour` i."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 16
ERROR_MAX, FLOW_MAX = 0.25, 3.5
PREDICTED = ("prediction", "error", "flow", "occlusion")
SCENES = (
    # id, task, source, driving, frames
    ("a#000001#000008", "reconstruction", "a#000001#000008", "a#000001#000008", 8),
    ("b#000001#000005", "reconstruction", "b#000001#000005", "b#000001#000005", 5),
    ("a-by-b", "animation-absolute", "a#000001#000008", "b#000001#000005", 5),
    ("a-by-b", "animation-relative", "a#000001#000008", "b#000001#000005", 5),
)
NO_MAP = "predicts no occlusion map"


def colour(frame: int) -> tuple[int, int, int]:
    """The RGB colour of frame ``frame``; any two frames differ by 20 in red."""
    return 20 + 20 * frame, 200 - 20 * frame, 60


def strip(frames: int) -> bytes:
    """A lossless WebP of ``frames`` squares beside each other, frame i in `colour` i."""
    picture = np.zeros((SIZE, SIZE * frames, 3), np.uint8)
    for frame in range(frames):
        picture[:, SIZE * frame : SIZE * (frame + 1)] = colour(frame)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "webp", lossless=True)
    return file.getvalue()


def write_gallery(
    home: Path,
    *,
    dataset: str = "taichi-hd",
    methods: tuple[str, ...] = ("fomm", "x2face"),
    without_map: tuple[str, ...] = ("x2face",),
    reason: str = NO_MAP,
) -> Path:
    """Write ``gallery.json`` and its strips below ``home/<dataset>``; return that folder.

    ``without_map`` are methods whose tiles of occlusion are missing for ``reason``.
    """
    folder = home / dataset
    folder.mkdir(parents=True)
    strips = {frames: strip(frames) for frames in (1, 5, 8)}
    scenes = []
    for place, (name, task, source, driving, frames) in enumerate(SCENES):
        tiles = []

        def add(kind: str, method: str | None, count: int, place: int = place, tiles=tiles) -> None:
            missing = kind == "occlusion" and method in without_map
            file = f"{place}-{method}-{kind}.webp" if method else f"{place}-{kind}.webp"
            tile = {"kind": kind, "method": method, "file": None, "frames": count}
            tile |= {"sha256": None, "reason": reason}
            if not missing:
                (folder / file).write_bytes(strips[count])
                digest = hashlib.sha256(strips[count]).hexdigest()
                tile |= {"file": file, "sha256": digest, "reason": None}
            tiles.append(tile)

        add("source", None, 1)
        for kind in ("driving", *(["truth"] if source != driving else [])):
            add(kind, None, frames)
        for kind in ("true-flow", "true-occlusion"):
            add(kind, None, frames)
        for method in methods:
            for kind in PREDICTED:
                add(kind, method, frames)
        scenes.append(
            {
                "id": name,
                "task": task,
                "frames": frames,
                "fps": 30.0,
                "source": source,
                "driving": driving,
                "flow_max": FLOW_MAX,
                "tiles": tiles,
            }
        )
    gallery = {
        "dataset": dataset,
        "profile": "mini",
        "size": SIZE,
        "error_max": ERROR_MAX,
        "clips": {"train": {"ok": 53}, "val": {"ok": 5}, "test": {"ok": 27, "gone": 1}},
        "scenes": scenes,
    }
    text = json.dumps(gallery, indent=1, sort_keys=True) + "\n"
    (folder / "gallery.json").write_text(text, encoding="utf-8")
    return folder
