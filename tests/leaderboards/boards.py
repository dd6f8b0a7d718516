"""A scored board and a study of two seeds in a scratch folder, and their command lines."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from leaderboards import build, study
from leaderboards.pairs import COLUMNS
from leaderboards.readme import markers
from metrics.result import Checkpoint, Result, write_result

Make = Callable[..., Result]
L1 = {  # method -> L1 of seeds 0 and 1
    "fomm": (0.25, 0.5),
    "monkey-net": (0.5, 0.625),
    "x2face": (0.75, 0.5),
}
SPLIT = f"""id = "taichi-hd-mini@v1"
sha256 = "{"00" * 32}"
[parameters]
size = "64"
[splits.test]
clips = 3
videos = 2
frames = 75
sha256 = "{"ab" * 32}"
[pairs]
count = 3
seed = 0
sha256 = "{"ab" * 32}"
"""
PAIRS = (
    ("fomm", "monkey-net", "pooled", -0.1875, -0.25, -0.125, "better"),
    ("fomm", "monkey-net", 0, -0.25, -0.375, -0.125, "better"),
    ("fomm", "monkey-net", 1, -0.125, -0.25, 0.0, "undecided"),
    ("x2face", "monkey-net", "pooled", 0.0625, -0.25, 0.375, "undecided"),
)


def contents(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def without_site(folder: Path) -> dict[Path, bytes]:
    """The contents of a board, its pages left out."""
    return {path: data for path, data in contents(folder).items() if path.parts[0] != "site"}


def submit(scores: Callable[..., Path], row: Result) -> Path:
    """Lay a submission where boards look for it; return its folder."""
    home = scores(row, name=f"v1/submitted/{row.shown_name}/{row.method}")
    for suffix in (".json", ".clips.csv"):
        (home / f"{row.dataset}-{row.method}{suffix}").rename(home / f"result{suffix}")
    card = f'name = "{row.method}"\ntitle = "Theirs"\nkind = "method"\n'
    (home / "method.toml").write_text(card)
    return home


def board_command(folder: Path) -> Callable[..., int]:
    """Write a README with markers and a frozen split; return the command line of the board of
    ``folder/scores``."""
    (folder / "splits" / "v1").mkdir(parents=True)
    (folder / "splits" / "v1" / "taichi-hd-mini.toml").write_text(SPLIT)
    begin, end = markers("taichi-hd", version="v1", profile="mini")
    (folder / "README.md").write_text(f"# Title\n{begin}\n{end}\n", newline="\n")

    def run(*more: str) -> int:
        options = {
            "--scores": folder / "scores",
            "--out": folder / "v1" / "mini" / "board",
            "--readme": folder / "README.md",
            "--submitted": folder / "v1" / "submitted",
            "--splits": folder / "splits",
        }
        return build.main([str(part) for pair in options.items() for part in pair] + list(more))

    return run


def of_seed(result: Make, seed: int, *, steps: int = 600, **changes: object) -> Result:
    made = Checkpoint("f" * 64, "e" * 64, seed, 1_234_567, 98_765, steps)
    return result(checkpoint=made, **changes)


def write_pairs(path: Path, rows: object) -> None:
    lines = [
        ["taichi-hd-mini", "reconstruction", one, other, "l1@clip", seed, *numbers, 3, 2, said, ""]
        for one, other, seed, *numbers, said in rows
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *lines])
    path.write_text(text.getvalue())


def study_command(folder: Path, result: Make) -> Callable[..., int]:
    """Write `L1` and `PAIRS`; return the command line of their study in ``folder/studies``."""

    def write(seed: int, row: Result) -> None:
        write_result(folder / f"run{seed}" / f"taichi-hd-{row.method}.json", row)

    for seed in (0, 1):
        for method, values in L1.items():
            figures = {"l1@clip": (values[seed], 0.125, 1.0), "akd@clean": "no keypoints"}
            write(seed, of_seed(result, seed, method=method, figures=figures))
        figures = {"l1@clip": (1.0, 0.125, 1.0), "akd@clean": "no keypoints"}
        write(seed, result("copy-source", figures=figures))
    write_pairs(folder / "pairs.csv", PAIRS)

    def run(
        *more: str, kind: str = "ranking", out: Path = folder / "studies" / "ranking.md"
    ) -> int:
        inputs = ["--results", *(str(folder / f"run{seed}") for seed in (0, 1))]
        inputs += ["--pairs", str(folder / "pairs.csv")]
        given = [] if "--check" in more else inputs
        return study.main([kind, *given, "--out", str(out), *more])

    return run
