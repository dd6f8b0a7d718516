"""What a check found: in which file, what, and whether it stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from datasets.registry import UsageError

T = TypeVar("T")
_MOST = 20
"""Findings that are shown of one file: a hostile one has thousands."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that was found.

    Attributes:
        file: The file (or folder) it is in.
        text: What is wrong, and what to do.
    """

    file: str
    text: str

    def __str__(self) -> str:
        """One line of what can be seen, whatever the names of files and keys are made of."""
        line = f"{self.file}: {self.text}"
        return "".join(char if char.isprintable() else "?" for char in line)


@dataclass
class Findings:
    """All that was found: problems stand in the way, warnings are for whoever reviews."""

    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return what is shown: problems, then warnings, of each file the first ones."""
        warned = _shortened(self.warnings)
        return [*_shortened(self.problems), *(f"warning: {line}" for line in warned)]

    def counts(self) -> str:
        """Return how many there are.

        Example:
            >>> Findings().counts()
            '0 problems, 0 warnings'
        """
        return f"{len(self.problems)} problems, {len(self.warnings)} warnings"

    def problem(self, file: Path, text: str) -> None:
        """Note what stands in the way."""
        self.problems.append(Finding(file.as_posix(), text))

    def warn(self, file: Path, text: str) -> None:
        """Note what a reviewer should look at."""
        self.warnings.append(Finding(file.as_posix(), text))

    def problems_of(self, file: Path, texts: Iterable[str]) -> None:
        """Note several problems of one file."""
        for text in texts:
            self.problem(file, text)

    def attempt(self, file: Path, read: Callable[[], T]) -> T | None:
        """Return what ``read`` gives; None, and a problem per line, if it is a `UsageError`."""
        try:
            return read()
        except UsageError as error:
            for line in str(error).splitlines():
                name, text = file, line
                for prefix in (f"{file}: ", f"{file}, "):
                    text = text.removeprefix(prefix)
                self.problem(name, text)
            return None


def _shortened(found: Iterable[Finding]) -> list[str]:
    by_file: dict[str, list[Finding]] = {}
    for one in found:
        by_file.setdefault(one.file, []).append(one)
    lines: list[str] = []
    for file, ones in by_file.items():
        lines += map(str, ones[:_MOST])
        if len(ones) > _MOST:
            lines.append(str(Finding(file, f"and {len(ones) - _MOST} more")))
    return lines
