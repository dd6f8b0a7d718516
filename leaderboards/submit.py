r"""Score predictions and make the folder of a submission, ready for a pull request.

python -m leaderboards.submit --method mine --predictions DIR --dataset taichi-hd \
    --paper https://arxiv.org/abs/... --code https://github.com/... --license MIT
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.registry import DATASETS, PROFILES, VERSION, UsageError, shown_name
from leaderboards.card_text import card_text
from leaderboards.files import complaint
from leaderboards.scoring import Order, RefusedError, score
from leaderboards.submission import (
    CARD,
    CLIPS,
    PREDICTIONS,
    PROVENANCE,
    RESULT,
    digest,
    find_predictions,
    predictions_text,
)
from leaderboards.tasks import RECONSTRUCTION, TASKS
from leaderboards.told import read_bibtex, refuse_card, told_card
from leaderboards.validate import check, show
from metrics.result import METHOD_NAME, read_clips, read_result

ROOT = Path("leaderboards", VERSION, "submitted")
_TOLD = ("title", "authors", "year", "venue", "paper", "code", "license", "summary", "contact")


def submit(
    order: Order,
    told: Mapping[str, Any],
    *,
    out: Path = ROOT,
    update: str | None = None,
    repository: Path = Path(),
) -> Path:
    """Score ``order`` and write the folder of its submission.

    Args:
        order: What to score; its profile must be given.
        told: What the card says, by field; what is absent stays as it was.
        out: Folder of submissions.
        update: Why an earlier submission is replaced; None: it is not.
        repository: The checkout whose methods' names are taken.

    Returns:
        The folder.

    Raises:
        UsageError: A name that cannot be taken, a card that is none, or a submission is there.
        RefusedError: ``metrics.eval`` refused.
    """
    if not METHOD_NAME.fullmatch(order.method):
        raise UsageError(f"--method {order.method!r}: use letters, digits, '.', '_' and '-'")
    assert order.profile is not None
    folder = out / shown_name(order.dataset, order.profile) / order.method
    home = folder if order.task == RECONSTRUCTION else folder / order.task
    card = told_card(folder, home, told, update)
    refuse_card(folder, card, repository)
    with tempfile.TemporaryDirectory() as scratch:
        files = score(order, Path(scratch))
        clips = [row.clip_id for row in read_clips(files[CLIPS])]
        found = find_predictions(order.predictions, clips)
        digests = predictions_text([digest(path) for path in found])
        provenance = _without_places(files[PROVENANCE], order, Path(scratch))
        texts = {name: files[name].read_text(encoding="utf-8") for name in (RESULT, CLIPS)}
        read_result(files[RESULT])
    texts |= {PREDICTIONS: digests, PROVENANCE: provenance}
    inside = home.relative_to(folder)
    _replace(folder, {inside / n: t for n, t in texts.items()} | {Path(CARD): card_text(card)})
    return folder


def _without_places(path: Path, order: Order, scratch: Path) -> str:
    """Return the sidecar without the name and the folders of the machine it was made on."""
    said = json.loads(path.read_text(encoding="utf-8"))
    places = {str(order.predictions): "PREDICTIONS", str(scratch): "OUT"}
    for place, word in places.items():
        said["command"] = [argument.replace(place, word) for argument in said["command"]]
    said["command"][0] = Path(said["command"][0]).name
    return json.dumps(said | {"host": ""}, indent=1, sort_keys=True) + "\n"


def _replace(folder: Path, texts: Mapping[Path, str]) -> None:
    """Put ``texts`` into ``folder``, whole or not at all; what else is in it stays."""
    part = folder.with_name(f".{folder.name}.part")
    old = folder.with_name(f".{folder.name}.old.part")
    for left in (part, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        if folder.is_dir():
            shutil.copytree(folder, part, symlinks=True)
        for name, text in texts.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_text(text, encoding="utf-8", newline="\n")
        if folder.is_dir():
            folder.replace(old)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.submit",
        description="Score predictions and make a submission of them, ready for a pull request. "
        "Exit status: that of metrics.eval if it refuses; 1 if the submission has problems.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = cli.add_argument
    add("--method", required=True, help="its name on the board")
    add("--predictions", required=True, type=Path, help="folder of predictions, as metrics.eval")
    add("--dataset", required=True, choices=tuple(DATASETS), help="what was predicted")
    add("--task", choices=TASKS, default=RECONSTRUCTION, help="what they are predictions of")
    add("--profile", choices=PROFILES, default="mini", help="which board")
    card = cli.add_argument_group("the card; what is left out stays unknown, or as it was")
    for name in ("paper", "code", "license", "title", "venue", "summary", "contact"):
        card.add_argument(
            f"--{name}", help=f"its {name}" + " (web address)" * (name in ("paper", "code"))
        )
    card.add_argument("--authors", nargs="+", metavar="NAME", help="full names")
    card.add_argument("--year", type=int, help="of publication")
    card.add_argument("--bibtex", type=Path, metavar="FILE", help="file with the entry to cite")
    add("--out", type=Path, default=ROOT, help="folder of submissions")
    add("--update", metavar="WHY", help="replace an earlier submission, and keep the reason")
    add("--repository", type=Path, default=Path(), help="the checkout it is compared with")
    add("eval_arguments", nargs="*", metavar="-- ARGUMENTS", help="passed on to metrics.eval")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 for problems, 2 for wrong usage."""
    args = _parser().parse_args(argv)
    told = {name: value for name in _TOLD if (value := getattr(args, name)) is not None}
    if args.authors:
        told["authors"] = tuple(args.authors)
    order = Order(
        args.method, args.dataset, args.predictions, args.task, args.profile, args.eval_arguments
    )
    try:
        if args.bibtex is not None:
            told["bibtex"] = read_bibtex(args.bibtex)
        folder = submit(order, told, out=args.out, update=args.update, repository=args.repository)
        checked, findings = check([folder], repository=args.repository)
    except (UsageError, OSError) as error:
        print(complaint(error), file=sys.stderr)
        return 2
    except RefusedError as refused:
        return refused.status
    print(f"wrote {folder}")
    show(checked, findings)
    if findings.problems:
        return 1
    print(
        f"next: look at it, 'git add {folder}', commit, and open a pull request;\n"
        "      keep the predictions: they are asked for when the scores are checked"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
