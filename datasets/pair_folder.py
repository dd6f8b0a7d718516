"""The files of exact truth in a folder of pairs: made once, kept while nothing changes.

The folder can be left at any moment: a truth goes before its clip, a clip gets its name when it is
whole, and only then a row in the journal. What the journal does not vouch for is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np

from datasets.clips import ClipError, Frames, read_clip, write_clip
from datasets.code import code_sha256
from datasets.crop_video import CropConfig
from datasets.files import remove, sha256
from datasets.journal import Journal
from datasets.manifest import OK, ManifestRow, clip_path
from datasets.pair_manifest import MODES, PAIRS, Pair, truth_clip
from datasets.pair_truth import draw_pair
from datasets.truth import save_truth, truth_beside
from datasets.worlds.animation import Take

JOURNAL = ".journal.csv"
_COLUMNS = ("file", "recipe", "sha256", "truth_sha256")
_CODE = ("clip_writer", "crop_rules", "pair_truth", "pixels", "resize", "truth", "video")


class TruthFolder:
    """Makes and keeps the truth of pairs.

    Args:
        out: The folder of pairs.
        clips: The folder of clips.
        takes: The clips of the mini world, by clip id.
        config: Settings of the clips.
    """

    def __init__(
        self, out: Path, clips: Path, takes: Mapping[str, Take], config: CropConfig
    ) -> None:
        self.out, self.clips = out, clips
        self.takes, self.config = takes, config
        self.journal = Journal(out / JOURNAL, _COLUMNS)

    def keep_only(self, pair_ids: Collection[str]) -> None:
        """Remove what is no truth of these pairs, and what killed runs left."""
        kept = {truth_clip(self.out, mode, name) for mode in MODES for name in pair_ids}
        kept |= {truth_beside(path) for path in kept}
        for path in sorted(path for mode in MODES for path in (self.out / mode).glob("*")):
            if path not in kept:
                self._change()
                remove(path)
        for key in sorted(set(self.journal.rows) - {self._key(path) for path in kept}):
            self.journal.drop(key)

    def make(self, pair: Pair, source: ManifestRow, driving: ManifestRow) -> str:
        """Make the truth of a pair in all modes, unless it is there.

        Args:
            pair: The pair.
            source: The manifest's row of the source clip.
            driving: That of the driving clip.

        Returns:
            ``ok``; or ``broken-clip`` or ``other-clip``, and then nothing of it is there.
        """
        status = self._make(pair, source, driving)
        if status != OK:
            self.drop(pair.pair_id)
        return status

    def drop(self, pair_id: str) -> None:
        """Leave nothing of a pair's truth."""
        for mode in MODES:
            self._remove(truth_clip(self.out, mode, pair_id))

    def finish(self) -> None:
        """Bring the journal into its final order."""
        self.journal.finish()

    def _make(self, pair: Pair, source: ManifestRow, driving: ManifestRow) -> str:
        own, theirs = (self.takes.get(row.clip_id) for row in (source, driving))
        if own is None or theirs is None or theirs.cut.stop - theirs.cut.first != pair.frames:
            return "other-clip"
        for mode in MODES:
            path = truth_clip(self.out, mode, pair.pair_id)
            parts = (_code(), own, theirs, mode, self.config, source.sha256, driving.sha256)
            recipe = hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()
            if self._is_done(path, recipe):
                continue
            try:
                picture = read_clip(clip_path(self.clips, source), [0])[0]
            except ClipError:
                return "broken-clip"
            frames, truth = draw_pair(own, theirs, mode=mode, config=self.config)
            if not _is_seen(frames[0], picture):
                return "other-clip"
            self._remove(path)
            save_truth(truth_beside(path), truth)
            write_clip(path, frames[1:])
            self._record(path, recipe)
        return OK

    def _is_done(self, path: Path, recipe: str) -> bool:
        known, truth = self.journal.get(self._key(path)), truth_beside(path)
        if known is None or known["recipe"] != recipe or not (path.is_file() and truth.is_file()):
            return False
        return (known["sha256"], known["truth_sha256"]) == (sha256(path), sha256(truth))

    def _record(self, path: Path, recipe: str) -> None:
        row = {"file": self._key(path), "recipe": recipe, "sha256": sha256(path)}
        self.journal.add(row | {"truth_sha256": sha256(truth_beside(path))})

    def _remove(self, path: Path) -> None:
        self._change()
        path.unlink(missing_ok=True)
        truth_beside(path).unlink(missing_ok=True)
        self.journal.drop(self._key(path))

    def _change(self) -> None:
        """Take the list away before anything changes: it must not vouch for what comes next."""
        (self.out / PAIRS).unlink(missing_ok=True)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.out).as_posix()


def _is_seen(drawn: Frames, picture: Frames) -> bool:
    """Return whether a drawn picture is that of the clip, up to another processor's rounding."""
    if drawn.shape != picture.shape:
        return False
    return float(np.abs(drawn.astype(np.float64) - picture).mean()) < 1.0


@cache
def _code() -> str:
    """Return the digest of the code that decides about files, with its libraries' versions."""
    folder = Path(__file__).parent
    modules = (folder / f"{name}.py" for name in _CODE)
    code = code_sha256([*(folder / "worlds").glob("*.py"), *modules])
    return f"{code} av {av.__version__} cv2 {cv2.__version__} numpy {np.__version__}"
