"""Tar files with the same bytes at each writing, and read without obeying what they say.

A list of members (name, size, digest) determines every byte of our tar files but the contents.
So the reader looks for nothing in the archive: it knows from the list where each header and each
content must be. A link, a device, a path that leaves the folder, a size that lies, one member more
or less: all of that is a header, or a length, other than the expected one.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from datasets.files import replacing

_CHUNK = 1 << 20
_FORMAT: Final = tarfile.GNU_FORMAT
Place = Callable[["Member"], Path | None]


@dataclass(frozen=True)
class Member:
    """A member of a tar file: its name, its size in bytes, the sha256 of its content."""

    name: str
    size: int
    sha256: str

    @property
    def header(self) -> bytes:
        """What precedes the content."""
        return self.info.tobuf(_FORMAT, "utf-8", "strict")

    @property
    def info(self) -> tarfile.TarInfo:
        """Name and size; no time, no owner."""
        info = tarfile.TarInfo(self.name)
        info.size, info.mtime, info.mode = self.size, 0, 0o644
        return info

    @property
    def padding(self) -> int:
        """Bytes after the content."""
        return -self.size % tarfile.BLOCKSIZE

    @property
    def length(self) -> int:
        """Bytes of the tar file that it takes."""
        return len(self.header) + self.size + self.padding


class _Reader:
    """A file read from its beginning to its end, and the digest of what has been read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, count: int) -> bytes:
        try:
            data = self._file.read(count)
        except OSError as error:
            raise _BrokenError(f"cannot be read ({error.strerror})") from error
        self.digest.update(data)
        return data


class _BrokenError(Exception):
    """A member that is not what the list says."""


@dataclass(frozen=True)
class Reading:
    """What became of the reading of a tar file.

    Attributes:
        sha256: Digest of the file, if it was read to its end.
        broken: Name of a member -> what is wrong with it; ``""`` -> with the end of the file.
    """

    sha256: str
    broken: dict[str, str]


def write_tar(path: Path, members: Sequence[tuple[Member, Path | bytes]]) -> None:
    """Write a tar file, atomically: each member with its content, or the file that holds it.

    Whether the contents have the digests of their members is for `read_tar` to say.

    Raises:
        OSError: A file cannot be read, or is shorter than its member.
    """
    with replacing(path) as part, tarfile.open(part, "w", format=_FORMAT) as tar:
        for member, content in members:
            given = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
            with given as file:
                tar.addfile(member.info, file)


def read_tar(path: Path, members: Sequence[Member], place: Place = lambda member: None) -> Reading:
    """Read a tar file that must hold just ``members``, in this order.

    Args:
        path: The tar file.
        members: What it must hold.
        place: Says of a member where its content is written, atomically; None: it is only
            checked. Nothing is written of a content that has another digest.

    Raises:
        OSError: A content cannot be written.
    """
    broken = {}
    if not path.is_file():
        return Reading("", dict.fromkeys(["", *(m.name for m in members)], "no such file"))
    with path.open("rb") as file:
        reader = _Reader(file)
        for member in members:
            try:
                _read_member(reader, member, place(member))
            except _BrokenError as error:
                broken[member.name] = str(error)
        try:
            _read_end(reader, sum(member.length for member in members))
        except _BrokenError as error:
            broken[""] = str(error)
    return Reading(reader.digest.hexdigest(), broken)


def _read_end(reader: _Reader, length: int) -> None:
    """Read what follows ``length`` bytes: two empty blocks, and more up to a whole record."""
    end = 2 * tarfile.BLOCKSIZE + -(length + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE
    if reader.read(end + 1) != bytes(end):
        raise _BrokenError("does not end where it should: it is cut short, or holds more")


def _read_member(reader: _Reader, member: Member, target: Path | None) -> None:
    header = member.header
    if reader.read(len(header)) != header:
        _copy(reader, member, None)  # the next one may be whole
        raise _BrokenError("its header is another one: the name, the kind or the size")
    if target is None:
        _copy(reader, member, None)
        return
    with replacing(target) as part, part.open("wb") as out:
        _copy(reader, member, out)


def _copy(reader: _Reader, member: Member, out: BinaryIO | None) -> None:
    """Read the content of ``member`` and what fills its last block; write it to ``out``."""
    digest = hashlib.sha256()
    left = member.size
    while left and (data := reader.read(min(left, _CHUNK))):
        digest.update(data)
        left -= len(data)
        if out is not None:
            out.write(data)
    if left:
        raise _BrokenError("the file ends before it")
    filling = reader.read(member.padding)
    if digest.hexdigest() != member.sha256:
        raise _BrokenError("its sha256 is another one")
    if any(filling):
        raise _BrokenError("the end of its last block is not empty")
