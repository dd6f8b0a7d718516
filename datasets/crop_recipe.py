"""What a clip is made of, as a digest: source, cut, settings, code and libraries."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import av
import cv2

from datasets.code import code_sha256
from datasets.crop_config import CropConfig
from datasets.crop_pass import Job, Source
from datasets.crop_rules import TO_THE_END
from datasets.digests import Digests
from datasets.journal import Journal
from datasets.truth import truth_beside

_PIXEL_CODE = (
    "clip_writer", "crop_clock", "crop_pass", "crop_rules", "pixels", "resize", "resize_skimage",
    "truth", "video",
)  # fmt: skip


@cache
def pixel_code() -> str:
    """Return the digest of the code that decides about pixels, with its libraries' versions."""
    folder = Path(__file__).parent
    code = code_sha256(folder / f"{name}.py" for name in _PIXEL_CODE)
    return f"{code} av {av.__version__} cv2 {cv2.__version__}"


def recipes(
    source: Source, jobs: dict[int, Job], config: CropConfig, digests: Digests
) -> dict[Job, str]:
    """Return the digest of all that decides about each clip."""
    paths = [source.path, *([source.truth_path] if source.truth_path else [])]
    sums = [digests.of(path, path.name) for path in paths]
    same = (pixel_code(), *sums, config)
    return {
        job: hashlib.sha256("\n".join(map(str, (*same, job.cut))).encode()).hexdigest()
        for job in jobs.values()
    }


def is_done(job: Job, recipe: str, out: Path, journal: Journal, digests: Digests) -> bool:
    """Return whether the journal vouches for the files of a clip, made by ``recipe``."""
    known = journal.get(job.path.name.removesuffix(".mkv"))
    if known is None or known["recipe"] != recipe or out / known["file"] != job.path:
        return False
    truth = truth_beside(job.path)
    count = str(len(job.cut.frames)) if job.cut.stop != TO_THE_END else known["frames"]
    if not job.path.is_file() or known["frames"] != count or not count.isdecimal():
        return False
    clip = digests.of(job.path, known["file"])
    beside = digests.of(truth, file_name(truth, out)) if truth.is_file() else ""
    return (clip, beside) == (known["sha256"], known["truth_sha256"])


def file_name(path: Path, out: Path) -> str:
    """Return how the journal and the digests call a file of ``out``."""
    return path.relative_to(out).as_posix()
