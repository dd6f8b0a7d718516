"""A submission of somebody else's predictions is found, whatever its card and digests say."""

import re
import shutil

import pytest

from leaderboards.submitted_copies import copied
from tests.leaderboards.submitted import (
    change_result,
    problems,
    sha,
    submission,
    warnings,
)

TASKS = ("reconstruction", "animation-absolute")


def stolen(mine, **card):
    """A copy under another name, with a card and digests of its own."""
    folder = shutil.copytree(mine, mine.with_name("stolen"))
    for path in folder.rglob("result.json"):
        change_result(path, lambda node: node.update(method="stolen"))
    for path in folder.rglob("predictions.csv"):
        path.write_text(re.sub("[0-9a-f]{64}", lambda old: sha(old[0]), path.read_text()))
    text = (folder / "method.toml").read_text().replace('"mine"', '"stolen"')
    (folder / "method.toml").write_text(text.replace("example.org", "example.net"))
    return folder


def test_values_of_another_submission_are_found(tmp_path):
    mine = submission(tmp_path / "submitted", tasks=TASKS)
    found = problems(stolen(mine))
    assert [line.partition("/stolen/")[2] for line in found] == [
        f"{home}result.clips.csv: has the values, on {count} of {count} clips, of "
        + f"{mine.as_posix()}/{home}".rstrip("/")
        for home, count in (("animation-absolute/", 24), ("", 28))
    ]


@pytest.mark.parametrize("like", ["fomm", "oracle", "reencoded"])
def test_values_of_the_board_are_found(tmp_path, like):
    found = problems(submission(tmp_path / "submitted", like=like, factor=1.0))
    assert any(f"has the values, on 28 of 28 clips, of {like}" in line for line in found), found


def test_whoever_leaves_the_source_as_it_is_stole_nothing(tmp_path):
    mine = submission(tmp_path / "submitted", like="copy-source", factor=1.0)
    said = "has the values, on 28 of 28 clips, of copy-source"
    assert not [line for line in problems(mine) if "has the values" in line]
    assert any(said in line for line in warnings(mine))


@pytest.mark.parametrize(("moved", "caught"), [(1e-8, True), (1e-4, False)])
def test_the_last_digits_make_no_other_method(tmp_path, moved, caught):
    root = tmp_path / "submitted"
    submission(root, method="one", factor=0.99)
    other = submission(root, method="two", factor=0.99 * (1 + moved))
    assert any("has the values" in line for line in problems(other)) == caught


def test_predictions_of_another_submission_are_found(tmp_path):
    root = tmp_path / "submitted"
    one, two = submission(root, method="one"), submission(root, method="two")
    lines = (one / "predictions.csv").read_text().splitlines()
    own = (two / "predictions.csv").read_text().splitlines()

    def take(share):
        (two / "predictions.csv").write_text("\n".join(lines[:share] + own[share:]) + "\n")

    where = f"are those of {one.as_posix()}/predictions.csv"
    take(57)
    assert any(f"28 of 28 predictions {where}" in line for line in problems(two))
    take(53)
    assert any(f"26 of 28 predictions {where}" in line for line in problems(two))
    take(3)
    assert not problems(two)
    assert any(f"1 of 28 predictions {where}" in line for line in warnings(two))


def test_links_that_others_left_are_not_followed(tmp_path):
    root = tmp_path / "submitted"
    one, two = submission(root, method="one"), submission(root, method="two")
    for path in (one / "predictions.csv", one / "result.clips.csv"):
        path.unlink()
        path.symlink_to(two / path.name)
    assert not problems(two)


def test_most_clips_by_most_values():
    mine = {str(n): {"a": 1.0 + n, "b": 2.0, "c": 0.0} for n in range(20)}

    def changed(clips, **other):
        return {
            clip: values | other if int(clip) < clips else values for clip, values in mine.items()
        }

    assert copied(mine, mine) == "has the values, on 20 of 20 clips,"
    assert copied(mine, changed(20, b=3.0)), "two values of three are the same"
    assert copied(mine, changed(2, a=0.5, b=3.0)) == "has the values, on 18 of 20 clips,"
    assert copied(mine, changed(3, a=0.5, b=3.0)) == ""
    assert copied(mine, {"0": mine["0"]}) == "has the values, on 1 of 1 clips,"
    assert copied(mine, {}) == copied({}, {}) == copied(mine, {clip: {} for clip in mine}) == ""
