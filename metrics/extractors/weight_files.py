"""Where the weights files of evaluator networks are: which there are, and which one is used.

`find` downloads nothing and imports no torch. It looks at an explicit path, at the path that the
variable ``TCHD_WEIGHTS_<NAME>`` names, in the weights folder (``TCHD_WEIGHTS``, by default
``~/.cache/tai-chi-hd-benchmark/weights``) and in torch hub's cache, and takes the first file there
is. A file with another digest is never used. `metrics.weights` is the command line.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from datasets.registry import UsageError, choose
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.weight_digests import git_blob_once, read_pins, sha256_once

LIST = Path(__file__).with_name("known_weights.toml")
FOLDER = "tai-chi-hd-benchmark/weights"  # below the cache folder
ANOTHER = "it is another file or a damaged one, get the right one"


@dataclass(frozen=True)
class KnownWeights:
    """An entry of ``known_weights.toml``, which explains the fields."""

    name: str
    file: str
    used_by: tuple[str, ...]
    licence: str
    note: str
    other_names: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    sha256: str | None = None
    git_blob: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def unpinned(self) -> bool:
        """Whether nobody has published a digest."""
        return not (self.sha256 or self.git_blob)

    @property
    def variable(self) -> str:
        """Name of the environment variable that may name the file's path."""
        return f"TCHD_WEIGHTS_{self.name.upper()}"

    @property
    def digest(self) -> str:
        """What is known of the digest, in words."""
        if self.git_blob:
            return f"git blob {self.git_blob}"
        if not self.sha256:
            return "sha256 unpinned"
        return f"sha256 {self.sha256}{'...' if len(self.sha256) < 64 else ''}"


@dataclass(frozen=True)
class WeightFile:
    """A file whose digest has been checked.

    Attributes:
        name: A key of `known`.
        path: Where it lies.
        sha256: Of its content, in full.
    """

    name: str
    path: Path
    sha256: str


class WeightsAbsent(ExtractorUnavailable):
    """A weights file is nowhere, as opposed to another file being in its place."""


@cache
def known() -> Mapping[str, KnownWeights]:
    """Return all weights files that metrics need, by name."""
    tables = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return MappingProxyType({name: _known(name, table) for name, table in tables.items()})


def _known(name: str, table: Mapping[str, object]) -> KnownWeights:
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return KnownWeights(name=name, **values)  # type: ignore[arg-type]


def get(name: str) -> KnownWeights:
    """Return the entry ``name``; `UsageError` listing the names if there is none."""
    return known()[choose("weights", name, known())]


def weights_folder() -> Path:
    """Return the weights folder, whether or not it exists."""
    named = os.environ.get("TCHD_WEIGHTS")
    return Path(named).expanduser() if named else _caches() / FOLDER


def find(name: str, *, path: Path | None = None, sha256: str | None = None) -> WeightFile:
    """Return the weights file ``name``, after checking its digest.

    Args:
        name: A key of `known`.
        path: Use this file and look nowhere else.
        sha256: First digits to expect instead of the listed ones; ``""`` accepts any file.

    Raises:
        ExtractorUnavailable: It is nowhere (`WeightsAbsent`), or what lies in a usual place is
            another file; the message says which file, which digest and where to put it, and names
            no folder of this machine, since it goes into results.
        UsageError: ``name`` is unknown, or ``path`` or a variable names another file or none.
    """
    entry = get(name)
    if path is not None:
        return _checked(entry, path, f"{path}", UsageError, sha256)
    for variable in (entry.variable, *entry.variables):
        if named := os.environ.get(variable):
            file = Path(named).expanduser()
            return _checked(entry, file, f"{variable}={named}", UsageError, sha256)
    for place in _usual_places(entry):
        if place.is_file():
            return _checked(entry, place, place.name, ExtractorUnavailable, sha256)
    raise WeightsAbsent(f"weights {entry.file} ({entry.digest}) not found; {_remedy(entry)}")


def _usual_places(entry: KnownWeights) -> Iterator[Path]:
    """Yield where the file may lie when nobody says where: the weights folder, torch hub's."""
    hub = Path(os.environ.get("TORCH_HOME") or _caches() / "torch").expanduser()
    for folder in (weights_folder(), hub / "hub" / "checkpoints"):
        for file in (entry.file, *entry.other_names):
            yield folder / file


def _caches() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _remedy(entry: KnownWeights) -> str:
    if entry.urls:
        get_it = f"run 'python -m metrics.weights fetch {entry.name}', or put it into"
    else:
        get_it = f"get it from {' or '.join(entry.pages)} and put it into"
    return (
        f"{get_it} ~/.cache/{FOLDER} (the variable TCHD_WEIGHTS changes that) or torch hub's "
        f"cache (hub/checkpoints), or name its path in {entry.variable}"
    )


def _checked(
    entry: KnownWeights,
    path: Path,
    shown: str,
    error: type[ExtractorUnavailable] | type[UsageError],
    sha256: str | None,
) -> WeightFile:
    if not path.is_file():
        raise error(f"{shown} is not where it should be; {entry.name} is the file {entry.file}")
    try:
        wrong = mismatch(entry, path, sha256)
        found = sha256_once(path)
    except OSError as failed:
        raise error(f"{shown} cannot be read ({failed.strerror}); change that") from failed
    if wrong:
        raise error(f"{shown} {wrong}")
    return WeightFile(entry.name, path, found)


def mismatch(entry: KnownWeights, path: Path, sha256: str | None = None) -> str | None:
    """Say that the file at ``path`` is not ``entry`` and what to do; None if it is.

    Args:
        entry: What it should be.
        path: An existing file.
        sha256: First digits to expect instead of the listed ones.
    """
    found = sha256_once(path)
    if sha256 is None and entry.git_blob and (blob := git_blob_once(path)) != entry.git_blob:
        why = (w for start, w in entry.refused.items() if blob.startswith(start))
        return f"has git blob {blob}, expected {entry.git_blob}; {next(why, ANOTHER)}"
    pin = read_pins(weights_folder()).get(entry.name) if entry.unpinned else None
    expected = sha256 if sha256 is not None else entry.sha256 or pin or ""
    if found.startswith(expected):
        return None
    shown = expected + ("..." if len(expected) < 64 else "")
    if expected == pin:
        return (
            f"has sha256 {found}, but {shown} was verified before; restore that file, or accept "
            f"this one with 'python -m metrics.weights verify {entry.name} --accept' (when it is "
            f"in its place) or 'fetch {entry.name} --sha256 {found}'"
        )
    return f"has sha256 {found}, expected {shown}; {ANOTHER}"
