"""Fetching, verifying and listing weights: cut connections, other files, changed files, usage."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from metrics import weight_download, weights
from metrics.extractors import weight_files
from metrics.extractors.weight_digests import read_pins
from metrics.extractors.weight_files import find, known
from metrics.weight_download import DownloadError, download
from metrics.weight_table import BEGIN, END, markdown

README = Path(weight_files.__file__).with_name("README.md")


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


NET = saved({"a.weight": torch.arange(9000.0), "a.bias": torch.zeros(3)})
OTHER = saved({"a.weight": torch.ones(9000), "a.bias": torch.zeros(3)})


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Server(ThreadingHTTPServer):
    """Gives `content` on 127.0.0.1 as it is told to; `asked` has the range of each request."""

    content = NET
    ranges = True
    cuts: list[int]  # after how many bytes the next answers are cut
    statuses: list[int]  # of the next answers
    tag = '"1"'
    after_cut: tuple[bytes, str] | None = None  # what the server has from then on
    sized = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cuts, self.statuses, self.asked = [], [], []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/other/../name.bin?x=1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        if server.statuses:
            return self.send_error(server.statuses.pop(0))
        content, start = server.content, 0
        if asked and server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if asked and server.ranges and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.sized:
            self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", server.tag)
        self.end_headers()
        end = len(content)
        if server.cuts:
            end = start + server.cuts.pop(0)
            if server.after_cut:
                server.content, server.tag = server.after_cut
        self.wfile.write(content[start:end])
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty weights folder, an empty torch hub, no waiting, no variable of this shell."""
    for variable in [v for v in os.environ if v.startswith(("TCHD_WEIGHTS", "FID_INCEPTION"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TCHD_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(weight_download, "WAIT", 0.0)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "weights"


@pytest.fixture
def listed(server, monkeypatch) -> None:
    """The list with the digests and the URL of what the server gives."""
    made = dict(known())
    made["s3fd"] = replace(made["s3fd"], urls=(server.url,), sha256=digest(NET)[:10])
    monkeypatch.setattr(weight_files, "known", lambda: made)


def contents(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_fetch_puts_the_file_under_its_own_name(listed, server, folder, capsys) -> None:
    assert weights.main(["fetch", "s3fd"]) == 0
    out = capsys.readouterr()
    assert out.out.count("\n") == 1
    assert f"s3fd: fetched, 0.0 MB, sha256 {digest(NET)}" in out.out
    assert out.err == ""
    assert contents(folder) == ["s3fd-619a316812.pth"]
    assert (folder / "s3fd-619a316812.pth").read_bytes() == NET
    assert weights.main(["fetch", "s3fd"]) == 0
    assert "already here" in capsys.readouterr().out
    assert len(server.asked) == 1
    assert weights.main(["where", "s3fd"]) == 0
    assert capsys.readouterr().out == f"{folder / 's3fd-619a316812.pth'}\n"


def test_a_cut_connection_goes_on_where_it_was(listed, server, folder) -> None:
    server.cuts += [1000, 0, 500]
    server.statuses += [503]
    assert weights.main(["fetch", "s3fd"]) == 0
    assert server.asked == [None, None, "bytes=1000-", "bytes=1000-", "bytes=1500-"]
    assert (folder / "s3fd-619a316812.pth").read_bytes() == NET


def test_a_later_run_goes_on_too(listed, server, folder, capsys) -> None:
    server.cuts += [1000, *[0] * 20]
    assert weights.main(["fetch", "s3fd"]) == 1
    assert "cut after 1000 of" in capsys.readouterr().err
    assert len(server.asked) == weight_download.ATTEMPTS
    (part,) = contents(folder)
    assert part.startswith(".s3fd")
    server.cuts.clear()
    server.asked.clear()
    assert weights.main(["fetch", "s3fd"]) == 0
    assert server.asked == ["bytes=1000-"]
    assert contents(folder) == ["s3fd-619a316812.pth"]


def test_all_but_the_name_was_there(listed, server, folder) -> None:
    part = folder / "x.part"
    folder.mkdir()
    part.write_bytes(NET)
    download(server.url, part, report=lambda *_: None)
    assert part.read_bytes() == NET
    part.write_bytes(NET + b"more than there is")
    download(server.url, part, report=lambda *_: None)
    assert part.read_bytes() == NET


def test_a_server_without_ranges_begins_anew(listed, server, folder) -> None:
    server.ranges = False
    server.cuts += [1000]
    assert weights.main(["fetch", "s3fd"]) == 0
    assert (folder / "s3fd-619a316812.pth").read_bytes() == NET


@pytest.mark.parametrize("tag", ['"1"', '"2"'])
def test_two_versions_are_never_mixed(server, tmp_path, tag: str) -> None:
    longer = OTHER + (b"" if tag == '"2"' else b"longer")
    server.cuts += [20_000]  # amid the numbers
    server.after_cut = longer, tag
    download(server.url, tmp_path / "part", report=lambda *_: None)
    assert (tmp_path / "part").read_bytes() == longer


def test_a_wrong_digest_leaves_nothing(listed, server, folder, capsys) -> None:
    server.content = OTHER
    assert weights.main(["fetch", "s3fd"]) == 1
    said = capsys.readouterr().err
    assert f"what came has sha256 {digest(OTHER)}, expected {digest(NET)[:10]}..." in said
    assert "nothing was kept" in said
    assert contents(folder) == []
    assert weights.main(["fetch", "openface", "--url", server.url]) == 1
    assert "git blob" in capsys.readouterr().err
    assert contents(folder) == []


def test_a_wrong_file_is_replaced_by_the_right_one_only(listed, server, folder) -> None:
    folder.mkdir()
    target = folder / "s3fd-619a316812.pth"
    target.write_bytes(b"wrong")
    server.content = OTHER
    assert weights.main(["fetch", "s3fd"]) == 1
    assert target.read_bytes() == b"wrong"
    server.content = NET
    assert weights.main(["fetch", "s3fd"]) == 0
    assert target.read_bytes() == NET


def test_an_unpinned_file_is_written_down_and_then_kept_to(server, folder, capsys) -> None:
    assert weights.main(["fetch", "pose", "--url", server.url]) == 0
    assert read_pins(folder) == {"pose": digest(NET)}
    assert contents(folder) == ["pins.toml", "pose_model.pth"]
    (folder / "pose_model.pth").write_bytes(OTHER)
    assert weights.main(["verify"]) == 1
    said = capsys.readouterr().err
    assert f"pose_model.pth has sha256 {digest(OTHER)}, but {digest(NET)} was verified" in said
    assert "--accept" in said
    assert weights.main(["where", "pose"]) == 1
    assert weights.main(["verify", "pose", "--accept"]) == 0
    assert read_pins(folder) == {"pose": digest(OTHER)}
    assert find("pose").sha256 == digest(OTHER)


def test_another_unpinned_file_is_fetched_by_its_digest_only(server, folder, capsys) -> None:
    assert weights.main(["fetch", "pose", "--url", server.url]) == 0
    (folder / "pose_model.pth").unlink()
    server.content = OTHER
    assert weights.main(["fetch", "pose", "--url", server.url]) == 1
    assert f"fetch pose --sha256 {digest(OTHER)}" in capsys.readouterr().err
    assert contents(folder) == ["pins.toml"]
    command = ["fetch", "pose", "--url", server.url, "--sha256"]
    assert weights.main([*command, digest(NET)]) == 1
    assert weights.main([*command, digest(OTHER).upper()]) == 0
    assert read_pins(folder) == {"pose": digest(OTHER)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n <!DOCTYPE html><html>", "is a web page; give the address of the file itself"),
        (b"anything", "what came cannot be read as tensors"),
        (b"", "what came cannot be read as tensors"),
        (saved({"state_dict": {"a": torch.zeros(1)}}), "has a dict at 'state_dict', expected tens"),
        (saved(torch.zeros(3)), "holds a Tensor, expected a mapping of tensors"),
        (saved(Path("code")), "cannot be read as tensors (UnpicklingError"),
    ],
    ids=["page", "bytes", "empty", "nested", "tensor", "code"],
)
def test_what_is_no_weights_file_is_never_written_down(
    server, folder, capsys, content: bytes, said: str
) -> None:
    server.content = content
    assert weights.main(["fetch", "pose", "--url", server.url]) == 1
    assert said in capsys.readouterr().err
    assert contents(folder) == []
    (folder / "pose_model.pth").write_bytes(content)
    for command in (["verify", "pose"], ["fetch", "pose"]):
        assert weights.main(command) == 1
        assert "pose_model.pth" in capsys.readouterr().err
    assert contents(folder) == ["pose_model.pth"]


def test_an_interrupted_unpinned_file_leaves_nothing(server, folder) -> None:
    server.cuts += [100, *[0] * 20]
    assert weights.main(["fetch", "pose", "--url", server.url]) == 1
    assert contents(folder) == []


@pytest.mark.parametrize("status", [404, 403])
def test_what_is_not_there_is_asked_for_once(listed, server, capsys, status: int) -> None:
    server.statuses += [status] * 9
    assert weights.main(["fetch", "s3fd"]) == 1
    assert len(server.asked) == 1
    assert f"HTTP {status}" in capsys.readouterr().err


def test_the_next_place_is_tried(listed, server, folder, monkeypatch) -> None:
    made = dict(weight_files.known())
    dead = server.url.replace("?x=1", "?dead")
    made["s3fd"] = replace(made["s3fd"], urls=(dead, server.url))
    monkeypatch.setattr(weight_files, "known", lambda: made)
    server.statuses += [404]
    assert weights.main(["fetch", "s3fd"]) == 0
    assert len(server.asked) == 2


@pytest.mark.parametrize("sized", [True, False])
def test_a_file_that_is_too_large_is_refused(server, tmp_path, monkeypatch, sized: bool) -> None:
    monkeypatch.setattr(weight_download, "LIMIT", 1000)
    server.sized = sized
    with pytest.raises(DownloadError, match=r"more than 0 MiB"):
        download(server.url, tmp_path / "part", report=lambda *_: None)
    assert contents(tmp_path) == []


def test_a_refused_connection_is_tried_again(tmp_path, monkeypatch) -> None:
    waits = []
    monkeypatch.setattr(weight_download, "WAIT", 1.0)
    with pytest.raises(DownloadError, match=r"^http://127.0.0.1:9/x: .*\(5 times\); try later"):
        download(
            "http://127.0.0.1:9/x", tmp_path / "part", report=lambda *_: None, sleep=waits.append
        )
    assert waits == [1, 2, 4, 8]


def test_files_are_copied(tmp_path, folder, capsys) -> None:
    (tmp_path / "downloaded.bin").write_bytes(NET)
    url = (tmp_path / "downloaded.bin").as_uri()
    assert weights.main(["fetch", "reid", "--url", url]) == 0
    assert (folder / "reid_model.pth").read_bytes() == NET
    assert weights.main(["fetch", "pose", "--url", f"{url}.none"]) == 1
    assert "downloaded.bin.none" in capsys.readouterr().err
    assert contents(folder) == ["pins.toml", "reid_model.pth"]


def test_progress_knows_the_total(server, tmp_path) -> None:
    seen = []
    server.cuts += [1000]
    download(server.url, tmp_path / "part", report=lambda *numbers: seen.append(numbers))
    assert seen[0] == (1000, len(NET))
    assert seen[-1] == (len(NET), len(NET))
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("fetch s3df", "'s3df'; known: s3fd, fan4, openface, pose, reid, inception, alexnet"),
        ("where s3df", "known: s3fd, fan4"),
        ("verify s3fd s3df", "known: s3fd, fan4"),
        ("fetch pose", r"no direct URL is known; get pose_model.pth from https://yadi.sk/d/0L-P"),
        ("fetch pose --url pose_model.pth", "write https://..., http://... or file:///"),
        ("fetch pose --url ftp://host/x", "no URL of a kind"),
        ("fetch pose --url https:///x", "no URL of a kind"),
        ("fetch pose --url http://[", "no URL of a kind"),
        ("fetch pose --sha256 12", "--sha256 12: expected 8 to 64 hexadecimal digits"),
        ("fetch pose --sha256 123456789z", "hexadecimal digits"),
        ("fetch s3fd --sha256 1234567890", "the list has 619a316812 for s3fd"),
        ("verify --accept", "--accept needs the names"),
        ("verify fan4 --accept", r"fan4: its digest is known (sha256 11f355bf06...)"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_right(folder, capsys, command: str, said: str) -> None:
    assert weights.main(command.split()) == 2
    assert said in capsys.readouterr().err
    assert contents(folder) == []


@pytest.mark.parametrize("arguments", [[], ["pin"], ["fetch"], ["where"], ["list", "--no"]])
def test_unknown_commands_are_2(capsys, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        weights.main(arguments)
    assert "usage" in capsys.readouterr().err


def test_a_variable_that_names_another_file_is_2(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "mine.pth").write_bytes(NET)
    monkeypatch.setenv("TCHD_WEIGHTS_S3FD", str(tmp_path / "mine.pth"))
    for command in (["where", "s3fd"], ["fetch", "s3fd"], ["verify", "s3fd"]):
        assert weights.main(command) == 2
        assert "TCHD_WEIGHTS_S3FD=" in capsys.readouterr().err


def test_absent_weights_are_1_where_they_are_asked_for(folder, capsys) -> None:
    assert weights.main(["where", "pose"]) == 1
    said = capsys.readouterr().err
    assert "pose_model.pth (sha256 unpinned) not found" in said
    assert str(folder / "pose_model.pth") in said
    assert weights.main(["verify", "pose"]) == 1
    assert "not found" in capsys.readouterr().err
    assert weights.main(["verify"]) == 0
    assert "no weights here" in capsys.readouterr().out


def test_verify_counts_and_writes_down_once(server, folder, capsys) -> None:
    folder.mkdir()
    (folder / "reid_model.pth").write_bytes(NET)
    assert weights.main(["verify"]) == 0
    first = capsys.readouterr().out
    assert first.startswith(f"reid: ok, 2 tensors, sha256 {digest(NET)}, {folder}")
    assert first.endswith("; written into pins.toml\n")
    assert weights.main(["verify", "reid"]) == 0
    assert "pins.toml" not in capsys.readouterr().out


def test_the_list_says_what_is_here(listed, server, folder, capsys) -> None:
    folder.mkdir()
    (folder / "reid_model.pth").write_bytes(NET)
    (folder / "2DFAN-4.pth.tar").write_bytes(b"wrong")
    assert weights.main(["fetch", "s3fd"]) == weights.main(["verify", "reid"]) == 0
    capsys.readouterr()
    assert weights.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line for line in lines[1:8]}
    assert set(rows) == set(known())
    for name, state in (("s3fd", "found"), ("reid", "found"), ("fan4", "refused")):
        assert f" {state} " in rows[name]
    assert " absent " in rows["pose"]
    assert " unpinned " in rows["pose"]
    assert f"unpinned; here sha256 {digest(NET)[:10]}..." in rows["reid"]
    assert "git blob 8ea57ad9cf..." in rows["openface"]
    assert lines[8].startswith("fan4: 2DFAN-4.pth.tar has sha256 ")
    (folder / "pins.toml").write_text("pose =")
    assert weights.main(["list"]) == 0
    assert "unpinned (pins.toml is damaged)" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_said_to_be_one(server, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TCHD_WEIGHTS", str(tmp_path / "file" / "weights"))
    assert weights.main(["fetch", "pose", "--url", server.url]) == 1
    assert "file/weights" in capsys.readouterr().err


def test_the_readme_shows_the_list(capsys) -> None:
    assert weights.main(["list", "--markdown"]) == 0
    printed = capsys.readouterr().out.strip()
    assert printed == markdown()
    readme = README.read_text(encoding="utf-8")
    assert f"{BEGIN}\n{printed}\n{END}" in readme, "paste what 'weights list --markdown' prints"
