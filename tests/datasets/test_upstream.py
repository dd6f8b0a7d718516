"""Upstream files: found by sha256, fetched with limits; unpinned ones never change silently."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from datasets import upstream, web
from datasets.upstream import PINS, Pin, UpstreamError, fetch, find, seen_sha256, store_folder
from datasets.web import WrongFileError, fetch_file

BODY = b"video_id,start\n" * 50
DIGEST = hashlib.sha256(BODY).hexdigest()


class Host(BaseHTTPRequestHandler):
    """Answers by path; counts what it was asked for."""

    def do_GET(self):
        self.server.asked.append(self.path)
        path = self.path.split("?")[0]
        if path == "/once" and self.server.asked.count(self.path) == 1:
            return self.answer(503, b"busy")
        if path in ("/good", "/once"):
            return self.answer(200, self.server.body)
        if path == "/cut":
            return self.answer(200, BODY[:100], length=len(BODY))
        if path == "/away":
            return self.answer(302, b"", location="/good")
        if path == "/file":
            return self.answer(302, b"", location="file:///etc/passwd")
        if path.endswith("/public/resources/download"):
            port = self.server.server_address[1]
            return self.answer(200, json.dumps({"href": f"http://127.0.0.1:{port}/good"}).encode())
        return self.answer(404, b"no")

    def answer(self, status, body, length=None, location=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def host(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.asked, server.body = [], BODY
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(web, "time", SimpleNamespace(sleep=lambda seconds: None))
    yield server
    server.shutdown()
    server.server_close()


def pin(*urls, **changes):
    values = {"sha256": DIGEST, "bytes": len(BODY), "rows": 50} | changes
    return Pin("list.csv", urls or ("http://127.0.0.1:9/list.csv",), **values)


def get(url, path, **changes):
    values = {"sha256": DIGEST, "size": len(BODY), "limit": 10**6} | changes
    fetch_file(url, path, **values)


def test_the_store_is_the_argument_then_the_environment_then_work(tmp_path, monkeypatch):
    monkeypatch.delenv("TCHD_LISTS", raising=False)
    assert store_folder().as_posix() == "work/lists"
    monkeypatch.setenv("TCHD_LISTS", str(tmp_path / "env"))
    assert store_folder() == tmp_path / "env"
    assert store_folder(tmp_path) == tmp_path


def test_a_pinned_file_is_found_under_any_name(tmp_path):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "list.csv").write_bytes(BODY[:-1])
    (tmp_path / "other").write_bytes(b"x" * len(BODY))
    (tmp_path / "zzz").write_bytes(BODY)
    assert find(pin(), tmp_path) == tmp_path / "zzz"
    assert find(pin(bytes=None), tmp_path) == tmp_path / "zzz"


def test_a_missing_file_is_named_with_its_sha256_and_its_place(tmp_path):
    (tmp_path / "list.csv").write_bytes(b"another")
    with pytest.raises(UpstreamError) as error:
        find(pin("https://a.b/c", "https://d.e/f"), tmp_path)
    text = str(error.value)
    for part in (DIGEST, "list.csv", f"in {tmp_path}", "https://a.b/c or https://d.e/f"):
        assert part in text
    assert f"is another file, sha256 {hashlib.sha256(b'another').hexdigest()}" in text
    with pytest.raises(UpstreamError, match=f"no list with sha256 {DIGEST}"):
        find(pin(), tmp_path / "nowhere")


def test_the_first_url_that_gives_the_file_is_taken_once(tmp_path, host):
    wanted = pin(f"{host.url}/gone", f"{host.url}/good")
    assert fetch(wanted, tmp_path).read_bytes() == BODY
    assert fetch(wanted, tmp_path) == tmp_path / "list.csv"
    assert host.asked == ["/gone", "/good"]


def test_a_file_of_the_same_name_is_left_alone(tmp_path, host):
    (tmp_path / "list.csv").write_bytes(b"mine")
    found = fetch(pin(f"{host.url}/good"), tmp_path)
    assert found.name == f"{DIGEST[:12]}-list.csv"
    assert (tmp_path / "list.csv").read_bytes() == b"mine"


def test_what_no_url_gives_is_refused_with_every_reason(tmp_path, host):
    host.body = b"y" * len(BODY)
    wanted = pin(f"{host.url}/gone", f"{host.url}/good", "ftp://127.0.0.1/x")
    with pytest.raises(UpstreamError) as error:
        fetch(wanted, tmp_path)
    text = str(error.value)
    assert DIGEST in text and str(tmp_path) in text
    assert "/gone: HTTP Error 404" in text
    assert f"/good: sha256 {hashlib.sha256(host.body).hexdigest()}, expected {DIGEST}" in text
    assert "only http and https are fetched" in text
    assert list(tmp_path.iterdir()) == []


def test_failures_that_may_pass_are_tried_again_and_others_not(tmp_path, host):
    get(f"{host.url}/once", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    host.asked.clear()
    with pytest.raises(OSError, match=r"cut off after 100 of 750 bytes|IncompleteRead"):
        get(f"{host.url}/cut", tmp_path / "b")
    assert host.asked == ["/cut"] * 3
    host.asked.clear()
    with pytest.raises(OSError, match="404"):
        get(f"{host.url}/gone", tmp_path / "b")
    assert host.asked == ["/gone"]
    with pytest.raises(OSError, match=r"refused|Refused"):
        get("http://127.0.0.1:9/x", tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


def test_redirections_stay_on_the_web(tmp_path, host):
    get(f"{host.url}/away", tmp_path / "a")
    for url in (f"{host.url}/file", "file:///etc/passwd"):
        with pytest.raises(OSError, match=r"not allowed|only http and https|unknown url type"):
            get(url, tmp_path / "b", sha256=None, size=None)
    assert not (tmp_path / "b").exists()


def test_sizes_are_limited(tmp_path, host):
    with pytest.raises(WrongFileError, match="more than 700 bytes"):
        get(f"{host.url}/good", tmp_path / "a", sha256=None, size=None, limit=700)
    with pytest.raises(WrongFileError, match="750 bytes, expected 800"):
        get(f"{host.url}/good", tmp_path / "a", sha256=None, size=800)
    assert list(tmp_path.iterdir()) == []


def test_a_public_link_tells_the_address_of_its_file(tmp_path, host):
    get(f"{host.url}/v1/disk/public/resources/download?public_key=x", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    host.body = b"<html>"
    with pytest.raises(OSError, match="404"):
        get(f"{host.url}/other/resources/download", tmp_path / "b")


def unpinned(host):
    return Pin("fashion.txt", (f"{host.url}/good",))


def test_an_unpinned_file_is_printed_and_remembered_at_the_first_fetch(tmp_path, host, capsys):
    wanted = unpinned(host)
    assert seen_sha256(wanted, tmp_path) is None
    with pytest.raises(UpstreamError, match=r"fashion.txt: not found"):
        find(wanted, tmp_path)
    assert fetch(wanted, tmp_path) == tmp_path / "fashion.txt"
    assert f"sha256 {DIGEST}, seen for the first time" in capsys.readouterr().err
    assert (tmp_path / PINS).read_text() == f'"fashion.txt" = "{DIGEST}"\n'
    assert find(wanted, tmp_path) == fetch(wanted, tmp_path) == tmp_path / "fashion.txt"
    assert seen_sha256(wanted, tmp_path) == DIGEST
    assert capsys.readouterr().err == "" and host.asked == ["/good"]


def test_an_unpinned_file_that_changes_is_refused_until_its_line_is_deleted(tmp_path, host):
    wanted = unpinned(host)
    fetch(wanted, tmp_path)
    changed = hashlib.sha256(b"changed").hexdigest()
    (tmp_path / "fashion.txt").write_bytes(b"changed")
    for get_it in (find, fetch):
        with pytest.raises(UpstreamError) as error:
            get_it(wanted, tmp_path)
        assert f"sha256 {changed}, seen first: {DIGEST}" in str(error.value)
        assert f"delete the line 'fashion.txt' of {tmp_path / PINS}" in str(error.value)
    (tmp_path / "fashion.txt").unlink()
    host.body = b"changed there"
    with pytest.raises(UpstreamError, match=f"expected {DIGEST}"):
        fetch(wanted, tmp_path)
    (tmp_path / PINS).write_text("")
    assert fetch(wanted, tmp_path).read_bytes() == b"changed there"


def test_an_unpinned_file_put_there_by_hand_counts_from_the_first_fetch(tmp_path, host):
    (tmp_path / "fashion.txt").write_bytes(b"by hand")
    with pytest.raises(UpstreamError, match="nobody has recorded its sha256 yet"):
        find(unpinned(host), tmp_path)
    assert fetch(unpinned(host), tmp_path).read_bytes() == b"by hand"
    assert host.asked == [] and find(unpinned(host), tmp_path)


def test_damaged_pins_are_named(tmp_path, host):
    (tmp_path / PINS).write_text("= 3")
    with pytest.raises(UpstreamError, match=r"pins.toml: is no TOML"):
        find(unpinned(host), tmp_path)
    assert upstream.UNPINNED == "unpinned"


def test_an_unpinned_file_that_cannot_be_read_is_not_remembered(tmp_path):
    pin = Pin("list.txt", ())

    def check(path):
        raise UpstreamError("no list")

    (tmp_path / "list.txt").write_text("<html>gone</html>")
    with pytest.raises(UpstreamError, match="no list"):
        fetch(pin, tmp_path, check=check)
    assert (tmp_path / "list.txt").is_file(), "a file that the user put there stays"
    assert seen_sha256(pin, tmp_path) is None
    fetch(pin, tmp_path, check=lambda path: None)
    assert seen_sha256(pin, tmp_path) is not None
