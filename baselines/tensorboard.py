"""Curves and pictures of a training for TensorBoard, which is an optional dependency."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.registry import UsageError
from fomm.media.picture import Picture


class Board:
    """A folder of event files.

    A killed training does some steps once more when it resumes. The first thing that a board is
    told hides what earlier boards of the folder were told of this step and later ones, so no point
    is there twice.

    Args:
        folder: Made when there is something to write.

    Raises:
        UsageError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise UsageError(
                f"TensorBoard is not installed ({error}): pip install -e '.[watch]',"
                " or train without it"
            ) from error
        self._folder, self._kind = folder, SummaryWriter
        self._open: Any = None

    def row(self, row: Mapping[str, float]) -> None:
        """Add a point to the curve of each name but ``step``, which says where."""
        step = round(row["step"])
        writer = self._writer(step)
        for name, value in row.items():
            if name != "step":
                writer.add_scalar(name, value, step)
        writer.flush()  # a killed training loses nothing that it told

    def picture(self, name: str, picture: Picture, step: int) -> None:
        """Add a picture, uint8 ``(H, W, 3)``, to the series ``name``."""
        writer = self._writer(step)
        writer.add_image(name, picture, step, dataformats="HWC")
        writer.flush()

    def close(self) -> None:
        """Write all to the disk; nothing can be added any more."""
        if self._open is not None:
            self._open.close()

    def _writer(self, step: int) -> Any:  # noqa: ANN401 - of an optional package
        if self._open is None:
            self._open = self._kind(str(self._folder), purge_step=step)
        return self._open
