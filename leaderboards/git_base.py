"""The working tree of a repository against the merge base with another branch.

Old is what the merge base had, not the tip of the other branch, which may have gone on.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from datasets.registry import UsageError
from leaderboards.submission import LARGEST

T = TypeVar("T")


@dataclass(frozen=True)
class Base:
    """A repository and the commit that its working tree is compared with.

    Attributes:
        repository: The root of the working tree.
        commit: The merge base, 40 hexadecimal digits.
        changed: All paths that differ, relative, with ``/``; path -> whether it is gone.
        untracked: Those of them that git does not know yet.
    """

    repository: Path
    commit: str
    changed: Mapping[str, bool]
    untracked: frozenset[str] = frozenset()

    def read(self, path: str) -> bytes | None:
        """Return a file as it was; None if there was none. `UsageError` if it is too large."""
        entry = _git(self.repository, "ls-tree", "-l", "-z", self.commit, "--", path)
        if not entry:
            return None
        size = entry.split(b"\t")[0].split()[3]
        if not size.isdigit() or int(size) > LARGEST:
            raise UsageError(f"{path}: was no file of at most {LARGEST / 1e6:g} MB")
        return _git(self.repository, "cat-file", "blob", f"{self.commit}:{path}")

    def parsed(self, path: str, reader: Callable[[Path], T]) -> T | None:
        """Return what ``reader`` makes of a file as it was; None if it made nothing of it."""
        data = self.read(path)
        if data is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, PurePosixPath(path).name)
            file.write_bytes(data)
            try:
                return reader(file)
            except UsageError:
                return None


def find_base(repository: Path, reference: str) -> Base:
    """Return what the working tree of ``repository`` is compared with.

    Raises:
        UsageError: No repository, no such reference, or no common history.
    """
    named = f"{reference}^{{commit}}"
    tip = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", named)
    commit = _git(repository, "merge-base", tip.decode().strip(), "HEAD").decode().strip()
    listed = _git(
        repository, "diff", "--name-status", "--no-renames", "--no-ext-diff", "-z", commit
    )
    parts = [part.decode("utf-8", "surrogateescape") for part in listed.split(b"\0") if part]
    changed = {path: kind == "D" for kind, path in zip(parts[::2], parts[1::2], strict=True)}
    listed = _git(repository, "ls-files", "--others", "--exclude-standard", "-z")
    new = {part.decode("utf-8", "surrogateescape") for part in listed.split(b"\0") if part}
    changed |= dict.fromkeys(new, False)
    return Base(repository, commit, dict(sorted(changed.items())), frozenset(new))


def _git(repository: Path, *arguments: str) -> bytes:
    command = ["git", "-c", "core.quotepath=off", "-C", str(repository), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git {arguments[0]}: cannot be run ({error})") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or "no such commit"
        raise UsageError(f"--base: git {arguments[0]}: {said}")
    return done.stdout
