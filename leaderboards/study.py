"""Make the page of a study from results of several seeds, or check that a committed one is theirs.

python -m leaderboards.study ranking --results DIR [DIR ...] --pairs FILE.csv [FILE.csv ...]
python -m leaderboards.study ranking --check

``--out leaderboards/v1/studies/ranking.md`` is the page; beside it lie ``ranking.csv`` (all digits)
and the folder ``ranking/`` with what both are made from, which ``--check`` reads:
``ranking/pairs.csv``, ``ranking/results/<dataset>-<method>-seed<k>.json`` (an anchor without seed),
and the same of animations in ``ranking/results/animation-<mode>/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from datasets.registry import VERSION, UsageError
from leaderboards.claims import KINDS, Kind, check, claims
from leaderboards.files import difference, read_exactly, write_if_changed
from leaderboards.loading import result_files
from leaderboards.pairs import pairs_csv, read_pairs
from leaderboards.seeds import check_pairs, grouped, load_runs
from leaderboards.study_csv import study_csv
from leaderboards.study_page import page
from leaderboards.tasks import task_folders


def render(
    kind: Kind, results: Sequence[Path], pairs: Sequence[Path], *, out: Path
) -> dict[Path, str]:
    """Return all files of a study, its page at ``out``, and their texts. Writes nothing.

    Args:
        kind: What is claimed, see `leaderboards.claims`.
        results: Folders of results, see `leaderboards.seeds.load_runs`.
        pairs: Files of paired differences, see `leaderboards.pairs`.
        out: The page; called ``<kind>.md`` or ``<kind>-<something>.md``.

    Raises:
        UsageError: Naming the file that is damaged or does not fit the others.
    """
    if out.suffix != ".md" or kind_of(out) != kind:
        raise UsageError(f"{out}: call the page {kind}.md, or {kind}-SOMETHING.md")
    runs = load_runs(results)
    groups, differences = grouped(runs), read_pairs(pairs)
    check_pairs(differences, groups)
    profile = runs[0].result.profile
    found = [(g, [check(claim, g, differences) for claim in claims(kind, g)]) for g in groups]
    home = out.with_suffix("")
    return {
        out: page(kind, found, differences, profile=profile, stem=out.stem),
        out.with_suffix(".csv"): study_csv(found, differences, profile=profile),
        home / "pairs.csv": pairs_csv(differences, profile=profile),
        **{home / "results" / run.kept_as: read_exactly(run.path) for run in runs},
    }


def kind_of(page: Path) -> Kind | None:
    """Return the kind of study that ``page`` shows, by its name; None for none."""
    return next((kind for kind in KINDS if f"{page.stem}-".startswith(f"{kind}-")), None)


def build(kind: Kind, results: Sequence[Path], pairs: Sequence[Path], *, out: Path) -> list[Path]:
    """Write the files of a study (see `render`) and remove results that it no longer has.

    Returns:
        The paths that were written because they changed.
    """
    texts = render(kind, results, pairs, out=out)
    for path in _kept(out):
        if path not in texts:
            path.unlink()
    return [path for path, text in sorted(texts.items()) if write_if_changed(path, text)]


def _kept(out: Path) -> list[Path]:
    """Return the results that the study at ``out`` keeps."""
    folders = task_folders(out.with_suffix("") / "results").values()
    return [path for folder in folders for path in result_files(folder)]


def differences(kind: Kind, *, out: Path) -> list[str]:
    """Rebuild a committed study from what it keeps and say where its files differ.

    Returns:
        One message per differing file; empty when every byte is the same. Damaged inputs are
        such a message too.

    Raises:
        UsageError: There is no such study.
    """
    home = out.with_suffix("")
    if not home.is_dir():
        raise UsageError(f"{home}: no study there; build it with --results and --pairs")
    try:
        texts = render(kind, [home / "results"], [home / "pairs.csv"], out=out)
    except UsageError as error:
        return [str(error)]
    found = [difference(path, text) for path, text in sorted(texts.items())]
    return [message for message in found if message]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m leaderboards.study", description=(__doc__ or "").splitlines()[0]
    )
    add = parser.add_argument
    add("kind", choices=get_args(Kind), help="what is claimed")
    add("--results", type=Path, nargs="+", default=[], help="folders of results, one or more seeds")
    add("--pairs", type=Path, nargs="+", default=[], help="CSV files of metrics.compare")
    where = f"leaderboards/{VERSION}/studies/KIND.md"
    add("--out", type=Path, help=f"the page (default: {where})")
    add("--check", action="store_true", help="write nothing; exit 1 if the study is not rebuilt")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 for a failed check, 2 for wrong usage.

    What the claims come to is no failure.
    """
    args = _parser().parse_args(argv)
    out: Path = args.out or Path("leaderboards", VERSION, "studies", f"{args.kind}.md")
    try:
        if args.check:
            found = differences(args.kind, out=out)
            text = "\n".join(found) if found else f"{out}: rebuilt from its inputs, same bytes"
            sys.stdout.write(f"{text}\n")
            return 1 if found else 0
        if not args.results or not args.pairs:
            raise UsageError("--results and --pairs are needed, or --check")
        written = build(args.kind, args.results, args.pairs, out=out)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    text = "\n".join(map(str, written)) if written else f"{out}: nothing changed"
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
