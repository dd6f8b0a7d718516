"""A video host on 127.0.0.1 that can fail in every way that hosts do, and writes down each request.

What happens to ``/<id>.mp4`` follows from the word before the first ``_`` of the id, see `WAYS`.
"""

import io
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np

# way -> the class that the download stage must give it; "ok" if it must come.
WAYS = {
    "h264": "ok",
    "h264hd": "ok",
    "ntsc": "ok",  # 29.97 fps
    "fast": "ok",  # 59.94 fps
    "variable": "ok",  # a variable rate
    "mpeg4": "ok",
    "vp9": "ok",
    "moved": "ok",  # a redirection to another path
    "busy": "ok",  # 429 with Retry-After, then well
    "hiccup": "ok",  # 500, then well
    "cut": "ok",  # the connection ends half way; goes on by Range
    "404": "not-found",
    "410": "removed",
    "403": "forbidden",
    "451": "geo-blocked",
    "429": "rate-limited",
    "500": "network",
    "cutagain": "network",
    "reset": "network",  # no answer at all
    "stall": "network",  # some bytes, then silence
    "truncated": "truncated",  # half a file, with the length of half a file
    "short": "truncated",  # a length that is too small
    "long": "network",  # a length that is too large
    "page": "not-a-video",  # HTML with status 200
    "liar": "not-a-video",  # HTML that says it is video/mp4
    "empty": "not-a-video",
    "audio": "not-a-video",
    "file": "unsafe",  # a redirection to file://
}
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"


@dataclass
class Request:
    """One request: which video, from which byte, what was answered, how many bytes left."""

    video_id: str
    start: int
    status: int
    sent: int = 0


@cache
def video_bytes(kind, seed=0):
    """The bytes of a small MP4 file."""
    codec, rate, size = {
        "h264hd": ("libx264", Fraction(25), (64, 128)),
        "ntsc": ("libx264", Fraction(30000, 1001), (48, 64)),
        "fast": ("libx264", Fraction(60000, 1001), (48, 64)),
        "mpeg4": ("mpeg4", Fraction(25), (48, 64)),
        "vp9": ("libvpx-vp9", Fraction(25), (32, 32)),
        "audio": ("aac", None, None),
    }.get(kind, ("libx264", Fraction(25), (48, 64)))
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        if rate is None:
            stream = container.add_stream("aac", rate=8000)
            sound = np.zeros((1, 8000), np.float32)
            frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        else:
            stream = container.add_stream(codec, rate=rate)
            stream.height, stream.width = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            rng = np.random.default_rng(seed)
            for number in range(8):
                picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.time_base = 1 / rate
                frame.pts = number * (number + 1) if kind == "variable" else number
                container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def way_of(video_id):
    return video_id.lstrip("-").split("_")[0]


class Host:
    """The host.

    Attributes:
        requests: All requests so far.
        pause: Seconds between the halves of every file, so that a kill hits downloads.
    """

    def __init__(self):
        self.requests = []
        self.pause = 0.0
        self.retry_after = "0"
        self.lock = threading.Lock()
        self.asked = Counter()
        self.ended = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    host.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def data(self, video_id):
        """The file that the host has for a video: each one is different."""
        seed = sum(video_id.encode()) % 5
        data = video_bytes(way_of(video_id), seed)
        name = video_id.encode()
        return data + (len(name) + 8).to_bytes(4, "big") + b"free" + name

    def answer(self, handler):
        video_id = re.sub(r"^/(elsewhere/)?|\.mp4(\?.*)?$", "", handler.path)
        found = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        request = Request(video_id, int(found[1]) if found else 0, 0)
        with self.lock:
            self.requests.append(request)
            self.asked[video_id] += 1
            count = self.asked[video_id]
        way = way_of(video_id)
        if way == "reset":
            handler.close_connection = True
            return
        if way.isdigit() or (way in ("busy", "hiccup") and count == 1):
            status = {"busy": 429, "hiccup": 500}.get(way) or int(way)
            headers = {"Retry-After": self.retry_after} if status == 429 else {}
            self.send(handler, request, status, b"", headers=headers)
        elif way == "moved" and "elsewhere" not in handler.path:
            place = {"Location": f"/elsewhere/{video_id}.mp4"}
            self.send(handler, request, 302, b"", headers=place)
        elif way == "file":
            self.send(handler, request, 302, b"", headers={"Location": "file:///etc/hostname"})
        elif way in ("page", "liar"):
            kind = "text/html" if way == "page" else "video/mp4"
            self.send(handler, request, 200, PAGE, kind=kind)
        else:
            self.send_video(handler, request, way)

    def send_video(self, handler, request, way):
        data = b"" if way == "empty" else self.data(request.video_id)
        if way == "truncated":
            data = data[: len(data) // 2]
        total = len(data)
        if request.start and request.start >= total:
            headers = {"Content-Range": f"bytes */{total}"}
            self.send(handler, request, 416, b"", headers=headers)
            return
        part = data[request.start :]
        length = len(part) + {"short": -total // 2, "long": 1000}.get(way, 0)
        if way == "cut" and not request.start:
            part = part[: total // 2]
        elif way in ("cutagain", "stall"):
            part = b"" if request.start else part[: total // 2]
        status, headers = 200, {}
        if request.start:
            status = 206
            headers["Content-Range"] = f"bytes {request.start}-{total - 1}/{total}"
        self.send(handler, request, status, part, length=length, headers=headers)
        if way == "stall":
            self.ended.wait(10)

    def send(self, handler, request, status, body, *, kind="video/mp4", length=None, headers=None):
        request.status = status
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        half = len(body) // 2
        for piece in (body[:half], body[half:]):
            handler.wfile.write(piece)
            handler.wfile.flush()
            request.sent += len(piece)
            time.sleep(self.pause)


@contextmanager
def video_host():
    host = Host()
    try:
        yield host
    finally:
        host.close()
