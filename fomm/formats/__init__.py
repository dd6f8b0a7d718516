"""Checkpoint files of every kind; `fomm.checkpoint` is the door."""
