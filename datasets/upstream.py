"""The files that real lists are made from: pinned by sha256, found in a store or fetched.

The upstream lists carry no licence, so none is committed. A store is a folder of such files,
``work/lists`` unless ``TCHD_LISTS`` names another; a file is known by its sha256, whatever its
name. A pin whose sha256 is ``unpinned`` is of a file that could not be had when the list was
frozen: its digest is printed and kept in ``<store>/pins.toml`` when it is first fetched, and
another file is refused from then on.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datasets.files import sha256, write_text
from datasets.registry import UsageError
from datasets.web import fetch_file

STORE = Path("work/lists")
PINS = "pins.toml"
UNPINNED = "unpinned"
_FEW_MEGABYTES = 64 * 2**20


class UpstreamError(UsageError):
    """An upstream file that is not there, cannot be had, or is another; the message helps."""


@dataclass(frozen=True)
class Pin:
    """One upstream file.

    Attributes:
        name: Its file name.
        urls: Where it can be had, tried in this order.
        sha256: Its digest, or ``unpinned``.
        bytes: Its size; None if unknown.
        rows: Its rows without the header; None if unknown.
        note: What else there is to say, e.g. that a URL could not be tried.
        limit: More bytes than this are never fetched if the size is unknown.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str = UNPINNED
    bytes: int | None = None
    rows: int | None = None
    note: str = ""
    limit: int = _FEW_MEGABYTES

    @property
    def pinned(self) -> bool:
        """Whether its sha256 is known and committed."""
        return self.sha256 != UNPINNED


def store_folder(lists: Path | None = None) -> Path:
    """Return the store: ``lists``, else what ``TCHD_LISTS`` names, else ``work/lists``."""
    if lists is not None:
        return lists
    named = os.environ.get("TCHD_LISTS", "")
    return Path(named) if named else STORE


def seen_sha256(pin: Pin, store: Path) -> str | None:
    """Return the digest of ``pin``: the committed one, else that of the first fetch if any."""
    return pin.sha256 if pin.pinned else _read_pins(store).get(pin.name)


def find(pin: Pin, store: Path) -> Path:
    """Return the file of ``pin`` in the store; nothing is fetched.

    A pinned file is found by its sha256 under any name. An unpinned one by its name, and its digest
    must be the one seen first.

    Raises:
        UpstreamError: It is not there, was never seen, or is another one; the message says which
            file, which sha256, and where to put it.
    """
    known = seen_sha256(pin, store)
    if not pin.pinned:
        return _check_unpinned(pin, store, known)
    for path in sorted(store.glob("*")) if store.is_dir() else []:
        if path.is_file() and pin.bytes in (None, path.stat().st_size) and sha256(path) == known:
            return path
    wrong = store / pin.name
    also = f" ({wrong} is another file, sha256 {sha256(wrong)})" if wrong.is_file() else ""
    raise UpstreamError(f"no list with sha256 {pin.sha256} in {store}{also}; {_advice(pin, store)}")


def _check_unpinned(pin: Pin, store: Path, known: str | None) -> Path:
    path = store / pin.name
    if not path.is_file():
        raise UpstreamError(f"{path}: not found; {_advice(pin, store)}")
    if known is None:
        raise UpstreamError(
            f"{path}: nobody has recorded its sha256 yet, for it is not pinned; run the download "
            "stage or 'python -m datasets.splits show ID --fetch', which does"
        )
    found = sha256(path)
    if found != known:
        raise UpstreamError(
            f"{path}: has changed: sha256 {found}, seen first: {known}. If that is on purpose, "
            f"delete the line {pin.name!r} of {store / PINS} and run with --fetch again"
        )
    return path


def _advice(pin: Pin, store: Path) -> str:
    digest = "not pinned" if not pin.pinned else f"sha256 {pin.sha256}"
    size = f", {pin.bytes} bytes" if pin.bytes else ""
    return (
        f"put {pin.name} ({digest}{size}) from {' or '.join(pin.urls)} there, under any name if it "
        "is pinned, or fetch it: 'python -m datasets.splits show ID --fetch', or the download stage"
    )


def fetch(pin: Pin, store: Path, *, check: Callable[[Path], object] | None = None) -> Path:
    """Return the file of ``pin``, from the store if it is there, else from the network.

    The digest of an unpinned file is recorded and printed if it is seen for the first time.

    Args:
        pin: The file.
        store: Folder of upstream files.
        check: Reads an unpinned file that nobody has seen before; what it raises is passed on, and
            neither the digest nor a file from the network is kept.

    Raises:
        UpstreamError: No URL gives the file, or it is another one.
    """
    known = seen_sha256(pin, store)
    path = store / pin.name
    ours = path.is_file()
    if pin.pinned or not ours:
        try:
            return find(pin, store)
        except UpstreamError:
            _from_network(pin, known, path)
    if not pin.pinned and known is None:
        try:
            _ = check and check(path)
        except UsageError:
            if not ours:
                path.unlink()
            raise
        _remember(pin, path, store)
    return find(pin, store)


def _from_network(pin: Pin, known: str | None, path: Path) -> None:
    if pin.pinned and path.exists():
        path = path.with_name(f"{pin.sha256[:12]}-{pin.name}")  # another file has its name
    failed = []
    for url in pin.urls:
        try:
            fetch_file(url, path, sha256=known, size=pin.bytes, limit=pin.limit)
        except OSError as error:
            failed.append(f"{url}: {error}")
        else:
            return
    listed = "".join(f"\n  {line}" for line in failed)
    raise UpstreamError(
        f"{pin.name} (sha256 {pin.sha256}) cannot be had; put it into {path.parent}:{listed}"
    )


def _remember(pin: Pin, path: Path, store: Path) -> None:
    found = sha256(path)
    pins = _read_pins(store) | {pin.name: found}
    write_text(store / PINS, "".join(f'"{name}" = "{pins[name]}"\n' for name in sorted(pins)))
    sys.stderr.write(
        f"{path}: sha256 {found}, seen for the first time; another file is refused from now on "
        f"({store / PINS})\n"
    )


def _read_pins(store: Path) -> dict[str, str]:
    path = store / PINS
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UpstreamError(f"{path}: is no TOML ({error}); repair or delete it") from error
    return {name: str(value) for name, value in values.items()}
