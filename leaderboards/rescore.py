"""Score the predictions of a submission again, and compare every number.

python -m leaderboards.rescore leaderboards/v1/submitted/taichi-hd-mini/mine --predictions DIR
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UsageError, choose
from leaderboards.files import complaint
from leaderboards.findings import Findings
from leaderboards.scoring import Order, RefusedError, score
from leaderboards.submission import (
    CLIPS,
    PREDICTIONS,
    RESULT,
    PredictionFile,
    digest,
    find_predictions,
    read_predictions,
)
from leaderboards.submitted_changes import same
from leaderboards.submitted_files import check_files, task_homes
from leaderboards.tasks import TASKS
from metrics.result import ClipRow, Result, read_clips, read_result

EPSILON = 1e-6
"""How far, relatively, a number may lie from the submitted one: processors differ."""
_MOST = 40
"""Lines of differences that are printed."""


@dataclass(frozen=True)
class Difference:
    """One number that is another when it is computed again."""

    what: str
    submitted: object
    now: object


def other_files(
    folder: Path, expected: Sequence[PredictionFile], clips: Sequence[str]
) -> list[str]:
    """Return what of the predictions in ``folder`` is not what was submitted; empty if all is."""
    wanted = {one.file: one for one in expected}
    found = {one.file: one for one in map(digest, find_predictions(folder, clips))}
    said = [f"{folder / name}: missing" for name in sorted(set(wanted) - set(found))]
    said += [f"{folder / name}: was not submitted" for name in sorted(set(found) - set(wanted))]
    for name in sorted(set(found) & set(wanted)):
        if found[name] != wanted[name]:
            digests = f"sha256 {found[name].sha256}, submitted {wanted[name].sha256}"
            said.append(f"{folder / name}: is another file ({digests})")
    return said


def differences(
    old: tuple[Result, Sequence[ClipRow]],
    new: tuple[Result, Sequence[ClipRow]],
    *,
    epsilon: float = EPSILON,
) -> Iterator[Difference]:
    """Yield every number of two results, and of their clips, that is not the same.

    Args:
        old: The submitted result and its values per clip.
        new: The same, computed again.
        epsilon: How far numbers may lie apart, relative to the larger one.
    """
    numbers = [_numbers(*pair) for pair in (old, new)]
    for what in sorted(set(numbers[0]) | set(numbers[1])):
        one, other = (found.get(what) for found in numbers)
        if not same(one, other, epsilon=epsilon):
            yield Difference(what, one, other)
    for name in ("split", "coverage", "extractors", "slots", "protocol", "lossy"):
        if getattr(old[0], name) != getattr(new[0], name):
            yield Difference(name, getattr(old[0], name), getattr(new[0], name))


def _numbers(result: Result, clips: Sequence[ClipRow]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, figure in result.metrics.items():
        for part in ("value", "lo", "hi"):
            found[f"{name} {part}"] = getattr(figure, part)
    for other, pairs in result.paired.items():
        for name, pair in pairs.items():
            for part in ("difference", "lo", "hi"):
                found[f"{name} - {other} {part}"] = getattr(pair, part)
    for row in clips:
        found |= {f"{name} of {row.clip_id}": value for name, value in row.values.items()}
        found[f"frames of {row.clip_id}"] = float(row.frames)
    return found


def table(found: Sequence[Difference]) -> str:
    """Return ``found`` as aligned columns: what, submitted, now; the first ones if there are many.

    Example:
        >>> print(table([Difference("l1@clip value", 0.1, 0.2)]))
        what           submitted  now
        l1@clip value  0.1        0.2
    """
    lines = [("what", "submitted", "now")]
    lines += [(one.what, _shown(one.submitted), _shown(one.now)) for one in found[:_MOST]]
    widths = [max(len(line[at]) for line in lines) for at in range(2)]
    text = [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in lines]
    return "\n".join([*text, *([f"and {len(found) - _MOST} more"] if len(found) > _MOST else [])])


def _shown(value: object) -> str:
    return "none" if value is None else str(value)[:120]


def rescore(
    folder: Path,
    predictions: Path,
    *,
    task: str | None = None,
    epsilon: float = EPSILON,
    more: Sequence[str] = (),
) -> tuple[list[str], list[Difference]]:
    """Compare a submission with its predictions, and with what they score.

    Returns:
        What is wrong with the files, and, if nothing is, every number that differs.

    Raises:
        UsageError: The submission cannot be read, or has no such task.
        RefusedError: ``metrics.eval`` refused the predictions.
    """
    findings = Findings()
    if not check_files(folder, findings):
        raise UsageError("\n".join(map(str, findings.problems)))
    homes = task_homes(folder)
    home = homes[choose("task of this submission", task or next(iter(homes)), homes)]
    result, clips = read_result(home / RESULT), read_clips(home / CLIPS)
    expected = read_predictions(home / PREDICTIONS)
    wrong = other_files(predictions, expected, [row.clip_id for row in clips])
    if wrong:
        return wrong, []
    allowed = ["--allow-missing"] * bool(result.coverage.missing)
    allowed += ["--allow-lossy"] * result.lossy
    order = Order(
        result.method,
        result.dataset,
        predictions,
        result.task,
        result.profile,
        (*allowed, "--no-cache", *more),
    )
    with tempfile.TemporaryDirectory() as scratch:
        files: Mapping[str, Path] = score(order, Path(scratch))
        again = read_result(files[RESULT]), read_clips(files[CLIPS])
    return [], list(differences((result, clips), again, epsilon=epsilon))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 if anything differs, 2 for wrong usage."""
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.rescore",
        description="Score the predictions of a submission again. Exit status: 0 all the same, "
        "1 other files or other numbers, 2 wrong usage.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = cli.add_argument
    add("path", type=Path, help="folder of the submission")
    add("--predictions", type=Path, required=True, help="folder of its predictions")
    add("--task", choices=TASKS, help="which of its tasks (default: the first one it has)")
    add("--epsilon", type=float, default=EPSILON, help="how far numbers may differ, relatively")
    add("eval_arguments", nargs="*", metavar="-- ARGUMENTS", help="passed on to metrics.eval")
    args = cli.parse_args(argv)
    try:
        wrong, found = rescore(
            args.path,
            args.predictions,
            task=args.task,
            epsilon=args.epsilon,
            more=args.eval_arguments,
        )
    except (UsageError, OSError) as error:
        print(complaint(error), file=sys.stderr)
        return 2
    except RefusedError as refused:
        return refused.status
    if wrong or found:
        print("\n".join(wrong) if wrong else table(found))
        return 1
    print(f"{args.path}: the same predictions give the same numbers (within {args.epsilon:g})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
