"""An engine around a method, for tests: with pairs of a folder of clips, or one batch for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from baselines.augment import Augmentation
from baselines.engine import Engine
from baselines.loader import Loaded, Loader
from baselines.method import Batch, Method
from baselines.pairs import PairSource, list_clips
from baselines.resume import States
from baselines.schedule import Schedule
from baselines.trainer import Trainer

IDENTITY = {"settings": {"seed": 0}, "code": {}, "data": "d"}


class Same:
    """Reads the same batch in every step."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def batches(self, begin: int, end: int) -> Iterator[Loaded]:
        for _ in range(begin, end):
            yield Loaded(self.batch, ["a"] * len(self.batch.source), [[0, 1]])


def engine_on(
    method: Method, batch: Batch, folder: Path, *, schedule: Schedule, **options
) -> Engine:
    trainer = Trainer(method, **options)
    states = States(folder / "run", IDENTITY)
    return Engine(trainer, Same(batch), schedule, 0, states, log_every=10)


def engine(
    method: Method,
    clips: Path,
    folder: Path,
    *,
    steps: int = 12,
    identity: dict | None = None,
    workers: int = 0,
    watcher=None,
    **options,
) -> Engine:
    pairs = PairSource(list_clips(clips, "train"), 2, 0, Augmentation())
    states = States(folder, identity or IDENTITY)
    every = {"log_every": options.pop("log_every", 5), "save_every": options.pop("save_every", 1)}
    return Engine(
        Trainer(method, **options),
        Loader(pairs, workers=workers),
        Schedule(steps),
        0,
        states,
        watcher=watcher,
        **every,
    )
