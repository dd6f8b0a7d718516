"""Measure the offline detectors on real clips and write their page, table and figure.

``python -m metrics.extractors.detector_card --clips DIR`` writes ``detectors.csv``, all figures;
``detectors.png``; and the part of ``detectors.md`` between the two markers. No frame is written.
It needs the second environment, see `constraints-detectors.txt`.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from itertools import pairwise, product
from pathlib import Path

from datasets.clips import ClipError
from datasets.files import write_text
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.detector_curves import DAMAGES, FOOTAGE, Row, boxes_of, curves, load
from metrics.extractors.detector_figure import draw
from metrics.extractors.detectors import DETECTORS

BEGIN, END = "<!-- BEGIN DETECTORS -->", "<!-- END DETECTORS -->"
FRAMES = 24
SHOWN = {
    "akd": ("AKD (px)", "{:.2f}"),
    "mkr": ("MKR", "{:.3f}"),
    "aed": ("AED", "{:.4f}"),
    "lost": ("frames lost", "{:.1%}"),
}
BOXES_FROM = {"dlib-faceid": "dlib-face68"}
"""Whose points say where the subject is, for a detector that gives none."""


def measure(folder: Path, *, most: int) -> Iterator[Row]:
    """Yield the rows of every detector and footage; ``most`` frames are looked at of each clip."""
    for footage, names in FOOTAGE.items():
        clips = load(folder, names, most=most)
        for name, make in DETECTORS.items():
            boxes = None
            if name in BOXES_FROM:
                finder = DETECTORS[BOXES_FROM[name]]()
                boxes = [boxes_of(finder(clip.frames)) for clip in clips]
            yield from curves(make, clips, footage=footage, boxes=boxes)


def falls(rows: Sequence[Row], figure: str) -> list[tuple[Row, Row]]:
    """Return neighbours of one curve, in the order of the damage, whose ``figure`` falls."""
    return [(a, b) for a, b in pairwise(rows) if getattr(b, figure) < getattr(a, figure)]


def curve(rows: Sequence[Row], *, detector: str, footage: str, damage: str) -> list[Row]:
    """Return the rows of one curve, the undamaged frames first."""
    ours = [row for row in rows if (row.detector, row.footage) == (detector, footage)]
    chosen = [row for row in ours if row.damage in ("none", damage)]
    return sorted(chosen, key=lambda row: row.amount)


def markdown(rows: Sequence[Row]) -> str:
    """Return the tables of ``rows`` and the list of the curves that fall somewhere."""
    return "\n\n".join(("\n".join(_found(rows)), "\n".join(_scores(rows)), "\n".join(_falls(rows))))


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for cells in lines:
        yield f"| {' | '.join(cells)} |"


def _found(rows: Sequence[Row]) -> Iterator[str]:
    lines = [
        (
            row.detector,
            row.footage,
            str(row.frames),
            f"{row.found:.1%}",
            _number(row.points, "{:.1%}"),
        )
        for row in rows
        if row.damage == "none"
    ]
    return _table(("detector", "footage", "frames", "detected", "points found"), sorted(lines))


def _scores(rows: Sequence[Row]) -> Iterator[str]:
    steps = [("none", 0.0), *((damage, a) for damage, all_ in DAMAGES.items() for a in all_)]
    titles = [f"{damage} {amount:g}" for damage, amount in steps[1:]]
    own = {(r.detector, r.footage, r.damage, r.amount): r for r in rows}
    lines = []
    for detector in DETECTORS:
        for footage in FOOTAGE:
            for figure, (title, pattern) in SHOWN.items():
                found = [own.get((detector, footage, *step)) for step in steps]
                values = [getattr(row, figure) if row else math.nan for row in found]
                if not all(map(math.isnan, values)):
                    cells = (_number(value, pattern) for value in values)
                    lines.append((detector, footage, title, *cells))
    return _table(("detector", "footage", "figure", "oracle", *titles), lines)


def _falls(rows: Sequence[Row]) -> Iterator[str]:
    count, lines = 0, []
    for detector, footage, damage in product(DETECTORS, FOOTAGE, DAMAGES):
        steps = curve(rows, detector=detector, footage=footage, damage=damage)
        for figure, (title, _) in SHOWN.items():
            count += any(getattr(row, figure) == getattr(row, figure) for row in steps[1:])
            for a, b in falls(steps, figure):
                low, high = getattr(b, figure), getattr(a, figure)
                lines.append(
                    f"* {detector}, {footage}, {damage}: {title} falls from {high:.4f} at "
                    f"{a.amount:g} to {low:.4f} at {b.amount:g}."
                )
    curves = len({line.partition(" falls")[0] for line in lines})
    yield f"Of {count} curves, {count - curves} never fall. The others:\n"
    yield from lines


def _number(value: float, pattern: str) -> str:
    return "-" if math.isnan(value) else pattern.format(value)


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write ``rows``; a figure that is not defined is an empty cell."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([field.name for field in fields(Row)])
    for row in rows:
        cells = (round(v, 6) if isinstance(v, float) else v for v in astuple(row))
        table.writerow(["" if isinstance(v, float) and math.isnan(v) else v for v in cells])
    write_text(path, text.getvalue())


def read_csv(path: Path) -> list[Row]:
    """Return the rows that `write_csv` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_row(cells) for cells in csv.DictReader(file)]


def _row(cells: dict[str, str]) -> Row:
    names = [field.name for field in fields(Row)]
    texts = {name: cells[name] for name in names if name in ("detector", "footage", "damage")}
    numbers = {name: float(cells[name] or "nan") for name in names if name not in texts}
    return Row(**texts, **{**numbers, "frames": int(numbers["frames"])})  # type: ignore[arg-type]


def refreshed(page: str, block: str) -> str:
    """Return ``page`` with ``block`` between its markers, or a page of the block alone."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        before, after = "# Detectors on real clips\n\n", "\n"
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m metrics.extractors.detector_card",
        description="Measure the offline detectors on real clips; write a table and a figure.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--clips", type=Path, help="folder of the clips; none: redraw the csv")
    parser.add_argument("--out", type=Path, default=Path("docs/metrics"), help="folder to write")
    parser.add_argument("--frames", type=int, default=FRAMES, help="to look at, at most, per clip")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Write csv, page and figure; return 0, or 2 where clips or packages are missing."""
    given = _parser().parse_args(argv)
    table, page = given.out / "detectors.csv", given.out / "detectors.md"
    try:
        if given.clips:
            rows = []
            for row in measure(given.clips, most=given.frames):
                print(row, flush=True)
                rows.append(row)
            write_csv(table, rows)
        rows = read_csv(table)
    except (ClipError, ExtractorUnavailable, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    draw(rows, given.out / "detectors.png")
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    write_text(page, refreshed(text, markdown(rows)))
    print(f"wrote {table}, {page} and {given.out / 'detectors.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
