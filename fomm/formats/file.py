"""Finding out what a file is, by its first bytes, and reading it if it is a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fomm.config import ConfigError
from fomm.formats.contents import CheckpointError, Contents, short
from fomm.formats.pickle import LEGACY_MAGIC, ZIP_MAGIC, read_pickle
from fomm.formats.tensors import read_tensors

DAMAGED = "damaged, or not of FOMM"
"""Of a file whose content gives an error that nothing foresees."""

_UNFORESEEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
_HEAD = 512
_TAR_MAGIC = slice(257, 262), b"ustar"


def read_contents(path: Path) -> Contents:
    """Read a checkpoint file of any of the known formats.

    Raises:
        CheckpointError: There is no such file, or it is no checkpoint of FOMM.
    """
    with naming(path, DAMAGED):
        head = _head(path)
        if head.startswith((ZIP_MAGIC, LEGACY_MAGIC)):
            return read_pickle(path)
        if head[4:9] == b"\0\0\0\0{":  # the upper half of the header's length, the header
            return read_tensors(path)
        raise CheckpointError(_what_else(head))


@contextmanager
def naming(path: Path, otherwise: str = "could not be written") -> Iterator[None]:
    """Put a file's name in front of what is wrong with it.

    Args:
        path: The file.
        otherwise: What is wrong after any other error that its content can cause.

    Raises:
        CheckpointError: Instead of these errors.
    """
    try:
        yield
    except ConfigError:
        raise
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}") from error
    except _UNFORESEEN as error:
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise CheckpointError(f"{path}: {otherwise} ({' '.join(reason.split())})") from error


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise CheckpointError(
            "a folder; give the checkpoint file in it (a .pth.tar is no archive: use the file as "
            "it was downloaded, not what a program unpacked)"
        )
    if not path.exists():
        raise CheckpointError("no such file")
    if not path.is_file():
        raise CheckpointError("not a file")
    with path.open("rb") as file:
        return file.read(_HEAD)


def _what_else(head: bytes) -> str:
    """Return in words what a file is that is no checkpoint."""
    if not head:
        return "the file is empty; get it again"
    where, magic = _TAR_MAGIC
    if head[where] == magic:
        return "a tar archive, not a checkpoint; unpack it and give the file that was in it"
    if head.lstrip()[:1] == b"<":
        return "a web page, not a checkpoint: the download was refused or asks for confirmation"
    if head.startswith(b"version https://git-lfs"):
        return "a pointer of git-lfs, not the checkpoint itself: run 'git lfs pull'"
    if head[:1] == b"\x80":
        return "a pickle, but not of torch.save: refused, since reading one can execute code"
    if all(byte >= ord(" ") or byte in b"\t\n\r\f" for byte in head):
        start = head[:60].decode(errors="replace")
        return f"a text file, not a checkpoint; it starts with {short(start)}"
    return (
        "not a checkpoint: neither of torch.save (.pth.tar) nor safetensors; "
        f"it starts with {short(head[:8])}"
    )
