"""What a data set offers for download, whatever it comes from: its list, and how to get each video.

The mini worlds are the one catalogue so far: "downloading" one of their videos renders it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from datasets.code import code_sha256
from datasets.files import replacing
from datasets.metadata import MetadataRow
from datasets.truth import save_truth
from datasets.video import read_video
from datasets.video_writer import write_video

if TYPE_CHECKING:
    from datasets.worlds.scenes import VideoPlan

_RENDER_CODE = ("catalogue", "truth", "video", "video_writer")


class FetchError(RuntimeError):
    """A video that could not be had.

    Attributes:
        kind: The error class that ``download.csv`` shows.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Item:
    """One source video.

    Attributes:
        video_id: Its name; the file is ``<video_id>.mp4``.
        partition: The split of its clips.
        recipe: Digest of all that decides about its content; empty if nothing is known.
        fetch: Makes the files in the folder that it is given, atomically, the video last;
            raises `FetchError`.
    """

    video_id: str
    partition: str
    recipe: str
    fetch: Callable[[Path], None]


@dataclass(frozen=True)
class Catalogue:
    """The clips of a data set and the videos that they are cut from."""

    rows: tuple[MetadataRow, ...]
    items: tuple[Item, ...]


def mini_catalogue(dataset: str, seed: int) -> Catalogue:
    """Return the catalogue of the mini world of ``dataset``, all of it following from ``seed``."""
    from datasets.worlds.scenes import plan

    plans = plan(dataset, seed)
    code = _generator()
    items = [
        Item(
            video_id=video.video_id,
            partition=video.rows[0].partition,
            recipe=hashlib.sha256(f"{code}\n{video!r}".encode()).hexdigest(),
            fetch=partial(_render, video),
        )
        for video in plans
    ]
    return Catalogue(tuple(row for video in plans for row in video.rows), tuple(items))


def _generator() -> str:
    """Return the digest of the code that decides about files, with its libraries' versions."""
    folder = Path(__file__).parent
    modules = (folder / f"{name}.py" for name in _RENDER_CODE)
    code = code_sha256([*(folder / "worlds").glob("*.py"), *modules])
    return f"{code} av {av.__version__} cv2 {cv2.__version__} numpy {np.__version__}"


def _render(video: VideoPlan, folder: Path) -> None:
    from datasets.worlds.render import render_video

    frames, truth = render_video(video)
    save_truth(folder / f"{video.video_id}.truth.npz", truth)
    with replacing(folder / f"{video.video_id}.mp4") as part:
        write_video(part, frames, fps=video.fps)
        if not np.array_equal(read_video(part), frames):
            text = f"{video.video_id}: the encoder is not lossless on this machine"
            raise FetchError("not-lossless", text)
