"""Files that a reader never sees half written, and their digests."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and rename it to ``path`` on success.

    The temporary name is hidden, ends in ``.part`` and keeps nothing of an earlier, interrupted
    attempt. It may be written as a file or made into a folder. On an error it is removed and
    ``path`` is left as it was.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with replacing(target) as part:
        ...     _ = part.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    remove(part)
    try:
        yield part
        part.replace(path)
    finally:
        remove(part)


def parts(folder: Path) -> list[Path]:
    """Return what killed runs left in ``folder``: the temporary names of `replacing`, sorted."""
    return sorted(folder.glob(".*.part"))


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 ``text`` with LF line ends to ``path``, atomically."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_new_text(path: Path, text: str) -> None:
    """Write ``text`` as `write_text` does, unless ``path`` holds just that: that needs no space."""
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text(path, text)


def sha256(path: Path) -> str:
    """Return the hexadecimal sha256 of the file at ``path``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_files(paths: Iterator[Path] | list[Path], root: Path) -> str:
    """Return one sha256 over the names (relative to ``root``) and contents of ``paths``."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()
