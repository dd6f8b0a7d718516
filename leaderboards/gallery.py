"""The gallery of a data set: which strips of frames a page shows, and what is missing and why.

``metrics.gallery`` writes it; a board keeps a copy in ``gallery/<dataset>/``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from datasets.registry import UsageError

LIST = "gallery.json"
LARGEST = 8_000_000
"""Bytes of the largest list or strip that is read."""

Kind = Literal[
    "source",
    "driving",
    "truth",
    "true-flow",
    "true-occlusion",
    "prediction",
    "error",
    "flow",
    "occlusion",
]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.webp$", max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Tile(_Part):
    """One picture of a scene over time.

    Attributes:
        kind: What it shows.
        method: Whose, None for what belongs to the scene.
        file: A horizontal strip of all frames, frame 0 at the left; None with a ``reason``.
        frames: How many.
        sha256: Of the file.
        reason: Why there is none.
    """

    kind: Kind
    method: str | None
    file: FileName | None
    frames: Count
    sha256: Sha256 | None
    reason: str | None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.file is None) != (self.sha256 is None) or (self.file is None) == (
            self.reason is None
        ):
            raise ValueError("a tile has a file and its sha256, or a reason")
        return self


class Scene(_Part):
    """One clip reconstructed, or one picture animated, by all methods.

    Attributes:
        id: Of the clip or pair.
        task: What was predicted.
        frames: Of its longest strip.
        fps: Frames per second.
        source: The clip that the source picture is of.
        driving: The clip whose frames are imitated.
        flow_max: Length in pixels of the flow that has full colour; None without flow.
        tiles: In the order in which they are shown.
    """

    id: str
    task: Literal["reconstruction", "animation-absolute", "animation-relative"]
    frames: Count
    fps: Annotated[float, Field(gt=0, le=1000)]
    source: str
    driving: str
    flow_max: Annotated[float, Field(gt=0)] | None = None
    tiles: tuple[Tile, ...]


class Gallery(_Part):
    """All scenes of a data set.

    Attributes:
        dataset: The registry name.
        profile: ``mini`` or ``full``.
        size: Side of a frame in the strips, in pixels.
        error_max: The mean absolute difference over the channels, in [0, 1], of the last colour.
        clips: Split -> status -> number of clips: what download and crop came to.
        scenes: Reconstructions first.
    """

    dataset: str
    profile: Literal["mini", "full"]
    size: Count
    error_max: Annotated[float, Field(gt=0, le=1)] = 0.5
    clips: dict[str, dict[str, Count]]
    scenes: tuple[Scene, ...]


def read_gallery(path: Path) -> Gallery:
    """Read a ``gallery.json``.

    Raises:
        UsageError: It is missing, too large or no such file; the message names it and the key.
    """
    try:
        return Gallery.model_validate_json(_read(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: {where}: {first['msg']}") from error


def read_strips(folder: Path, gallery: Gallery) -> dict[str, bytes]:
    """Return the files of a gallery, name -> bytes, each of the digest that the list says.

    Raises:
        UsageError: A file is missing, too large, or another than the list means; it is named.
    """
    found: dict[str, bytes] = {}
    for tile in (tile for scene in gallery.scenes for tile in scene.tiles):
        if tile.file is not None:
            path = folder / tile.file
            found[tile.file] = _read(path)
            if hashlib.sha256(found[tile.file]).hexdigest() != tile.sha256:
                raise UsageError(f"{path}: another file than {LIST} means; make the gallery again")
    return dict(sorted(found.items()))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: larger than {LARGEST} bytes")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
