"""The First Order Motion Model for image animation, standalone: ``from fomm import FOMM``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fomm.config import ConfigError, FOMMConfig
from fomm.model import FOMM

if TYPE_CHECKING:
    from fomm.animation import Options, animate
    from fomm.checkpoint import CheckpointError
    from fomm.media.errors import MediaError

__all__ = [
    "FOMM",
    "CheckpointError",
    "ConfigError",
    "FOMMConfig",
    "MediaError",
    "Options",
    "animate",
]

# Whoever trains the model needs no video library: these are imported when they are asked for.
_LATER = {
    "CheckpointError": "fomm.checkpoint",
    "MediaError": "fomm.media.errors",
    "Options": "fomm.animation",
    "animate": "fomm.animation",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'fomm' has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
