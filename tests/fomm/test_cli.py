"""The command line: exit status and message for each kind of wrong input, and Ctrl-C."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fomm import FOMM, FOMMConfig
from fomm.checkpoint import Checkpoint, write_checkpoint
from fomm.cli import main
from fomm.media.read import Driver
from fomm.progress import progress

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    config = FOMMConfig.load("mini")
    model = FOMM.from_config(config)
    networks = {name: getattr(model, name).state_dict() for name in ("generator", "kp_detector")}
    path = tmp_path_factory.mktemp("weights") / "mini.safetensors"
    write_checkpoint(path, Checkpoint(config, True, networks))
    return path


@pytest.fixture
def files(tmp_path, checkpoint) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    frames = [Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)) for _ in range(4)]
    frames[0].save(tmp_path / "photo.png")
    frames[0].save(
        tmp_path / "clip.gif", save_all=True, append_images=frames[1:], duration=100, loop=0
    )
    return {
        "source": tmp_path / "photo.png",
        "driving": tmp_path / "clip.gif",
        "checkpoint": checkpoint,
        "out": tmp_path / "result" / "out.mp4",
    }


def command(files: dict[str, Path], *more: str) -> list[str]:
    return [part for name, path in files.items() for part in (f"--{name}", str(path))] + [*more]


def test_done(files, capsys):
    assert main(command(files, "--threads", "1", "--adapt-scale", "--side-by-side")) == 0
    out, err = capsys.readouterr()
    assert out.strip() == f"wrote {files['out']}: 4 frames"
    assert "animate 4/4 frames" in err
    with Driver(files["out"]) as driver:
        assert sum(1 for _ in driver) == 4


@pytest.mark.parametrize("which", ["source", "driving", "checkpoint"])
@pytest.mark.parametrize(
    "content", [None, b"", b"just some text\n" * 40], ids=["missing", "empty", "text"]
)
def test_bad_files_exit_2_and_are_named(files, tmp_path, capsys, which, content):
    bad = tmp_path / f"bad{files[which].suffix}"
    if content is not None:
        bad.write_bytes(content)
    assert main(command(files | {which: bad})) == 2
    err = capsys.readouterr().err
    assert str(bad) in err
    assert len(err.splitlines()) <= 3
    assert not files["out"].parent.exists() or not list(files["out"].parent.iterdir())


def test_an_unknown_kind_of_result_exits_2(files, tmp_path, capsys):
    assert main(command(files | {"out": tmp_path / "result.exe"})) == 2
    assert ".mp4" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_exits_2(files, tmp_path, capsys):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert main(command(files | {"out": tmp_path / "closed" / "a.mp4"})) == 2
    assert "closed" in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_exits_2(files, tmp_path, capsys):
    assert main(command(files | {"out": files["source"] / "a.mp4"})) == 2
    assert "a.mp4" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ("--absolute", "--best-frame"),
        ("--relative", "--absolute"),
        ("--threads", "-1"),
        ("--threads", "1000000"),
        ("--batch", "-1"),
        ("--device", "tpu"),
        ("--config", "nothing-like-it"),
        ("--config", "taichi"),
        ("--fit", "somehow"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(files, capsys, more):
    try:
        status = main(command(files, *more))
    except SystemExit as stop:  # argparse
        status = stop.code
    assert status == 2
    assert capsys.readouterr().err
    assert not files["out"].exists()


def test_the_function_stays_callable_when_its_module_is_imported():
    import fomm
    import fomm.animate

    assert callable(fomm.animate)


def test_broken_parts_are_told_and_strict_makes_them_1(files, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Driver, "broken", property(lambda self: 3))
    assert main(command(files)) == 0
    assert "3 broken parts" in capsys.readouterr().out
    assert main(command(files, "--strict")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_playable_part(files, number):
    """A real process, a driver of 3,000 frames, a signal after the first of them."""
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)) for _ in range(3000)]
    pictures[0].save(files["driving"], save_all=True, append_images=pictures[1:], duration=50)
    process = subprocess.Popen(
        [sys.executable, "-m", "fomm.animate", *command(files, "--threads", "1")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    part = files["out"].with_name(".out.part.mp4")
    while process.poll() is None and not (part.exists() and part.stat().st_size):
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "out.partial.mp4" in err
    assert [path.name for path in files["out"].parent.iterdir()] == ["out.partial.mp4"]
    with Driver(files["out"].with_name("out.partial.mp4")) as driver:
        assert 0 < sum(1 for _ in driver) < 3000


def test_cheap_checks_come_before_the_checkpoint(files, tmp_path, capsys):
    bad = tmp_path / "bad.tar"
    bad.write_bytes(b"no checkpoint")
    for wrong, word in (
        ({"out": tmp_path / "a.exe"}, "a.exe"),
        ({"source": tmp_path / "none.png"}, "none.png"),
        ({"driving": tmp_path / ("x" * 300)}, "xxx"),
    ):
        assert main(command(files | {"checkpoint": bad} | wrong)) == 2
        err = capsys.readouterr().err
        assert word in err and "bad.tar" not in err


def test_corners_can_be_chosen(files, capsys):
    assert main(command(files, "--align-corners", "false")) == 0
    with pytest.raises(SystemExit):
        main(command(files, "--align-corners", "maybe"))


def test_errors_of_the_system_are_one_line(files, capsys, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("fomm.cli.animate", fail)
    assert main(command(files)) == 2
    assert "error: somewhere: No space left on device\n" in capsys.readouterr().err


def test_the_help_names_defaults_only_where_they_say_something(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "(default: pad)" in text
    assert not any(f"(default: {value})" in text for value in (True, False, None))


def test_another_thread_may_run_it_and_the_handler_comes_back(files):
    before = signal.getsignal(signal.SIGTERM)
    status: list[int] = []
    thread = threading.Thread(target=lambda: status.append(main(command(files))))
    thread.start()
    thread.join()
    assert status == [0]
    assert main(command(files)) == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_progress_without_a_place_to_write(monkeypatch, capsys):
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress() as report:
            report("animate", 0, 1)
            report("animate", 1, 1)
    assert not capsys.readouterr().out
