"""Upstream files that are no metadata files -> rows: lists of URLs, and archives of GIFs."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from datasets.metadata import MetadataError, MetadataRow, check_name, whole_row

_PARTITIONS = ("train", "test")
_LONGEST_LIST = 1_000_000  # lines, and members of an archive


def read_url_list(path: Path, partition: str) -> tuple[list[MetadataRow], dict[str, str]]:
    """Return the whole videos of a list with one URL per line.

    Args:
        path: The list; empty lines are left out.
        partition: That of all its videos.

    Returns:
        The rows in the order of the file, and video id -> URL. A video's id is the last part of
        its URL without suffix.

    Raises:
        MetadataError: The file is no text, a line is no URL of a file (http or https), its name
            cannot be a file name, or a video is there twice; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise MetadataError(f"{path}: is no text in UTF-8: {error}") from error
    urls: dict[str, str] = {}
    for number, line in enumerate((line.strip() for line in lines), 1):
        if not line:
            continue
        try:
            video_id = _id_of_url(line)
            if video_id in urls:
                raise ValueError(f"{video_id!r} is there twice")
        except ValueError as error:
            raise MetadataError(f"{path}: line {number}: {error}") from error
        urls[video_id] = line
    if not urls:
        raise MetadataError(f"{path}: lists no video")
    return [whole_row(video_id, partition) for video_id in urls], urls


def _id_of_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url[:80]!r} is no http(s) URL")
    return _checked(PurePosixPath(unquote(parts.path.rsplit("/", 1)[-1])).stem)


def _checked(name: str) -> str:
    if "#" in check_name(name):
        raise ValueError(f"{name!r} must not hold '#'")
    return name


def rows_of_members(names: Iterable[str]) -> tuple[list[MetadataRow], dict[str, str]]:
    """Return the whole videos among the members of an archive.

    Those are files ``[.../]train/<id>.gif`` and ``[.../]test/<id>.gif``; everything else is left
    out, hidden files and those of ``__MACOSX`` too.

    Args:
        names: Names of members, parts separated by ``/``.

    Returns:
        The rows sorted by video id, and video id -> name of its member.

    Raises:
        MetadataError: No such file is there, a name leaves the archive or cannot be a file name,
            or a video is there twice (a name in both folders too).
    """
    members: dict[str, str] = {}
    rows = []
    for name in names:
        parts = PurePosixPath(name).parts
        if len(parts) < 2 or parts[-2] not in _PARTITIONS or not name.lower().endswith(".gif"):
            continue
        if "__MACOSX" in parts or parts[-1].startswith("."):
            continue
        if name.startswith("/") or ".." in parts or "\\" in name:
            raise MetadataError(f"member {name[:80]!r} leaves the archive")
        try:
            row = whole_row(_checked(PurePosixPath(name).stem), parts[-2])
        except ValueError as error:
            raise MetadataError(f"member {name[:80]!r}: {error}") from error
        if row.video_id in members:
            raise MetadataError(f"member {name!r}: {members[row.video_id]!r} has the same name")
        members[row.video_id] = name
        rows.append(row)
    if not rows:
        raise MetadataError("no member is a GIF in a folder train or test")
    return sorted(rows, key=lambda row: row.video_id), members


def read_archive(path: Path) -> tuple[list[MetadataRow], dict[str, str]]:
    """Return the whole videos of a zip or tar archive; see `rows_of_members`. Nothing is unpacked.

    Raises:
        MetadataError: The file is no such archive, or see `rows_of_members`.
    """
    try:
        return rows_of_members(_members(path))
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise MetadataError(f"{path}: is no zip or tar archive that can be read") from error
    except MetadataError as error:
        raise MetadataError(f"{path}: {error}") from error


def _members(path: Path) -> list[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            names = [info.filename for info in packed.infolist() if not info.is_dir()]
    else:
        with tarfile.open(path) as archive:
            names = [member.name for member in archive if member.isfile()]
    if len(names) > _LONGEST_LIST:
        raise MetadataError(f"has {len(names)} members, more than {_LONGEST_LIST}")
    return names
