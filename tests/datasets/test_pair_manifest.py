"""The list of pairs on disk: what is written is read, and what cannot be used is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from datasets.pair_manifest import MODES, Pair, pairs_folder, read_pairs, truth_clip, write_pairs
from datasets.registry import UsageError

ONE = Pair("pair-0001", "a#b#000000#000009", "c#d#000000#000007", "b", "d", 7, "ok")
TWO = replace(ONE, pair_id="pair-0002", frames=0, status="missing-clip")


def test_what_is_written_is_read_in_the_order_of_the_ids(tmp_path):
    write_pairs(tmp_path, [TWO, ONE])
    assert read_pairs(tmp_path) == [ONE, TWO]
    assert ONE.ok and not TWO.ok
    assert (tmp_path / "pairs.csv").read_text() == (
        "pair_id,source,driving,source_video,driving_video,frames,status\n"
        "pair-0001,a#b#000000#000009,c#d#000000#000007,b,d,7,ok\n"
        "pair-0002,a#b#000000#000009,c#d#000000#000007,b,d,0,missing-clip\n"
    )


def test_the_folders_are_those_of_the_project():
    folder = pairs_folder("mgif", "mini")
    assert folder == Path("work/mini/pairs/mgif")
    assert [truth_clip(folder, mode, "pair-0001").parent.name for mode in MODES] == list(MODES)
    assert truth_clip(folder, "relative", "pair-0001").name == "pair-0001.mkv"
    with pytest.raises(UsageError, match="unknown mode 'x'; known: absolute, relative"):
        truth_clip(folder, "x", "pair-0001")
    with pytest.raises(UsageError, match="unknown profile"):
        pairs_folder("mgif", "maxi")


def test_no_list_says_what_to_run(tmp_path):
    with pytest.raises(UsageError, match=r"pairs.csv: no such list; .*dvc repro pairs"):
        read_pairs(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pair_id,", "id,", "expected the columns pair_id,source,driving,"),
        (",ok", ",okay", "row 0: unknown status 'okay'; known: ok, missing-video"),
        (",7,", ",seven,", "row 0: invalid literal"),
        ("pair-0002", "../2", "row 1: '../2' cannot be part of a file name"),
        ("pair-0002", "pair-0001", "a pair id is there twice"),
        (",0,missing-clip", "", "row 1: wrong number of columns"),
        ("\n", ",x\n", "expected the columns"),
        ("ok", "ok,x", "row 0: wrong number of columns"),
        ("pair", "p\udcff", "is no CSV file in UTF-8"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path, old, new, message):
    write_pairs(tmp_path, [ONE, TWO])
    path = tmp_path / "pairs.csv"
    text = path.read_text().replace(old, new)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=message):
        read_pairs(tmp_path)
