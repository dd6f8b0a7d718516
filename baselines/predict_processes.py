"""Shares of predictions in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

import cv2
import torch

from baselines.predict_share import Event, Order, Report, carry_out
from baselines.stage import StageError
from datasets.registry import UsageError


def run_processes(orders: Sequence[Order], report: Report) -> list[str]:
    """Carry out each order in a process of its own, all at the same time.

    If one dies, the others go on to their ends.

    Args:
        orders: Shares of one run.
        report: Told what happens in all of them, by this thread.

    Returns:
        What there is to say of each process that did not reach its end.
    """
    workers: dict[Connection, _Worker] = {}
    with ExitStack() as stack:
        for index, order in enumerate(orders):
            worker = _Worker(_placed(order, index))
            stack.callback(worker.end)
            workers[worker.events] = worker
        lost = []
        while workers:
            for events in wait(list(workers)):
                worker = workers[events]  # type: ignore[index]
                event = worker.next_event()
                if event is not None:
                    report(event)
                    continue
                del workers[worker.events]
                if text := worker.epitaph():
                    lost.append(text)
        return lost


def _placed(order: Order, index: int) -> Order:
    """Return the order on the device of process ``index``, where there is a choice."""
    if order.config.device == "cpu" or ":" in order.config.device:
        return order
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return order.on(f"cuda:{index % count}") if count else order


class _Worker:
    """A process, seen from outside."""

    def __init__(self, order: Order) -> None:
        context = multiprocessing.get_context("spawn")  # a forked process cannot use CUDA
        self.events, theirs = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(
            target=_work, args=(order, theirs), name=f"predict {order.label}", daemon=True
        )
        self._process.start()
        theirs.close()  # so that its end is seen
        self._at, self._said = "its first clip", ""

    def next_event(self) -> Event | None:
        """Return what it reports next, None when it is over."""
        try:
            event: Event = self.events.recv()
        except (EOFError, OSError):
            return None
        if event.kind == "at":
            self._at = event.name
        if event.kind == "stopped":
            self._said = event.text
        return event

    def epitaph(self) -> str:
        """Return what kept it from its end; empty if nothing did."""
        self._process.join()
        code = self._process.exitcode
        if not code:
            return ""
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        why = self._said or f"it died at {self._at}"
        return f"{self._process.name}: {why} ({how}); what it has finished stays: start again"

    def end(self) -> None:
        """End it, if it is still there, and wait for it."""
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()
        self.events.close()


def _work(order: Order, events: Any) -> None:  # noqa: ANN401 - Connection is generic in newer stubs
    """Carry out ``order`` in this process, and end with its parent."""
    from baselines.predict import load_method  # which imports this module

    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # that is for the parent
    cv2.setNumThreads(1)
    lock = threading.Lock()

    def report(event: Event) -> None:
        with lock:
            events.send(event)

    try:
        method, _ = load_method(order.weights, order.method)
        carry_out(order, method, report)
    except (UsageError, StageError, OSError) as error:
        report(Event("stopped", text=str(error)))
        raise SystemExit(1) from error
    _end()


def _end() -> NoReturn:
    """End well, and at once: all is written, and to take torch apart first takes half a second."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # there may be none, or a closed one
            stream.flush()
    os._exit(0)


def _end_with_parent() -> None:
    """End when the parent is killed: a second run would meet this process at the same files."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
