"""GIF files out of an archive that nobody vouches for, zip or tar.

A member is only ever read, never unpacked by its own name: no path of the archive reaches the disk,
links and devices are passed over, and what is read is counted against limits, whatever the archive
says of its sizes.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from datasets.files import replacing
from datasets.registry import UsageError

MOST_FILES = 100_000
MOST_BYTES = 2**36
_GIF = (b"GIF87a", b"GIF89a")
_CHUNK = 2**20
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError)


class ArchiveError(UsageError):
    """An archive that cannot be used; the message names the archive and the member."""


def unpack(archive: Path, wanted: Mapping[str, Path], *, most_bytes: int = MOST_BYTES) -> set[str]:
    """Copy the wanted members of ``archive`` to their places.

    Args:
        archive: A zip or tar file; a tar file may be compressed.
        wanted: The full name of a member, and where its file goes. A file that is already there is
            left alone.
        most_bytes: More than this together are refused.

    Returns:
        Those of ``wanted`` that are there now; what is no GIF by its first bytes is not taken.

    Raises:
        ArchiveError: It is no archive, is damaged, or holds more than the limits.
    """
    found: set[str] = set()
    left = most_bytes
    try:
        for name, member in _members(archive):
            if name not in wanted or name in found:
                continue
            with member() as file:
                head = file.read(6)
                if head not in _GIF:
                    continue
                if not wanted[name].is_file():
                    left -= _copy(head, file, wanted[name], left, f"{archive}: {name}")
                found.add(name)
    except (OSError, EOFError, RuntimeError, *_DAMAGED) as error:
        raise ArchiveError(f"{archive}: is no archive that can be read: {error}") from error
    return found


def _copy(head: bytes, file: IO[bytes], target: Path, most: int, where: str) -> int:
    count = len(head)
    with replacing(target) as part, part.open("wb") as out:
        out.write(head)
        while chunk := file.read(_CHUNK):
            count += len(chunk)
            if count > most:
                raise ArchiveError(f"{where}: the archive unpacks to more than is allowed")
            out.write(chunk)
    return count


class _Member:
    """Opens one member; a member that is never opened costs nothing."""

    def __init__(self, container: zipfile.ZipFile | tarfile.TarFile, info: object) -> None:
        self.container, self.info = container, info

    @contextmanager
    def __call__(self) -> Iterator[IO[bytes]]:
        if isinstance(self.container, zipfile.ZipFile):
            assert isinstance(self.info, zipfile.ZipInfo)
            file: IO[bytes] | None = self.container.open(self.info)
        else:
            assert isinstance(self.info, tarfile.TarInfo)
            file = self.container.extractfile(self.info)
        assert file is not None
        with file:
            yield file


def _members(archive: Path) -> Iterator[tuple[str, _Member]]:
    """Yield the plain files of an archive in its order."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as container:
            infos = container.infolist()
            _limit(archive, len(infos))
            for info in infos:
                if not info.is_dir() and (info.external_attr >> 28) in (0, 8):
                    yield info.filename, _Member(container, info)
        return
    with tarfile.open(archive) as packed:
        for number, entry in enumerate(packed):
            _limit(archive, number)
            if entry.isfile():
                yield entry.name, _Member(packed, entry)


def _limit(archive: Path, count: int) -> None:
    if count > MOST_FILES:
        raise ArchiveError(f"{archive}: holds more than {MOST_FILES} files")
