"""The list of weights files as a table: on the terminal with what is there, and as Markdown."""

from __future__ import annotations

from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.weight_digests import read_pins
from metrics.extractors.weight_files import KnownWeights, WeightsAbsent, find, known, weights_folder

BEGIN, END = "<!-- BEGIN WEIGHTS -->", "<!-- END WEIGHTS -->"
_SHOWN = 10  # digits of a digest


def plain() -> str:
    """Return a table of name, users, state, digest and licence; below it why files are refused."""
    rows, notes = [("name", "used by", "state", "digest", "licence")], []
    for name, entry in known().items():
        state, why = _state(entry)
        notes += [f"{name}: {why}"] if why else []
        rows.append((name, ", ".join(entry.used_by), state, _digest(entry), entry.licence))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), *notes])


def _state(entry: KnownWeights) -> tuple[str, str]:
    """Return ``found``, ``absent`` or ``refused``, and why it is refused."""
    try:
        find(entry.name)
    except WeightsAbsent:
        return "absent", ""
    except (UsageError, ExtractorUnavailable) as error:
        return "refused", str(error)
    return "found", ""


def _digest(entry: KnownWeights) -> str:
    if entry.git_blob:
        return f"git blob {entry.git_blob[:_SHOWN]}..."
    if not entry.unpinned:
        return entry.digest
    try:
        pin = read_pins(weights_folder()).get(entry.name)
    except UsageError:
        return "unpinned (pins.toml is damaged)"
    return f"unpinned; here sha256 {pin[:_SHOWN]}..." if pin else "unpinned"


def markdown() -> str:
    """Return the committed list as a Markdown table; it does not depend on what is there."""
    lines = [_row("name", "file", "used by", "digest", "from", "licence"), "|" + " --- |" * 6]
    for name, entry in known().items():
        links = [f"[URL]({url})" for url in entry.urls]
        links += [f"[page]({page})" for page in entry.pages]
        digest = f"git blob `{entry.git_blob}`" if entry.git_blob else entry.digest
        used = ", ".join(entry.used_by)
        cells = (f"`{name}`", f"`{entry.file}`", used, digest, ", ".join(links), entry.licence)
        lines.append(_row(*cells))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
