"""Weights files: getting one into its place, and checking one that is there."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.weight_digests import read_pins, sha256_once, write_pin
from metrics.extractors.weight_files import (
    KnownWeights,
    WeightFile,
    find,
    get,
    mismatch,
    weights_folder,
)
from metrics.weight_download import DownloadError, Report, check_url, download


class RefusedError(RuntimeError):
    """A file is not what it should be; the message says which and why."""


def fetch(
    name: str, *, report: Report, url: str | None = None, sha256: str | None = None
) -> tuple[WeightFile, bool]:
    """Get a weights file into the weights folder, if it is nowhere yet.

    Only a file that passes every check gets the final name, which comes from the list and not from
    the URL. The digest of an unpinned file is written down.

    Args:
        name: A key of `weight_files.known`.
        report: Called with the bytes so far and their total.
        url: Where from; None: the listed places, one after the other.
        sha256: Its first digits, at least 8: checked in addition to what is listed; for an
            unpinned file instead of what was verified before.

    Returns:
        The file, and whether it was fetched (else it was there).

    Raises:
        UsageError: Unknown name; no URL is known; ``sha256`` contradicts the list; a variable names
            another file.
        DownloadError: No place has it.
        RefusedError: What came is another file.
    """
    entry = get(name)
    digest = _digits(entry, sha256)
    there = _there(entry, digest)
    if there is None:
        path = _fetched(entry, _urls(entry, url), digest, report)
        file = WeightFile(name, path, sha256_once(path))
    else:
        file = there
    if entry.unpinned:
        _tensors(file)
        write_pin(weights_folder(), name, file.sha256)
    return file, there is None


def _digits(entry: KnownWeights, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    digits = sha256.lower()
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        raise UsageError(f"--sha256 {sha256}: expected 8 to 64 hexadecimal digits")
    listed = entry.sha256 or ""
    if not digits.startswith(listed[: len(digits)]):
        raise UsageError(f"--sha256 {sha256}: the list has {listed} for {entry.name}")
    return digits


def _urls(entry: KnownWeights, url: str | None) -> tuple[str, ...]:
    if url is not None:
        return (check_url(url),)
    if not entry.urls:
        raise UsageError(
            f"{entry.name}: no direct URL is known; get {entry.file} from "
            f"{' or '.join(entry.pages)} and run 'python -m metrics.weights fetch {entry.name} "
            "--url file:///folder/file'"
        )
    return entry.urls


def _there(entry: KnownWeights, digest: str | None) -> WeightFile | None:
    """Return the file if it is there and right; `UsageError` if a variable names another one."""
    try:
        file = find(entry.name, sha256=digest if entry.unpinned else None)
    except ExtractorUnavailable:
        return None
    return file if file.sha256.startswith(digest or "") else None


def _fetched(
    entry: KnownWeights, urls: tuple[str, ...], digest: str | None, report: Report
) -> Path:
    folder = weights_folder()
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    certain = bool(digest) or not entry.unpinned  # a digest decides: another run may go on
    for url in urls:
        which = hashlib.sha256(url.encode()).hexdigest()[:8] if certain else os.getpid()
        part = folder / f".{entry.file}.{which}.part"
        try:
            download(url, part, report=report)
            wrong = _wrong(entry, part, digest)
            if not wrong:
                return part.replace(folder / entry.file)
            part.unlink()
            raise RefusedError(f"{url}: what came {wrong}; nothing was kept")
        except DownloadError as error:
            failed.append(str(error))
        finally:
            if not certain:
                part.unlink(missing_ok=True)
    raise DownloadError("; ".join(failed))


def _wrong(entry: KnownWeights, part: Path, digest: str | None) -> str | None:
    with part.open("rb") as file:
        if file.read(64).lstrip().startswith(b"<"):
            return "is a web page; give the address of the file itself"
    wrong = mismatch(entry, part, digest if entry.unpinned else None)
    if wrong is None and digest and not (found := sha256_once(part)).startswith(digest):
        wrong = f"has sha256 {found}, expected {digest}"
    if wrong is None and entry.unpinned:
        try:
            count_tensors(part)
        except RefusedError as error:
            wrong = str(error)
    return wrong


@dataclass(frozen=True)
class Verified:
    """What was found in a file whose digest is right; ``pinned``: it was written down just now."""

    file: WeightFile
    tensors: int
    pinned: bool


def verify(name: str, *, accept: bool = False) -> Verified:
    """Check digest and content of a weights file; write down the digest of an unpinned one.

    Args:
        name: A key of `weight_files.known`.
        accept: Take an unpinned file although another one was verified before.

    Raises:
        ExtractorUnavailable: It is nowhere, or another file; see `weight_files.find`.
        UsageError: Unknown name, or a variable names another file, or ``accept`` for a file whose
            digest is known.
        RefusedError: It is not a mapping of tensors.
    """
    entry = get(name)
    if accept and not entry.unpinned:
        raise UsageError(f"{name}: its digest is known ({entry.digest}); no other is accepted")
    file = find(name, sha256="" if accept else None)
    tensors = _tensors(file)
    folder = weights_folder()
    pinned = entry.unpinned and read_pins(folder).get(name) != file.sha256
    if pinned:
        write_pin(folder, name, file.sha256)
    return Verified(file, tensors, pinned)


def _tensors(file: WeightFile) -> int:
    try:
        return count_tensors(file.path)
    except RefusedError as error:
        raise RefusedError(f"{file.path.name} {error}") from error


def count_tensors(path: Path) -> int:
    """Return how many tensors the PyTorch file at ``path`` has; nothing in it is executed.

    Raises:
        RefusedError: It is not a mapping from names to tensors, and nothing else.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise anything
        reason = str(error).partition("\n")[0]
        said = f"cannot be read as tensors ({type(error).__name__}: {reason})"
        raise RefusedError(f"{said}; get it anew") from error
    if not isinstance(state, Mapping) or not state:
        said = f"holds a {type(state).__name__}, expected a mapping of tensors"
        raise RefusedError(f"{said}; get another")
    for key, value in state.items():
        if not isinstance(value, torch.Tensor):
            said = f"has a {type(value).__name__} at {key!r}, expected tensors only"
            raise RefusedError(f"{said}; get another")
    return len(state)
