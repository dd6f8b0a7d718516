"""Predictions as arrays: ``<clip id>.npz`` with ``frames``, or with one array of any name."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from datasets.clips import ClipError

DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What reading an npz file that is none may raise."""
_FRAMES = "frames"
_ADVICE = "write uint8 or float in [0, 1] (T, H, W, 3) RGB under the name 'frames'"


def header_of(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and dtype of the array ``name`` without reading it.

    Raises:
        ValueError: It is no array.
    """
    with archive.open(f"{name}.npy") as file:
        version = npy.read_magic(file)
        one = version == (1, 0)
        read: Any = npy.read_array_header_1_0 if one else npy.read_array_header_2_0
        shape, _, dtype = read(file)
    return cast("tuple[int, ...]", shape), dtype


def array_shape(path: Path) -> tuple[int, ...]:
    """Return (T, H, W, 3) of a file of frames, from its header alone.

    Raises:
        ClipError: It is no such file; the message names it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [name for name in archive.namelist() if name.endswith(".npy")]
            names = [name.removesuffix(".npy") for name in entries]
            name = _name(path, names)
            shape, dtype = header_of(archive, name)
    except ClipError:
        raise
    except DAMAGED as error:
        raise ClipError(f"{path}: cannot be read as npz ({error})") from error
    if len(shape) != 4 or shape[3] != 3 or 0 in shape:
        what = "has an alpha channel" if shape[3:] == (4,) else f"is {shape}"
        raise ClipError(f"{path}: {name} {what}; {_ADVICE}")
    if dtype != np.uint8 and dtype.kind != "f":
        raise ClipError(f"{path}: {name} is {dtype}; {_ADVICE}")
    return shape


def read_array(path: Path) -> NDArray[np.uint8]:
    """Return the frames of an npz file, uint8 (T, H, W, 3); floats are rounded to nearest.

    Raises:
        ClipError: As `array_shape`, or a float is NaN, infinite or outside [0, 1]; the message
            names the file and the frame.
    """
    array_shape(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            frames: NDArray[Any] = archive[_name(path, archive.files)]
    except ClipError:
        raise
    except DAMAGED as error:
        raise ClipError(f"{path}: cannot be read as npz ({error})") from error
    if frames.dtype == np.uint8:
        return np.ascontiguousarray(frames, np.uint8)
    bad = ~((frames >= 0) & (frames <= 1)).reshape(len(frames), -1).all(axis=1)
    if bad.any():
        frame = int(bad.argmax())
        raise ClipError(f"{path}: frame {frame} has values that are NaN or outside [0, 1]")
    return np.asarray(np.rint(frames * 255.0), np.uint8)


def _name(path: Path, names: list[str]) -> str:
    if _FRAMES in names:
        return _FRAMES
    if len(names) != 1:
        raise ClipError(f"{path}: has the arrays {', '.join(sorted(names)) or 'none'}; {_ADVICE}")
    return names[0]
