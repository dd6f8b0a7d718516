"""What decides the bytes of a prediction, in one digest: its mark."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import av
import torch

from baselines.packs import Pack
from datasets.code import code_sha256

ROOT = Path(__file__).parents[1]
PREDICT_FILES = (
    "baselines/anchors.py",
    "baselines/batch_mover.py",
    "baselines/method.py",
    "baselines/motion_writer.py",
    "baselines/pack_reader.py",
    "baselines/packs.py",
    "baselines/predict.py",
    "baselines/predict_share.py",
    "baselines/prediction_writers.py",
    "baselines/states.py",
    "datasets/clip_writer.py",
    "datasets/clips.py",
    "datasets/pixels.py",
    "fomm/relative.py",
)
"""Source files that decide about predictions besides the method's own."""


def run_facts(files: Iterable[str], **facts: object) -> dict[str, Any]:
    """Return what is the same for all predictions of a run.

    Args:
        files: The method's source files, relative to the repository.
        **facts: JSON-able: checkpoint, batch and the like.
    """
    code = _code(frozenset((*PREDICT_FILES, *files)))
    return {"code": code, "torch": torch.__version__, "av": av.__version__, **facts}


@cache
def _code(files: frozenset[str]) -> str:
    return code_sha256(ROOT / name for name in files)


def marks(packs: Sequence[Pack], facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the mark of every prediction by name.

    It covers the whole pack, whose clips share batches; clips of other packs do not matter.
    """
    found: dict[str, str] = {}
    for pack in packs:
        clips = [[job.name, job.frames, *job.digests] for job in pack]
        text = json.dumps({**facts, "pack": clips}, sort_keys=True)
        mark = hashlib.sha256(text.encode()).hexdigest()
        found |= {job.name: mark for job in pack}
    return found
