"""Findings of an audit: what they are, and how they are shown and kept."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from typing import Any

from datasets.metadata import PARTITIONS

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Check:
    """What is looked for.

    Attributes:
        name: Short name, e.g. ``video-in-two-splits``.
        severity: ``error``: numbers measured on such data mean something else; ``warning``: look
            at it; ``note``: a property that one should know of.
        text: What is found, with the rule.
    """

    name: str
    severity: str
    text: str


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that was found.

    Attributes:
        check: Name of the check.
        split: The partition; several, joined by ``+``, if the finding lies between them.
        video_id: The video (or the person) concerned; empty if it is a clip's file.
        clip_id: The clip concerned; empty if it is a whole video.
        other: The other clip, where there are two.
        value: The number that decided, as text.
        text: What exactly was found.
    """

    check: str
    split: str
    video_id: str
    clip_id: str = ""
    other: str = ""
    value: str = ""
    text: str = ""


COLUMNS = ("severity", *(field.name for field in fields(Finding)))


@dataclass(frozen=True)
class Report:
    """What an audit looked at and found.

    Attributes:
        name: Id of the list, or the file or folder that was looked at.
        sha256: Digest of the canonical list; empty where there is none.
        checks: The checks that were made, in the order in which they are shown.
        findings: Sorted.
        facts: Section -> what else was counted.
    """

    name: str
    sha256: str
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]

    @cached_property
    def _counts(self) -> Counter[tuple[str, str | None]]:
        return Counter(
            (found.check, split)
            for found in self.findings
            for split in (None, *found.split.split("+"))
        )

    def count(self, check: str, split: str | None = None) -> int:
        """Return the number of findings of a check (in a split, or between it and others)."""
        return self._counts[check, split]

    @property
    def failed(self) -> bool:
        """Whether there is a finding of severity ``error``."""
        errors = {check.name for check in self.checks if check.severity == "error"}
        return any(found.check in errors for found in self.findings)


def report(
    name: str,
    sha256: str,
    checks: Sequence[Check],
    findings: Iterable[Finding],
    facts: Mapping[str, Any],
) -> Report:
    """Return a report with its checks sorted by severity and its findings sorted."""
    ordered = sorted(checks, key=lambda check: SEVERITIES.index(check.severity))
    return Report(name, sha256, tuple(ordered), tuple(sorted(findings)), facts)


def as_json(found: Report) -> str:
    """Return a report as JSON; the same report gives the same bytes."""
    value = {
        "name": found.name,
        "sha256": found.sha256 or None,
        "checks": {
            check.name: {
                "severity": check.severity,
                "text": check.text,
                "findings": found.count(check.name),
                **{split: found.count(check.name, split) for split in PARTITIONS},
            }
            for check in found.checks
        },
        "facts": found.facts,
        "findings": [_as_dict(finding) for finding in found.findings],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _as_dict(finding: Finding) -> dict[str, str]:
    return {name: value for name, value in vars(finding).items() if value}


def as_csv(found: Report) -> str:
    """Return the findings as CSV, one row each."""
    severity = {check.name: check.severity for check in found.checks}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([severity[f.check], *astuple(f)] for f in found.findings)
    return out.getvalue()


def as_text(found: Report, *, show: int = 3) -> str:
    """Return a report as a Markdown table, with the first ``show`` findings of each check."""
    lines = [f"# Audit of {found.name}", ""]
    lines += [f"Canonical list: sha256 {found.sha256}.", ""] if found.sha256 else []
    lines += [
        "| severity | check | all | train | val | test |",
        "| --- | --- " + "| ---: " * 4 + "|",
    ]
    for check in found.checks:
        counts = [found.count(check.name), *(found.count(check.name, s) for s in PARTITIONS)]
        lines.append(f"| {check.severity} | {check.name} | {' | '.join(map(str, counts))} |")
    for check in found.checks:
        of_check = [finding for finding in found.findings if finding.check == check.name]
        if not of_check or not show:
            continue
        lines += ["", f"**{check.name}** ({check.severity}): {check.text}", ""]
        lines += [f"* {_line(finding)}" for finding in of_check[:show]]
        lines += [f"* ... and {len(of_check) - show} more"] if len(of_check) > show else []
    return "\n".join(lines) + "\n"


def _line(finding: Finding) -> str:
    names = " and ".join(filter(None, (finding.clip_id or finding.video_id, finding.other)))
    return f"{names} ({finding.split}): {finding.text}"
