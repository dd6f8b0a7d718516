"""What a folder of predictions holds, compared with the clips it should predict.

The inventory comes before any scoring. Whatever is wrong is named clip by clip, with what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datasets.registry import UsageError
from metrics.motion_files import MotionError, check_motion, load_motion, motion_path
from metrics.probe import is_lossy, read_prediction, shape_of
from metrics.wanted import Wanted

Kind = Literal[
    "no truth",
    "missing",
    "duplicate",
    "unreadable",
    "wrong length",
    "wrong size",
    "lossy",
    "motion",
    "extra",
]
ADVICE: dict[Kind, str] = {
    "no truth": "run 'dvc repro crop' (for pairs: 'dvc repro pairs') again, or pass "
    "--allow-missing",
    "missing": "write them, or pass --allow-missing",
    "duplicate": "keep one file per clip",
    "unreadable": "write them again",
    "wrong length": "predict every frame of the clip, frame 0 included",
    "wrong size": "predict at the size of the clip",
    "lossy": "write FFV1 clips, PNG or npz, or pass --allow-lossy",
    "motion": "write flow (T, H, W, 2) and, if predicted, occlusion (T, H, W) as in the contract",
    "extra": "not in this split; left out",
}
_BESIDE = (".json", ".csv", ".md", ".txt", ".motion.npz", ".truth.npz")


class RefusedError(Exception):
    """Predictions that are not scored as they are; the message names each clip and the remedy."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one clip (or file)."""

    kind: Kind
    clip_id: str
    message: str = ""


@dataclass(frozen=True)
class Inventory:
    """What was found: the file of each usable clip, and every problem."""

    folder: Path
    wanted: tuple[Wanted, ...]
    found: dict[str, Path]
    problems: tuple[Problem, ...]

    def refused(self, *, allow_missing: bool, allow_lossy: bool) -> bool:
        """Whether something is wrong that was not allowed."""
        allowed = {"extra"}
        allowed |= {"missing", "no truth"} if allow_missing else set()
        allowed |= {"lossy"} if allow_lossy else set()
        return any(p.kind not in allowed for p in self.problems)

    @property
    def expected(self) -> int:
        """How many clips the split has, with those that have no truth."""
        return len(self.wanted) + sum(p.kind == "no truth" for p in self.problems)

    @property
    def lossy(self) -> bool:
        """Whether any prediction is lossy."""
        return any(p.kind == "lossy" for p in self.problems)

    def __str__(self) -> str:
        """The full inventory, every clip named."""
        lines = [f"{self.folder}: {len(self.found)} of {self.expected} clips usable"]
        for kind, advice in ADVICE.items():
            of_kind = [p for p in self.problems if p.kind == kind]
            if of_kind:
                lines.append(f"  {kind} ({len(of_kind)}): {advice}")
                lines += [f"    {p.clip_id}{': ' if p.message else ''}{p.message}" for p in of_kind]
        return "\n".join(lines)


def take_inventory(
    folder: Path,
    wanted: Sequence[Wanted],
    *,
    without_truth: Mapping[str, str] | None = None,
    deep: bool = False,
) -> Inventory:
    """Compare ``folder`` with the ``wanted`` clips.

    Args:
        folder: Predictions: ``<clip id>`` followed by nothing (a folder of pictures), ``.mkv``,
            ``.mp4.png``, ``.png``, ``.npz``, or a video's ending.
        wanted: See `metrics.wanted`.
        without_truth: Clips (or pairs) of the list that cannot be scored, since an earlier stage
            did not make what they need -> why, or "".
        deep: Decode every frame too, instead of reading headers.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of predictions")
    names = {w.clip_id for w in wanted}
    gone = without_truth or {}
    files, extra = _match(folder, names | set(gone))
    problems = [*extra, *(Problem("no truth", clip_id, why) for clip_id, why in gone.items())]
    found: dict[str, Path] = {}
    for clip in wanted:
        paths = files.get(clip.clip_id, [])
        wrong = _check(clip, paths, deep=deep)
        problems += wrong
        if all(p.kind == "lossy" for p in wrong):
            found[clip.clip_id] = paths[0]
    return Inventory(folder, tuple(wanted), found, tuple(problems))


def _match(folder: Path, names: set[str]) -> tuple[dict[str, list[Path]], list[Problem]]:
    """Sort the entries of ``folder`` by clip id; what fits no clip is extra."""
    files: dict[str, list[Path]] = {}
    extra: list[Problem] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or (path.is_file() and path.name.lower().endswith(_BESIDE)):
            continue
        name = next((n for n in _stems(path.name) if n in names), None)
        if name is None:
            extra.append(Problem("extra", path.name))
        else:
            files.setdefault(name, []).append(path)
    return files, extra


def _stems(name: str) -> Iterable[str]:
    """Yield ``name``, then without its last ending, then without the last two."""
    yield name
    for _ in range(2):
        name, dot, _ = name.rpartition(".")
        if not dot:
            return
        yield name


def _check(clip: Wanted, paths: Sequence[Path], *, deep: bool) -> list[Problem]:
    if not paths:
        return [Problem("missing", clip.clip_id)]
    if len(paths) > 1:
        return [Problem("duplicate", clip.clip_id, ", ".join(p.name for p in paths))]
    try:
        shape = read_prediction(paths[0]).shape if deep else shape_of(paths[0])
        lossy = is_lossy(paths[0])
        if motion := motion_path(paths[0].parent, clip.clip_id):
            read = load_motion if deep else check_motion
            read(motion, (clip.frames, *clip.size))
    except MotionError as error:
        return [Problem("motion", clip.clip_id, str(error))]
    except ValueError as error:
        return [Problem("unreadable", clip.clip_id, str(error))]
    problems = []
    if shape[0] != clip.frames:
        text = f"{shape[0]} frames, the clip has {clip.frames}"
        problems.append(Problem("wrong length", clip.clip_id, text))
    if tuple(shape[1:3]) != clip.size:
        text = f"{shape[2]}x{shape[1]}, the clip is {clip.size[1]}x{clip.size[0]}"
        problems.append(Problem("wrong size", clip.clip_id, text))
    if lossy:
        problems.append(Problem("lossy", clip.clip_id, paths[0].name))
    return problems
