"""Score one folder of predictions on one data set, in one pass: each clip is decoded once.

Clips are scored in groups. A thread reads the next group, and compares its pixels, while networks
look at the present one; with several workers whole groups go to processes. Groups are added up in
the order of the list, so nothing of this changes a value.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datasets.registry import DATASETS, UsageError
from metrics.cache import FeatureCache, environment
from metrics.clip_score import ClipScore, Material, read_material, score_materials
from metrics.config import EvaluateConfig
from metrics.console import fix_threads
from metrics.figures import Bootstrap, Scores, Sums, figures
from metrics.predictions import Inventory
from metrics.setting import Setting
from metrics.tasks import Task
from metrics.tools import Tools, device_name, load_tools
from metrics.views import Extraction
from metrics.wanted import Wanted

Group = Sequence[tuple[Wanted, Path]]
_CLIPS, _PIXELS = 16, 1 << 22  # of a group, at most: so many clips, so many pixels of one video


@dataclass(frozen=True)
class Scoring:
    """All that decides how a clip is scored; small, so that it can be sent to workers."""

    dataset: str
    profile: str
    task: Task
    config: EvaluateConfig
    cache: Path | None
    side: int | None = None

    def setting(self, tools: Tools) -> Setting:
        """Return which metrics apply."""
        return Setting(tools, DATASETS[self.dataset].subject, self.task, self.side)

    def extraction(self, tools: Tools) -> Extraction:
        """Return what fills views."""
        config = self.config
        where = environment(config.threads, device_name(config.device))
        cache = FeatureCache(self.cache, environment=where)
        return Extraction(tools, cache, stride=config.fd_stride)


def score_folder(
    inventory: Inventory,
    scoring: Scoring,
    tools: Tools,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Scores:
    """Score every usable clip of ``inventory``, in the order of clip ids.

    Args:
        inventory: What to score; refusing it is the caller's business.
        scoring: How.
        tools: The extractors; workers load their own.
        progress: Called with (clips done, clips to do).

    Raises:
        RefusedError: A prediction cannot be read or scored; the message names it.
        UsageError: A true clip cannot be read, or does not fit; the message names it.
    """
    clips = [
        (c, inventory.found[c.clip_id]) for c in inventory.wanted if c.clip_id in inventory.found
    ]
    if not clips:
        raise UsageError(f"{inventory.folder}: no usable prediction; --inspect says what is wrong")
    setting, config, sums = scoring.setting(tools), scoring.config, Sums()
    progress(0, len(clips))
    workers = min(config.workers, len(clips))
    for scores in _quietly(
        _in_workers(list(groups(clips, parts=workers)), scoring, workers)
        if workers > 1
        else _in_turn(groups(clips), setting, scoring.extraction(tools))
    ):
        for score in scores:
            sums.add(score)
        progress(len(sums.frames), len(clips))
    return figures(sums, setting, bootstrap=Bootstrap(config.bootstrap, config.bootstrap_seed))


def _quietly(scores: Iterator[list[ClipScore]]) -> Iterator[list[ClipScore]]:
    """Yield ``scores``; meanwhile what is there already is not looked through for garbage (8 %)."""
    gc.collect()
    gc.freeze()
    try:
        yield from scores
    finally:
        gc.unfreeze()


def groups(clips: Group, *, parts: int = 1) -> Iterator[Group]:
    """Yield ``clips`` in their order, in groups that fit in memory, at least ``parts`` of them."""
    most = max(1, min(_CLIPS, len(clips) // parts))
    group: list[tuple[Wanted, Path]] = []
    pixels = 0
    for clip, path in clips:
        more = clip.frames * clip.size[0] * clip.size[1]
        if group and (len(group) == most or pixels + more > _PIXELS):
            yield group
            group, pixels = [], 0
        group.append((clip, path))
        pixels += more
    if group:
        yield group


def _in_turn(
    some: Iterable[Group], setting: Setting, extraction: Extraction
) -> Iterator[list[ClipScore]]:
    """Score group by group, while a thread reads the next one."""
    with ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
        todo = iter(some)
        ahead = [reader.submit(_read, group, setting) for group in _first(todo)]
        while ahead:
            materials = ahead.pop().result()
            ahead += [reader.submit(_read, group, setting) for group in _first(todo)]
            yield score_materials(materials, setting, extraction)


def _first(groups_left: Iterator[Group]) -> list[Group]:
    return [group for group in (next(groups_left, None),) if group is not None]


def _read(group: Group, setting: Setting) -> list[Material]:
    return [read_material(clip, path, setting) for clip, path in group]


def _in_workers(some: Sequence[Group], scoring: Scoring, workers: int) -> Iterator[list[ClipScore]]:
    """Score groups in processes; they come back in their order."""
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=workers, return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)
    jobs = (delayed(_work)(group, scoring, Path.cwd()) for group in some)
    scores: Iterator[list[ClipScore]] = run(jobs)
    return scores


def _work(group: Group, scoring: Scoring, folder: Path) -> list[ClipScore]:
    """Score one group in a worker, which keeps its networks from group to group.

    ``folder`` is what relative paths start at; a worker may be older than that.
    """
    os.chdir(folder)
    setting, extraction = _worker(scoring)
    return score_materials(_read(group, setting), setting, extraction)


@lru_cache(maxsize=1)
def _worker(scoring: Scoring) -> tuple[Setting, Extraction]:
    fix_threads(scoring.config.threads)
    tools = load_tools(scoring.dataset, scoring.profile, config=scoring.config)
    return scoring.setting(tools), scoring.extraction(tools)
