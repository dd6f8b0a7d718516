from __future__ import annotations

from pathlib import Path

from baselines.identity import Identity, differences, fingerprint, identity_of


def identity(folder: Path, settings: dict, code: str = "x", data: str = "y") -> Identity:
    (folder / "code.py").write_text(code)
    (folder / "manifest.csv").write_text(data)
    return identity_of(settings, ["code.py"], folder / "manifest.csv", folder)


def test_the_fingerprint_knows_settings_code_and_data(tmp_path: Path) -> None:
    def mark(settings: dict, *texts: str) -> str:
        return fingerprint(identity(tmp_path, settings, *texts))

    base = mark({"a": 1, "b": 2}, "x", "y")
    assert base == mark({"b": 2, "a": 1}, "x", "y")
    others = {mark({"a": 2, "b": 2}, "x", "y"), mark({"a": 1, "b": 2}, "z", "y")}
    others.add(mark({"a": 1, "b": 2}, "x", "z"))
    assert len(others | {base}) == 4


def test_what_differs_is_said(tmp_path: Path) -> None:
    before = identity(tmp_path, {"seed": 0, "train": {"steps": 2, "ema": None}, "old": [1]})
    assert differences(before, before) == []
    now = identity(tmp_path, {"seed": 0, "train": {"steps": 3, "ema": 0.9}}, "z", "w")
    assert differences(before, now) == [
        "old: [1] before, null now",
        "train.ema: null before, 0.9 now",
        "train.steps: 2 before, 3 now",
        "code: code.py",
        "the clips: another manifest",
    ]


def test_tuples_are_lists(tmp_path: Path) -> None:
    one, other = (identity(tmp_path, {"resize": value}) for value in ((1.0, 1.0), [1.0, 1.0]))
    assert differences(one, other) == []
    assert fingerprint(one) == fingerprint(other)
