"""A few well-named numbers per method, for ``dvc metrics show`` and ``dvc metrics diff``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from leaderboards.board import Section
from leaderboards.columns import README_METRICS, column


def metrics_files(groups: Sequence[Section]) -> dict[str, str]:
    """Return ``metrics/<dataset>-<method>.json`` -> text, of all methods that we ran.

    Each holds the titles of the README's columns that have a value, in their order, and the values
    with all digits. Anchors never change, and submissions are not made by the pipeline.

    Args:
        groups: The sections of the reconstruction.
    """
    return {
        f"metrics/{row.dataset}-{row.method}.json": json.dumps(
            {
                column(metric).title: figure.value
                for metric in README_METRICS
                if (figure := row.metrics.get(metric)) is not None and figure.value is not None
            },
            indent=1,
        )
        + "\n"
        for group in groups
        for row in group.rows
        if row.status == "reproduced"
    }
