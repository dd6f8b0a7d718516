"""How one video is got, or only asked for, from each kind of source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from datasets.download_config import DownloadConfig
from datasets.fetch.archive import unpack
from datasets.fetch.errors import AttemptError
from datasets.fetch.folder import parts_folder
from datasets.fetch.formats import Format
from datasets.fetch.listing import Listing
from datasets.fetch.local import given_folder, given_video
from datasets.fetch.ytdlp import Got, Network, ask_host, check_url, fetch_video, watch_url
from datasets.registry import UsageError
from datasets.source_files import source_videos

Stopped = Callable[[], bool]
Get = Callable[[str, Stopped], Got]
Ask = Callable[[str, Stopped], str]


@dataclass(frozen=True)
class Given:
    """What the person at the command line gives besides the settings of the stage.

    Attributes:
        network: How hosts are spoken to.
        videos: Folder of the source ``videos``.
    """

    network: Network = field(default_factory=Network)
    videos: Path | None = None


def getter(
    config: DownloadConfig, given: Given, listing: Listing, out: Path, wanted: Sequence[str]
) -> Get:
    """Return the function that makes one attempt to get a video; an archive is unpacked here.

    Args:
        config: Settings of the stage.
        given: What came with the command line.
        listing: The list.
        out: The source folder.
        wanted: The ids that will be asked for.

    Raises:
        UsageError: The source lacks something: a folder, or an archive or addresses in the list.
    """
    spec = config.chosen_format

    def place(video_id: str) -> Path:
        return parts_folder(out, video_id, source=config.source, spec=spec)

    if config.source == "videos":
        folder = given_folder(given.videos)
        videos = source_videos(folder)
        return lambda video_id, _: given_video(video_id, folder, videos)
    if config.source == "archive":
        return _from_archive(listing, {video_id: place(video_id) for video_id in wanted})
    address = _addresses(config, listing)

    def get(video_id: str, stopped: Stopped) -> Got:
        url = address(video_id)
        folder = place(video_id)
        return fetch_video(url, folder, spec=spec, network=given.network, stopped=stopped)

    return get


def asker(config: DownloadConfig, given: Given, listing: Listing) -> Ask:
    """Return the function that asks for one video and downloads nothing; errors as `getter`."""
    spec: Format = config.chosen_format
    if config.source == "videos":
        folder = given_folder(given.videos)
        videos = source_videos(folder)
        return lambda video_id, _: given_video(video_id, folder, videos).format_id
    if config.source in ("archive", "ready"):
        raise UsageError(f"source {config.source!r} has no videos that can be asked for one by one")
    address = _addresses(config, listing)

    def ask(video_id: str, stopped: Stopped) -> str:
        return ask_host(address(video_id), spec=spec, network=given.network, stopped=stopped)

    return ask


def _addresses(config: DownloadConfig, listing: Listing) -> Callable[[str], str]:
    if config.source == "youtube":
        return watch_url
    if config.source == "mirror":
        check_url(config.url)
        return lambda video_id: config.url.replace("{video_id}", quote(video_id, safe=""))
    if not listing.urls:
        raise UsageError(f"{listing.id}: the list has no addresses; give another --source")
    return lambda video_id: _of_list(video_id, listing)


def _of_list(video_id: str, listing: Listing) -> str:
    try:
        return check_url(listing.urls[video_id])
    except (KeyError, UsageError) as error:
        raise AttemptError("not-found", f"{listing.id} has no address for it: {error}") from error


def _from_archive(listing: Listing, folders: Mapping[str, Path]) -> Get:
    archive, members = listing.archive, listing.members
    if archive is None:
        raise UsageError(f"{listing.id}: its videos are in no archive; give another --source")
    places = {video_id: folder / f"{video_id}.gif" for video_id, folder in folders.items()}
    found = unpack(archive, {members[name]: path for name, path in places.items()})

    def get(video_id: str, stopped: Stopped) -> Got:
        del stopped
        if members[video_id] not in found:
            raise AttemptError("not-a-video", f"{archive.name}: {members[video_id]} is no GIF")
        return Got(places[video_id], "gif")

    return get
