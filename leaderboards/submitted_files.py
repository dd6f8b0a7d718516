"""The files of a submission before anything in them is read: which, how large, where they lead."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from leaderboards.findings import Findings
from leaderboards.submission import CARD, LARGEST, RESULT, TASK_FILES
from leaderboards.tasks import ANIMATIONS, RECONSTRUCTION

HOME = "submitted"
"""The folder that holds all submissions; it may be empty."""
_MOST = 100
_DEEPEST = 3
"""Levels below ``submitted/`` at which files may lie: data set, method, ``animation-<mode>``."""


def submissions(path: Path) -> list[Path]:
    """Return the folders of submissions at or below ``path``, sorted.

    A folder that holds any file, a link, or results of animations is one, and so is an empty one:
    what is wrong with it is said when it is checked. `HOME` itself is none.
    """
    if not path.is_dir() or path.is_symlink():
        return [path]
    found = _below(path, _DEEPEST)
    return sorted(found)


def _below(folder: Path, levels: int) -> Iterator[Path]:
    inside = [entry for entry in sorted(folder.iterdir()) if not _passed_over(entry, folder)]
    deeper = [entry for entry in inside if entry.is_dir() and not entry.is_symlink()]
    if folder.name == HOME and not inside:
        return
    holds = len(deeper) < len(inside) or any(e.name.startswith("animation-") for e in deeper)
    if holds or not inside or levels == 1:
        yield folder
        return
    for entry in deeper:
        yield from _below(entry, levels - 1)


def _passed_over(entry: Path, folder: Path) -> bool:
    """Whether ``entry`` is a page for people beside the data sets; it is of no submission."""
    return folder.name == HOME and entry.name == "README.md" and entry.is_file()


def task_homes(folder: Path) -> dict[str, Path]:
    """Return task -> where its files lie, of the tasks that a submission has."""
    homes = {task: folder / task for task in ANIMATIONS}
    found = {task: home for task, home in homes.items() if home.is_dir() and not home.is_symlink()}
    if any((folder / name).is_file() for name in TASK_FILES):
        return {RECONSTRUCTION: folder} | found
    return found


def check_files(folder: Path, findings: Findings) -> bool:
    """Look at all files of a submission without reading them; return whether they may be read."""
    before = len(findings.problems)
    if folder.is_symlink() or not folder.is_dir():
        findings.problem(folder, "is no folder" if folder.exists() else "there is nothing")
        return False
    homes = task_homes(folder)
    wanted = {folder / CARD, *(home / name for home in homes.values() for name in TASK_FILES)}
    seen = sorted(folder.rglob("*"))  # links are not followed
    if len(seen) > _MOST:
        findings.problem(folder, f"holds {len(seen)} files; {len(wanted)} belong here")
        return False
    for path in seen:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            findings.problem(path, f"is a link to {str(path.readlink())!r}; only files are taken")
        elif stat.S_ISDIR(mode):
            if path not in homes.values():
                findings.problem(path, f"is an unknown folder; known: {', '.join(ANIMATIONS)}")
        elif not stat.S_ISREG(mode):
            findings.problem(path, "is no file")
        elif path not in wanted:
            known = ", ".join((CARD, *TASK_FILES))
            findings.problem(path, f"does not belong here; a submission has {known}")
        elif path.stat().st_size > LARGEST:
            findings.problem(path, f"larger than {LARGEST / 1e6:g} MB")
        elif mode & 0o111:
            findings.warn(path, "is executable; run 'chmod -x' on it")
    for path in sorted(wanted - set(seen)):
        findings.problem(path, "missing; run leaderboards.submit again")
    if not homes:
        findings.problem(
            folder, f"holds no result; {RESULT} or a folder animation-<mode> is needed"
        )
    return len(findings.problems) == before
