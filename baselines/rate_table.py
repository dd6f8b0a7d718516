"""The table of measured training steps, ``baselines/rates.csv``: see `baselines.rates`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baselines.measured import Row, Table
from datasets.registry import UsageError, choose

FILE = Path("baselines", "rates.csv")
KEY = ("config", "method", "size", "batch", "precision", "compiled", "device", "threads")
RATES = Table(
    KEY, ("kind", "seconds_per_step", "peak_memory_mib", "how", "torch", "date", "command")
)
KINDS = ("cpu", "cuda")


@dataclass(frozen=True)
class Wanted:
    """What a rate is wanted for.

    Attributes:
        method: Name of the method.
        config: Path of its configuration, as ``params.yaml`` names it.
        size: Side of the pictures in pixels.
        batch: Pairs of a step.
        precision: See `baselines.precision`.
        compiled: Whether torch compiles networks.
    """

    method: str
    config: str
    size: int
    batch: int
    precision: str
    compiled: bool


@dataclass(frozen=True)
class Rate:
    """One measured training step.

    Attributes:
        method: Name of the method.
        config: Path of its configuration.
        size: Side of the pictures in pixels.
        batch: Pairs of the step.
        precision: See `baselines.precision`.
        compiled: Whether torch compiled networks.
        device: What the device calls itself.
        threads: CPU threads.
        kind: ``cpu`` or ``cuda``.
        seconds: Of one step.
        peak_memory_mib: At the peak; None if it was not measured.
    """

    method: str
    config: str
    size: int
    batch: int
    precision: str
    compiled: bool
    device: str
    threads: int
    kind: str
    seconds: float
    peak_memory_mib: int | None


def read_rates(path: Path = FILE) -> list[Rate]:
    """Return the rates of the table at ``path``.

    Raises:
        UsageError: It is no such table, or a cell is no positive number; the row is named.
    """
    return [_rate(row, path) for row in RATES.read(path).values()]


def _rate(row: Row, path: Path) -> Rate:
    try:
        memory = row["peak_memory_mib"]
        rate = Rate(
            method=row["method"],
            config=row["config"],
            size=int(row["size"]),
            batch=int(row["batch"]),
            precision=row["precision"],
            compiled=choose("compiled", row["compiled"], ("true", "false")) == "true",
            device=row["device"],
            threads=int(row["threads"]),
            kind=choose("kind", row["kind"], KINDS),
            seconds=float(row["seconds_per_step"]),
            peak_memory_mib=int(memory) if memory else None,
        )
        if not 0 < rate.seconds < float("inf") or min(rate.batch, rate.size) < 1:
            raise ValueError("seconds, batch and size must be positive")
    except ValueError as error:
        raise UsageError(f"{path}: row {','.join(RATES.key_of(row))}: {error}") from error
    return rate


def of_device(rates: Sequence[Rate], device: str) -> list[Rate]:
    """Return the rates of one device.

    Args:
        rates: All that there are.
        device: ``cpu``, ``cuda``, or (a part of) what a device calls itself.

    Raises:
        UsageError: Several devices fit, or there is none of a name that is no kind.
    """
    if device in KINDS:
        found = [rate for rate in rates if rate.kind == device]
    else:
        found = [rate for rate in rates if device.casefold() in rate.device.casefold()]
    names = sorted({rate.device for rate in found})
    if len(names) > 1:
        raise UsageError(f"--device {device}: several devices were measured: {'; '.join(names)}")
    if not names and device not in KINDS:
        known = "; ".join(sorted({rate.device for rate in rates})) or "none"
        raise UsageError(f"--device {device}: nothing measured; known: cpu; cuda; {known}")
    return found


def computed_in(precision: str, kind: str) -> str:
    """Return what a kind of device computes in if ``precision`` is asked for.

    Example:
        >>> computed_in("tf32", "cpu"), computed_in("tf32", "cuda")
        ('float32', 'tf32')
    """
    return "float32" if (precision, kind) == ("tf32", "cpu") else precision


def find_rate(rates: Sequence[Rate], wanted: Wanted) -> Rate | None:
    """Return the rate of a step like the one that is wanted, at its batch if there is one.

    Else it is that of the largest batch, and the caller has to scale it. Of several numbers of
    threads the largest counts.

    Args:
        rates: Of one device.
        wanted: The step.
    """
    same = ("method", "config", "size", "compiled")
    found = [
        rate
        for rate in rates
        if all(getattr(rate, name) == getattr(wanted, name) for name in same)
        and rate.precision == computed_in(wanted.precision, rate.kind)
    ]
    return max(
        found, key=lambda rate: (rate.batch == wanted.batch, rate.batch, rate.threads), default=None
    )
