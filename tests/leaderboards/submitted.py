"""Submissions for tests: a row of the committed board, as if somebody had sent it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import subprocess
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from leaderboards.card import Card
from leaderboards.card_text import card_text
from leaderboards.columns import column
from leaderboards.recompute import Request, recomputed
from leaderboards.submission import (
    CARD,
    CLIPS,
    PREDICTIONS,
    PROVENANCE,
    RESULT,
    PredictionFile,
    predictions_text,
)
from leaderboards.validate import check
from metrics.aggregate_many import paired_many
from metrics.result import (
    ClipRow,
    PairedDifference,
    Result,
    clips_text,
    dumps,
    read_clips,
    read_result,
)

ROOT = Path(__file__).parents[2]
V1 = ROOT / "leaderboards" / "v1"
PROVENANCE_SAID = {
    "command": ["eval.py", "--method=mine"],
    "commit": "ab" * 20,
    "dirty": False,
    "started": "2026-01-31T12:00:00+00:00",
    "seconds": 1.5,
    "host": "",
    "device": "cpu",
    "processor": "x86_64, 2 cores",
    "threads": 1,
    "python": "3.11.2",
    "platform": "Linux",
    "packages": {"numpy": "2.0.0"},
}


def row(task: str, dataset: str, like: str) -> Path:
    """The result file of a method on the committed mini board."""
    results = V1 / "mini" / "board" / "results"
    home = results if task == "reconstruction" else results / task
    return home / f"{dataset}-{like}.json"


def submission(
    root: Path,
    *,
    method: str = "mine",
    dataset: str = "taichi-hd",
    tasks: tuple[str, ...] = ("reconstruction",),
    like: str = "x2face",
    salt: str = "",
    factor: float | None = None,
    card: Mapping[str, Any] | None = None,
) -> Path:
    """Write a submission below ``root`` (``.../submitted``); return its folder.

    Its values are those of our method ``like`` but for a ``factor``, if none is given a little less
    than one that depends on its name and ``salt``, as the digests of its predictions do.
    """
    if factor is None:
        factor = 1 - (1 + zlib.crc32(f"{method}{salt}".encode()) % 997) / 1e5
    folder = root / f"{dataset}-mini" / method
    told = {"name": method, "title": method, "paper": "https://example.org/p", "authors": ("A B",)}
    write(folder / CARD, card_text(Card(**(told | dict(card or {})))))
    for task in tasks:
        home = folder if task == "reconstruction" else folder / task
        theirs, rows = scaled(task, dataset, like, factor)
        result = dataclasses.replace(theirs, method=method, status="submitted", checkpoint=None)
        write(home / RESULT, dumps(result))
        write(home / CLIPS, clips_text(rows, list(rows[0].values)))
        write(home / PROVENANCE, json.dumps(PROVENANCE_SAID))
        names = [f"{r.clip_id}{end}" for r in rows for end in (".mkv", ".motion.npz")]
        files = [
            PredictionFile(file=n, bytes=len(n), sha256=sha(f"{method}{salt}{n}")) for n in names
        ]
        write(home / PREDICTIONS, predictions_text(files))
    return folder


@cache
def scaled(task: str, dataset: str, like: str, factor: float) -> tuple[Result, list[ClipRow]]:
    """A row of the board whose values are all ``factor`` times as large, those of keypoints and
    identity left as they are; figures, intervals and differences follow from the clips."""
    path = row(task, dataset, like)
    ours, rows = read_result(path), read_clips(path.with_suffix(".clips.csv"))
    names = [
        name
        for name, figure in ours.metrics.items()
        if figure.value is not None
        and column(name).mean
        and not name.startswith(("akd", "aed", "mkr"))
    ]
    rows = [
        dataclasses.replace(
            one,
            values={
                name: value * factor if name in names and value is not None else value
                for name, value in one.values.items()
            },
        )
        for one in rows
    ]
    found = zip(names, recomputed([Request(rows, name) for name in names]), strict=True)
    figures = {
        name: dataclasses.replace(ours.metrics[name], value=one.value, lo=one.lo, hi=one.hi)
        for name, one in found
        if one is not None
    }
    paired = differences(ours, rows, names)
    against = {"copy-source": paired} if paired else {}
    return dataclasses.replace(ours, metrics=ours.metrics | figures, paired=against), rows


def differences(
    result: Result, rows: Sequence[ClipRow], names: Collection[str]
) -> dict[str, PairedDifference]:
    """The differences of ``result`` from copy-source, those of ``names`` as ``rows`` give them."""
    anchor = row(result.task, result.dataset, "copy-source")
    still = read_clips(anchor.with_suffix(".clips.csv"))
    paired = dict(result.paired.get("copy-source", {}))
    for name in paired.keys() & set(names):
        weights = {one.clip_id: float(one.frames) for one in rows}
        mine, theirs = (
            {one.clip_id: value for one in side if (value := one.values[name]) is not None}
            for side in (rows, still)
        )
        (one,) = paired_many(
            [(mine, theirs)],
            {one.clip_id: one.video_id for one in rows},
            weights=weights if column(name).mean == "frames" else None,
        )
        assert one is not None, "some clip has a value of both"
        paired[name] = PairedDifference(one.value, one.lo, one.hi, one.clips, one.videos)
    return paired


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def change_result(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the JSON at ``path`` as a careful forger would: in the form of metrics.eval."""
    node = json.loads(path.read_text(encoding="utf-8"))
    change(node)
    text = json.dumps(node, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def replace_result(path: Path, **changes: object) -> Result:
    """Rewrite a result with other fields; it must be one that can be written."""
    result = dataclasses.replace(read_result(path), **changes)  # type: ignore[arg-type]
    path.write_text(dumps(result), encoding="utf-8", newline="\n")
    return result


def change_clips(path: Path, change: Callable[[list[Any]], list[Any]]) -> None:
    """Rewrite the values per clip: ``change`` is given the rows and returns those to write."""
    rows = read_clips(path)
    metrics = list(rows[0].values)
    path.write_text(clips_text(change(rows), metrics), encoding="utf-8", newline="\n")


def problems(*paths: Path, repository: Path = ROOT, base: str | None = None) -> list[str]:
    return [str(p) for p in check(paths, repository=repository, base=base)[1].problems]


def warnings(*paths: Path, repository: Path = ROOT, base: str | None = None) -> list[str]:
    return [str(p) for p in check(paths, repository=repository, base=base)[1].warnings]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def suite(folder: Path) -> Path:
    """A repository with what submissions are compared with, in a first commit on ``main``."""
    home = folder / "leaderboards" / "v1"
    for path in (V1 / "methods", V1 / "metrics.json", row("reconstruction", "taichi-hd", "oracle")):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copy(path, target)
    for path in row("reconstruction", "taichi-hd", "x").parent.glob("taichi-hd-*"):
        shutil.copy(path, home / "mini" / "board" / "results")
    splits = folder / "datasets" / "splits" / "v1"
    splits.mkdir(parents=True)
    for path in (ROOT / "datasets" / "splits" / "v1").glob("taichi-hd*"):
        shutil.copy(path, splits)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=first")
    return folder
