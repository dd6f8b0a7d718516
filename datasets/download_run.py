"""From the command line of the download stage to one run for a real data set, and its report."""

from __future__ import annotations

import argparse
import io
from datetime import date
from pathlib import Path

import numpy as np

from datasets.availability import write_report
from datasets.download_config import DownloadConfig
from datasets.download_real import Result, Run, check_real, download_real
from datasets.fetch.listing import listing_of
from datasets.fetch.sources import Given
from datasets.fetch.ytdlp import Network
from datasets.lists import load_list
from datasets.metadata import PARTITIONS
from datasets.registry import UsageError

_MOST_COOKIES = 10_000_000


def run_real(
    args: argparse.Namespace, config: DownloadConfig, *, out: Path, profile: str, today: date
) -> Result:
    """Download or check the videos of a real data set, and write the availability report.

    Args:
        args: What `datasets.download` parsed.
        config: The settings, those of the command line included.
        out: The source folder.
        profile: ``full``.
        today: The day of the report, in UTC.

    Raises:
        UsageError: See `datasets.download_real`; or the list or the cookies cannot be
            had.
    """
    listing = listing_of(load_list(args.dataset, config.list, store=args.lists, fetch=True))
    reports = args.reports or reports_folder(args.dataset, profile, args.out)
    run = Run(
        listing,
        out,
        reports,
        config,
        given=_given(args, config),
        splits=args.split or PARTITIONS,
        retry=args.retry,
        limit=args.limit,
        verify=args.verify,
    )
    try:
        return (check_real if args.check else download_real)(run, rng=np.random.default_rng())
    finally:
        if reports.is_dir():
            write_report(listing, out, reports, today=today, list_name=config.list)


def reports_folder(dataset: str, profile: str, out: Path | None = None) -> Path:
    """Return where the attempt log and the availability reports of a data set go.

    Args:
        dataset: Its name.
        profile: ``full``.
        out: The source folder if it is not the usual one; the reports then lie beside it.
    """
    if out is not None:
        return out.with_name(f"{out.name}-availability")
    return Path("work") / profile / "availability" / dataset


def _given(args: argparse.Namespace, config: DownloadConfig) -> Given:
    network = Network(
        timeout=config.timeout,
        rate_limit=config.rate_limit,
        max_bytes=config.max_bytes,
        proxy=args.proxy,
        cookies=_cookies(args.cookies),
    )
    return Given(network, args.videos)


def _cookies(path: Path | None) -> str:
    """Return the text of a cookies file, which is only ever read."""
    if path is None:
        return ""
    from yt_dlp.cookies import YoutubeDLCookieJar

    try:
        if path.stat().st_size > _MOST_COOKIES:
            raise UsageError(f"{path}: is too large for a cookies file")
        text = path.read_text(encoding="utf-8")
        YoutubeDLCookieJar(io.StringIO(text)).load()
        return text
    except (OSError, UnicodeDecodeError) as error:  # yt-dlp's LoadError is an OSError
        raise UsageError(f"{path}: is no cookies file: {error}") from error
