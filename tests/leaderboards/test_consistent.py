"""Every figure is what its per-clip values say; every edit is caught, and the file named."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.registry import UsageError
from leaderboards.board import key
from leaderboards.consistent import check_agreement, check_intervals
from leaderboards.frozen import check_split, read_frozen
from leaderboards.loading import Loaded, check_loaded, load_results
from metrics.result import Split, write_clips, write_result
from tests.leaderboards.scored import scored

RNG = np.random.Generator(np.random.PCG64(4))
METRICS = ("l1@clip", "l1@paper", "akd@clean", "aed@paper", "mkr@clean", "psnr")
VIDEOS = [f"v{i % 20:02}" for i in range(24)]


def values():
    made = {name: (0.1 + RNG.random(24) / 2).tolist() for name in METRICS}
    made["akd@clean"][3] = None
    return made


@pytest.fixture
def folder(tmp_path):
    """One scored result with honest figures; ``aed@paper`` is some mean over frames."""
    result, rows = scored("fomm", values(), videos=VIDEOS)
    write_result(tmp_path / "taichi-hd-fomm.json", result)
    write_clips(tmp_path / "taichi-hd-fomm.clips.csv", rows, METRICS)
    return tmp_path


def edit(folder, change):
    path = folder / "taichi-hd-fomm.json"
    node = json.loads(path.read_text())
    change(node)
    path.write_text(json.dumps(node))


def refused(folder, message):
    with pytest.raises(UsageError, match=message):
        load_results(folder, profile="mini")


def test_what_was_scored_is_accepted(folder):
    assert len(load_results(folder, profile="mini").results) == 1


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "aed@paper"])
@pytest.mark.parametrize("factor", [1 + 1e-6, 0.97])
def test_an_edited_value_is_named(folder, metric, factor):
    def change(node):
        node["metrics"][metric]["value"] *= factor

    edit(folder, change)
    refused(folder, rf"taichi-hd-fomm\.json: {metric} is .*, but .* by taichi-hd-fomm\.clips\.csv")


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "aed@paper"])
@pytest.mark.parametrize("end", ["lo", "hi"])
def test_an_edited_interval_is_named(folder, metric, end):
    def change(node):
        figure = node["metrics"][metric]
        figure[end] += (figure["value"] - figure[end]) / 1000

    edit(folder, change)
    refused(folder, rf"fomm\.json: {metric} has the interval .* \(10000 samples, seed 0\)")


def test_a_removed_interval_is_named(folder):
    edit(folder, lambda node: node["metrics"]["psnr"].update(lo=None, hi=None, reason="none"))
    refused(folder, r"psnr has the interval none, but \[")


def test_a_mean_over_unknown_frames_lies_among_its_clips(folder):
    edit(folder, lambda node: node["metrics"]["aed@paper"].update(value=0.3, lo=None, hi=None))
    assert load_results(folder, profile="mini").results
    edit(folder, lambda node: node["metrics"]["aed@paper"].update(value=0.7))
    refused(folder, r"aed@paper is 0\.7, but from .* to .* on single clips of")


@pytest.mark.parametrize("metric", METRICS[:1] + METRICS[2:3])
def test_counts_are_those_of_the_clips(folder, metric):
    def change(node):
        node["metrics"][metric]["videos"] -= 1

    edit(folder, change)
    refused(folder, rf"fomm\.json: {metric} is over \d+ clips of 19 videos, but \d+ of 20 by")


def test_a_null_is_no_way_to_hide_a_value(folder):
    gone = {"value": None, "lo": None, "hi": None, "clips": 0, "videos": 0, "reason": "shy"}
    edit(folder, lambda node: node["metrics"]["psnr"].update(gone))
    refused(folder, r"fomm\.json: psnr is None, but 0\.\d+ by")


@pytest.mark.parametrize("metric", METRICS)
def test_an_edited_value_of_one_clip_is_named(folder, metric):
    path = folder / "taichi-hd-fomm.clips.csv"
    lines = path.read_text().splitlines()
    place = 3 + METRICS.index(metric)
    for number, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        if metric == "aed@paper":  # its weights are not known: only what cannot be is seen
            cells[place] = "-1.0"
        elif number == 7:
            cells[place] = repr(float(cells[place]) * 0.99)
        lines[number] = ",".join(cells)
    path.write_text("\n".join([*lines, ""]))

    refused(folder, rf"fomm\.json: {metric} ")


def test_edited_frames_change_a_frame_weighted_mean(folder):
    path = folder / "taichi-hd-fomm.clips.csv"
    path.write_text(path.read_text().replace("c00,v00,20", "c00,v00,2000"))
    refused(folder, r"fomm\.json: l1@paper is")


def test_edited_videos_change_an_interval(folder):
    path = folder / "taichi-hd-fomm.clips.csv"
    path.write_text(path.read_text().replace("c00,v00", "c00,v05").replace("c20,v00", "c20,v05"))
    refused(folder, r"fomm\.json: aed@paper is over 24 clips of 20 videos, but 24 of 19")


def test_a_value_without_a_column_is_refused(folder):
    path = folder / "taichi-hd-fomm.clips.csv"
    path.write_text(path.read_text().replace("psnr", "ssim", 1))
    refused(folder, r"fomm\.json: psnr is .*, but taichi-hd-fomm\.clips\.csv has no such column")


@pytest.mark.parametrize("huge", ["1e308", "-0.5", "1e13"])
def test_values_that_cannot_be_are_refused_before_they_overflow(folder, huge):
    path = folder / "taichi-hd-fomm.clips.csv"
    lines = path.read_text().splitlines()
    for number in (1, 2):
        cells = lines[number].split(",")
        lines[number] = ",".join([*cells[:5], huge, *cells[6:]])
    path.write_text("\n".join([*lines, ""]))
    refused(folder, r"akd@clean can be from 0 to 1e\+12, but is .* on c00 in taichi-hd-fomm")


@pytest.mark.parametrize(
    "protocol", [{"bootstrap": 10**9}, {"bootstrap": 0}, {"bootstrap_seed": -1}]
)
def test_a_bootstrap_that_nobody_can_make_is_refused(folder, protocol):
    edit(folder, lambda node: node["protocol"].update(protocol))
    refused(folder, r"fomm\.json: protocol: ")


def test_a_submission_must_say_how_intervals_were_made(folder):
    edit(folder, lambda node: node.update(protocol={"bootstrap": 10_000}))
    edit(folder, lambda node: node["metrics"]["psnr"].update(lo=0.0))
    assert load_results(folder, profile="mini").results, "ours is told by its digest"
    edit(folder, lambda node: node.update(status="submitted"))
    refused(folder, r"fomm\.json: protocol: does not say bootstrap_seed")


def test_other_samples_and_seeds_are_followed():
    result, rows = scored("a", {"psnr": [float(i % 5) for i in range(24)]})
    check_intervals([(rows_path("a"), result, rows)])
    other = replace(result, protocol=result.protocol | {"bootstrap_seed": 1})
    with pytest.raises(UsageError, match="10000 samples, seed 1"):
        check_intervals([(rows_path("a"), other, rows)])


def rows_path(name):
    return Path(f"{name}.json")


def test_two_results_agree_on_videos_and_frames_of_a_clip():
    one = scored("a", {"psnr": [1.0] * 24})
    two = scored("b", {"psnr": [2.0] * 24}, videos=VIDEOS)
    other = Split("s@v1", "test", "0" * 64)
    elsewhere = scored("c", {"psnr": [2.0] * 24}, videos=VIDEOS, split=other)
    read = [(rows_path(row.method), row, rows) for row, rows in (one, elsewhere, two)]

    check_agreement(read[:2])
    said = r"b\.clips\.csv: c20 has 26 frames of 'v00', but 26 of 'v20' by a"
    with pytest.raises(UsageError, match=said):
        check_agreement(read)


SPLIT = """
id = "taichi-hd-mini@v1"
sha256 = "{0}"
[splits.test]
clips = 24
sha256 = "{0}"
[pairs]
count = 24
sha256 = "{1}"
""".format("ab" * 32, "cd" * 32)


PAIRS = Split("taichi-hd-mini@v1", "test", "cd" * 32)


def loaded(result, rows):
    return Loaded((result,), {key(result): rows}, {key(result): rows_path(result.method)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        (
            {"task": "animation-relative", "split": Split("taichi-hd-mini@v1", "test", "cd" * 32)},
            "",
        ),
        ({"split": Split("taichi-hd-mini@unfrozen", "test", "0" * 64)}, ""),
        (
            {"split": Split("taichi-hd-mini@v1", "test", "ac" * 32)},
            r"sha256 acacacacacac\.\.\., but abababababab\.\.\. by .*mini\.toml",
        ),
        ({"task": "animation-relative"}, r"v1, pairs: sha256 abab.*, but cdcd"),
        ({"split": Split("taichi-hd-mini@v1", "train", "ab" * 32)}, "there is no such frozen list"),
        ({"split": Split("mine@v1", "test", "ab" * 32)}, "there is no such frozen list"),
    ],
)
def test_the_digest_of_a_frozen_split_is_that_of_its_file(tmp_path, changes, message):
    (tmp_path / "taichi-hd-mini.toml").write_text(SPLIT)
    result, rows = scored("fomm", {"psnr": [1.0] * 24}, **changes)
    found = loaded(result, rows)
    frozen = read_frozen(tmp_path)

    if not message:
        check_loaded(found, frozen)
    else:
        with pytest.raises(UsageError, match=rf"fomm\.json: split .*{message}"):
            check_loaded(found, frozen)


def test_no_clip_of_a_split_may_be_dropped_in_silence(tmp_path):
    (tmp_path / "taichi-hd-mini.toml").write_text(SPLIT)
    result, _ = scored("fomm", {"psnr": [1.0] * 23})

    with pytest.raises(UsageError, match=r"fomm\.json: .* 23 expected, but 24 by"):
        check_split(result, read_frozen(tmp_path), path=rows_path("fomm"))


@pytest.mark.parametrize("text", ["id =", "[splits.test]\nclips = 1", "splits = 3", "\x00"])
def test_a_damaged_split_is_named(tmp_path, text):
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(UsageError, match=r"x\.toml: no frozen split"):
        read_frozen(tmp_path)


def test_splits_are_where_they_are_said_to_be(tmp_path):
    with pytest.raises(UsageError, match="no frozen splits; run from the repository root"):
        read_frozen(tmp_path)
