"""Two runs of a stage never work in one folder."""

import pytest

from datasets.lock import alone
from datasets.registry import UsageError


def test_a_second_run_is_refused_and_the_folder_is_free_afterwards(tmp_path):
    folder = tmp_path / "clips"
    with alone(folder, "crop"):
        refused = pytest.raises(UsageError, match="another run of crop works in this folder")
        with refused, alone(folder, "crop"):
            pass
        with alone(tmp_path / "other", "crop"):
            pass
    with alone(folder, "crop"):
        assert list(folder.iterdir()) == []


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is not a folder"), alone(tmp_path / "file", "crop"):
        pass
