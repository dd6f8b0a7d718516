"""Clips in folders that others made: what is one clip, what is it called, which split is it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from datasets.clips import ClipError
from datasets.frame_access import open_frames
from datasets.loader import Clip, of_manifest
from datasets.manifest import MANIFEST
from datasets.metadata import PARTITIONS
from datasets.pictures import PICTURES, picture_size
from datasets.readers import LossyInputError
from datasets.registry import UsageError, choose

VIDEOS = frozenset({".mkv", ".mp4", ".gif", ".mov", ".avi", ".webm", ".m4v"})
_FORMS = "clip files (.mkv), videos (.mp4, .gif, ...), strips (.png, ...) or folders of pictures"


def open_clip(path: Path | str, *, allow_lossy: bool = True) -> Clip:
    """Return the clip at ``path``: one file, or one folder of numbered pictures.

    Args:
        path: A clip file, a video, a strip of square frames, or a folder of numbered pictures.
        allow_lossy: Take what went through a lossy encoding too (``clip.lossy``). Looking and
            training do no harm; the metrics have a guard of their own.

    Raises:
        ClipError: There is nothing there, or it cannot be read.
        LossyInputError: It is lossy and that is not allowed.
    """
    path = Path(path)
    if not path.exists():
        raise ClipError(f"{path}: not found")
    open_frames(path)
    return _checked(_clip(path, split=""), allow_lossy)


def load_folder(
    path: Path | str, *, split: str | None = None, allow_lossy: bool = True
) -> list[Clip]:
    """Return the clips in a folder, sorted by split and id.

    Three layouts are understood: that of the crop stage (with a ``manifest.csv``); the authors',
    with the folders ``train``, ``test`` and maybe ``val``; a plain folder, whose clips have the
    split ``""``. A clip is a file or a folder of numbered pictures, called by its clip id with or
    without a suffix (``<id>#<start>#<end>.mp4`` may well be a folder).

    Args:
        path: The folder.
        split: Only this split; None for all.
        allow_lossy: Take clips that went through a lossy encoding too (``clip.lossy``); False opens
            every file and refuses them.

    Raises:
        UsageError: No such folder, no clips in it, or one clip twice.
        LossyInputError: A clip is lossy and that is not allowed.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    if split is not None:
        choose("split", split, PARTITIONS)
    if (folder / MANIFEST).is_file():
        return of_manifest(folder, split=split)
    splits = [name for name in sorted(PARTITIONS) if (folder / name).is_dir()]
    if split is not None and split not in splits:
        raise UsageError(f"{folder}: has no folder {split!r}; it has {', '.join(splits) or 'none'}")
    clips = [
        clip
        for name in ([split] if split else splits or [""])
        for clip in _clips_in(folder / name, name)
    ]
    if not clips:
        raise UsageError(f"{folder}: holds no clips; expected {_FORMS}")
    return [_checked(clip, allow_lossy) for clip in clips]


def _clips_in(folder: Path, split: str) -> list[Clip]:
    found: dict[str, Clip] = {}
    for path in sorted(_entries(folder)):
        clip = _clip(path, split=split)
        if clip.id in found:
            raise UsageError(f"{path}: clip {clip.id} is also {found[clip.id].path.name}")
        found[clip.id] = clip
    _refuse_single_frames(folder, list(found.values()))
    return [found[name] for name in sorted(found)]


def _entries(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name[0] == ".":
            continue
        if path.is_dir():
            if any(inner.suffix.lower() in PICTURES for inner in path.iterdir()):
                yield path
        elif path.suffix.lower() in VIDEOS | PICTURES:
            yield path


def _clip(path: Path, *, split: str) -> Clip:
    known = path.suffix.lower() in VIDEOS | PICTURES
    clip_id = path.stem if known else path.name
    parts = clip_id.split("#")
    video_id = parts[1] if len(parts) > 3 else parts[0]  # <person>#<video>#<start>#<end>
    return Clip(clip_id, split, video_id, path)


def _refuse_single_frames(folder: Path, clips: list[Clip]) -> None:
    """A folder of square pictures is one clip, not many clips of one frame."""
    paths = [clip.path for clip in clips]
    if len(paths) < 2 or not all(path.suffix.lower() in PICTURES for path in paths):
        return
    if all(width == height for width, height in map(picture_size, paths)):
        raise UsageError(f"{folder}: its pictures are single frames; open_clip reads it as a clip")


def _checked(clip: Clip, allow_lossy: bool) -> Clip:
    if not allow_lossy and clip.lossy:
        raise LossyInputError(f"{clip.path}: lossy input, and allow_lossy is False")
    return clip
