"""Write a motion file batch after batch: the bytes of `numpy.savez_compressed`, in less memory."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from baselines.anchors import Motion
from datasets.files import replacing

_SPOOL = 1 << 26  # bytes of occlusion that are held in memory, at 256x256 those of 512 frames


class MotionWriter:
    """Writes ``<clip id>.motion.npz``, whose frames come in order.

    An archive is written entry by entry: the flow goes into it at once, the occlusion waits beside
    it for the end. The file gets its name by `commit`; `discard` leaves nothing.

    Args:
        path: The file.
        frames: How many there will be.
    """

    def __init__(self, path: Path, frames: int) -> None:
        self._path, self._frames, self._written = path, frames, 0
        self._stack = ExitStack()
        part = self._stack.enter_context(replacing(path))
        archive = zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED)
        self._archive = self._stack.enter_context(archive)
        self._flow: IO[bytes] | None = None
        self._occlusion: IO[bytes] | None = None
        self._shape: tuple[int, ...] = ()

    def write(self, motion: Motion) -> None:
        """Append the motion of some frames; it has an occlusion each time or never."""
        if self._flow is None:
            self._shape = (self._frames, *motion.flow.shape[1:])
            self._flow = self._archive.open("flow.npy", "w", force_zip64=True)
            _write_head(self._flow, self._shape)
            if motion.occlusion is not None:
                spool = SpooledTemporaryFile(_SPOOL, dir=str(self._path.parent))  # noqa: SIM115 - closed by the stack
                self._occlusion = self._stack.enter_context(spool)
        _write_frames(self._flow, motion.flow)
        if self._occlusion is not None and motion.occlusion is not None:
            _write_frames(self._occlusion, motion.occlusion)
        self._written += len(motion.flow)

    def commit(self) -> None:
        """Finish the file and give it its name.

        Raises:
            ValueError: There were fewer or more frames than promised; nothing is left of the file.
        """
        try:
            if self._written != self._frames:
                text = f"{self._path}: {self._written} frames of motion, not {self._frames}"
                raise ValueError(text)
            if self._flow is not None:
                self._flow.close()
            if self._occlusion is not None:
                self._occlusion.seek(0)
                with self._archive.open("occlusion.npy", "w", force_zip64=True) as entry:
                    _write_head(entry, self._shape[:-1])
                    shutil.copyfileobj(self._occlusion, entry, 1 << 20)
        except BaseException:
            self.discard()
            raise
        self._stack.close()

    def discard(self) -> None:
        """Leave nothing of the file; an earlier one of the same name stays."""
        try:
            if self._flow is not None:
                self._flow.close()
        finally:
            self._stack.__exit__(ValueError, ValueError("discarded"), None)


def _write_head(file: IO[bytes], shape: tuple[int, ...]) -> None:
    head = {"shape": shape, "fortran_order": False, "descr": "<f2"}
    np.lib.format.write_array_header_1_0(file, head)


def _write_frames(file: IO[bytes], frames: NDArray[Any]) -> None:
    for frame in frames:
        file.write(np.ascontiguousarray(frame, "<f2").tobytes())
