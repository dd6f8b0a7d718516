"""A file is whole or it is not, whatever its container."""

import numpy as np
import pytest
from PIL import Image

from datasets.fetch.errors import AttemptError
from datasets.fetch.probe import probe_file
from tests.datasets.video_host import PAGE, video_bytes


def write(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("kind", "codec", "fps", "size"),
    [("h264", "h264", 25.0, (64, 48)), ("h264hd", "h264", 25.0, (128, 64)),
     ("ntsc", "h264", 29.97, (64, 48)), ("fast", "h264", 59.94, (64, 48)),
     ("mpeg4", "mpeg4", 25.0, (64, 48)), ("vp9", "vp9", 25.0, (32, 32))],
)  # fmt: skip
def test_whole_videos(kind, codec, fps, size, tmp_path):
    probed = probe_file(write(tmp_path / "a.mp4", video_bytes(kind)))
    assert (probed.codec, probed.fps, probed.width, probed.height) == (codec, fps, *size)
    assert probed.frames == 8
    assert probed.duration == pytest.approx(8 / fps, abs=0.002)


def remuxed(data, name, tmp_path):
    """The bytes of ``data`` with their packets in another container."""
    import av

    source = write(tmp_path / "source.mp4", data)
    with av.open(str(source)) as given, av.open(str(tmp_path / name), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    return (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.webm", "x.gif"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.9])
def test_a_file_cut_short_is_never_whole(name, part, tmp_path):
    if name == "x.gif":
        rng = np.random.default_rng(0)
        pictures = [Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)) for _ in range(4)]
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:])
        data = (tmp_path / name).read_bytes()
    else:
        data = video_bytes("vp9" if name == "x.webm" else "h264")
        data = data if name == "x.mp4" else remuxed(data, name, tmp_path)
    assert probe_file(write(tmp_path / name, data)).frames in (4, 8)
    with pytest.raises(AttemptError) as caught:
        probe_file(write(tmp_path / name, data[: int(len(data) * part)]))
    assert caught.value.kind in ("truncated", "not-a-video")
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "a.mp4: the file is empty"), (PAGE, "a.mp4: is a page"),
     (b"\xef\xbb\xbf \n" + PAGE, "a.mp4: is a page"), (b'{"error": 1}', "a.mp4: is a page"),
     (b"\x00\x01" * 500, "a.mp4: not a video"), (video_bytes("audio"), "there is no video")],
)  # fmt: skip
def test_what_is_no_video(data, message, tmp_path):
    with pytest.raises(AttemptError, match=message) as caught:
        probe_file(write(tmp_path / "a.mp4", data))
    assert caught.value.kind == "not-a-video"


def test_a_first_picture_that_cannot_be_decoded(tmp_path):
    data = bytearray(video_bytes("h264"))
    begin = data.index(b"mdat") + 4
    data[begin : begin + 2000] = bytes(2000)
    with pytest.raises(AttemptError) as caught:
        probe_file(write(tmp_path / "a.mp4", bytes(data)))
    assert caught.value.kind == "truncated"
