"""Digests of weights files: computed once per process, written down for files without a known one.

Nobody has published the sha256 of an *unpinned* file. When it is first verified its digest is
written into ``pins.toml`` of the weights folder, so that another file is noticed from then on.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import lru_cache
from pathlib import Path

from datasets.files import sha256, write_text
from datasets.registry import UsageError

PINS = "pins.toml"


def sha256_once(path: Path) -> str:
    """Return the sha256 of the file at ``path``; hashed again when size or time have changed."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


def git_blob_once(path: Path) -> str:
    """Return what ``git hash-object`` prints for the file at ``path``; see `sha256_once`.

    Example:
        >>> import tempfile
        >>> empty = Path(tempfile.mkdtemp()) / "empty"
        >>> empty.touch()
        >>> git_blob_once(empty)
        'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    stat = path.stat()
    return _git_blob(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return sha256(path)


@lru_cache(maxsize=64)
def _git_blob(path: Path, size: int, _mtime_ns: int) -> str:
    digest = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_pins(folder: Path) -> dict[str, str]:
    """Return name -> sha256 of the unpinned files verified so far; `UsageError` if damaged."""
    path = folder / PINS
    if not path.is_file():
        return {}
    try:
        pins = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path}: {error}; remove it to begin anew") from error
    if not all(isinstance(digest, str) for digest in pins.values()):
        raise UsageError(f"{path}: expected lines NAME = 'sha256'; remove it to begin anew")
    return pins


def write_pin(folder: Path, name: str, digest: str) -> None:
    """Write down, atomically, that the unpinned file ``name`` has sha256 ``digest``."""
    pins = read_pins(folder) | {name: digest}
    lines = [f"{key} = {json.dumps(pins[key])}" for key in sorted(pins)]
    head = "# Written by metrics.weights: sha256 of files whose digest nobody has published."
    write_text(folder / PINS, "\n".join([head, *lines, ""]))
