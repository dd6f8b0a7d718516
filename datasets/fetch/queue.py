"""Many videos, several at a time, from hosts that fail: attempts, pauses, and when to give up.

A failure that may pass is tried again after a pause that doubles each time, drawn at random between
nothing and that (exponential back-off with full jitter), or as long as the host asks. A host that
asks to be left alone is left alone by all attempts. When it refuses several videos in a row, or the
disk is full, no further video is begun.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from datasets.fetch.errors import ERRORS, AttemptError, Interrupted

T = TypeVar("T")
R = TypeVar("R")
_OF_ALL = ("bot-check", "rate-limited")  # failures that are not those of one video


@dataclass(frozen=True)
class Policy:
    """How hard the queue tries.

    Attributes:
        jobs: Videos at the same time.
        retries: Further attempts of a video within this run.
        stop_after: So many videos in a row refused (`ErrorClass.stops`) end the run.
        pause: Seconds: the longest pause before the second attempt; it doubles each time.
        longest_pause: Seconds; who asks for more is asked again in the next run.
    """

    jobs: int = 2
    retries: int = 3
    stop_after: int = 10
    pause: float = 5.0
    longest_pause: float = 900.0


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What became of one task.

    Attributes:
        value: What the attempt returned; None if all failed.
        errors: The failed attempts, in order.
    """

    value: R | None
    errors: tuple[AttemptError, ...] = ()

    @property
    def attempts(self) -> int:
        """The number of attempts."""
        return len(self.errors) + (self.value is not None)


@dataclass
class _Gate:
    """What all attempts share: the stop, the pause, the failures in a row."""

    policy: Policy
    rng: np.random.Generator
    reason: str = ""
    opens: float = 0.0
    in_a_row: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.ended.set()

    def pass_through(self) -> None:
        """Wait until the host may be asked again; raise `Interrupted` at the end of the run."""
        while not self.ended.is_set():
            left = self.opens - time.monotonic()
            if left <= 0:
                return
            self.ended.wait(left)
        raise Interrupted

    def pause_after(self, error: AttemptError, number: int) -> bool:
        """Pause after the failed attempt ``number``, from 1; False if there is to be no other."""
        if number > self.policy.retries or ERRORS[error.kind].retry != "now":
            return False
        with self.lock:
            longest = min(self.policy.longest_pause, self.policy.pause * 2 ** (number - 1))
            pause = max(float(self.rng.uniform(0, longest)), error.wait or 0.0)
            if pause > self.policy.longest_pause:
                return False
            if error.kind in _OF_ALL:
                self.opens = max(self.opens, time.monotonic() + pause)
                return True
        self.ended.wait(pause)
        return True

    def count(self, outcome: Outcome[R]) -> None:
        kind = outcome.errors[-1].kind if outcome.value is None else ""
        self.in_a_row = self.in_a_row + 1 if kind and ERRORS[kind].stops else 0
        if kind == "disk-full":
            self.end(f"the disk is full: {outcome.errors[-1]}")
        elif self.in_a_row >= self.policy.stop_after:
            self.end(f"{self.in_a_row} videos in a row were refused, the last as {kind}")


def run_queue(
    tasks: Iterable[T],
    attempt: Callable[[T, Callable[[], bool]], R],
    done: Callable[[T, Outcome[R]], None],
    *,
    policy: Policy,
    rng: np.random.Generator,
) -> str:
    """Run ``attempt`` for all tasks, begun in their order.

    Args:
        tasks: What is to be done.
        attempt: One attempt, in a thread of the queue: gets the task and a function that says
            whether the run has ended; raises `AttemptError`, or `Interrupted` when it has.
        done: Called in the caller's thread when a task is through, well or not. Tasks that a stop
            has cut off are not reported.
        policy: How hard to try.
        rng: Draws the pauses.

    Returns:
        Why the run ended before all tasks were begun; empty if it did not.
    """
    gate = _Gate(policy, rng)
    todo = iter(tasks)
    running: dict[Future[Outcome[R] | None], T] = {}
    with ThreadPoolExecutor(max_workers=policy.jobs) as pool:
        try:
            while True:
                while len(running) < policy.jobs and not gate.ended.is_set():
                    for task in todo:
                        running[pool.submit(_attempts, gate, attempt, task)] = task
                        break
                    else:
                        break
                if not running:
                    return gate.reason
                wait(running, return_when=FIRST_COMPLETED)
                for future in [future for future in running if future.done()]:
                    task = running.pop(future)
                    outcome = future.result()
                    if outcome is not None:
                        done(task, outcome)
                        gate.count(outcome)
        except BaseException:
            gate.end("interrupted")
            raise


def _attempts(
    gate: _Gate, attempt: Callable[[T, Callable[[], bool]], R], task: T
) -> Outcome[R] | None:
    errors: list[AttemptError] = []
    try:
        while True:
            gate.pass_through()
            try:
                return Outcome(attempt(task, gate.ended.is_set), tuple(errors))
            except AttemptError as error:
                errors.append(error)
                if not gate.pause_after(error, len(errors)):
                    return Outcome(None, tuple(errors))
    except Interrupted:
        return None
