"""The original's checkpoint files: ``torch.save`` of a dict, named ``.pth.tar`` (and no tar).

torch 1.0 wrote a series of pickles (the released files), torch 1.6 and later a zip archive. Both
are read by torch's restricted unpickler, which builds tensors and plain containers and executes
nothing else.
"""

from __future__ import annotations

import io
import itertools
import pickletools
import re
import sys
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import torch

from fomm.formats.contents import (
    NETWORKS,
    CheckpointError,
    Contents,
    epoch_of,
    named,
    network_states,
    short,
    warn,
)

LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
ZIP_MAGIC = b"PK\x03\x04"

_FORMS = {
    True: "torch's zip format (torch 1.6 and later)",
    False: "torch's first format (before torch 1.6)",
}
_LIST = {
    True: "import pickletools,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); "
    "[pickletools.dis(z.read(n)) for n in z.namelist() if n.endswith('.pkl')]",
    False: "import pickletools,sys; f=open(sys.argv[1],'rb'); "
    "[pickletools.dis(f) for _ in range(4)]",
}
_HARMLESS = re.compile(
    r"collections\.OrderedDict|torch\.(_utils\._rebuild_(tensor|tensor_v2|parameter)|Size|device"
    r"|\w*Storage|\w*Tensor|\w*float\w*|\w*int\d+|_tensor\._rebuild_from_type_v2"
    r"|nn\.parameter\.Parameter|storage\.\w+)"
)
_LEGACY_PICKLES = 5  # magic number, version, system, the object, names of the storages
_MOST_OPERATIONS = 1_000_000
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
"""What reading a damaged archive raises; encrypted entries are RuntimeErrors."""


def read_pickle(path: Path) -> Contents:
    """Read a file of ``torch.save``, zip or older; nothing in it is executed.

    Raises:
        CheckpointError: It is damaged, holds code or objects, or is no checkpoint of FOMM.
    """
    with path.open("rb") as file:
        zipped = file.read(4) == ZIP_MAGIC
    if zipped:
        _check_archive(path)
    values = _load(path, zipped=zipped)
    if not isinstance(values, Mapping):
        raise CheckpointError(f"not a checkpoint of FOMM: expected a dict, got {short(values)}")
    networks = network_states(values, path=path, form=_FORMS[zipped])
    optimizers = {
        name: values[f"optimizer_{name}"] for name in NETWORKS if f"optimizer_{name}" in values
    }
    known = {*NETWORKS, *(f"optimizer_{name}" for name in NETWORKS), "epoch"}
    if unknown := [str(key) for key in values if key not in known]:
        warn(f"{path}: left out what is no part of a checkpoint of FOMM: {named(unknown)}")
    return Contents(_FORMS[zipped], networks, optimizers, epoch=epoch_of(values.get("epoch")))


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist(), path.stat().st_size)
            if (wrong := archive.testzip()) is not None:
                raise CheckpointError(_damaged(f"checksum of {wrong}"))
    except CheckpointError:
        raise
    except _UNREADABLE as error:
        raise CheckpointError(_damaged(str(error))) from error


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    names = [entry.filename for entry in entries]
    if any(name.endswith("/constants.pkl") for name in names):
        raise CheckpointError(
            "a TorchScript archive, which holds a program; a checkpoint of weights is needed"
        )
    if not any(name.endswith("/data.pkl") for name in names):
        raise CheckpointError(f"a zip archive, but not of torch.save; it holds {named(names)}")
    if (unpacked := sum(entry.file_size for entry in entries)) > 2 * size:
        raise CheckpointError(_damaged(f"{size:,} bytes that unpack to {unpacked:,}"))


def _load(path: Path, *, zipped: bool) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise anything
        if code := sorted({name for name in _names(path, zipped) if not _HARMLESS.fullmatch(name)}):
            raise CheckpointError(
                f"holds code or objects other than tensors ({named(code)}) and was refused; "
                "nothing in it was executed. Weights need none of that: do not load the file by "
                "other means unless you trust where it is from. To list what it would call, "
                f'without calling it: python -c "{_LIST[zipped]}" {path}'
            ) from error
        lines = [line for line in str(error).splitlines() if line and "documentation" not in line]
        raise CheckpointError(_damaged(lines[-1] if lines else type(error).__name__)) from error


def _names(path: Path, zipped: bool) -> Iterator[str]:
    """Yield the functions and classes that the pickles of a file name, without loading them."""
    with path.open("rb") as file, suppress(*_UNREADABLE):
        if not zipped:
            for _ in range(_LEGACY_PICKLES):
                yield from _names_in(file)
            return
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.endswith(".pkl"):
                    yield from _names_in(io.BytesIO(archive.read(name)))


def _names_in(file: IO[bytes]) -> Iterator[str]:
    strings: list[str] = []
    for opcode, value, _ in itertools.islice(pickletools.genops(file), _MOST_OPERATIONS):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(value).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(strings[-2:])
        elif isinstance(value, str):
            strings.append(value)


def _damaged(why: str) -> str:
    return f"damaged or cut short ({short(why)[1:-1]}); get the file again and compare its size"


def write_pickle(
    file: IO[bytes],
    networks: Mapping[str, Mapping[str, torch.Tensor]],
    optimizers: Mapping[str, Any],
    epoch: int | None,
) -> None:
    """Write the original's layout, in torch's zip format.

    Args:
        file: An open file: given a path, torch writes its name into the archive.
        networks: State dicts in registration order.
        optimizers: State dicts of Adam.
        epoch: Left out if None.

    Raises:
        CheckpointError: It could not be written.
    """
    values: dict[str, Any] = {
        name: OrderedDict(_plain(networks[name])) for name in NETWORKS if name in networks
    }
    values |= {f"optimizer_{n}": _plain(optimizers[n]) for n in NETWORKS if n in optimizers}
    if epoch is not None:
        values["epoch"] = epoch
    try:
        torch.save(values, file)
    except RuntimeError as error:
        raise CheckpointError(f"could not be written ({error}); is the disk full?") from error


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a copy with tensors on the CPU.

    A pickle holds equal things once if they are one object: here equal strings always are, and
    containers never, so that the bytes do not depend on where the values come from.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_plain(item) for item in value])
    return sys.intern(value) if type(value) is str else value
