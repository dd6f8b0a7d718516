"""What one process predicts: its share of the packs, clip after clip into the folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from baselines.batch_mover import BatchMover
from baselines.method import Method, device_of
from baselines.pack_reader import PackReader
from baselines.packs import Job, Pack
from baselines.predict_config import PredictConfig
from baselines.prediction_folder import PredictionFolder
from baselines.prediction_writers import Writers

Kind = Literal["ready", "at", "made", "kept", "changed", "failed", "stopped"]


class Event(NamedTuple):
    """What happened to a prediction.

    Attributes:
        kind: ``ready``: work begins; ``at``: this clip is in work; ``made``, ``kept``: it is there,
            new or from before; ``changed``: a file of it was not what this run wrote; ``failed``:
            it cannot be read; ``stopped``: the work ends here.
        name: Of the prediction.
        text: What there is to say.
    """

    kind: Kind
    name: str = ""
    text: str = ""


Report = Callable[[Event], None]


@dataclass(frozen=True)
class Order:
    """What a process is asked for.

    Attributes:
        weights: The checkpoint.
        method: Its method.
        config: How.
        packs: Its share.
        marks: Of all predictions of the run, also those of others.
        out: Folder of predictions, begun.
        label: Of this process in the folder.
        size: Height and width of the frames.
        relative: Whether motion is relative to the driver's first frame.
    """

    weights: Path
    method: str
    config: PredictConfig
    packs: Sequence[Pack]
    marks: Mapping[str, str]
    out: Path
    label: str
    size: tuple[int, int]
    relative: bool

    @property
    def names(self) -> list[str]:
        """The predictions of the share, in order."""
        return [job.name for pack in self.packs for job in pack]

    def on(self, device: str) -> Order:
        """Return the same order for another device."""
        return replace(self, config=replace(self.config, device=device))


def carry_out(order: Order, method: Method, report: Report) -> None:
    """Make the predictions of ``order`` that are not there yet.

    Args:
        order: What to do.
        method: In evaluation mode; it is moved to the order's device.
        report: Told what happens, perhaps by several threads.

    Raises:
        UsageError: Another run works on the same share, or there is no such device.
        StageError: Something cannot be written; the message names the clip.
    """
    torch.set_num_threads(order.config.threads)
    device = device_of(order.config.device)
    if device.type == "cuda":
        torch.backends.cudnn.deterministic = True
    mover = BatchMover(method.to(device), relative=order.relative, device=device)
    folder = PredictionFolder(order.out, order.marks)
    with folder.part(order.label) as part:
        report(Event("ready"))
        kept, changed = folder.kept(order.names)
        for path in changed:
            report(Event("changed", path.name, f"{path}: is not what was written"))
        for name in sorted(kept):
            report(Event("kept", name))

        def publish(name: str) -> None:
            part.publish(name)
            report(Event("made", name))

        with Writers(part.work, order.config.writers, publish=publish) as writers:
            for pack in order.packs:
                wanted = {job.name for job in pack} - kept
                mover.forget()
                _predict(pack, wanted, order, mover, writers, report)


def _predict(
    pack: Pack,
    wanted: set[str],
    order: Order,
    mover: BatchMover,
    writers: Writers,
    report: Report,
) -> None:
    def fail(job: Job, text: str) -> None:
        writers.discard(job)
        report(Event("failed", job.name, text))

    reader = PackReader(order.size, order.config.batch, fail=fail)
    for parts in reader.batches(pack, wanted):
        mine = [job for job, _ in parts if job.name in wanted]
        if not mine:
            continue  # the last of them has just failed
        report(Event("at", mine[0].name))
        for (job, _), made in zip(parts, mover([piece for _, piece in parts]), strict=True):
            if job.name in wanted:
                writers.write(job, made)
