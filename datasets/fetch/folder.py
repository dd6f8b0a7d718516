"""What is known of each video of a source folder, and whether it is still true.

``download.csv`` gets the row of a video before the video gets its name, so that a run that is
killed in between has lost nothing: `settle` gives the name at the next start. Parts of videos lie
in ``.fetch/``. A video that was recorded has the time stamp `STAMP_NS` (a link: that of its
target), so one that somebody has changed is found without reading it; only then its sha256 counts.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from datasets.fetch.errors import AttemptError, classify
from datasets.fetch.formats import FORMATS, Format
from datasets.fetch.names import remove_source, source_file
from datasets.fetch.probe import probe_file
from datasets.fetch.ytdlp import Got
from datasets.files import sha256
from datasets.journal import Journal, Row
from datasets.manifest import OK
from datasets.source_files import SUFFIXES

COLUMNS = (
    "video_id", "status", "message", "sha256", "bytes", "codec", "width", "height", "fps",
    "frames", "duration", "format_id", "format", "source",
)  # fmt: skip
STAMP_NS = 946_684_800 * 10**9  # the first second of 2000
_PARTS = ".fetch"


def parts_folder(out: Path, video_id: str, *, source: str, spec: Format) -> Path:
    """Return where the unfinished files of a video lie, apart for each way to get it."""
    return out / _PARTS / f"{source}-{spec.name}" / video_id


def describe(got: Got, video_id: str, *, source: str, spec: Format) -> Row:
    """Return the row of a video that came, after looking at all of it.

    Raises:
        AttemptError: It is no whole video of the format; the file is removed unless it is a link
            to somebody's own.
    """
    try:
        try:
            probed = probe_file(got.path)
            refused = spec.refuses(probed.codec, probed.height)
            if refused:
                raise AttemptError("no-format", refused)
            digest, size = sha256(got.path), got.path.stat().st_size
        except OSError as error:
            raise AttemptError(classify(str(error)), str(error)) from error
    except AttemptError as error:
        if got.ours:
            shutil.rmtree(got.path.parent, ignore_errors=True)
        text = str(error).replace(got.path.name, f"{video_id}{got.path.suffix}")
        raise AttemptError(error.kind, text) from error
    return {
        "video_id": video_id,
        "status": OK,
        "message": "",
        "sha256": digest,
        "bytes": str(size),
        "codec": probed.codec,
        "width": str(probed.width),
        "height": str(probed.height),
        "fps": repr(probed.fps),
        "frames": str(probed.frames),
        "duration": repr(probed.duration),
        "format_id": got.format_id,
        "format": spec.name,
        "source": source,
    }


def lost(video_id: str, error: AttemptError, *, source: str, spec: Format) -> Row:
    """Return the row of a video that did not come."""
    row = dict.fromkeys(COLUMNS, "") | {"video_id": video_id, "source": source}
    return row | {"status": error.kind, "message": str(error), "format": spec.name}


def keep(out: Path, row: Row, got: Got, journal: Journal) -> None:
    """Record a video and give it its name in ``out``, in this order."""
    journal.add(row)
    _place(out, row["video_id"], got.path, ours=got.ours)


def settle(out: Path, journal: Journal) -> None:
    """Give their names to the videos that were recorded by a run that was killed right then."""
    whole = [path for path in (out / _PARTS).glob("*/*/*") if path.is_file()]
    for path in whole:
        row = journal.get(path.parent.name)
        if row is None or row["status"] != OK or source_file(out, row["video_id"]).is_file():
            continue
        if str(path.stat().st_size) == row["bytes"] and sha256(path) == row["sha256"]:
            _place(out, row["video_id"], path, ours=True)


def _place(out: Path, video_id: str, path: Path, *, ours: bool) -> None:
    remove_source(out, video_id)
    suffix = path.suffix.lower() if path.suffix.lower() in SUFFIXES else SUFFIXES[0]
    target = out / f"{video_id}{suffix}"
    if ours:
        os.utime(path, ns=(STAMP_NS, STAMP_NS))
        path.replace(target)
        shutil.rmtree(path.parent, ignore_errors=True)
    else:
        target.symlink_to(path.resolve())
        _stamp(target, path.stat().st_mtime_ns)


def _stamp(path: Path, when: int) -> None:
    os.utime(path, ns=(when, when), follow_symlinks=False)


def is_there(out: Path, row: Row | None, *, verify: bool = False) -> bool:
    """Return whether the video of ``row`` is what was recorded.

    Args:
        out: The source folder.
        row: Its row of ``download.csv``, if it has one.
        verify: Read the file in any case, not only if its time stamp is another.
    """
    if row is None or row["status"] != OK:
        return False
    path = source_file(out, row["video_id"])
    if not path.is_file() or str(path.stat().st_size) != row["bytes"]:
        return False
    expected = path.stat().st_mtime_ns if path.is_symlink() else STAMP_NS
    if path.lstat().st_mtime_ns == expected and not verify:
        return True
    if sha256(path) != row["sha256"]:
        return False
    _stamp(path, expected)  # copied, or touched: the same bytes
    return True


def adopt(out: Path, video_id: str, journal: Journal) -> bool:
    """Record a video that lies in ``out`` without a row, if it is whole; return whether it does.

    Whoever put it there, or lost ``download.csv``, does not want it fetched again. How it was had
    is not known: its format is ``given``.
    """
    path = source_file(out, video_id)
    if journal.get(video_id) is not None or not path.is_file():
        return False
    got = Got(path, "", ours=False)
    try:
        row = describe(got, video_id, source="found", spec=FORMATS["given"])
    except AttemptError:
        return False
    journal.add(row)
    _stamp(path, path.stat().st_mtime_ns if path.is_symlink() else STAMP_NS)
    return True


def tidy(out: Path) -> None:
    """Remove the folder of unfinished files if nothing is left in it."""
    for folder in sorted((out / _PARTS).glob("**/"), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
