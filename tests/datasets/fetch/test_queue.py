"""The queue: order, attempts, pauses, stops; nothing is lost."""

import threading
import time

import numpy as np
import pytest

from datasets.fetch import queue as module
from datasets.fetch.errors import AttemptError, Interrupted
from datasets.fetch.queue import Policy, run_queue


class Runner:
    """Runs the queue over made-up tasks: a task maps to the results of its attempts, in order."""

    def __init__(self, results, *, wait=None, **policy):
        self.results = {name: list(values) for name, values in results.items()}
        self.begun = []
        self.outcomes = {}
        self.wait = wait
        policy = {"jobs": 1, "retries": 3, "stop_after": 3, "pause": 0.0} | policy
        rng = np.random.default_rng(0)
        self.reason = run_queue(results, self.attempt, self.done, policy=Policy(**policy), rng=rng)

    def attempt(self, task, stopped):
        self.begun.append(task)
        result = self.results[task].pop(0)
        if result != "ok":
            raise AttemptError(result, f"{task}: {result}", wait=self.wait)
        return task.upper()

    def done(self, task, outcome):
        self.outcomes[task] = outcome

    @property
    def kinds(self):
        return {
            task: outcome.value or outcome.errors[-1].kind
            for task, outcome in self.outcomes.items()
        }


def test_order_and_results():
    run = Runner({"a": ["ok"], "b": ["removed"], "c": ["ok"]})
    assert run.begun == ["a", "b", "c"] and run.reason == ""
    assert run.kinds == {"a": "A", "b": "removed", "c": "C"}


def test_what_may_pass_is_tried_again_and_what_lasts_is_not():
    run = Runner({"a": ["network", "forbidden", "ok"], "b": ["private"], "c": ["truncated"]})
    assert run.kinds == {"a": "A", "b": "private", "c": "truncated"}
    assert run.begun == ["a", "a", "a", "b", "c"]
    assert run.outcomes["a"].attempts == 3
    assert [error.kind for error in run.outcomes["a"].errors] == ["network", "forbidden"]


def test_attempts_end():
    run = Runner({"a": ["network"] * 9, "b": ["ok"]}, retries=2)
    assert run.kinds == {"a": "network", "b": "B"}
    assert run.outcomes["a"].attempts == 3


def test_a_host_that_refuses_everything_is_left_alone():
    tasks = {str(n): ["bot-check"] * 9 for n in range(9)}
    run = Runner(tasks, retries=1, stop_after=3)
    assert run.kinds == dict.fromkeys("012", "bot-check")
    assert run.reason == "3 videos in a row were refused, the last as bot-check"


def test_failures_that_say_nothing_of_the_host_do_not_stop():
    kinds = ["bot-check", "rate-limited", "removed"] * 4
    run = Runner({str(n): [kind] for n, kind in enumerate(kinds)}, retries=0, stop_after=3)
    assert run.reason == "" and len(run.outcomes) == 12


def test_a_full_disk_stops_at_once():
    run = Runner({"a": ["disk-full"], "b": ["ok"]})
    assert run.kinds == {"a": "disk-full"}
    assert run.reason == "the disk is full: a: disk-full"


def test_pauses_double_are_drawn_at_random_and_end(monkeypatch):
    drawn, waited = [], []

    class Rng:
        def uniform(self, low, high):
            drawn.append((low, high))
            return high / 2

    gate = module._Gate(Policy(retries=9, pause=2.0, longest_pause=10.0), Rng())
    monkeypatch.setattr(gate.ended, "wait", waited.append)
    for number in range(1, 6):
        assert gate.pause_after(AttemptError("network", ""), number)
    assert drawn == [(0, 2), (0, 4), (0, 8), (0, 10), (0, 10)]
    assert waited == [1, 2, 4, 5, 5]


def test_a_wait_that_the_host_asks_for_is_kept_by_all():
    gate = module._Gate(Policy(pause=0.0), np.random.default_rng(0))
    before = time.monotonic()
    assert gate.pause_after(AttemptError("rate-limited", "", wait=0.2), 1)
    gate.pass_through()  # any attempt, of this video or of another
    assert time.monotonic() - before >= 0.2


def test_a_wait_that_is_too_long_ends_the_attempts():
    assert Runner({"a": ["rate-limited"] * 2}, wait=3600.0).outcomes["a"].attempts == 1


def test_several_at_a_time():
    together = threading.Barrier(3, timeout=5)
    done = []

    def attempt(task, stopped):
        together.wait()
        return task

    policy = Policy(jobs=3, retries=0)
    rng = np.random.default_rng(0)
    run_queue(range(6), attempt, lambda task, outcome: done.append(task), policy=policy, rng=rng)
    assert sorted(done) == list(range(6))


def test_the_end_of_the_run_ends_attempts_that_listen():
    """A stop reaches running attempts; they are not reported, so that they are done next time."""
    reported = []
    begun = threading.Event()

    def attempt(task, stopped):
        if task == "full":
            begun.wait(5)
            raise AttemptError("disk-full", "full")
        begun.set()
        while not stopped():
            time.sleep(0.005)
        raise Interrupted

    reason = run_queue(
        ["full", "slow"],
        attempt,
        lambda task, outcome: reported.append(task),
        policy=Policy(jobs=2),
        rng=np.random.default_rng(0),
    )
    assert reported == ["full"] and "disk is full" in reason


def test_a_mistake_of_ours_is_not_hidden():
    def attempt(task, stopped):
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        run_queue([1], attempt, print, policy=Policy(), rng=np.random.default_rng(0))
