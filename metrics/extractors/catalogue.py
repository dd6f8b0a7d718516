"""All extractors by name: what they give, of which subjects, and how one is made.

The modules of the networks are imported only when an extractor is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UsageError
from metrics.extractors import Extractor, ExtractorUnavailable
from metrics.extractors.weight_files import find

Make = Callable[[str, str], Extractor]
"""(data set, device) -> extractor."""


@dataclass(frozen=True)
class Entry:
    """One extractor of the catalogue.

    Attributes:
        subjects: What it sees, of `datasets.registry.Subject`.
        make: Makes it; `ExtractorUnavailable` if it cannot be had, with what to do.
    """

    subjects: tuple[str, ...]
    make: Make


_BOTH = ("body", "face")


def _mini(kind: str) -> Make:
    def make(dataset: str, _device: str) -> Extractor:
        from metrics.extractors import mini

        if dataset not in mini.listed():
            raise ExtractorUnavailable(f"no {kind} extractor for {dataset} in weights.toml")
        try:
            made: Extractor = getattr(mini, f"{kind}_extractor")(dataset)
        except FileNotFoundError as error:
            name = Path(str(error.filename)).name
            raise ExtractorUnavailable(f"no {kind} extractor ({name} is missing)") from error
        return made

    return make


def _detector(name: str) -> Make:
    def make(_dataset: str, _device: str) -> Extractor:
        from metrics.extractors.detectors import DETECTORS

        return DETECTORS[name]()

    return make


def _openpose(_dataset: str, device: str) -> Extractor:
    from metrics.extractors.paper.openpose import OpenPoseCoco18

    file = find("pose")
    return OpenPoseCoco18(file.path, file.sha256, device=device)


def _fan4(_dataset: str, device: str) -> Extractor:
    from metrics.extractors.paper.fan import Fan4Face68

    detector, network = find("s3fd"), find("fan4")
    return Fan4Face68(
        detector=detector.path,
        detector_sha256=detector.sha256,
        network=network.path,
        network_sha256=network.sha256,
        device=device,
    )


def _openface(_dataset: str, device: str) -> Extractor:
    from metrics.extractors.paper.openface import OpenFaceNN4

    file = find("openface")
    return OpenFaceNN4(file.path, file.sha256, device=device)


def _reid(protocol: str) -> Make:
    def make(_dataset: str, device: str) -> Extractor:
        from metrics.extractors.paper.reid import ReidClean, ReidPaper

        file = find("reid")
        made = ReidPaper if protocol == "paper" else ReidClean
        return made(file.path, file.sha256, device=device)

    return make


EXTRACTORS: Mapping[str, Mapping[str, Entry]] = {
    "keypoints": {
        "mini": Entry(_BOTH, _mini("keypoint")),
        "mediapipe-pose": Entry(("body",), _detector("mediapipe-pose")),
        "mediapipe-face": Entry(("face",), _detector("mediapipe-face")),
        "dlib-face68": Entry(("face",), _detector("dlib-face68")),
        "openpose-coco18": Entry(("body",), _openpose),
        "fan4-face68": Entry(("face",), _fan4),
    },
    "identity": {
        "mini": Entry(_BOTH, _mini("identity")),
        "dlib-faceid": Entry(("face",), _detector("dlib-faceid")),
        "openface-nn4": Entry(("face",), _openface),
        "reid-resnet50@clean": Entry(("body",), _reid("clean")),
        "reid-resnet50@paper": Entry(("body",), _reid("paper")),
    },
}
"""What is given -> name -> extractor."""

PAPER: Mapping[str, Mapping[str, str]] = {
    "body": {"keypoints": "openpose-coco18", "identity": "reid-resnet50@paper"},
    "face": {"keypoints": "fan4-face68", "identity": "openface-nn4"},
}
"""Subject -> what the ``paper`` metrics read: part of their definition, not to be chosen."""


def entry(gives: str, name: str, subject: str) -> Entry:
    """Return the extractor called ``name``.

    Args:
        gives: ``keypoints`` or ``identity``.
        name: A key of ``EXTRACTORS[gives]``.
        subject: What it has to see.

    Raises:
        UsageError: There is none that gives this of this subject; the message lists those.
    """
    fitting = {n: e for n, e in EXTRACTORS[gives].items() if subject in e.subjects}
    if name not in fitting:
        raise UsageError(
            f"no extractor {name!r} of {gives} of a {subject}; there are: "
            f"{', '.join(sorted(fitting))}"
        )
    return fitting[name]
