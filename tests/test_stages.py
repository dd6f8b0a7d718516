"""A stage depends on all files that its command imports, and lists none that it does not."""

from __future__ import annotations

import ast
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from baselines import METHODS
from baselines.training import ENGINE_FILES
from datasets.registry import DATASETS, VERSION

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "fomm", "baselines", "metrics", "leaderboards")
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = PIPELINE["stages"]


def module_file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def statements(file: Path) -> Iterator[ast.AST]:
    """The nodes of ``file`` that can run: not those for type checkers, and of an ``__init__.py``
    not the insides of functions, which are there for users and run in no stage."""
    todo: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.FunctionDef) and file.name == "__init__.py":
            continue
        yield node
        todo += ast.iter_child_nodes(node)


@cache
def imported(file: Path) -> frozenset[Path]:
    """Our modules that ``file`` imports."""
    found = set()
    for node in statements(file):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and file.parent.name == "worlds":
            names = [str(node.value).split(":")[0]]  # "package.module:NAME", imported if asked for
        for name in names:
            if name.split(".")[0] in PACKAGES and (target := module_file(name)):
                found.add(target)
    return frozenset(found)


def closure(file: Path, methods: tuple[str, ...] = (), *, packages: bool = True) -> set[Path]:
    """All our modules that running ``file`` may import, and their ``packages``."""
    todo, seen = [file, *filter(None, map(module_file, methods))], set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        todo += imported(current)
        package = current.parent / "__init__.py"
        if packages and package.is_file():
            todo.append(package)
    return seen


def declared(stage: dict, profile: str, method: str) -> set[Path]:
    """The files of ours among the deps of one cell of a stage, those in folders included."""
    files: set[Path] = set()
    for dep in stage["deps"]:
        name = str(dep).replace("${item.method}", method).replace("${item.profile}", profile)
        path = ROOT / name
        if path.is_dir() and not name.startswith("work"):
            files |= {*path.rglob("*.py"), *path.rglob("*.yaml")}
        elif path.suffix in (".py", ".yaml"):
            files.add(path)
    return files


def trains(name: str) -> bool:
    return STAGES[name]["matrix"].get("method") == "${methods}"


CELLS = [(name, method) for name in STAGES for method in (METHODS if trains(name) else ["-"])]


@pytest.mark.parametrize(("name", "method"), CELLS)
def test_deps_are_what_the_command_imports(name: str, method: str) -> None:
    words = shlex.split(STAGES[name]["cmd"])
    entry = module_file(words[words.index("-m") + 1])
    assert entry is not None
    needed = closure(entry, (METHODS[method].__module__,) if trains(name) else ())
    given = {path for path in declared(STAGES[name], "mini", method) if path.suffix == ".py"}
    missing = sorted(str(p.relative_to(ROOT)) for p in needed - given)
    single = {path for path in given if str(path.relative_to(ROOT)) in STAGES[name]["deps"]}
    extra = sorted(str(p.relative_to(ROOT)) for p in single - needed)
    assert not missing, f"{name} in dvc.yaml lacks deps: {missing}"
    assert not extra, f"{name} in dvc.yaml has deps that it does not import: {extra}"


def test_no_stage_imports_what_dvc_does_not_see() -> None:
    """A file in .dvcignore is in no folder of deps, so an edit of it would re-run nothing."""
    lines = (ROOT / ".dvcignore").read_text(encoding="utf-8").splitlines()
    unseen = {ROOT / line.strip("/") for line in lines if line.endswith(".py")}
    assert unseen and all(path.is_file() for path in unseen)
    for name, method in CELLS:
        words = shlex.split(STAGES[name]["cmd"])
        entry = module_file(words[words.index("-m") + 1])
        assert entry is not None
        methods = (METHODS[method].__module__,) if trains(name) else ()
        assert not unseen & closure(entry, methods), name


def test_the_gallery_waits_for_all_methods_on_its_own_data_set_alone() -> None:
    """The whole folders of predictions would be looked at once per data set, at every start."""
    made = [next(iter(out)) for out in STAGES["predict"]["outs"]]
    wanted = {out.replace("${item.method}", method) for out in made for method in METHODS}
    clips = {str(dep) for dep in STAGES["predict"]["deps"]}
    work = {dep for dep in STAGES["gallery"]["deps"] if dep.startswith("work")}
    assert work - clips == wanted


@pytest.mark.parametrize("profile", PARAMS["profiles"])
@pytest.mark.parametrize("method", METHODS)
def test_a_methods_configuration_is_a_dep_of_its_training(profile: str, method: str) -> None:
    section = PARAMS["profiles"][profile]["train"].get(method)
    if section is None:
        assert profile != "mini"
        return
    named = section["config"]
    for config in named.values() if isinstance(named, dict) else [named]:
        assert (ROOT / config).is_file()
        assert ROOT / config in declared(STAGES["train"], profile, method)


# Part of every training, but none of them decides a weight: what configurations hold is in the
# fingerprint itself.
HARMLESS = {
    "baselines/__init__.py",
    "baselines/checkpoint.py",
    "baselines/identity.py",
    "baselines/interrupts.py",
    "baselines/meter.py",
    "baselines/snapshot.py",
    "baselines/stage.py",
    "baselines/resume.py",
    "baselines/run.py",
    "baselines/tensorboard.py",
    "baselines/train.py",
    "baselines/validation.py",
    "baselines/watch.py",
    "baselines/watched.py",
    "baselines/watcher.py",
    "fomm/media/__init__.py",
    "fomm/media/errors.py",
    "fomm/media/picture.py",
    "fomm/pictures/__init__.py",
    "fomm/pictures/drawing.py",
    "fomm/pictures/panels.py",
    "fomm/pictures/sheet.py",
    "fomm/pixels.py",
    "datasets/__init__.py",
    "datasets/clip_checks.py",
    "datasets/clip_writer.py",
    "datasets/clips.py",
    "datasets/code.py",
    "datasets/files.py",
    "datasets/manifest.py",
    "datasets/metadata.py",
    "datasets/pair_manifest.py",
    "datasets/params.py",
    "datasets/pixels.py",
    "datasets/progress.py",
    "datasets/registry.py",
    "datasets/specs.py",
    "datasets/stage.py",
    "fomm/__init__.py",
    "fomm/formats/__init__.py",
    "fomm/config.py",
    "fomm/settings/__init__.py",
    "fomm/settings/check.py",
    "fomm/settings/file.py",
    "fomm/settings/mapping.py",
    "fomm/settings/ranges.py",
    "fomm/settings/train.py",
    "fomm/cost.py",
    "fomm/relative.py",
    # These read the checkpoint of --init, whose sha256 is in the fingerprint.
    "fomm/formats/adam_state.py",
    "fomm/checkpoint.py",
    "fomm/formats/file.py",
    "fomm/formats/contents.py",
    "fomm/formats/fitting.py",
    "fomm/infer.py",
    "fomm/formats/layout.py",
    "fomm/formats/pickle.py",
    "fomm/formats/tensors.py",
}


@pytest.mark.parametrize("method", METHODS)
def test_the_fingerprint_covers_what_decides_a_weight(method: str) -> None:
    entry = module_file("baselines.train")
    assert entry is not None
    used = closure(entry, (METHODS[method].__module__,), packages=False)
    marked = {ROOT / name for name in (*ENGINE_FILES, *METHODS[method].files)}
    missing = sorted(str(p.relative_to(ROOT)) for p in used - marked)
    assert set(missing) <= HARMLESS, f"not in {method}'s fingerprint: {missing}"


def test_every_loss_curve_is_plotted_beside_its_own_kind_alone() -> None:
    """What one method calls l1 is weighted otherwise in another: they share no axis."""
    (curve,) = [name for name in map(named, STAGES["train"]["outs"]) if name.endswith(".csv")]
    plots = {name: plot for entry in PIPELINE["plots"] for name, plot in entry.items()}
    assert list(plots) == [f"loss-{method}" for method in METHODS]
    for method in METHODS:
        cells = [{"profile": "${profile}", "dataset": d, "method": method} for d in DATASETS]
        plot = plots[f"loss-{method}"]
        assert plot["y"] == {filled(curve, cell): "l1" for cell in cells}
        assert plot["x"] == "step"


def test_the_numbers_that_dvc_shows_are_part_of_the_board() -> None:
    (board,) = map(named, STAGES["leaderboard"]["outs"])
    assert PIPELINE["metrics"] == [filled(board, {"profile": "${profile}"}) + "/metrics"]
    assert not [name for name, stage in STAGES.items() if {"metrics", "plots"} & stage.keys()]


def named(out: str | dict[str, object]) -> str:
    return out if isinstance(out, str) else next(iter(out))


def filled(name: str, item: dict[str, str]) -> str:
    """The path ``name`` with the items of one cell of the matrix."""
    for key, value in item.items():
        name = name.replace(f"${{item.{key}}}", value)
    return name


def test_the_version_word_is_one() -> None:
    assert PARAMS["splits"] == VERSION


def test_what_a_run_measures_of_itself_is_no_input() -> None:
    """The folders of trainings hold timings: with them no two runs had the same dvc.lock."""
    weights = str(next(iter(STAGES["train"]["outs"][0]))).replace("${item.profile}", "mini")
    for path, ignored in (
        (weights.replace(".safetensors", ".run/watch.csv"), True),
        (weights, False),
    ):
        command = [sys.executable, "-m", "dvc", "check-ignore", path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert (done.returncode == 0) is ignored, done
