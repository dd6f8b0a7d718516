"""The table of `baselines.speed`; `leaderboards.speed` reads it, with an eye on every cell."""

from __future__ import annotations

from baselines.measured import Table

KEY = ("profile", "dataset", "method", "device", "precision", "batch", "threads")
SPEEDS = Table(KEY, ("frames", "frames_per_second", "torch", "date", "command"))
COLUMNS = SPEEDS.columns
