"""How each kind of video is encoded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipe:
    """How one kind of file is encoded.

    Attributes:
        container: av's name of the format.
        codec: av's name of the video encoder.
        pixels: Pixel format.
        options: Of the video encoder.
        muxing: Options of the container.
        sound: Sound codecs that are copied as they are.
        voice: The encoder of all other sound.
    """

    container: str
    codec: str
    pixels: str
    options: dict[str, str]
    sound: frozenset[str]
    voice: str
    muxing: dict[str, str] = field(default_factory=dict)


RECIPES = {
    ".mp4": Recipe(
        "mp4",
        "libx264",
        "yuv420p",
        # x264's macroblock tree (AVX-512) reads beyond its data: the bytes vary from run to run.
        {"crf": "18", "preset": "medium", "x264-params": "mbtree=0"},
        frozenset({"aac", "mp3"}),
        "aac",
        {"movflags": "+faststart"},
    ),
    ".webm": Recipe(
        "webm",
        "libvpx-vp9",
        "yuv420p",
        # Four times as fast as deadline good; as near to the pictures, files a fifth larger.
        {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "5", "row-mt": "0"},
        frozenset({"opus", "vorbis"}),
        "libopus",
    ),
    ".mkv": Recipe(
        "matroska",
        "ffv1",
        "bgr0",
        {"level": "3", "g": "1", "slicecrc": "1", "coder": "0", "context": "0"},
        frozenset({"aac", "mp3", "opus", "vorbis", "flac", "ac3", "eac3", "pcm_s16le"}),
        "aac",
    ),
}
