"""What lies in the shards of a split: ``<split>.index.json``, beside ``<split>-000000.tar``.

The index is what an import believes: which clips there are, how many bytes, which sha256. The
shards only bring the bytes. Clips that failed are in the index alone, since a shard holds samples
to train on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets.files import write_text
from datasets.manifest import ManifestError, ManifestRow, parse_row
from datasets.metadata import PARTITIONS
from datasets.registry import UsageError, choose
from datasets.shards_tar import Member
from datasets.stamp import StampError, parse_stamp

FORMAT = "clip-shards 1"
_LARGEST = 1 << 62  # bytes
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ShardError(UsageError):
    """An index that cannot be used, or clips that are not what it or their manifest says."""


@dataclass(frozen=True)
class File:
    """A file by its content.

    Attributes:
        bytes: Its size.
        sha256: Its digest, 64 hexadecimal digits.
    """

    bytes: int
    sha256: str


@dataclass(frozen=True)
class ShardClip:
    """A clip in a shard.

    Attributes:
        row: Its row of the manifest, with the status ``ok``.
        clip: The clip file.
        truth: The ground truth; None where there is none.
    """

    row: ManifestRow
    clip: File
    truth: File | None

    @property
    def row_json(self) -> bytes:
        """The row as a JSON object, with a line end."""
        text = json.dumps(asdict(self.row), ensure_ascii=False, sort_keys=True)
        return f"{text}\n".encode()

    @property
    def members(self) -> dict[str, Member]:
        """What the shard holds of the clip, by extension, in the order of the shard."""
        row = File(len(self.row_json), hashlib.sha256(self.row_json).hexdigest())
        files = {"json": row, "mkv": self.clip, "truth.npz": self.truth}
        key = key_of(self.row.clip_id)
        return {
            extension: Member(f"{key}.{extension}", file.bytes, file.sha256)
            for extension, file in files.items()
            if file is not None
        }


@dataclass(frozen=True)
class Shard:
    """A shard: its clips in order, and the file that they make."""

    clips: tuple[ShardClip, ...]
    file: File

    @property
    def members(self) -> list[Member]:
        """All members in the order of the file."""
        return [member for clip in self.clips for member in clip.members.values()]


@dataclass(frozen=True)
class ShardIndex:
    """The shards of one split.

    Attributes:
        split: ``train``, ``val`` or ``test``.
        shards: In their order; shard n is the file `shard_name` (split, n).
        failed: Rows of the clips that failed, in the manifest's order.
        stamp: Content of the folder's ``dataset.toml``; empty if it has none.
    """

    split: str
    shards: tuple[Shard, ...]
    failed: tuple[ManifestRow, ...]
    stamp: str


def key_of(clip_id: str) -> str:
    """Return the key of a clip: its id, with ``.`` and ``%`` as ``%2E`` and ``%25``.

    WebDataset ends a key at the first dot of a name.

    Example:
        >>> key_of("v1.5#000000#000009")
        'v1%2E5#000000#000009'
    """
    return clip_id.replace("%", "%25").replace(".", "%2E")


def shard_name(split: str, number: int) -> str:
    """Return the file name of shard ``number`` of a split.

    Example:
        >>> shard_name("train", 12)
        'train-000012.tar'
    """
    return f"{split}-{number:06}.tar"


def index_name(split: str) -> str:
    """Return the file name of the index of a split."""
    return f"{split}.index.json"


def write_index(folder: Path, index: ShardIndex) -> Path:
    """Write the index of a split into the folder of its shards, atomically; return its path."""
    shards = [
        {
            "name": shard_name(index.split, number),
            **asdict(shard.file),
            "clips": [asdict(clip) for clip in shard.clips],
        }
        for number, shard in enumerate(index.shards)
    ]
    failed = [asdict(row) for row in index.failed]
    content: dict[str, object] = {"format": FORMAT, "split": index.split, "stamp": index.stamp}
    path = folder / index_name(index.split)
    content |= {"shards": shards, "failed": failed}
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return path


def read_index(folder: Path, split: str) -> ShardIndex:
    """Return the index of a split.

    Raises:
        ShardError: It is missing, or does not say what an index says; the message names the file.
    """
    path = folder / index_name(choose("split", split, PARTITIONS))
    if not path.is_file():
        raise ShardError(f"{path}: no such index; it is written with the shards, copy it too")
    try:
        index = _index(json.loads(path.read_text(encoding="utf-8")), path)
    except (ManifestError, StampError, ShardError):
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ShardError(f"{path}: is no index of shards ({error!r})") from error
    if index.split != split:
        raise ShardError(f"{path}: is the index of {index.split!r}")
    _check_rows(index, path)
    return index


def _index(values: Mapping[str, Any], path: Path) -> ShardIndex:
    if values["format"] != FORMAT:
        raise ShardError(f"{path}: expected the format {FORMAT!r}, got {values['format']!r}")
    stamp = str(values["stamp"])
    if stamp:
        parse_stamp(stamp.encode(), path)
    shards = tuple(
        Shard(tuple(_clip(clip, path) for clip in shard["clips"]), _file(shard))
        for shard in values["shards"]
    )
    return ShardIndex(values["split"], shards, _rows(values["failed"], path), stamp)


def _clip(values: Mapping[str, Any], path: Path) -> ShardClip:
    (row,) = _rows([values["row"]], path)
    clip = ShardClip(
        row, _file(values["clip"]), None if values["truth"] is None else _file(values["truth"])
    )
    if not row.ok or clip.clip.sha256 != row.sha256:
        raise ValueError(f"{row.clip_id}: the clip is not that of its row")
    return clip


def _file(values: Mapping[str, Any]) -> File:
    size, digest = values["bytes"], values["sha256"]
    if type(size) is not int or not 0 <= size <= _LARGEST or not _SHA256.fullmatch(digest):
        raise ValueError(f"{size!r} bytes with sha256 {digest!r}")
    return File(size, digest)


def _rows(rows: Sequence[Mapping[str, Any]], path: Path) -> tuple[ManifestRow, ...]:
    texts = [{name: _text(value) for name, value in row.items()} for row in rows]
    return tuple(parse_row(f"{path}: row of {v.get('clip_id')!r}", v) for v in texts)


def _text(value: object) -> str:
    """Return a value as a manifest writes it."""
    if value is not None and type(value) not in (str, int, float):
        raise ValueError(f"expected text or a number, got {value!r}")
    text = "" if value is None else str(value)
    text.encode()  # half of a pair of surrogates cannot be written
    return text


def _check_rows(index: ShardIndex, path: Path) -> None:
    """Refuse rows of another split, a clip twice, and a failed clip that is said to be there."""
    good = [clip.row for shard in index.shards for clip in shard.clips]
    if any(row.split != index.split for row in (*good, *index.failed)):
        raise ShardError(f"{path}: has rows of another split than {index.split}")
    if len({row.clip_id for row in good}) < len(good):
        raise ShardError(f"{path}: has a clip twice")
    if any(row.ok for row in index.failed):
        raise ShardError(f"{path}: has a clip with the status ok that no shard holds")
