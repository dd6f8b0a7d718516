"""What a site is made of. Everything is in here; no page reads a file while it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datasets.registry import DATASETS, shown_name
from leaderboards.board import Section
from leaderboards.tasks import TASKS
from metrics.result import Result

if TYPE_CHECKING:
    from leaderboards.card import Card
    from leaderboards.facts import MetricFacts
    from leaderboards.gallery import Gallery
    from leaderboards.reported import Reported
    from leaderboards.speed import Speed


@dataclass(frozen=True)
class Page:
    """One page of the site.

    Attributes:
        path: Where it lies below ``site/``, with ``/``: ``methods/fomm.html``.
        title: Plain text; the one ``<h1>`` is the template's affair.
        template: Its file in ``templates/``; extends ``base.html.j2``.
        context: What the template is given besides `leaderboards.site.render`'s own names.
        parents: Title and path of what the breadcrumb shows between the overview and the page;
            an empty path is a word without a link.
        description: One sentence for search engines; empty for none.
    """

    path: str
    title: str
    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    parents: tuple[tuple[str, str], ...] = ()
    description: str = ""


@dataclass(frozen=True)
class LossCurve:
    """What a training wrote down: one value of every column at every step.

    Attributes:
        steps: Training steps, ascending.
        columns: Name of a loss (or ``rate``) -> its values, as many as steps; None: not computed.
    """

    steps: tuple[int, ...]
    columns: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True)
class Partition:
    """Counts of one part of a split; ``frames`` and ``hours`` are None where they are not known."""

    clips: int
    videos: int
    frames: int | None
    sha256: str
    hours: float | None = None


@dataclass(frozen=True)
class Correction:
    """What was corrected in an upstream list: partition -> rows found, removed, left."""

    name: str
    text: str
    counts: str
    found: Mapping[str, int]
    removed: Mapping[str, int]
    left: Mapping[str, int]


@dataclass(frozen=True)
class Upstream:
    """A file that a list is made from; what is not known is None or empty."""

    name: str
    urls: tuple[str, ...]
    sha256: str | None
    bytes: int | None
    rows: int | None
    note: str


@dataclass(frozen=True)
class Pairs:
    """The frozen pairs of source and driver that animations are scored on."""

    count: int
    seed: int
    sha256: str


@dataclass(frozen=True)
class SplitFacts:
    """A description of a split, ``datasets/splits/<version>/<name>.toml``.

    Attributes:
        id: Citable id, ``taichi-hd@v1-lite``.
        dataset: The registry name (``taichi-hd``).
        profile: ``mini`` or ``full``.
        list_name: ``v1``, or ``v1-`` and what is special about it.
        sha256: Of parameters and list; None: not pinned, so it can't be cited and has no ranks.
        text: What the list is for; empty for the mini worlds.
        parameters: What decides about pixels besides the list.
        partitions: ``train``, ``val``, ``test`` -> counts; empty if the list is not pinned.
        pairs: Of animations; None without.
        upstream: The files it is made from; empty for the mini worlds, whose lists are committed.
        corrections: What was corrected in them, in the order in which it is applied.
    """

    id: str
    dataset: str
    profile: str
    list_name: str
    sha256: str | None
    text: str
    parameters: Mapping[str, str]
    partitions: Mapping[str, Partition]
    pairs: Pairs | None
    upstream: tuple[Upstream, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class Site:
    """Everything that the site of one board is made of.

    Attributes:
        version: Version word of the board, ``v1``.
        profile: ``mini`` or ``full``.
        sections: Task -> sections in board order; a task without results is left out.
        cards: Method -> its card.
        facts: Metric id -> what the metric is, in the order of the registry.
        reported: What papers say.
        splits: The frozen splits of all profiles.
        speed: Measured frames per second.
        galleries: Data set (registry name) -> its gallery.
        media: ``<dataset>/<file>`` -> bytes of a strip of the gallery.
        training: (data set, method) -> its losses.
        data: Path below ``site/`` -> text of a file to download: ``data/taichi-hd-fomm.json``.
    """

    version: str
    profile: str
    sections: Mapping[str, Sequence[Section]] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    facts: Mapping[str, MetricFacts] = field(default_factory=dict)
    reported: Sequence[Reported] = ()
    splits: Sequence[SplitFacts] = ()
    speed: Sequence[Speed] = ()
    galleries: Mapping[str, Gallery] = field(default_factory=dict)
    media: Mapping[str, bytes] = field(default_factory=dict)
    training: Mapping[tuple[str, str], LossCurve] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def datasets(self) -> list[str]:
        """Registry names of the data sets of the boards, with or without results."""
        return list(DATASETS)

    @property
    def mini(self) -> bool:
        """Whether its numbers are those of procedural worlds."""
        return self.profile == "mini"

    def shown(self, dataset: str) -> str:
        """Return the name a reader sees: ``taichi-hd-mini``."""
        return shown_name(dataset, self.profile)

    def of(self, dataset: str) -> dict[str, Section]:
        """Return task -> section of ``dataset``, in the order of the tasks."""
        return {
            task: section
            for task in TASKS
            for section in self.sections.get(task, ())
            if section.dataset == dataset
        }

    def rows(self, method: str) -> list[Result]:
        """Return all results of ``method``: by data set, then task."""
        return [
            row
            for dataset in self.datasets
            for section in self.of(dataset).values()
            for row in section.rows
            if row.method == method
        ]

    @property
    def methods(self) -> list[str]:
        """Names of everything that has a result or a card: methods, then anchors, by name."""
        anchors: dict[str, bool] = {n: card.kind == "anchor" for n, card in self.cards.items()}
        for sections in self.sections.values():
            for row in (row for section in sections for row in section.rows):
                anchors[row.method] = row.status == "anchor"
        return sorted(anchors, key=lambda name: (anchors[name], name))

    def split(self, dataset: str, list_name: str | None = None) -> SplitFacts | None:
        """Return the split of ``dataset`` in this profile; by default the board's; None without."""
        wanted = (dataset, self.profile, list_name or self.version)
        found = (s for s in self.splits if (s.dataset, s.profile, s.list_name) == wanted)
        return next(found, None)
