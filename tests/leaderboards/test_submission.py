"""The files of a submission: digests of predictions, and the table of them."""

import hashlib

import pytest

from datasets.registry import UsageError
from leaderboards.submission import (
    PredictionFile,
    clip_of,
    digest,
    find_predictions,
    predictions_text,
    read_predictions,
)

SHA = "ab" * 32
HEAD = "file,bytes,sha256\n"


def test_a_file_is_its_name_size_and_digest(tmp_path):
    path = tmp_path / "a#1.mkv"
    path.write_bytes(b"frames")
    wanted = hashlib.sha256(b"frames").hexdigest()
    assert digest(path) == PredictionFile(file="a#1.mkv", bytes=6, sha256=wanted)


def test_a_folder_of_pictures_is_one_prediction(tmp_path):
    folder = tmp_path / "a#1"
    folder.mkdir()
    (folder / "1.png").write_bytes(b"one")
    (folder / "0.png").write_bytes(b"zero")
    found = digest(folder)
    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n"
        for name, data in (("0.png", b"zero"), ("1.png", b"one"))
    )
    assert found == PredictionFile(
        file="a#1/", bytes=7, sha256=hashlib.sha256(lines.encode()).hexdigest()
    )
    (folder / "1.png").rename(folder / "2.png")
    assert digest(folder).sha256 != found.sha256


def test_predictions_are_found_by_clip(tmp_path):
    for name in ("a.mkv", "a.motion.npz", "b.mp4.png", "c.mkv", ".a.mkv.part", "method.json"):
        (tmp_path / name).touch()
    (tmp_path / "d").mkdir()
    found = find_predictions(tmp_path, ["a", "b", "d"])
    assert [path.name for path in found] == ["a.mkv", "a.motion.npz", "b.mp4.png", "d"]
    with pytest.raises(UsageError, match="none: no such folder"):
        find_predictions(tmp_path / "none", ["a"])


@pytest.mark.parametrize(
    ("name", "clip"),
    [("v.1#2.mkv", "v.1#2"), ("v.1#2", "v.1#2"), ("v.1#2/", "v.1#2"), ("v.mkv", None), ("", None)],
)
def test_the_clip_of_a_file(name, clip):
    assert clip_of(name, {"v.1#2"}) == clip


def test_the_table_round_trips_sorted(tmp_path):
    files = [
        PredictionFile(file=name, bytes=3, sha256=SHA) for name in ('b,"c".mkv', "a.mkv", "é/")
    ]
    path = tmp_path / "predictions.csv"
    path.write_text(predictions_text(files), encoding="utf-8")
    assert read_predictions(path) == sorted(files, key=lambda one: one.file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns file, bytes, sha256"),
        ("file,size,sha256\n", "expected the columns"),
        (f"{HEAD}/etc/passwd,1,{SHA}\n", "line 2: file: string should match"),
        (f"{HEAD}../a.mkv,1,{SHA}\n", "line 2: file: string should match"),
        (f"{HEAD}..,1,{SHA}\n", "line 2: file: '..' is no file name"),
        (f"{HEAD}/,1,{SHA}\n", "line 2: file: '/' is no file name"),
        (f"{HEAD}C:\\a.mkv,1,{SHA}\n", "line 2: file: string should match"),
        (f"{HEAD}a/b/c.png,1,{SHA}\n", "line 2: file: string should match"),
        (f"{HEAD}a.mkv,-1,{SHA}\n", "line 2: bytes: '-1' is no number of bytes"),
        (f"{HEAD}a.mkv,1e9,{SHA}\n", "line 2: bytes: '1e9'"),
        (f"{HEAD}a.mkv,{'9' * 400},{SHA}\n", "line 2: bytes: '99999999999999999999' is no"),
        (f"{HEAD}a.mkv,1,{SHA.upper()}\n", "line 2: sha256: string should match"),
        (f"{HEAD}a.mkv,1\n", "line 2: 2 cells, expected 3"),
        (f"{HEAD}a.mkv,1,{SHA}\na.mkv,1,{SHA}\n", "names 'a.mkv' 2 times"),
        (f"{HEAD}b.mkv,1,{SHA}\na.mkv,1,{SHA}\n", "is not written as leaderboards.submit"),
        (f"{HEAD}a.mkv,01,{SHA}\n", "line 2: bytes: '01'"),
        (f'{HEAD}"a.mkv",1,{SHA}\n', "is not written as leaderboards.submit"),
        (f"{HEAD}{f'a,1,{SHA}' + chr(10)}" * 20_001, "more than 20000 rows"),
        ("x" * 10_000_001, "larger than 10 MB"),
        (f'{HEAD}"a', "is no CSV in UTF-8"),
    ],
)
def test_what_is_no_table_of_predictions_is_refused(tmp_path, text, message):
    path = tmp_path / "predictions.csv"
    path.write_text(text, newline="\n")
    with pytest.raises(UsageError, match=f"predictions\\.csv.*{message}"):
        read_predictions(path)
