"""What is kept with a board so that everything else can be made again: its inputs, byte for byte.

Results and values per clip, the losses of the trainings, the strips of the gallery. All lie beside
the scores in ``work/<profile>/``, or in the board itself, which can be its own source.
"""

from __future__ import annotations

from pathlib import Path

from datasets.registry import UsageError
from leaderboards.consistent import clips_name
from leaderboards.gallery import LIST, read_gallery, read_strips
from leaderboards.loading import Loaded, result_files
from leaderboards.tasks import task_folders

FOLDERS: tuple[str, ...] = ("gallery", "results", "training")


def inputs(scores: Path, loaded: Loaded, *, profile: str) -> dict[str, bytes]:
    """Return the inputs of a board: path below the board -> bytes.

    Args:
        scores: ``work/<profile>/scores``, or ``results/`` of a board.
        loaded: What was read from there.
        profile: The profile of the board.

    Raises:
        UsageError: As `gallery`.
    """
    found: dict[str, bytes] = {}
    for folder in task_folders(scores).values():
        for path in result_files(folder):
            for file in (path, clips_name(path)):
                name = file.relative_to(scores).as_posix()
                found[f"results/{name}"] = file.read_bytes()
    strips = gallery(scores.parent / "gallery", loaded, profile=profile)
    return found | training(scores.parent, loaded) | strips


def training(work: Path, loaded: Loaded) -> dict[str, bytes]:
    """Return ``training/<dataset>-<method>.csv``: the losses of the methods that have a result.

    Args:
        work: Has ``train/<dataset>-<method>-loss.csv`` (the pipeline) or the same as is returned.
        loaded: The results of the board.
    """
    found = {}
    for name in sorted({f"{row.dataset}-{row.method}" for row in loaded.results}):
        for file in (work / "train" / f"{name}-loss.csv", work / "training" / f"{name}.csv"):
            if file.is_file():
                found[f"training/{name}.csv"] = file.read_bytes()
                break
    return found


def gallery(folder: Path, loaded: Loaded, *, profile: str) -> dict[str, bytes]:
    """Return ``gallery/<dataset>/gallery.json`` and its strips of the data sets with a result.

    Args:
        folder: Has ``<dataset>/gallery.json`` and the strips that it names.
        loaded: The results of the board.
        profile: That the gallery must have: no picture of a mini world is shown as a real one.

    Raises:
        UsageError: A ``gallery.json`` is damaged, or of another data set or profile.
    """
    found: dict[str, bytes] = {}
    for dataset in sorted({row.dataset for row in loaded.results}):
        path = folder / dataset / LIST
        if not path.is_file():
            continue
        listed = read_gallery(path)
        said = listed.dataset, listed.profile
        if said != (dataset, profile):
            raise UsageError(f"{path}: is of {said[0]}, {said[1]}; expected {dataset}, {profile}")
        strips = read_strips(path.parent, listed)
        found[f"gallery/{dataset}/{LIST}"] = path.read_bytes()
        found |= {f"gallery/{dataset}/{name}": data for name, data in strips.items()}
    return found
