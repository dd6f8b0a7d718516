"""Folders of test clips of given lengths, and what lies in a folder of predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import ManifestRow, write_manifest


def write_test_clips(
    folder: Path, lengths: Sequence[int], *, side: int = 16, seed: int = 0
) -> list[str]:
    """Write test clips of noise that brightens, and their manifest; return their names."""
    rng = np.random.default_rng(seed)
    rows = []
    for index, length in enumerate(lengths):
        name = f"clip-{index:02}#000000#{length:06}"
        path = folder / "test" / f"{name}.mkv"
        noise = rng.integers(0, 200, (1, side, side, 3)) + np.arange(length)[:, None, None, None]
        write_clip(path, noise.astype(np.uint8))
        row = (name, "test", f"v{index}", length, length, 25.0, side, side, sha256(path), "ok", "")
        rows.append(ManifestRow(*row))
    write_manifest(folder / "manifest.csv", rows)
    return [row.clip_id for row in rows]


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@contextmanager
def cut_short(path: Path) -> Iterator[None]:
    """A clip whose second half is missing, as after a copy that was broken off."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    yield
    path.write_bytes(whole)
