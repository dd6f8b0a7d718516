from __future__ import annotations

from pathlib import Path

import pytest
import torch

from baselines.resume import States
from datasets.registry import UsageError

IDENTITY = {"settings": {"seed": 0}, "code": {"a.py": "1"}, "data": "d"}


def test_the_last_few_are_kept(tmp_path: Path) -> None:
    states = States(tmp_path / "run", IDENTITY, keep=2)
    assert states.load() is None
    for step in (1, 2, 10):
        states.save(step, {"value": torch.tensor(step)})
    assert [path.name for path in states.found()] == ["resume-000000010.pt", "resume-000000002.pt"]
    state = states.load()
    assert state["step"] == 10 and state["value"] == 10


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a state", None])
def test_where_the_newest_is_broken_the_one_before_serves(
    tmp_path: Path, capsys, content: bytes | None
) -> None:
    states = States(tmp_path, IDENTITY)
    for step in (1, 2):
        states.save(step, {"big": torch.zeros(10_000)})
    newest = states.found()[0]
    newest.write_bytes(newest.read_bytes()[:-5000] if content is None else content)
    assert states.load()["step"] == 1
    assert "resume-000000002.pt: cannot be read" in capsys.readouterr().err
    states.found()[1].write_bytes(b"broken as well")
    assert states.load() is None


def test_a_state_of_another_run_is_refused_and_what_differs_is_said(tmp_path: Path) -> None:
    States(tmp_path, IDENTITY).save(1, {})
    other = {"settings": {"seed": 1}, "code": {"a.py": "2"}, "data": "d"}
    with pytest.raises(UsageError) as refused:
        States(tmp_path, other).load()
    text = str(refused.value)
    assert "resume-000000001.pt: is of another run" in text
    assert "\n  seed: 0 before, 1 now\n  code: a.py\n" in text
    assert "--restart" in text and f"delete {tmp_path}" in text
    States(tmp_path, other).forget()
    assert States(tmp_path, other).load() is None
    assert list(tmp_path.iterdir()) == []


def test_a_state_with_pickled_code_is_not_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "boom",))

    torch.save({"identity": IDENTITY, "step": Bomb()}, tmp_path / "resume-000000001.pt")
    assert States(tmp_path, IDENTITY).load() is None
    assert not (tmp_path / "boom").exists()


def test_what_a_killed_run_left_is_forgotten_too(tmp_path: Path) -> None:
    states = States(tmp_path, IDENTITY)
    states.save(3, {})
    (tmp_path / ".resume-000000004.pt.part").write_bytes(b"half")
    (tmp_path / "watch.csv").write_text("step\n")
    states.forget()
    assert [path.name for path in tmp_path.iterdir()] == ["watch.csv"]
