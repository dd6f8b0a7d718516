"""What other submissions there are, for comparison; what is wrong with one is said elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from datasets.registry import UsageError
from leaderboards.card import Card, read_card
from leaderboards.plain import skeleton
from leaderboards.submission import CARD, is_motion, read_predictions
from leaderboards.submitted_clips import means, read_clip_table

T = TypeVar("T")


class Neighbours:
    """All submissions that lie below one folder; each is read once, and only if it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._alike: dict[str, list[Path]] = {}
        self._beside: dict[str, list[Path]] = {}
        for folder in sorted(root.glob("*/*")):
            if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
                self._alike.setdefault(skeleton(folder.name), []).append(folder)
                self._beside.setdefault(folder.parent.name, []).append(folder)
        self.card = cache(_card_of)
        self.digests = cache(_digests_of)
        self.means = cache(_means_of)

    def alike(self, folder: Path) -> list[Path]:
        """Return the other submissions whose name looks like that of ``folder``."""
        return [other for other in self._alike.get(skeleton(folder.name), []) if other != folder]

    def beside(self, folder: Path) -> list[Path]:
        """Return the submissions of other methods for the same data set."""
        folders = self._beside.get(folder.parent.name, [])
        return [other for other in folders if other.name != folder.name]

    def titled(self, words: Iterable[str]) -> list[Path]:
        """Return the submissions whose title or name looks like one of ``words``, sorted."""
        return sorted({folder for word in words for folder in self._titles.get(word, ())})

    @cached_property
    def _titles(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for folder in (folder for folders in self._beside.values() for folder in folders):
            card = self.card(folder)
            for word in {folder.name, card.title if card else ""} - {""}:
                found.setdefault(skeleton(word), []).append(folder)
        return found


def _card_of(folder: Path) -> Card | None:
    return _read(folder / CARD, read_card)


def _digests_of(path: Path) -> frozenset[str]:
    """Return the digests of the predictions that a file lists; none if it cannot be read."""
    files = _read(path, read_predictions) or ()
    return frozenset(one.sha256 for one in files if not is_motion(one.file))


def _means_of(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Return the values per clip, `leaderboards.submitted_clips.means`; none if unreadable."""
    return means(_read(path, read_clip_table) or ())


def _read(path: Path, reader: Callable[[Path], T]) -> T | None:
    """Return what ``reader`` makes of a file; None if it is none, or a link, or not readable."""
    try:
        return reader(path) if path.is_file() and not path.is_symlink() else None
    except UsageError:
        return None
