"""Which files determine the numbers."""

import pytest

from metrics import sources
from metrics.extractors.mini import MiniExtractor
from metrics.sources import class_digest, closure, source_digest


def names(files):
    return {file.relative_to(sources.ROOT).as_posix() for file in files}


def test_all_that_the_evaluation_imports_counts():
    found = names(closure(sources.ROOT / "metrics/cell.py"))
    assert {
        "datasets/clips.py",
        "datasets/truth.py",
        "metrics/__init__.py",
        "metrics/aggregate.py",
        "metrics/extractors/mini_detect.py",
        "metrics/extractors/mini_nets.py",
        "metrics/motion_files.py",
        "metrics/score.py",
    } <= found
    assert "metrics/eval.py" not in found
    assert "metrics/extractors/train_mini.py" not in found


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A project of two packages in a folder of its own."""
    for package in ("datasets", "metrics"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "metrics/cell.py").write_text("def f():\n    from metrics import far\n")
    (tmp_path / "metrics/far.py").write_text("import datasets.base\nimport numpy\n")
    (tmp_path / "datasets/base.py").write_text("X = 1\n")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    sources.source_digest.cache_clear()
    yield tmp_path
    sources.source_digest.cache_clear()


@pytest.mark.parametrize("name", ["metrics/cell.py", "datasets/base.py", "datasets/__init__.py"])
def test_an_edit_of_any_of_them_is_another_digest(copy, name):
    before = source_digest()
    (copy / name).write_text((copy / name).read_text() + "Y = 2\n")
    sources.source_digest.cache_clear()
    assert source_digest() != before


def test_a_module_without_a_file_is_not_skipped(copy):
    (copy / "datasets/base.py").unlink()
    with pytest.raises(FileNotFoundError, match=r"far\.py imports datasets\.base"):
        source_digest()


def test_an_extractor_is_the_file_that_defines_it_and_its_imports():
    class Here:
        pass

    assert class_digest(Here) != class_digest(MiniExtractor)
    assert class_digest(Here) == class_digest(Here)
