"""A good submission passes; whatever is wrong with one is named, with its file, all at once."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from leaderboards.validate import check, main
from metrics.result import Checkpoint, Coverage, Split, clips_digest, read_clips, read_result
from tests.leaderboards.submitted import (
    ROOT,
    change_clips,
    change_result,
    problems,
    replace_result,
    submission,
    warnings,
    write,
)

TASKS = ("reconstruction", "animation-absolute", "animation-relative")


@pytest.fixture
def mine(tmp_path):
    return submission(tmp_path / "submitted")


@pytest.mark.parametrize("dataset", ["taichi-hd", "voxceleb", "fashion", "mgif"])
def test_a_good_submission_passes(tmp_path, dataset):
    folder = submission(tmp_path / "submitted", dataset=dataset, tasks=TASKS)
    checked, findings = check([folder], repository=ROOT)
    assert findings.problems == []
    assert findings.warnings == []
    assert list(checked[0].scored) == list(TASKS)


def test_a_submission_of_animations_alone_passes(tmp_path):
    assert not problems(submission(tmp_path / "submitted", tasks=TASKS[1:]))


def test_all_submissions_below_a_folder_are_checked(tmp_path):
    root = tmp_path / "submitted"
    write(root / "README.md", "about")
    folders = [submission(root, method=name) for name in ("one", "two")]
    folders.append(submission(root, method="one", dataset="mgif"))
    checked, findings = check([root, folders[0]], repository=ROOT)
    assert [one.folder for one in checked] == sorted(folders)
    assert findings.problems == []


def test_a_folder_without_submissions_is_no_problem(tmp_path, capsys):
    write(tmp_path / "submitted" / "README.md", "about")
    assert main([str(tmp_path / "submitted")]) == 0
    assert "0 submissions" in capsys.readouterr().out


def edit(name, old, new):
    def change(folder):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return change


def rewrite(**changes):
    return lambda folder: replace_result(folder / "result.json", **changes)


def value(node):
    return node["metrics"]["l1@clip"]


def edited_score(folder):
    """A better score whose interval is moved along."""
    change_result(
        folder / "result.json",
        lambda node: value(node).update({k: value(node)[k] - 0.01 for k in ("value", "lo", "hi")}),
    )


def edited_clip(folder):
    def change(rows):
        rows[3].values["l1@clip"] -= 0.01
        return rows

    change_clips(folder / "result.clips.csv", change)


def removed_clip(folder):
    change_clips(folder / "result.clips.csv", lambda rows: rows[1:])


def exchanged_clip(folder):
    path = folder / "result.clips.csv"
    path.write_text(path.read_text().replace("taichi-0048#000001#000026", "taichi-0001#000001#2"))


def covering(folder, expected, missing=()):
    """Say in the result that the clips of the table are all that was scored."""
    ids = [row.clip_id for row in read_clips(folder / "result.clips.csv")]
    figures = read_result(folder / "result.json").metrics.items()
    rewrite(
        coverage=Coverage(expected, len(ids), clips_digest(ids), missing),
        metrics={name: replace(f, clips=min(f.clips, len(ids))) for name, f in figures},
        paired={},
    )(folder)


def lower_coverage(folder):
    """A forger who leaves out a clip everywhere, and keeps quiet about it."""
    removed_clip(folder)
    covering(folder, 27)


def another_clip(folder):
    exchanged_clip(folder)
    covering(folder, 28)


def forged_difference(folder):
    """Better than copy-source, by the submitter's own word."""

    def change(node):
        node["paired"]["copy-source"]["l1@clip"].update(difference=-0.5, lo=-0.6, hi=-0.4)

    change_result(folder / "result.json", change)


def hidden_bootstrap(folder):
    """No doubt about any number, and no word of how that was found."""

    def change(node):
        del node["protocol"]["bootstrap"], node["protocol"]["bootstrap_seed"]
        value(node).update(lo=value(node)["value"], hi=value(node)["value"])

    change_result(folder / "result.json", change)


BROKEN = {
    "forged difference": (forged_difference, "result.json", "l1@clip is -0.5 [-0.6, -0.4], but"),
    "no differences": (
        rewrite(paired={}),
        "result.json",
        "paired with copy-source: l1@clip is miss",
    ),
    "hidden bootstrap": (hidden_bootstrap, "result.json", "does not say bootstrap and bootstrap_s"),
    "fewer samples": (
        edit("result.json", '"bootstrap": 10000', '"bootstrap": 50'),
        "result.json",
        "protocol: bootstrap is 50, but 10000 on the board",
    ),
    "unknown protocol": (
        edit("result.json", '"fd_stride"', '"bonus": 1,\n  "fd_stride"'),
        "result.json",
        "unknown protocol 'bonus'",
    ),
    "unknown column": (
        edit("result.clips.csv", "psnr", "<script>"),
        "result.clips.csv",
        "unknown metric '<script>'",
    ),
    "edited score": (edited_score, "result.json", "l1@clip is 0.0"),
    "edited value per clip": (edited_clip, "result.json", "l1@clip is 0.0"),
    "removed clip": (removed_clip, "result.clips.csv", "27 clips, but result.json says that 28"),
    "exchanged clip": (exchanged_clip, "result.clips.csv", "these are not the clips that"),
    "lower coverage": (lower_coverage, "result.json", "27 expected, but 28 by"),
    "clip of another list": (
        another_clip,
        "result.clips.csv",
        "not in taichi-hd-mini@v1: taichi-0001",
    ),
    "changed digest": (
        edit("result.json", '"clips_sha256": "', '"clips_sha256": "00'),
        "result.json",
        "coverage: clips_sha256: string should match",
    ),
    "no checkpoint of ours": (
        rewrite(checkpoint=Checkpoint("f" * 64, "e" * 64, 0, 1, 1, 1)),
        "result.json",
        "has a checkpoint",
    ),
    "status": (rewrite(status="reproduced"), "result.json", "status is 'reproduced'"),
    "task": (rewrite(task="animation-absolute"), "result.json", "is of task 'animation-absolute'"),
    "other method": (rewrite(method="yours"), "result.json", "holds taichi-hd-mini/yours, in the"),
    "unknown split": (
        rewrite(split=Split("taichi-hd-mini@v9", "test", "ab" * 32)),
        "result.json",
        "split taichi-hd-mini@v9, test: there is no such frozen list",
    ),
    "unfrozen split": (
        rewrite(split=Split("taichi-hd-mini@unfrozen", "test", "ab" * 32)),
        "result.json",
        "@unfrozen: is no frozen list of taichi-hd-mini",
    ),
    "other list": (
        rewrite(split=Split("taichi-hd-mini@v1", "test", "ab" * 32)),
        "result.json",
        "sha256 abababababab..., but adb0bb765720...",
    ),
    "other partition": (edit("result.json", '"test"', '"val"'), "result.json", "partition 'val'"),
    "unit": (edit("result.json", '"dB"', '"B"'), "result.json", "psnr is in 'B', expected 'dB'"),
    "spaces": (edit("result.json", "{", "{ "), "result.json", "was not written by metrics.eval"),
    "key twice": (
        edit("result.json", '"lossy": false', '"lossy": true,\n "lossy": false'),
        "result.json",
        "has the key 'lossy' twice",
    ),
    "digits": (edit("result.clips.csv", ",25,", ",025,"), "result.clips.csv", "was not written by"),
    "no prediction": (
        edit("predictions.csv", "taichi-0048#000001#000026.mkv", "other.mkv"),
        "predictions.csv",
        "no prediction of taichi-0048#000001#000026",
    ),
    "card of another": (edit("method.toml", '"mine"', '"yours"'), "method.toml", "is the card of"),
    "nobody's card": (edit("method.toml", "paper", "venue"), "method.toml", "neither a paper nor"),
    "card of an anchor": (
        edit("method.toml", '"method"', '"anchor"'),
        "method.toml",
        "of an anchor",
    ),
    "provenance": (
        edit("result.provenance.json", '"threads": 1', '"threads": "1"'),
        "result.provenance.json",
        "threads: input should be a valid integer",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named_with_its_file(mine, name):
    change, file, message = BROKEN[name]
    change(mine)
    found = problems(mine)
    assert any(f"{mine.as_posix()}/{file}: " in line and message in line for line in found), found


def predictions(folder, change):
    path = folder / "predictions.csv"
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, *sorted(change(lines))]) + "\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[2:], "no prediction of taichi-0048#000001#000026"),
        (lambda lines: [*lines, lines[0].replace(".mkv", ".npz")], "several predictions of"),
        (lambda lines: [*lines, "zz.mkv,1," + "ab" * 32], "of no scored clip: zz.mkv"),
        (lambda lines: lines[:-1], "flow-epe has a value, but there is no motion file of"),
        (lambda lines: [lines[0].split(",")[0] + ",0," + "ab" * 32, *lines[1:]], "empty: taichi"),
    ],
)
def test_there_is_one_prediction_of_every_clip(mine, change, message):
    predictions(mine, change)
    found = problems(mine)
    assert any("/predictions.csv: " in line and message in line for line in found), found


def test_other_frames_than_those_of_the_board_are_named(mine):
    path = mine / "result.clips.csv"
    path.write_text(path.read_text().replace(",25,", ",26,", 1))
    assert any(" has 26 frames of 'taichi-0048', but 25 of" in line for line in problems(mine))


def test_missing_clips_are_said_and_named(mine):
    removed_clip(mine)
    predictions(mine, lambda lines: lines[2:])
    gone = "taichi-0048#000001#000026"
    covering(mine, 28, (gone,))
    text = f"scored on 27 of 28; missing: {gone}"
    assert any(text in line for line in warnings(mine))
    assert not any("missing are" in line for line in problems(mine))


def test_everything_wrong_is_said_at_once(mine):
    for name in ("unit", "provenance", "card of another", "other partition"):
        BROKEN[name][0](mine)
    found = problems(mine)
    assert len({line.split(": ")[0] for line in found}) == 3
    assert len(found) >= 4


def test_a_missing_file_and_an_empty_folder_are_named(mine, tmp_path):
    (mine / "predictions.csv").unlink()
    shutil.copytree(mine, tmp_path / "submitted" / "mgif-mini" / "other")
    (tmp_path / "submitted" / "mgif-mini" / "none").mkdir()
    found = problems(tmp_path / "submitted")
    assert [line.split(": ")[1].split(";")[0] for line in found] == [
        "holds no result",
        "missing",
        "missing",
        "missing",
    ]


def test_the_name_and_the_predictions_are_ones_own(tmp_path):
    root = tmp_path / "submitted"
    submission(root, method="mine", card={"code": "https://example.org/mine"})
    other = submission(root, method="Mi_ne")
    assert any("the name is that of" in line and "/mine" in line for line in problems(other))

    same = submission(root, method="mine", dataset="mgif", card={"code": "https://example.org/no"})
    assert any("whose authors and code are others" in line for line in problems(same))
    shutil.rmtree(same)
    shutil.rmtree(other)
    same = submission(
        root, method="mine", dataset="mgif", card={"code": "https://example.org/mine"}
    )
    assert not problems(same)

    thief = submission(root, method="thief")
    shutil.copy(root / "taichi-hd-mini" / "mine" / "predictions.csv", thief)
    found = problems(thief)
    assert any("predictions.csv: 28 of 28 predictions are those of" in line for line in found), (
        found
    )


@pytest.mark.parametrize(
    "name", ["fomm", "FOMM", "Monkey_Net", "f0mm", "X2Face", "0racle", "copysource"]
)
def test_our_names_are_taken(tmp_path, name):
    found = problems(submission(tmp_path / "submitted", method=name))
    assert any("the name is that of our" in line for line in found), found


def test_the_command_line(mine, capsys):
    options = ["--repository", str(ROOT)]
    assert main([str(mine), *options]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1] == "1 submissions checked: 0 problems, 0 warnings"
    )

    BROKEN["unit"][0](mine)
    assert main([str(mine), *options]) == 1
    assert f"{mine}/result.json: psnr is in 'B'" in capsys.readouterr().out

    assert main([str(mine), *options, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["problems"][0] == {
        "file": f"{mine.as_posix()}/result.json",
        "text": "psnr is in 'B', expected 'dB'",
    }
    assert told["submissions"] == [mine.as_posix()]

    assert main([str(mine), "--repository", str(mine)]) == 2
    assert "metrics.json: cannot be read" in capsys.readouterr().err
    assert main([str(mine / "none"), *options]) == 1
    assert "none: there is nothing" in capsys.readouterr().out


def test_the_report_shows_the_new_row_beside_those_of_the_board(mine, capsys):
    assert main([str(mine), "--repository", str(ROOT), "--report"]) == 0
    first, _, name, _, head, *rows = capsys.readouterr().out.splitlines()
    assert first == "1 submissions: 0 problems, 0 warnings"
    assert name == "mine on taichi-hd-mini, reconstruction"
    assert head.split()[:6] == ["rank", "method", "status", "scored", "L1", "↓"]
    status = {row.split()[1]: row.split()[2] for row in rows if row}
    assert status.items() >= {"mine": "submitted", "fomm": "reproduced", "oracle": "anchor"}.items()


def test_what_cannot_be_a_path_is_wrong_usage(mine, capsys):
    assert main(["x" * 5000, "--repository", str(ROOT)]) == 2
    assert capsys.readouterr().err == f"{'x' * 200}…: file name too long\n"


def test_of_each_file_the_first_findings_are_shown(mine, capsys):
    def many(node):
        node["metrics"] |= {f"m{n}": node["metrics"]["psnr"] for n in range(70)}

    change_result(mine / "result.json", many)
    assert main([str(mine), "--repository", str(ROOT)]) == 1
    *lines, more, _ = capsys.readouterr().out.splitlines()
    assert len(lines) == 20
    assert re.fullmatch(rf"{mine}/result\.json: and \d+ more", more)
