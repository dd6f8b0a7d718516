"""A small list of "real" data in scratch folders, pinned and frozen like the large ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

from datasets import frozen, pins
from datasets.metadata import MetadataRow, format_metadata
from datasets.split_freeze import freeze_full
from datasets.upstream import Pin


def small_rows() -> list[MetadataRow]:
    """40 clips of 20 training videos, 6 of 3 test videos; six frames each at 25 fps."""
    videos = [*((f"t{k:02}", "train") for k in range(20)), *((f"e{k}", "test") for k in range(3))]
    return [
        MetadataRow(video, start, start + 6, (4, 2, 36, 34), 25.0, 56, 40, partition)
        for video, partition in videos
        for start in (0, 10)
    ]


def pin_rows(monkeypatch, tmp_path: Path, rows, dataset="taichi-hd") -> Path:
    """Put ``rows`` into a store as the one upstream file of ``dataset``; return the store."""
    store = tmp_path / "lists"
    store.mkdir(exist_ok=True)
    text = format_metadata(rows).encode()
    (store / "anything.csv").write_bytes(text)
    pin = Pin(
        "metadata.csv",
        ("http://127.0.0.1:9/metadata.csv",),
        sha256=hashlib.sha256(text).hexdigest(),
        bytes=len(text),
        rows=len(rows),
    )
    monkeypatch.setitem(pins.PINS, dataset, (pin,))
    monkeypatch.setattr(frozen, "FOLDER", tmp_path / "splits")
    monkeypatch.setenv("TCHD_LISTS", str(store))
    return store


def freeze_rows(monkeypatch, tmp_path: Path, rows, dataset="taichi-hd", lists=("v1",)) -> Path:
    """Do that and freeze the lists; return the store."""
    store = pin_rows(monkeypatch, tmp_path, rows, dataset)
    for list_name in lists:
        freeze_full(dataset, list_name, store=store, force=False)
    return store
