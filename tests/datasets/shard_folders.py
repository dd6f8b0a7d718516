"""Small clip folders to be packed into shards."""

import json

import numpy as np

from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import MANIFEST, ManifestRow, clip_path, write_manifest
from datasets.truth import Truth, save_truth, truth_beside

FAILED = ManifestRow(
    "gone#000000#000009", "train", "gone", 9, 0, None, None, None, "", "truncated", 'a "b", c\nd'
)
IDS = (
    "ann#v1#000000#000003",
    "dotted.v1.5#000000#000003",
    "per%2Ecent#000000#000003",
    "ümlaut-\N{SNOWMAN}",
    "-" + "long" * 48,
)
"""Ids that a tar file or WebDataset could mistake."""


def truth_of(frames):
    count = len(frames)
    return Truth(
        np.zeros((count, 2, 2), np.float32),
        np.ones((count, 2), bool),
        np.zeros(frames.shape[:3], np.uint8),
        np.zeros((count, 1, 2, 3)),
    )


def clip_folder(folder, ids=IDS, *, split="train", side=8, failed=(FAILED,), truth=True):
    """Write a clip of three frames for each id, every other one with truth; return the rows."""
    rows = list(failed)
    for number, clip_id in enumerate(ids):
        frames = np.random.default_rng(number).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
        row = ManifestRow(clip_id, split, f"v{number}", 3, 3, 29.97, 64, 48, "", "ok", "")
        path = clip_path(folder, row)
        write_clip(path, frames)
        if truth and number % 2 == 0:
            save_truth(truth_beside(path), truth_of(frames))
        rows.append(ManifestRow(**vars(row) | {"sha256": sha256(path)}))
    write_manifest(folder / MANIFEST, rows)
    return rows


def edit_index(path, change):
    """Apply ``change`` to the content of an index file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
