"""The First Order Motion Model for image animation, standalone: ``from fomm import FOMM``."""

from fomm.config import ConfigError, FOMMConfig
from fomm.model import FOMM

__all__ = ["FOMM", "ConfigError", "FOMMConfig"]
