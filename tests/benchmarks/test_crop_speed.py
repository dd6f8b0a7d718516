"""Speed of crop and of random access, as ratios measured within one run (one thread each)."""

import time

import cv2
import numpy as np
import pytest

from datasets.clips import ClipReader, read_clip, write_clip
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.metadata import MetadataRow, write_metadata
from datasets.resize import RESIZERS
from datasets.video import decode, rgb

pytestmark = pytest.mark.benchmark(group="crop")


def best(function, times=3):
    """Seconds of this process: one thread, so that neighbours do not count."""
    durations = []
    for _ in range(times):
        began = time.process_time()
        function()
        durations.append(time.process_time() - began)
    return min(durations)


def film(frames, height, width):
    rng = np.random.default_rng(0)
    big = cv2.GaussianBlur(
        rng.integers(0, 256, (height + frames, width + frames, 3), dtype=np.uint8), (0, 0), 2
    )
    return np.stack([big[t : t + height, t : t + width] for t in range(frames)])


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """240 frames of 640x360 in H.264, eight clips of 90 frames, three at a time."""
    import av

    folder = tmp_path_factory.mktemp("source")
    with av.open(str(folder / "v.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "23", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = 360, 640, "yuv420p"
        for frame in film(240, 360, 640):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    rows = [
        MetadataRow("v", s, s + 90, (40 + s, 20, 340 + s, 320), 25.0, 640, 360, "test")
        for s in range(0, 151, 21)
    ]
    write_metadata(folder / "metadata.csv", rows)
    return folder, rows


@pytest.mark.parametrize(
    ("resizer", "frames_by"), [("area-antialias", "as-decoded"), ("skimage-0.14", "ref-fps")]
)
def test_crop_against_decode_resize_and_encode_apart(
    benchmark, source, tmp_path, capsys, resizer, frames_by
):
    cv2.setNumThreads(1)
    resize = RESIZERS[resizer]
    folder, rows = source
    frames = [rgb(frame) for frame in decode(folder / "v.mp4")]
    cut = [
        [f[20:320, row.bbox[0] : row.bbox[2]] for f in frames[row.start : row.end]] for row in rows
    ]
    small = [np.stack([resize(f, 256) for f in clip]) for clip in cut]
    decoding = best(lambda: [rgb(frame) for frame in decode(folder / "v.mp4")])
    resizing = best(lambda: [resize(f, 256) for clip in cut for f in clip])
    encoding = best(lambda: [write_clip(tmp_path / "c.mkv", clip) for clip in small])
    runs = iter(range(99))
    config = CropConfig(size=256, resizer=resizer, frames=frames_by)
    crop = lambda: crop_folder(folder, tmp_path / f"{next(runs)}", config=config)  # noqa: E731
    cropping = benchmark.pedantic(lambda: best(crop), rounds=1)
    ratio = cropping / (decoding + resizing + encoding)
    benchmark.extra_info |= {"crop / apart": ratio, "must": "crop / apart <= 1.2"}
    with capsys.disabled():
        print(f"\n{resizer}, {frames_by}: crop {cropping:.2f} s = {ratio:.2f} x", end=" ")
        print(f"(decode {decoding:.2f} + resize {resizing:.2f} + encode {encoding:.2f})")
    assert ratio <= 1.2


def test_random_pair_against_the_whole_clip(benchmark, tmp_path, capsys):
    frames = film(512, 256, 256)
    path = tmp_path / "a.mkv"
    write_clip(path, frames)
    rng = np.random.default_rng(0)
    whole = best(lambda: read_clip(path))
    pairs = rng.integers(0, 512, (50, 2))
    draw = lambda: [read_clip(path, pair) for pair in pairs]  # noqa: E731
    pair = benchmark.pedantic(lambda: best(draw), rounds=1) / len(pairs)
    first = best(lambda: read_clip(path, [0, 1]))
    last = best(lambda: read_clip(path, [510, 511]))
    benchmark.extra_info |= {"pair / whole": pair / whole, "last / first": last / first}
    benchmark.extra_info["must"] = "pair / whole < 0.02, last / first < 3"
    png = sum(len(cv2.imencode(".png", frame)[1]) for frame in frames[::32]) * 32
    with capsys.disabled():
        print(
            f"\nrandom pair {pair * 1e3:.1f} ms, whole clip of 512 frames {whole * 1e3:.0f} ms, "
            f"{path.stat().st_size / png:.0%} of PNG"
        )
    assert pair < whole / 50
    assert last < 3 * first
    with ClipReader(path) as reader:
        assert len(reader) == 512
