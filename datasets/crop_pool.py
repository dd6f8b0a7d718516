"""Tasks on this process, on processes of joblib, or on the workers of a Dask cluster.

A worker that dies takes its task with it and nothing else: the other tasks go on.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import cv2

from datasets.crop_config import RunConfig
from datasets.crop_recipe import pixel_code
from datasets.crop_task import Done, Task, failed, work
from datasets.registry import UsageError

_LOOK = 0.5  # seconds between two looks whether the parent lives
_PATIENCE = 20  # seconds to wait for a scheduler


def run_tasks(tasks: Sequence[Task], run: RunConfig) -> Iterator[Done]:
    """Yield what became of each task, as soon as it is known; their order is that of the work.

    Args:
        tasks: What is to be done; no two of them write the same files.
        run: Where it is done.

    Raises:
        UsageError: There is no such cluster, or its workers have other code.
        OSError: The disk is full or cannot be written.
    """
    absent = [task for task in tasks if task.absent]
    yield from map(work, absent)
    others = [task for task in tasks if not task.absent]
    if run.dask is not None:
        yield from _on_cluster(others, run.dask)
    elif run.jobs == 1 or not others:
        yield from map(work, others)
    else:
        yield from _on_processes(others, run.jobs)


def _on_processes(tasks: Iterable[Task], jobs: int) -> Iterator[Done]:
    """If a process dies, joblib gives all of them up: what was in work is then done one by one."""
    left = {task.video_id: task for task in tasks}
    while left:
        begun: list[str] = []
        try:
            for done in _parallel(_noting(list(left.values()), begun), jobs):
                del left[done.video_id]
                yield done
        except _deaths():
            for name in [name for name in begun if name in left]:
                yield _alone(left.pop(name))


def _noting(tasks: Iterable[Task], begun: list[str]) -> Iterator[Task]:
    for task in tasks:
        begun.append(task.video_id)
        yield task


def _parallel(tasks: Iterable[Task], jobs: int) -> Iterator[Done]:
    from joblib import Parallel, delayed

    pool = Parallel(
        n_jobs=jobs,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch=jobs,
    )
    parent = os.getpid()
    yield from pool(delayed(_in_process)(task, parent) for task in tasks)


def _alone(task: Task) -> Done:
    """Do a task in a process of its own, which may die."""
    try:
        return next(_parallel([task], 2))
    except _deaths() as error:
        return failed(task, "worker-died", f"{task.video_id}: {str(error).splitlines()[0]}")


def _deaths() -> tuple[type[BaseException], ...]:
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return BrokenProcessPool, TerminatedWorkerError


def _in_process(task: Task, parent: int) -> Done:
    cv2.setNumThreads(1)
    _end_with(parent)
    return work(task)


@cache
def _end_with(parent: int) -> None:
    """End this process when its parent is killed: a second run would meet it at the same files."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_cluster(tasks: Sequence[Task], address: str) -> Iterator[Done]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise UsageError("--dask needs Dask: pip install 'dask[distributed]'") from error
    if not re.fullmatch(r"\w+://.+:\d+", address):
        raise UsageError(f"--dask {address!r}: expected an address such as tcp://HOST:PORT")
    try:
        client: Any = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: no scheduler answers there ({error})") from error
    with client:
        _check_workers(client, address)
        futures = {client.submit(work, _absolute(task), pure=False): task for task in tasks}
        waiting = as_completed(list(futures), loop=client.loop)  # type: ignore[no-untyped-call]
        for future in waiting:
            task = futures.pop(future)
            fault = future.exception()
            if isinstance(fault, OSError):
                raise fault
            if fault is not None:
                text = f"{task.video_id}: {type(fault).__name__}: {str(fault).splitlines()[0]}"
                yield failed(task, "worker-died", text)
            else:
                yield future.result()
            future.release()


def _absolute(task: Task) -> Task:
    """Return ``task`` with paths that mean the same in another working directory."""
    videos = tuple(path.absolute() for path in task.videos)
    return replace(task, videos=videos, source=task.source.absolute(), out=task.out.absolute())


def _check_workers(client: Any, address: str) -> None:  # noqa: ANN401 - distributed is untyped
    """Refuse workers that do not run this very code: the clips would differ."""
    hint = "start the workers in the root of the repository, with the packages of this environment"
    try:
        found = client.run(pixel_code)
    except ImportError as error:
        raise UsageError(f"--dask {address}: a worker cannot import our code; {hint}") from error
    if not found:
        raise UsageError(f"--dask {address}: the scheduler has no workers; {hint}")
    others = sorted(name for name, code in found.items() if code != pixel_code())
    if others:
        raise UsageError(f"--dask {address}: {others[0]} has other code or libraries; {hint}")
