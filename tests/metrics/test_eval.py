"""The command line: files, exit codes, messages."""

import json
import re
import shutil

import numpy as np
import pytest
import yaml

import metrics.cell
from datasets.clips import write_clip
from metrics.eval import main
from metrics.result import read_clips, read_result


@pytest.fixture
def project(world, predict, tools, tmp_path, monkeypatch):
    """A working folder with params.yaml, two data sets and one method."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(metrics.cell, "load_tools", lambda dataset, profile, config: tools)
    monkeypatch.setattr("metrics.eval.fix_threads", lambda threads: None)
    params = {
        "profile": "mini",
        "seed": 0,
        "datasets": ["taichi-hd", "fashion"],
        "scored": ["mine"],
        "profiles": {"mini": {"evaluate": {"bootstrap": 100, "fd_stride": 2, "threads": 1}}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    folder = predict("mine", world[1])
    for name in ("taichi-hd", "fashion"):
        shutil.copytree(world[0], tmp_path / "work/mini/clips" / name)
        shutil.copytree(folder, tmp_path / "work/mini/predictions" / f"{name}-mine")
    return tmp_path


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_every_data_set_of_the_profile(project, capsys):
    assert main(["--method", "mine"]) == 0
    assert files(project / "work/mini/scores") == [
        "fashion-mine.clips.csv",
        "fashion-mine.json",
        "taichi-hd-mine.clips.csv",
        "taichi-hd-mine.json",
    ]
    assert files(project / "work/mini/provenance") == [
        "fashion-mine.provenance.json",
        "taichi-hd-mine.provenance.json",
    ]
    result = read_result(project / "work/mini/scores/taichi-hd-mine.json")
    assert result.shown_name == "taichi-hd-mini"
    assert result.protocol == {"bootstrap": 100, "bootstrap_seed": 0, "fd_stride": 2}
    assert len(read_clips(project / "work/mini/scores/taichi-hd-mine.clips.csv")) == 7
    out = capsys.readouterr().out
    for text in ("mine on taichi-hd-mini (7 of 7 clips)", "l1@clip", "minus copy-source"):
        assert text in out
    assert "fid: weights not found" in out


def test_results_hold_nothing_of_this_run_or_machine(project):
    main(["--method", "mine", "--dataset", "fashion"])
    text = (project / "work/mini/scores/fashion-mine.json").read_text()
    assert str(project) not in text
    assert (project / "work/mini/provenance/fashion-mine.provenance.json").is_file()
    main(["--method", "mine", "--dataset", "fashion", "--no-cache"])
    assert (project / "work/mini/scores/fashion-mine.json").read_text() == text


def test_provenance_says_what_the_result_must_not(project):
    main(["--method", "mine", "--dataset", "fashion"])
    found = json.loads((project / "work/mini/provenance/fashion-mine.provenance.json").read_text())
    assert found["command"] == ["metrics.eval", "--method", "mine", "--dataset", "fashion"]
    assert {"commit", "dirty", "host", "device", "started", "seconds", "packages"} <= set(found)


def test_json_is_all_that_is_printed(project, capsys):
    assert main(["--method", "mine", "--dataset", "fashion", "--json"]) == 0
    (node,) = json.loads(capsys.readouterr().out)
    assert node["dataset"] == "fashion"
    assert node["metrics"]["l1@clip"]["value"] == 0


def test_a_folder_that_nobody_here_made(project, world, predict):
    folder = predict("theirs", world[1], method=False)
    (folder / "sub").mkdir()
    shutil.rmtree(folder / "sub")
    arguments = ["--predictions", str(folder), "--dataset", "taichi-hd"]
    assert main(arguments) == 0
    assert main([*arguments, "--method", "renamed", "--out", "elsewhere"]) == 0
    assert read_result(project / "work/mini/external/taichi-hd-theirs.json").status == "submitted"
    assert read_result(project / "elsewhere/taichi-hd-renamed.json").method == "renamed"


def test_inspect_scores_nothing(project, capsys):
    assert main(["--method", "mine", "--inspect"]) == 0
    assert "7 of 7 clips usable" in capsys.readouterr().out
    assert not (project / "work/mini/scores").exists()


def test_refused_predictions_leave_no_result(project, capsys):
    folder = project / "work/mini/predictions/fashion-mine"
    gone = sorted(folder.glob("*.mkv"))[0]
    gone.unlink()
    assert main(["--method", "mine"]) == 1
    error = capsys.readouterr().err
    assert gone.stem in error
    assert "--allow-missing" in error
    assert files(project / "work/mini/scores") == [
        "taichi-hd-mine.clips.csv",
        "taichi-hd-mine.json",
    ]
    assert main(["--method", "mine", "--dataset", "fashion", "--inspect"]) == 1
    assert main(["--method", "mine", "--dataset", "fashion", "--allow-missing"]) == 0
    assert gone.stem in capsys.readouterr().err, "allowed, but not silent"
    result = read_result(project / "work/mini/scores/fashion-mine.json")
    assert gone.stem in result.coverage.missing


def test_lossy_predictions_are_marked(project, world, capsys):
    from PIL import Image

    folder = project / "work/mini/predictions/fashion-mine"
    path = sorted(folder.glob("*.mkv"))[0]
    frames = np.concatenate(list(world[1][path.stem]), axis=1)
    Image.fromarray(frames).save(folder / f"{path.stem}.jpg")
    path.unlink()
    arguments = ["--method", "mine", "--dataset", "fashion"]
    assert main(arguments) == 1
    assert "--allow-lossy" in capsys.readouterr().err
    assert main([*arguments, "--allow-lossy"]) == 0
    assert "LOSSY" in capsys.readouterr().out
    assert read_result(project / "work/mini/scores/fashion-mine.json").lossy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "nobody"], "predictions has: fashion-mine, taichi-hd-mine"),
        ([], "--method is needed; .*fashion-mine, taichi-hd-mine"),
        (["--method", "mine", "--dataset", "tai"], "unknown dataset 'tai'; known: taichi-hd"),
        (["--method", "../mine"], "use letters"),
        (["--predictions", "x"], "--predictions needs exactly one --dataset"),
        (
            ["--predictions", "x", "--dataset", "fashion", "--task", "all"],
            "--predictions needs exactly one --dataset and one --task",
        ),
        (["--method", "mine", "--clips", "x"], "--clips needs exactly one --dataset"),
        (["--predictions", "x", "--dataset", "fashion"], "x: no such folder"),
        (["--method", "mine", "--profile", "full"], "no key 'full' in profiles"),
    ],
)
def test_wrong_usage(project, capsys, arguments, message):
    assert main(arguments) == 2
    assert re.search(message, capsys.readouterr().err)


def test_unknown_keys_in_params(project, capsys):
    path = project / "params.yaml"
    path.write_text(path.read_text().replace("fd_stride", "stride"))
    assert main(["--method", "mine"]) == 2
    assert (
        "unknown key 'stride'; known: bootstrap, bootstrap_seed, device, extractors"
        in capsys.readouterr().err
    )


def test_help_shows_defaults(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in ("--dataset", "--profile", "--predictions", "--allow-lossy", "--inspect"):
        assert option in text
    assert "default: work/<profile>/clips/<dataset>" in text
    assert "None" not in text


def test_a_clip_that_breaks_while_it_is_read_is_named(project, capsys):
    path = sorted((project / "work/mini/predictions/fashion-mine").glob("*.mkv"))[0]
    data = bytearray(path.read_bytes())
    data[-900:-700] = bytes(200)
    path.write_bytes(data)
    assert main(["--method", "mine", "--dataset", "fashion"]) == 1
    assert path.stem in capsys.readouterr().err
    assert not (project / "work/mini/scores/fashion-mine.json").exists()


def test_one_bad_data_set_does_not_lose_the_others(project, capsys):
    manifest = project / "work/mini/clips/taichi-hd/manifest.csv"
    manifest.write_text("no,manifest\n")
    assert main(["--method", "mine", "--json"]) == 2
    captured = capsys.readouterr()
    assert [node["dataset"] for node in json.loads(captured.out)] == ["fashion"]
    assert "manifest.csv: expected the columns" in captured.err
    shutil.copy(project / "work/mini/clips/fashion/manifest.csv", manifest)
    shutil.rmtree(project / "work/mini/predictions/taichi-hd-mine")
    assert main(["--method", "mine"]) == 2
    assert "taichi-hd-mine: no such folder" in capsys.readouterr().err


def test_only_methods_of_the_board_go_to_its_scores(project):
    predictions = project / "work/mini/predictions"
    (predictions / "fashion-mine").rename(predictions / "fashion-trial")
    assert main(["--method", "trial", "--dataset", "fashion"]) == 0
    assert not (project / "work/mini/scores").exists()
    assert files(project / "work/mini/external") == [
        "fashion-trial.clips.csv",
        "fashion-trial.json",
        "fashion-trial.provenance.json",
    ]
    assert main(["--method", "trial", "--dataset", "fashion", "--out", "here"]) == 0
    assert (project / "here/fashion-trial.provenance.json").is_file()
    assert not (project / "work/mini/provenance").exists()


def test_a_name_cannot_leave_the_folder_of_results(project, capsys):
    folder = project / "work/mini/predictions/fashion-mine"
    content = {"method": "../../escaped", "status": "anchor", "checkpoint": None}
    (folder / "method.json").write_text(json.dumps(content))
    before = files(project)
    arguments = ["--predictions", str(folder), "--dataset", "fashion", "--out", "a/b"]
    assert main(arguments) == 2
    assert "pass --method" in capsys.readouterr().err
    assert files(project) == before
    assert main([*arguments, "--method", "fine"]) == 0


def test_nothing_is_written_of_a_result_that_contradicts_itself(project, capsys, monkeypatch):
    monkeypatch.setattr("metrics.cell.shown_name", lambda dataset, profile: "other")
    assert main(["--method", "mine", "--dataset", "fashion"]) == 2
    assert "shown_name" in capsys.readouterr().err
    assert not (project / "work/mini/scores").exists()


@pytest.fixture
def animated(project, pair_world):
    """Animations of ``mine`` on one data set, beside its reconstructions."""
    for mode, clips in pair_world.frames.items():
        folder = project / "work/mini/animations" / mode / "taichi-hd-mine"
        folder.mkdir(parents=True)
        (folder / "method.json").write_text(METHOD_FILE)
        for name, frames in clips.items():
            write_clip(folder / f"{name}.mkv", frames)
    return project


METHOD_FILE = json.dumps({"method": "mine", "status": "anchor", "checkpoint": None})
ONE = ["--method", "mine", "--dataset", "taichi-hd"]
NAMES = ["taichi-hd-mine.clips.csv", "taichi-hd-mine.json"]
PROVENANCE = "taichi-hd-mine.provenance.json"


def test_all_tasks_in_one_run(animated, capsys):
    assert main([*ONE, "--task", "all"]) == 0
    tasks = ("animation-absolute", "animation-relative")
    scores = animated / "work/mini/scores"
    assert files(scores) == [*(f"{task}/{name}" for task in tasks for name in NAMES), *NAMES]
    sidecars = [*(f"{task}/{PROVENANCE}" for task in tasks), PROVENANCE]
    assert files(animated / "work/mini/provenance") == sidecars
    out = capsys.readouterr().out
    assert "mine on taichi-hd-mini (7 of 7 clips)" in out
    for task in tasks:
        result = read_result(scores / task / "taichi-hd-mine.json")
        assert (result.task, result.metrics["l1@clip"].value) == (task, 0)
        assert f"mine on taichi-hd-mini, {task} (6 of 6 pairs)" in " ".join(out.split())
        rows = read_clips(scores / task / "taichi-hd-mine.clips.csv")
        assert [row.clip_id for row in rows][:2] == ["pair-0001", "pair-0002"]
        assert "aed-source@clean" in rows[0].values
    text = (scores / "taichi-hd-mine.json").read_text()
    assert main(ONE) == 0
    assert (scores / "taichi-hd-mine.json").read_text() == text


def test_a_task_that_was_not_predicted_loses_no_other(animated, capsys):
    shutil.rmtree(animated / "work/mini/animations/absolute")
    assert main([*ONE, "--task", "all", "--json"]) == 2
    captured = capsys.readouterr()
    tasks = [node["task"] for node in json.loads(captured.out)]
    assert tasks == ["reconstruction", "animation-relative"]
    assert "animations/absolute/taichi-hd-mine: no such folder" in captured.err
    assert main([*ONE, "--task", "animation-absolute"]) == 2
    assert "work/mini/animations/absolute has: nothing yet" in capsys.readouterr().err


def test_animations_that_nobody_here_made(animated, pair_world, predict):
    folder = predict("theirs", pair_world.frames["relative"], method=False)
    arguments = ["--predictions", str(folder), "--dataset", "taichi-hd"]
    assert main([*arguments, "--task", "animation-relative"]) == 0
    path = animated / "work/mini/external/animation-relative/taichi-hd-theirs.json"
    result = read_result(path)
    assert (result.status, result.metrics["l1@clip"].value) == ("submitted", 0)
    assert path.with_name("taichi-hd-theirs.provenance.json").is_file()
    assert main([*arguments, "--task", "animation-relative", "--out", "x"]) == 0
    assert (animated / "x/animation-relative/taichi-hd-theirs.json").is_file()


def test_a_folder_of_ours_keeps_its_status_and_seed(project, world, predict, capsys):
    folder = predict("elsewhere", world[1])
    checkpoint = {"fingerprint": "f" * 64, "sha256": "5" * 64, "seed": 2}
    checkpoint |= {"parameters": 1, "macs": 1, "steps": 1}
    text = {"method": "mine", "status": "reproduced", "checkpoint": checkpoint}
    (folder / "method.json").write_text(json.dumps(text))
    arguments = [*ONE, "--predictions", str(folder), "--out", "study"]
    assert main([*arguments, "--own"]) == 0
    result = read_result(project / "study/taichi-hd-mine.json")
    assert (result.status, result.checkpoint.seed) == ("reproduced", 2)
    assert main(arguments) == 0
    result = read_result(project / "study/taichi-hd-mine.json")
    assert (result.status, result.checkpoint) == ("submitted", None)
    assert not (project / "work/mini/scores").exists()
    assert main([*arguments[:-2], "--own"]) == 2
    assert "--own is for --predictions with --out" in capsys.readouterr().err
