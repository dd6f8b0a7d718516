"""What says of a folder of real data which list it holds: ``dataset.toml``.

The download stage writes it beside the source videos and the crop stage beside the clips, where it
also holds all parameters and the sha256 of each split. A folder of a mini world has none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datasets.files import write_new_text
from datasets.frozen import FrozenSplit, list_sha256, parse_id
from datasets.metadata import PARTITIONS, MetadataRow
from datasets.registry import UNFROZEN, UsageError, frozen_parameters

STAMP = "dataset.toml"


class StampError(UsageError):
    """A stamp that cannot be read; the message names the file."""


@dataclass(frozen=True)
class Stamp:
    """What a folder holds.

    Attributes:
        id: Id of the list, e.g. ``taichi-hd@v1``; with the clips, of the variant of it if other
            parameters were used, e.g. ``taichi-hd@v1+size=512``; ``<dataset>@unfrozen`` if the
            list has no citable id.
        list_sha256: Digest of the canonical list (`datasets.frozen.canonical_list`).
        parameters: ``format``; with the clips also ``size``, ``resizer``, ``box_policy``,
            ``frames``.
        splits: With the clips: partition -> the digest of id, parameters and list
            (`datasets.frozen.FrozenSplit.sha256`).
    """

    id: str
    list_sha256: str
    parameters: Mapping[str, str]
    splits: Mapping[str, str] = field(default_factory=dict)

    @property
    def list_id(self) -> str:
        """The id of the list without the parameters of a variant.

        Example:
            >>> Stamp("taichi-hd@v1+size=512", "", {}).list_id
            'taichi-hd@v1'
        """
        return self.id.split("+")[0]

    @property
    def text(self) -> str:
        """The stamp as TOML."""
        lines = [f'id = "{self.id}"', f'list_sha256 = "{self.list_sha256}"', "", "[parameters]"]
        lines += [f'{key} = "{value}"' for key, value in sorted(self.parameters.items())]
        if self.splits:
            lines += ["", "[splits]"]
            lines += [f'{name} = "{self.splits[name]}"' for name in self.splits]
        return "\n".join(lines) + "\n"


def write_source_stamp(folder: Path, *, id: str, list_sha256: str, format: str) -> Stamp:
    """Write the stamp of a folder of source videos, atomically, and return it.

    Args:
        folder: ``work/full/source/<dataset>``.
        id: Id of the list: `datasets.lists.LoadedList.id`.
        list_sha256: Digest of the canonical list: `datasets.lists.LoadedList.sha256`.
        format: How the videos were had: ``avc1-1080`` or another selector of the downloader,
            ``files``, ``archive``, ``given`` (a local folder of videos) or ``ready`` (ready crops).
    """
    stamp = Stamp(id, list_sha256, {"format": format})
    _write(folder, stamp)
    return stamp


def write_clips_stamp(
    source: Path, out: Path, *, parameters: Mapping[str, str], rows: Iterable[MetadataRow]
) -> Stamp | None:
    """Write the stamp of a folder of clips, atomically; remove it if ``source`` has none.

    Args:
        source: Folder of the source videos.
        out: Folder of their clips.
        parameters: The settings of crop, ``size``, ``resizer``, ``box_policy``, ``frames``, as
            text; the format is that of ``source``.
        rows: The metadata of ``source``: if they are not the list that its stamp names, the clips
            have no citable id.

    Returns:
        What was written; None if ``source`` has no stamp.

    Raises:
        StampError: The stamp of ``source`` cannot be read, or names an unknown list.
    """
    found = read_stamp(source)
    if found is None:
        (out / STAMP).unlink(missing_ok=True)
        return None
    listed = sorted(rows, key=lambda row: row.clip_id)
    used = dict(found.parameters) | dict(parameters)
    name = found.id
    if list_sha256(listed) != found.list_sha256:
        name = f"{name.split('@')[0]}@{UNFROZEN}"
    if not name.endswith(f"@{UNFROZEN}"):
        try:
            dataset, _, list_name = parse_id(name)
        except UsageError as error:
            raise StampError(f"{source / STAMP}: {error}") from error
        name = variant_id(name, frozen_parameters(dataset, list_name), used)
    split = FrozenSplit(name, used, tuple(listed))
    sums = {partition: split.of(partition).sha256 for partition in PARTITIONS}
    stamp = Stamp(name, list_sha256(listed), used, sums)
    _write(out, stamp)
    return stamp


def variant_id(id: str, frozen_parameters: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """Return ``id`` with every parameter that differs from the frozen ones.

    Example:
        >>> variant_id("x@v1", {"size": "256", "frames": "a"}, {"size": "512", "frames": "b"})
        'x@v1+frames=b+size=512'
        >>> variant_id("x@v1", {"size": "256"}, {"size": "256"})
        'x@v1'
    """
    differ = sorted(set(frozen_parameters.items()) ^ set(parameters.items()))
    names = sorted({key for key, _ in differ})
    return "+".join([id, *(f"{key}={parameters.get(key, '')}" for key in names)])


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp of a folder; None if it has none.

    Raises:
        StampError: The file is there and cannot be understood.
    """
    path = folder / STAMP
    if not path.is_file():
        return None
    return parse_stamp(path.read_bytes(), path)


def parse_stamp(content: bytes, path: Path) -> Stamp:
    """Return the stamp that ``content`` says, which is that of the file at ``path``.

    Raises:
        StampError: It cannot be understood.
    """
    try:
        values = tomllib.loads(content.decode())
        tables = [values["parameters"], values.get("splits", {})]
        parameters, splits = ({key: _text(t[key]) for key in t} for t in tables)
        stamp = Stamp(_text(values["id"]), _text(values["list_sha256"]), parameters, splits)
    except (ValueError, KeyError, TypeError) as error:
        raise StampError(
            f"{path}: cannot be read ({error!r}); run the stage again that made this folder"
        ) from error
    if "@" not in stamp.id:
        raise StampError(f"{path}: {stamp.id!r} is no id of a list, such as taichi-hd@v1")
    return stamp


def _text(value: object) -> str:
    if not isinstance(value, str) or set(value) & set('"\\\r\n'):
        raise ValueError(f"expected plain text, got {value!r}")
    return value


def _write(folder: Path, stamp: Stamp) -> None:
    for value in (stamp.id, stamp.list_sha256, *stamp.parameters.values()):
        _text(value)
    write_new_text(folder / STAMP, stamp.text)
