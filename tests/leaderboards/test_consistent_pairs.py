"""A difference from copy-source is the one that the values per clip of both give."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.registry import UsageError
from leaderboards.columns import BASELINE, column
from leaderboards.consistent_pairs import check_paired, paired_faults
from metrics.aggregate import paired
from metrics.result import PairedDifference, clips_digest
from tests.leaderboards.scored import scored

METRICS = ("l1@clip", "l1@paper", "psnr", "mkr@clean", "akd@clean", "ssim")
COMPARED = METRICS[:-1]
COUNT = 24


def values(seed):
    random = np.random.Generator(np.random.PCG64(seed))
    return {name: (0.1 + random.random(COUNT) / 2).tolist() for name in METRICS}


def differences(rows, still):
    """What metrics.eval says of the values per clip, one metric at a time."""
    found = {}
    for name in COMPARED:
        one, other = ({r.clip_id: r.values[name] for r in each} for each in (rows, still))
        weights = {r.clip_id: float(r.frames) for r in rows}
        made = paired(
            one,
            other,
            {r.clip_id: r.video_id for r in rows},
            weights=weights if column(name).mean == "frames" else None,
        )
        found[name] = PairedDifference(made.value, made.lo, made.hi, made.clips, made.videos)
    return found


@pytest.fixture(scope="module")
def read():
    anchor, still = scored(BASELINE, values(1))
    mine, rows = scored("mine", values(2), status="submitted")
    mine = replace(mine, paired={BASELINE: differences(rows, still)})
    return [(Path("still.json"), anchor, still), (Path("mine.json"), mine, rows)]


def changed(read, metric=None, other=BASELINE, **changes):
    """The same with one difference edited, left out if nothing is said of it."""
    anchor, (path, mine, rows) = read
    said = dict(mine.paired[BASELINE])
    if changes:
        said[metric] = replace(said.get(metric, said["psnr"]), **changes)
    else:
        said.pop(metric, None)
    return [anchor, (path, replace(mine, paired={other: said}), rows)]


def test_honest_differences_are_accepted(read):
    check_paired(read)
    assert not list(paired_faults(read))


@pytest.mark.parametrize("metric", [name for name in COMPARED if not column(name).common])
def test_a_forged_difference_is_refused(read, metric):
    for forged in (
        changed(read, metric, difference=-0.5, lo=-0.6, hi=-0.4),
        changed(read, metric, hi=read[1][1].paired[BASELINE][metric].hi + 0.01),
        changed(read, metric, lo=None, hi=None),
        changed(read, metric, videos=3),
        changed(read, metric),
    ):
        with pytest.raises(UsageError, match=rf"mine\.json: paired with copy-source: {metric} "):
            check_paired(forged)


def test_what_was_detected_in_both_is_not_known_here(read):
    check_paired(changed(read, "akd@clean", difference=-0.5, lo=-0.6, hi=-0.4))


def test_last_digits_of_another_machine_do_not_matter(read):
    said = read[1][1].paired[BASELINE]["psnr"].difference
    check_paired(changed(read, "psnr", difference=said * (1 + 1e-8)))


def test_differences_of_nothing_are_refused(read):
    with pytest.raises(UsageError, match="lpips is no metric of the result"):
        check_paired(changed(read, "lpips", clips=24))
    found = [text for *_, text in paired_faults(changed(read, other="oracle"))]
    assert found[-1] == "paired with oracle: results are compared with copy-source alone"


def test_clips_that_are_missing_need_no_difference(read):
    anchor, (path, mine, rows) = read
    kept = rows[:-4]
    ids = [row.clip_id for row in kept]
    coverage = replace(mine.coverage, scored=20, clips_sha256=clips_digest(ids))
    fewer = replace(mine, coverage=coverage, paired={BASELINE: differences(kept, anchor[2])})
    check_paired([anchor, (path, fewer, kept)])


def test_the_full_boards_of_others_are_told_and_not_refused(read):
    forged = changed(read, "psnr", difference=-0.5, lo=-0.6, hi=-0.4)
    full = [
        (path, replace(row, profile="full", shown_name="taichi-hd"), rows)
        for path, row, rows in forged
    ]
    check_paired(full)
    ((path, _, text),) = paired_faults(full)
    assert (str(path), text.split(" is ")[0]) == ("mine.json", "paired with copy-source: psnr")
    ours = [(path, replace(row, status="reproduced"), rows) for path, row, rows in full]
    with pytest.raises(UsageError, match="psnr"):
        check_paired(ours)


def test_without_the_anchor_nothing_is_said(read):
    check_paired(changed(read, "psnr")[1:])
