"""Settings of the download stage, from ``params.yaml``.

Cookies and proxies are given on the command line only: they are a person's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from datasets.fetch.formats import FETCHED, FORMATS, Format
from datasets.fetch.queue import Policy
from datasets.registry import UsageError, choose

SOURCES = ("youtube", "files", "archive", "mirror", "videos", "ready")
_FIXED = {
    "files": "files",
    "archive": "archive",
    "mirror": "files",
    "videos": "given",
    "ready": "ready",
}


@dataclass(frozen=True)
class DownloadConfig:
    """Settings of the download stage.

    Attributes:
        source: Where videos come from: ``worlds`` renders them (mini); for real data ``youtube``
            (by id), ``files`` (the addresses in the list), ``archive`` (one file with all of
            them), ``mirror`` (``url`` with the id put in), ``videos`` (a local folder) or
            ``ready`` (clips cropped elsewhere: only the list is written). Decides about pixels
            through the format.
        seed: Seed of the mini worlds; decides about pixels. The frozen splits use 0.
        list: Which frozen list of a real data set; decides about pixels.
        format: Which of a host's files; decides about pixels. A name of `datasets.fetch.formats`;
            empty for what the source implies. Only YouTube's own files have its formats: what a
            mirror has may have been encoded again.
        url: Address of a mirror's file with ``{video_id}`` in it.
        jobs: Videos at the same time.
        retries: Further attempts of a video within a run.
        stop_after: So many videos in a row refused by the host end a run.
        pause: Seconds before the second attempt, at most; they double each time.
        longest_pause: The longest pause in seconds.
        timeout: Seconds without an answer that end an attempt.
        rate_limit: Most bytes per second for one video; 0 for no limit.
        max_bytes: Largest video that is taken.
    """

    source: str = "worlds"
    seed: int = 0
    list: str = "v1"
    format: str = ""
    url: str = ""
    jobs: int = 2
    retries: int = 3
    stop_after: int = 10
    pause: float = 5.0
    longest_pause: float = 900.0
    timeout: float = 30.0
    rate_limit: int = 0
    max_bytes: int = 20_000_000_000

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        choose("source", self.source, ("worlds", *SOURCES))
        for name in ("seed", "retries", "rate_limit", "pause"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("jobs", "stop_after", "timeout", "max_bytes"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be positive, got {getattr(self, name)}")
        if self.source == "mirror" and "{video_id}" not in self.url:
            raise UsageError(f"a mirror needs a url with {{video_id}} in it, got {self.url!r}")

    @property
    def policy(self) -> Policy:
        """How hard the queue tries."""
        return Policy(self.jobs, self.retries, self.stop_after, self.pause, self.longest_pause)

    @property
    def chosen_format(self) -> Format:
        """The format of what ``source`` gives.

        Raises:
            UsageError: ``format`` is another than the source has.
        """
        fixed = _FIXED.get(self.source)
        if fixed is None:
            return FORMATS[
                choose(f"format of source {self.source}", self.format or FETCHED[0], FETCHED)
            ]
        if self.format not in ("", fixed):
            raise UsageError(f"source {self.source} has the format {fixed!r}, not {self.format!r}")
        return FORMATS[fixed]
