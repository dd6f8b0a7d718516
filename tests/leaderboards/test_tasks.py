"""The tasks of a board and the modes that the pairs are made in are the same."""

import pytest

from datasets.pairs import MODES
from datasets.registry import UsageError
from leaderboards.board import sections
from leaderboards.loading import load_board, load_results
from leaderboards.tasks import ANIMATIONS, by_task, mode


def test_every_mode_of_the_pairs_has_a_task():
    assert tuple(map(mode, ANIMATIONS)) == tuple(MODES)


def test_results_are_parted_by_task(result):
    rows = [result("b", task=ANIMATIONS[1]), result("a"), result("c")]

    assert by_task(rows) == {"reconstruction": [rows[1], rows[2]], ANIMATIONS[1]: [rows[0]]}


def test_a_result_of_no_known_task_is_named(result):
    with pytest.raises(UsageError, match="taichi-hd-fomm: unknown task 'animation'; known: recon"):
        by_task([result(task="animation")])


def test_tasks_share_no_section(result):
    with pytest.raises(UsageError, match="animation-absolute and reconstruction share no table"):
        sections([result("a"), result("b", task="animation-absolute")])


@pytest.mark.parametrize(
    ("task", "folder"),
    [("animation-relative", "."), ("animation-relative", "animation-absolute")],
)
def test_a_result_in_the_folder_of_another_task_is_refused(scores, result, task, folder):
    home = scores(result(), result(task=task))
    for path in (home / task).iterdir():
        (home / folder).mkdir(exist_ok=True)
        path.rename(home / folder / path.name)

    with pytest.raises(UsageError, match=rf"{folder}.*fomm\.json: is of task '{task}'; only '"):
        load_board(home, profile="mini")


def test_results_of_all_tasks_are_read(scores, result):
    tasks = ["reconstruction", "animation-absolute", "animation-relative"]
    home = scores(*(result(task=task) for task in reversed(tasks)))

    assert [row.task for row in load_board(home, profile="mini").results] == tasks
    assert [row.task for row in load_results(home, profile="mini").results] == tasks[:1]


def test_a_folder_of_no_known_task_is_refused(scores, result):
    home = scores(result())
    (home / "animation-backwards").mkdir()

    with pytest.raises(UsageError, match=r"animation-backwards: unknown task .* known: animation-"):
        load_board(home, profile="mini")
