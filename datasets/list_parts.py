"""Which clips choose checkpoints (``val``) and which make the short list (``lite``).

Everything is decided by sha256 over documented text and not by a random generator, so it is the
same on every machine for ever. An identity is the person where the data set names one, else the
video.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from datasets.metadata import MetadataRow

VAL_PERCENT = 5
LITE_TRAIN = 32
LITE_VAL = 4


def identity(row: MetadataRow) -> str:
    """Return who is seen in a clip: the person, else the video."""
    return row.person_id or row.video_id


def by_hash(names: Collection[str], text: str) -> list[str]:
    """Return ``names`` sorted by the hexadecimal sha256 of ``"<text> <name>"`` in UTF-8.

    Example:
        >>> by_hash({"a", "b", "c"}, "mgif@v1 val")
        ['b', 'c', 'a']
    """
    return sorted(names, key=lambda name: hashlib.sha256(f"{text} {name}".encode()).hexdigest())


def with_val(rows: Sequence[MetadataRow], dataset: str) -> list[MetadataRow]:
    """Return ``rows`` with 5 % of the training identities in ``val``; ``test`` is left alone.

    Of the training identities the first are taken in the order of ``by_hash(...,
    "<dataset>@v1 val")``: 5 % of their number, rounded to nearest (half up), at least one.
    """
    trained = {identity(row) for row in rows if row.partition == "train"}
    number = max(1, (len(trained) * VAL_PERCENT + 50) // 100)
    chosen = set(by_hash(trained, f"{dataset}@v1 val")[:number])
    return [
        replace(row, partition="val")
        if row.partition == "train" and identity(row) in chosen
        else row
        for row in rows
    ]


def lite(rows: Iterable[MetadataRow], dataset: str) -> list[MetadataRow]:
    """Return the short list: all of ``test``, few videos of ``train`` and ``val``.

    Of the identities of a partition the first are taken in the order of ``by_hash(...,
    "<dataset>@v1-lite <partition>")``, 32 for ``train`` and 4 for ``val``, each with all clips of
    one video: the first in the order of ``by_hash(..., "<dataset>@v1-lite video")``.
    """
    listed = list(rows)
    kept = [row for row in listed if row.partition == "test"]
    for partition, number in (("train", LITE_TRAIN), ("val", LITE_VAL)):
        part = [row for row in listed if row.partition == partition]
        videos: dict[str, set[str]] = {}
        for row in part:
            videos.setdefault(identity(row), set()).add(row.video_id)
        names = by_hash(videos, f"{dataset}@v1-lite {partition}")[:number]
        chosen = {by_hash(videos[name], f"{dataset}@v1-lite video")[0] for name in names}
        kept += [row for row in part if row.video_id in chosen]
    return kept
