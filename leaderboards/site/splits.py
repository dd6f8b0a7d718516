"""The page of frozen lists: digests, counts, what was corrected, what is there of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.registry import DATASETS
from leaderboards import citation
from leaderboards.site.model import Page, Site, SplitFacts
from leaderboards.tasks import items

PARTITIONS: tuple[str, ...] = ("train", "val", "test")
WORDS = {"train": "training", "val": "validation", "test": "test"}
OK = "ok"
TERMS: Mapping[str, str] = {
    "format": "how the videos are had: avc1-1080 is the sharpest H.264 stream of at most 1080 "
    "lines; files and archive are the authors' own",
    "frames": "ref-fps takes exactly the frames of the list, at its rate, whatever rate the copy "
    "of the host has; as-decoded takes every frame of the file",
    "box policy": "what happens where the box of a clip passes the edge of the picture: clip cuts "
    "it off there, pad goes on with the nearest pixels, refuse is an error",
    "resizer": "area-antialias: a pixel is the mean of the area that it covers in the source; "
    "linear interpolation where a side grows",
    "size": "height and width of the frames, in pixels",
    "seed": "of the program that draws the world",
}
"""What decides about pixels -> what it and its values mean."""
VARIANTS = (
    "lite has all test videos and few to train on; asis is the list as the authors' loader yields "
    "it, uncorrected. Boards mean the list without such a word"
)


@dataclass(frozen=True)
class Part:
    """What there was of one part of a list when the gallery was made.

    Attributes:
        name: ``train``, ``val`` or ``test``.
        listed: Clips of the list; None if it is not pinned.
        there: Clips that could be had.
        lost: Reason -> clips that could not, by reason.
    """

    name: str
    listed: int | None
    there: int
    lost: Mapping[str, int]


@dataclass(frozen=True)
class Listing:
    """One list as the page shows it.

    Attributes:
        split: What is frozen.
        title: Name of the data set.
        licence: What is known of the licence of its videos and lists.
        entry: BibTeX; empty without a citable id.
        parts: What there is of it; empty if nobody has counted.
        coverage: How many clips or pairs results stand on, in words, by task.
    """

    split: SplitFacts
    title: str
    licence: str
    entry: str
    parts: tuple[Part, ...]
    coverage: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """Its id in the page."""
        return self.split.id.replace("@", "-")


def pages(site: Site) -> Iterable[Page]:
    """Return the page of all lists: those of this profile at length, the others in short."""
    mine = [split for split in site.splits if split.profile == site.profile]
    yield Page(
        "splits.html",
        "Splits",
        "splits.html.j2",
        {
            "listings": [_listing(site, split) for split in _ordered(mine)],
            "others": _ordered(split for split in site.splits if split.profile != site.profile),
            "partitions": PARTITIONS,
            "words": WORDS,
            "terms": _terms(site, mine),
        },
        description="The frozen lists of clips that the numbers refer to, by id and sha256.",
    )


def _terms(site: Site, splits: Sequence[SplitFacts]) -> list[tuple[str, str]]:
    """Return the words that the page has without saying what they mean, and what they mean."""
    used = {name.replace("_", " ") for split in splits for name in split.parameters}
    found = [(name, text) for name, text in TERMS.items() if name in used]
    variants = any(split.list_name != site.version for split in splits)
    return [*found, *([("lite, asis", VARIANTS)] if variants else [])]


def _ordered(splits: Iterable[SplitFacts]) -> list[SplitFacts]:
    names = list(DATASETS)
    return sorted(splits, key=lambda split: (names.index(split.dataset), split.list_name))


def _listing(site: Site, split: SplitFacts) -> Listing:
    spec, main = DATASETS[split.dataset], split.list_name == site.version
    mini = split.profile == "mini"
    return Listing(
        split=split,
        title=f"{spec.title}, mini world" if mini else spec.title,
        licence="MIT, like all of this suite: drawn by its code, nobody is shown"
        if mini
        else spec.licence,
        entry=citation.frozen_list(split.id, split.sha256) if split.sha256 else "",
        parts=tuple(_parts(site, split)) if main else (),
        coverage=tuple(_coverage(site, split)),
    )


def _parts(site: Site, split: SplitFacts) -> Iterable[Part]:
    gallery = site.galleries.get(split.dataset)
    for name in PARTITIONS if gallery else ():
        found: Mapping[str, int] = gallery.clips.get(name, {}) if gallery else {}
        if found or name in split.partitions:
            listed = split.partitions[name].clips if name in split.partitions else None
            lost = {word: count for word, count in sorted(found.items()) if word != OK}
            yield Part(name, listed, found.get(OK, 0), lost)


def _coverage(site: Site, split: SplitFacts) -> Iterable[str]:
    """Say of every task with results on ``split`` how much of it they stand on."""
    for task, section in site.of(split.dataset).items():
        rows = [row for row in section.rows if row.split.id == split.id]
        shares = sorted({(row.coverage.scored, row.coverage.expected) for row in rows})
        if shares:
            what = f"{task.replace('-', ', ')}: {_counted(shares)} {items(task)}"
            yield f"{what}, {len(rows)} result{'s' if len(rows) != 1 else ''}"


def _counted(shares: Sequence[tuple[int, int]]) -> str:
    """Return ``28 of 28`` or ``20 to 28 of 28``."""
    scored, expected = zip(*shares, strict=True)
    low, high = min(scored), max(scored)
    return f"{low if low == high else f'{low} to {high}'} of {max(expected)}"
