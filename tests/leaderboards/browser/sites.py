"""Boards for the browser: committed results, a tiny gallery whose colours tell the frame, and two
submissions, one of them of fewer clips and with a card that would like to be a script."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

from leaderboards.board import sections_by_task
from leaderboards.columns import column
from leaderboards.derived import load, tables
from leaderboards.loading import Loaded
from leaderboards.recompute import Request, recomputed
from leaderboards.site.collect import collect
from leaderboards.site.render import render_site
from metrics.result import (
    Coverage,
    MetricValue,
    Result,
    clips_digest,
    read_clips,
    read_result,
    write_clips,
    write_result,
)
from tests.leaderboards.galleries import write_gallery
from tests.leaderboards.many import write_many
from tests.leaderboards.submitted import differences, submission

ROOT = Path(__file__).parents[3]
SPLITS = ROOT / "datasets" / "splits"
V1 = ROOT / "leaderboards" / "v1"
RESULTS = V1 / "mini" / "board" / "results"
SHARED = ("methods", "metrics.json", "reported.csv", "speed.csv")
GALLERY = {  # data set -> the methods of its gallery
    "taichi-hd": ("fomm", "x2face", "oracle"),
    "mgif": ("fomm", "monkey-net"),
}
KINDS = (  # one page of each kind
    "index.html",
    "taichi-hd-mini.html",
    "gallery/taichi-hd-mini.html",
    "methods/fomm.html",
    "metrics/l1-at-clip.html",
    "cite.html",
    "splits.html",
)
SCRIPT = "<script>alert('card')</script>"
HOSTILE = {
    "title": SCRIPT,
    "summary": f'{SCRIPT}<img src=x onerror="alert(1)"> & more',
    "notes": (SCRIPT,),
    "authors": ("Ann <b>Bold</b>",),
    "venue": "'\"><svg/onload=alert(2)>",
}
LOSSES = "step,rate,perceptual,l1\n25,0.5,2.05532,11.2475\n50,1,1.39233,3.4898\n75,1,1.2,2.5\n"


def mini_board(home: Path) -> Path:
    """Write the inputs of a mini board below ``home``; return ``home/v1/mini/board``."""
    board = home / "v1" / "mini" / "board"
    shutil.copytree(RESULTS, board / "results")
    _shared(home / "v1")
    for dataset, methods in GALLERY.items():
        write_gallery(board / "gallery", dataset=dataset, methods=methods)
    (board / "training").mkdir()
    for name in ("taichi-hd-fomm", "mgif-fomm"):
        (board / "training" / f"{name}.csv").write_text(LOSSES, encoding="utf-8", newline="\n")
    submission(home / "v1" / "submitted", method="mine", tasks=("reconstruction",))
    lose_a_clip(submission(home / "v1" / "submitted", method="few", card=HOSTILE))
    return board


def many_board(home: Path, *, methods: int, datasets: Sequence[str]) -> Path:
    """Write the inputs of a mini board of hundreds of methods below ``home``."""
    board = home / "v1" / "mini" / "board"
    _shared(home / "v1")
    write_many(board / "results", methods=methods, datasets=datasets)
    return board


def full_board(home: Path) -> Path:
    """Write the inputs of a full board without results below ``home``."""
    board = home / "v1" / "full" / "board"
    (board / "results").mkdir(parents=True)
    _shared(home / "v1")
    return board


def _shared(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name in SHARED:
        if (V1 / name).is_dir():
            shutil.copytree(V1 / name, home / name)
        elif (V1 / name).exists():
            shutil.copy(V1 / name, home / name)


def lose_a_clip(folder: Path) -> None:
    """Leave the first clip of a submission out, so that it can't be ranked with the others."""
    path, clips = folder / "result.json", folder / "result.clips.csv"
    result, (gone, *rows) = read_result(path), read_clips(clips)
    ids = [row.clip_id for row in rows]
    coverage = Coverage(
        result.coverage.expected, len(ids), clips_digest(ids), missing=(gone.clip_id,)
    )
    figures = {}
    for name, figure in result.metrics.items():
        (made,) = recomputed([Request(rows, name)]) if column(name).mean else (None,)
        if made is not None:
            figures[name] = of_estimate(made, figure.unit)
        elif figure.value is None:
            figures[name] = figure
    made = [name for name in figures if column(name).mean and not column(name).common]
    known = differences(result, rows, made)
    paired = {"copy-source": {name: one for name, one in known.items() if name in made}}
    changed = dataclasses.replace(result, coverage=coverage, metrics=figures, paired=paired)
    write_result(path, changed)
    write_clips(clips, rows, list(rows[0].values))


def of_estimate(made, unit: str) -> MetricValue:
    """The figure that a result has of an estimate."""
    return MetricValue(made.value, made.lo, made.hi, unit, made.clips, made.videos, made.reason)


def write_site(board: Path, *, profile: str) -> Path:
    """Render the site of ``board`` into ``board/site``; return that folder."""
    loaded = _load(board, profile=profile)
    tasks = sections_by_task(loaded.results, loaded.clips)
    texts = tables(tasks, board, profile=profile, version="v1")
    site = collect(
        board,
        version="v1",
        profile=profile,
        sections=tasks,
        tables={name: text for name, text in texts.items() if name.endswith(".csv")},
        splits=SPLITS,
    )
    for name, data in render_site(site).items():
        path = board / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return board / "site"


def results(board: Path, dataset: str) -> dict[str, Result]:
    """The reconstructions of ``dataset``: method -> result, submissions among them."""
    rows = _load(board, profile="mini").results
    return {r.method: r for r in rows if (r.dataset, r.task) == (dataset, "reconstruction")}


def _load(board: Path, *, profile: str) -> Loaded:
    submitted = board.parents[1] / "submitted"
    return load(
        board / "results", profile=profile, version="v1", submitted=submitted, splits=SPLITS
    )
