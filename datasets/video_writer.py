"""Write videos: lossless ones, and frames as H.264 makes them."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO

import av
import numpy as np

from datasets.clips import Frames
from datasets.files import replacing
from datasets.video import rgb

_BITEXACT = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no encoder version in the stream
_H264_SIDE = 64
_LOSSLESS = {"qp": "0", "preset": "ultrafast"}


def write_video(
    path: Path, frames: Frames, *, fps: Fraction | float, codec: str = "libx264rgb"
) -> None:
    """Write frames, uint8 ``(T, H, W, 3)`` RGB, as a lossless MP4 file, atomically.

    A decoder gives the same RGB back; the same frames give the same bytes on one machine.
    """
    options = _LOSSLESS if codec == "libx264rgb" else {}
    with replacing(path) as part:
        _encode(f"file:{part}", frames, fps=fps, codec=codec, pix_fmt="rgb24", options=options)


def encode_h264(frames: Frames, crf: int) -> Frames:
    """Return ``frames``, uint8 ``(T, H, W, 3)``, after H.264 4:2:0 at quality ``crf`` and back.

    An odd side, or one below 64 pixels, is padded by repeating the last row or column; the padding
    is cut off again. The encoder runs on one thread and without assembly: the same frames give the
    same picture every time.
    """
    height, width = frames.shape[1:3]
    below, right = (max(_H264_SIDE - side, side % 2) for side in (height, width))
    padded = np.pad(frames, ((0, 0), (0, below), (0, right), (0, 0)), mode="edge")
    # x264's assembly reads beyond small frames, so its output varies from run to run.
    options = {"crf": str(crf), "preset": "medium", "x264-params": "asm=0"}
    buffer = BytesIO()
    _encode(buffer, padded, fps=25, codec="libx264", pix_fmt="yuv420p", options=options)
    buffer.seek(0)
    with av.open(buffer) as container:
        decoded = np.stack([rgb(frame) for frame in container.decode(video=0)])
    return np.ascontiguousarray(decoded[:, :height, :width])


def _encode(
    target: str | IO[bytes],
    frames: Frames,
    *,
    fps: Fraction | float,
    codec: str,
    pix_fmt: str,
    options: dict[str, str],
) -> None:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape:
        raise ValueError(f"frames must be uint8 (T, H, W, 3), got {frames.dtype} {frames.shape}")
    rate = Fraction(fps).limit_denominator(100_000)
    bitexact = {"fflags": "+bitexact"}
    with av.open(target, "w", format="mp4", container_options=bitexact) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        stream.codec_context.flags |= _BITEXACT
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
