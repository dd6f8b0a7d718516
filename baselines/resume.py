"""The states of an unfinished run, from which it goes on: the last few, in a folder.

A state is written to a temporary name and renamed, and an older one is removed only after that. If
the newest cannot be read (a broken disk), the one before it serves, and the steps between are done
again, with the same result.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from baselines.identity import Identity, differences
from datasets.files import parts, remove, replacing
from datasets.registry import UsageError


@dataclass(frozen=True)
class States:
    """States of one run.

    Attributes:
        folder: Where they lie.
        identity: Of the run.
        keep: How many are kept.
    """

    folder: Path
    identity: Identity
    keep: int = 2

    def found(self) -> list[Path]:
        """Return the files, the newest first."""
        return sorted(self.folder.glob("resume-*.pt"), reverse=True)

    def save(self, step: int, state: Mapping[str, Any]) -> None:
        """Keep the state after ``step`` steps."""
        with replacing(self.folder / f"resume-{step:09}.pt") as part:
            torch.save({**state, "step": step, "identity": self.identity}, part)
        for old in self.found()[self.keep :]:
            old.unlink()

    def load(self) -> dict[str, Any] | None:
        """Return the newest state that can be read; None if there is none.

        Raises:
            UsageError: It is one of another run; the message says what differs.
        """
        for path in self.found():
            try:
                state = torch.load(path, map_location="cpu", weights_only=True)
                changed = differences(state["identity"], self.identity)
            except Exception as error:  # torch raises any kind for a torn file
                print(f"{path}: cannot be read ({error}); an older state serves", file=sys.stderr)
                continue
            if changed:
                raise UsageError(
                    f"{path}: is of another run and is not continued; what differs:\n  "
                    + "\n  ".join(changed)
                    + "\nchange it back to go on; to throw that run away, pass --restart"
                    + f" or delete {self.folder}"
                )
            found: dict[str, Any] = state
            return found
        return None

    def forget(self) -> None:
        """Remove all states, and what a killed run left of one."""
        for path in (*self.found(), *parts(self.folder)):
            remove(path)
