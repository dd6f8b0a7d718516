"""X2Face, the baseline of dense sampling grids; from the specification, with the released keys."""

from baselines.x2face.checkpoint import load_x2face
from baselines.x2face.model import X2Face

__all__ = ["X2Face", "load_x2face"]
