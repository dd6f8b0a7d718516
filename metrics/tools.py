"""The extractors of a data set, by the slot that metrics read, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from datasets.registry import UsageError, get
from metrics.config import EvaluateConfig
from metrics.extractors import Extractor, ExtractorUnavailable
from metrics.extractors.catalogue import PAPER, entry
from metrics.quality import Distances, lpips_network

PER_CLIP = ("keypoints", "identity", "keypoints@paper", "identity@paper")
"""Slots that are taken of every frame and compared clip by clip."""
NOT_REAL = "the mini extractors see mini worlds only; name another in evaluate.extractors"
NOT_IN_MINI = "the 2019 networks are for real pictures, not for the mini worlds"


@dataclass(frozen=True)
class Tools:
    """The extractors of a data set.

    Attributes:
        extractors: Slot -> extractor: ``"keypoints"``, ``"identity"``, the same with ``@paper``,
            ``"efflite0"``, ``"inception"``.
        reasons: Slot, or id of a metric with a network of its own -> why it is not to be had.
        comparers: Id of a metric -> the network that compares two pictures for it.
    """

    extractors: dict[str, Extractor]
    reasons: dict[str, str]
    comparers: dict[str, Distances] = field(default_factory=dict)

    def digests(self) -> dict[str, str]:
        """Return name -> sha256 of the weights, of everything that has weights."""
        digests = {e.name: e.sha256 for e in self.extractors.values()}
        return digests | {c.name: c.sha256 for c in self.comparers.values()}

    def slots(self) -> dict[str, str]:
        """Return slot -> name of the extractor, of the slots that more than one can fill."""
        return {s: e.name for s, e in self.extractors.items() if s in ("keypoints", "identity")}

    def only(self, slots: Collection[str]) -> Tools:
        """Return the same without the extractors that are not among ``slots``."""
        kept = {slot: e for slot, e in self.extractors.items() if slot in slots}
        return Tools(kept, self.reasons, self.comparers)

    def strided(self, slot: str) -> bool:
        """Whether only every ``fd_stride``-th frame is taken."""
        return slot not in PER_CLIP


def load_tools(dataset: str, profile: str, *, config: EvaluateConfig) -> Tools:
    """Return the extractors for a data set; nothing is downloaded.

    Args:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        config: Which extractors, on which device, with how many threads from now on.

    Raises:
        UsageError: An extractor that does not exist, weights that are not the listed ones, or no
            such device.
    """
    import torch

    torch.set_num_threads(config.threads)
    device = device_of(config.device)
    extractors: dict[str, Extractor] = {}
    reasons: dict[str, str] = {}
    for slot, make in _makers(dataset, profile, config, device).items():
        try:
            extractors[slot] = make()
        except ExtractorUnavailable as error:
            reasons[slot] = str(error)
    comparers: dict[str, Distances] = {}
    try:
        comparers["lpips"] = lpips_network(device)
    except ExtractorUnavailable as error:
        reasons["lpips"] = str(error)
    return Tools(extractors, reasons, comparers)


def device_of(wanted: str) -> str:
    """Return ``cpu`` or ``cuda...``: what ``auto`` means here, or ``wanted`` if it is there.

    Raises:
        UsageError: There is no such GPU.
    """
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        return "cuda" if there else "cpu"
    if wanted.startswith("cuda") and int(wanted.partition(":")[2] or 0) >= there:
        raise UsageError(f"evaluate.device: no {wanted} here ({there} GPUs); use cpu or auto")
    return wanted


def device_name(wanted: str) -> str:
    """Return what `device_of` returns, with the name of the GPU."""
    import torch

    device = device_of(wanted)
    return device if device == "cpu" else f"{device} {torch.cuda.get_device_name(device)}"


def _makers(
    dataset: str, profile: str, config: EvaluateConfig, device: str
) -> dict[str, Callable[[], Extractor]]:
    """Return slot -> what makes its extractor."""
    spec = get(dataset)
    makers: dict[str, Callable[[], Extractor]] = {
        "efflite0": lambda: _efflite(device),
        "inception": lambda: _inception(device),
    }
    if not spec.has_keypoints:
        for slot in PER_CLIP:
            makers[slot] = _none(f"no {_kind(slot)} extractor for animals")
        return makers
    chosen = config.extractors.of(spec.subject)
    for gives in ("keypoints", "identity"):
        name = getattr(chosen, gives)
        clean = entry(gives, name, spec.subject)
        paper = entry(gives, PAPER[spec.subject][gives], spec.subject)
        strange = name == "mini" and profile != "mini"
        makers[gives] = _none(NOT_REAL) if strange else partial(clean.make, dataset, device)
        makers[f"{gives}@paper"] = (
            _none(NOT_IN_MINI) if profile == "mini" else partial(paper.make, dataset, device)
        )
    return makers


def _kind(slot: str) -> str:
    return slot.partition("@")[0].removesuffix("s")


def _none(why: str) -> Callable[[], Extractor]:
    def make() -> Extractor:
        raise ExtractorUnavailable(why)

    return make


def _efflite(device: str) -> Extractor:
    from metrics.extractors.efflite import EffLite0

    return EffLite0(device=device)


def _inception(device: str) -> Extractor:
    from metrics.extractors.inception import Inception

    return Inception(device=device)
