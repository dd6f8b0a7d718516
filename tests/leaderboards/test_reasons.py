"""Reasons as tables and pages tell them: by rule, of what our evaluation writes."""

import pytest

from leaderboards.reasons import WEIGHTS, plain
from metrics.extractors import weight_files


@pytest.mark.parametrize("name", sorted(weight_files.known()))
def test_weights_that_were_not_there_are_told_without_commands(name, tmp_path, monkeypatch):
    entry = weight_files.get(name)
    for variable in ("TCHD_WEIGHTS", "TORCH_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    for variable in (entry.variable, *entry.variables):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(weight_files.WeightsAbsent) as caught:
        weight_files.find(name)
    assert plain(str(caught.value)) == WEIGHTS


def test_what_is_not_known_stays_as_it_is():
    for said in ("weights of the jury not found", "<b>no</b> weights a (b) not found"):
        assert plain(said) == said
