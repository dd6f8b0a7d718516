"""Check submissions: files, digests, lists, values, names, and what a change does to older ones.

python -m leaderboards.validate leaderboards/v1/submitted/taichi-hd-mini/mine
python -m leaderboards.validate leaderboards/v1/submitted --base origin/main --report
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache, lru_cache, partial
from pathlib import Path

from datasets.registry import VERSION, UsageError
from leaderboards.card import Card, read_card, read_cards
from leaderboards.facts import read_facts
from leaderboards.files import complaint
from leaderboards.findings import Findings
from leaderboards.frozen import read_frozen
from leaderboards.git_base import Base, find_base
from leaderboards.loading import load_results
from leaderboards.neighbours import Neighbours
from leaderboards.plain import hidden
from leaderboards.submission import CARD, PROVENANCE, read_provenance
from leaderboards.submitted_card import check_card
from leaderboards.submitted_changes import check_update, old_card, old_tasks
from leaderboards.submitted_copies import check_copies
from leaderboards.submitted_files import check_files, submissions, task_homes
from leaderboards.submitted_names import check_name
from leaderboards.submitted_report import Checked, Rows, report
from leaderboards.submitted_scope import check_scope
from leaderboards.submitted_scores import Known, Scored, check_scores
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import ClipRow, Result


def check(
    paths: Sequence[Path], *, repository: Path = Path(), base: str | None = None
) -> tuple[list[Checked], Findings]:
    """Check all submissions at or below ``paths``.

    Args:
        paths: Folders of submissions, or folders of such folders.
        repository: The checkout whose splits, cards and boards they are compared with.
        base: Compare with the merge base with this commit or branch; None: not at all.

    Returns:
        The submissions that could be read, and everything that was found.

    Raises:
        UsageError: The repository lacks its own files, or git does not know ``base``.
    """
    findings = Findings()
    home = repository / "leaderboards" / VERSION
    splits = repository / "datasets" / "splits" / VERSION
    known = Known(
        facts=read_facts(home / "metrics.json"),
        frozen=read_frozen(splits),
        splits=splits,
        rows=partial(_rows, home),
    )
    ours = read_cards(home / "methods")
    old = find_base(repository, base) if base is not None else None
    if old is not None:
        check_scope(old, VERSION, findings)
    named = [path if path.name not in ("", "..") else path.resolve() for path in paths]
    folders = sorted({folder for path in named for folder in submissions(path)})
    around = cache(Neighbours)
    checked = [
        _check(folder, known, ours, around(folder.parent.parent), old, findings)
        for folder in folders
    ]
    findings.problems = sorted(set(findings.problems))
    findings.warnings = sorted(set(findings.warnings))
    return checked, findings


def _check(
    folder: Path,
    known: Known,
    ours: Mapping[str, Card],
    neighbours: Neighbours,
    base: Base | None,
    findings: Findings,
) -> Checked:
    if not check_files(folder, findings):
        return Checked(folder)
    card = findings.attempt(folder / CARD, lambda: read_card(folder / CARD))
    scored: dict[str, Scored] = {}
    for task, home in task_homes(folder).items():
        found = check_scores(home, task=task, known=known, findings=findings)
        where = home / PROVENANCE
        if (made := findings.attempt(where, partial(read_provenance, where))) is not None:
            findings.problems_of(where, hidden(made.model_dump()))
        if found is None:
            continue
        scored[task] = found
        names = (found.result.shown_name, found.result.method)
        if (folder.resolve().parent.name, folder.resolve().name) != names:
            text = f"holds {names[0]}/{names[1]}, in the folder {folder.parent.name}/{folder.name}"
            findings.problem(home / "result.json", text)
    before = _before(folder, card, scored, base, findings)
    if card is not None:
        check_name(folder, card, ours, neighbours, findings)
        check_card(folder, card, ours, neighbours, findings)
    check_copies(folder, scored, known, neighbours, findings)
    return Checked(folder, scored, before)


def _before(
    folder: Path,
    card: Card | None,
    scored: dict[str, Scored],
    base: Base | None,
    findings: Findings,
) -> dict[str, Result]:
    """Return the results that the base had, after comparing with them."""
    if base is None:
        return {}
    root = base.repository.resolve()
    if not folder.resolve().is_relative_to(root):
        raise UsageError(f"{folder}: is not below {base.repository}, whose history --base means")
    path = folder.resolve().relative_to(root).as_posix()
    tasks = old_tasks(base, path)
    if card is not None:
        before = old_card(base, path), tasks
        check_update(folder, card, scored, before=before, findings=findings)
    return {task: old.result for task, old in tasks.items()}


def _rows(home: Path, result: Result) -> Rows:
    """Return method -> result and values per clip, of the board that ``result`` belongs to."""
    return {
        name: pair
        for (dataset, name), pair in _board(home, result.profile, result.task).items()
        if dataset == result.dataset
    }


@lru_cache(maxsize=8)
def _board(
    home: Path, profile: str, task: str
) -> dict[tuple[str, str], tuple[Result, Sequence[ClipRow]]]:
    folder = home / profile / "board" / "results"
    where = folder if task == RECONSTRUCTION else folder / task
    if not where.is_dir():
        return {}
    loaded = load_results(where, profile=profile, task=task)
    return {
        (r.dataset, r.method): (r, loaded.clips[r.task, r.dataset, r.method])
        for r in loaded.results
    }


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.validate",
        description="Check submissions. Exit status: 0 nothing wrong, 1 problems, 2 wrong usage.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = cli.add_argument
    add("path", nargs="+", type=Path, help="a submission, or a folder of submissions")
    add("--base", metavar="REF", help="compare with the merge base with this branch or commit")
    add(
        "--repository",
        type=Path,
        default=Path(),
        help="the checkout whose splits, cards and boards they are compared with",
    )
    how = cli.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print what was found as JSON")
    how.add_argument("--report", action="store_true", help="print the rows of the board too")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 for problems, 2 for wrong usage."""
    args = _parser().parse_args(argv)
    try:
        checked, findings = check(args.path, repository=args.repository, base=args.base)
    except (UsageError, OSError) as error:
        print(complaint(error), file=sys.stderr)
        return 2
    if args.report:
        print(report(checked, findings, partial(_rows, args.repository / "leaderboards" / VERSION)))
    elif args.json:
        folders = [one.folder.as_posix() for one in checked]
        print(json.dumps({"submissions": folders, **asdict(findings)}, indent=1))
    else:
        show(checked, findings)
    return 1 if findings.problems else 0


def show(checked: Sequence[Checked], findings: Findings) -> None:
    """Print one line per finding, of each file the first ones, and a last one that sums up."""
    for line in findings.lines():
        print(line)
    print(f"{len(checked)} submissions checked: {findings.counts()}")


if __name__ == "__main__":
    sys.exit(main())
