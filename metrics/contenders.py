"""Which folders of predictions are compared: names and folders of a command line -> inventories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from datasets.registry import UsageError
from metrics.cell import Cell, inspect, who
from metrics.comparison import Runs, common_clips
from metrics.result import METHOD_NAME

Folders = dict[str, list[Path]]


def folders_of(methods: Sequence[str], runs: Sequence[str], *, made: Path, dataset: str) -> Folders:
    """Return method -> its folders of predictions, one per seed, in the order of mention.

    Args:
        methods: Names; without ``runs`` their predictions are ``made/<dataset>-<name>``.
        runs: ``NAME=DIR,DIR,...`` each.
        made: Where the pipeline leaves predictions.
        dataset: A key of `datasets.registry.DATASETS`.

    Raises:
        UsageError: Fewer than two methods, one named twice, an unknown one (the known ones are
            listed), or another number of folders than the others have.
    """
    given = [_parse(text) for text in runs]
    by_name = dict(given)
    for names in (list(methods), [name for name, _ in given]):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"{twice[0]} is there twice; name each method once")
    found = {name: by_name.get(name) or [_made(name, made, dataset)] for name in methods}
    found |= {name: some for name, some in given if name not in found}
    if len(found) < 2:
        raise UsageError(f"name at least two methods; {_known(made, dataset)}")
    counts = {name: len(some) for name, some in found.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise UsageError(f"{said} folders; give --runs with one folder per seed for each method")
    return found


def _parse(text: str) -> tuple[str, list[Path]]:
    name, _, folders = text.partition("=")
    if not METHOD_NAME.fullmatch(name) or not all(folders.split(",")):
        raise UsageError(f"--runs {text!r}: expected NAME=DIR,DIR,...")
    return name, [Path(folder) for folder in folders.split(",")]


def _made(name: str, made: Path, dataset: str) -> Path:
    folder = made / f"{dataset}-{name}"
    if not METHOD_NAME.fullmatch(name) or not folder.is_dir():
        raise UsageError(f"no predictions of {name!r} on {dataset}; {_known(made, dataset)}")
    return folder


def _known(made: Path, dataset: str) -> str:
    start = f"{dataset}-"
    names = sorted(p.name.removeprefix(start) for p in made.glob(f"{start}*") if p.is_dir())
    return f"{made} has: {', '.join(names) or 'nothing yet; run dvc repro'}"


def labels_of(seeds: str | None, count: int) -> list[str]:
    """Return one label per folder of a method: ``seeds``, or 0, 1, ...

    Raises:
        UsageError: Another number of them, one twice, or not whole numbers.

    Example:
        >>> labels_of("3,7", 2), labels_of(None, 2)
        (['3', '7'], ['0', '1'])
    """
    if seeds is None:
        return [str(number) for number in range(count)]
    labels = seeds.split(",")
    if not all(label.isascii() and label.isdigit() for label in labels):
        raise UsageError(f"--seeds {seeds!r}: expected whole numbers, with commas between them")
    found = [str(int(label)) for label in labels]
    if len(found) != count or len(set(found)) != count:
        raise UsageError(f"--seeds {seeds!r}: expected {count} different numbers, one per folder")
    return found


def inventories_of(
    folders: Folders, cell: Cell, *, notice: Callable[[str], None] = lambda _text: None
) -> Runs:
    """Return what the folders hold, all compared with the same list of clips.

    Args:
        folders: See `folders_of`.
        cell: What to compare; its method and its predictions are replaced by those of each folder.
        notice: Called with what is wrong but allowed.

    Raises:
        UsageError: A folder is missing, or there are no clips.
        RefusedError: Something is wrong that ``cell`` does not allow.
    """
    runs = {}
    for name, some in folders.items():
        runs[name] = [inspect(replace(cell, method=name, predictions=f))[0] for f in some]
        for inventory in runs[name]:
            if inventory.problems:
                notice(str(inventory))
    wanted = len(next(iter(runs.values()))[0].wanted)
    if (common := len(common_clips(runs))) < wanted:
        notice(f"{common} of {wanted} clips are in all folders; the others are left out")
    return runs


def check_seeds(folders: Mapping[str, Sequence[Path]], cell: Cell, labels: Sequence[str]) -> None:
    """Raise `UsageError` if a folder's ``method.json`` says that it is of another seed."""
    for name, some in folders.items():
        for folder, label in zip(some, labels, strict=True):
            checkpoint = who(replace(cell, method=name, predictions=folder)).checkpoint
            if checkpoint is not None and str(checkpoint.seed) != label:
                raise UsageError(f"{folder}: is of seed {checkpoint.seed}, --seeds says {label}")


def said_seeds(folders: Mapping[str, Sequence[Path]], cell: Cell) -> list[str] | None:
    """Return the seeds that every ``method.json`` says, the same for all methods; else None."""
    said = []
    for name, some in folders.items():
        checkpoints = [who(replace(cell, method=name, predictions=f)).checkpoint for f in some]
        said.append([str(checkpoint.seed) for checkpoint in checkpoints if checkpoint])
    first = said[0]
    same = all(labels == first for labels in said) and len(first) == len(
        next(iter(folders.values()))
    )
    return first if same and len(set(first)) == len(first) else None
