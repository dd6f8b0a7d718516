"""What there is of a data set on this disk: wanted, got, lost and why, for each split.

Nothing is changed and no file of a video or clip is read: the lists, ``download.csv``, the attempt
log and the manifest say it all, and whether a source file is there is looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.availability import availability
from datasets.download_mini import COLUMNS, STATE
from datasets.fetch.listing import ORDER, Listing
from datasets.fetch.names import source_file
from datasets.frozen import list_sha256, read_split
from datasets.journal import read_journal
from datasets.lists import description, load_list
from datasets.manifest import MANIFEST, OK, ManifestRow, read_manifest
from datasets.metadata import MetadataRow, read_metadata
from datasets.registry import UNFROZEN, UsageError, shown_name
from datasets.stage import clips_folder, source_folder
from datasets.stamp import read_stamp

NOT_CROPPED = "not-cropped"
NOT_NEEDED = "not-needed"
"""Status of the videos of a folder whose clips come ready."""


@dataclass(frozen=True)
class Share:
    """One split, or all of them.

    Attributes:
        videos: Status -> number of videos; see `datasets.availability.Availability.status`;
            `NOT_NEEDED` where the clips come ready.
        wanted: Clips of the list.
        got: Clips that are there.
        lost: Reason -> number of clips that are not: ``video <status>`` where the video is not
            there, else the status of the manifest, or ``not-cropped``.
        frames_wanted: Frames of the list; 0 where it has whole videos.
        frames_got: Those of the clips that are there.
    """

    videos: Mapping[str, int]
    wanted: int
    got: int
    lost: Mapping[str, int]
    frames_wanted: int
    frames_got: int

    @property
    def coverage(self) -> float:
        """The part of the clips that is there, from 0 to 1."""
        return self.got / self.wanted if self.wanted else 1.0

    @property
    def frames_coverage(self) -> float | None:
        """The part of the frames that is there; None where the list has whole videos."""
        return self.frames_got / self.frames_wanted if self.frames_wanted else None


@dataclass(frozen=True)
class Stock:
    """What there is of a data set.

    Attributes:
        id: Id of the list.
        clips_id: Id of what was cropped, with its variant; empty if nothing was.
        list_sha256: Digest of the canonical list that is on disk, or would be downloaded.
        frozen_sha256: That of the committed list; empty if there is none.
        existing_sha256: That of the clips that are there; empty if there are none.
        downloaded: Whether the download stage has been here.
        cropped: Whether the crop stage has been here.
        shares: Split -> its share; ``all`` is the last.
    """

    id: str
    clips_id: str
    list_sha256: str
    frozen_sha256: str
    existing_sha256: str
    downloaded: bool
    cropped: bool
    shares: Mapping[str, Share]


def take_stock(
    dataset: str,
    profile: str,
    *,
    list_name: str = "v1",
    lists: Path | None = None,
    source: Path | None = None,
    reports: Path | None = None,
    root: Path = Path(),
) -> Stock:
    """Return what there is of a data set.

    Args:
        dataset: Its name.
        profile: ``mini`` or ``full``.
        list_name: Which list, as long as the download stage has not been here.
        lists: Folder of upstream lists; needed for nothing else.
        source: Folder of the source videos; ``work/<profile>/source/<dataset>`` if None.
        reports: Folder of the attempt log; ``work/<profile>/availability/<dataset>`` if None.
        root: The folder in which ``work/`` lies.

    Raises:
        UsageError: The list cannot be had, or a file on disk cannot be read.
    """
    source = source or source_folder(dataset, profile, root)
    clips = clips_folder(dataset, profile, root)
    reports = reports or root / "work" / profile / "availability" / dataset
    stamp = read_stamp(source)
    if (source / "metadata.csv").is_file():
        rows: Sequence[MetadataRow] = read_metadata(source / "metadata.csv")
        name = stamp.id if stamp else f"{shown_name(dataset, profile)}@v1"
    elif profile == "mini":
        split = read_split(dataset, profile)
        rows, name = split.rows, split.id
    else:
        loaded = load_list(dataset, list_name, store=lists)
        rows, name = loaded.rows, loaded.id
    listing = Listing(name, list_sha256(rows), tuple(rows))
    ready = stamp is not None and stamp.parameters.get("format") == "ready"
    statuses = dict.fromkeys(listing.videos, NOT_NEEDED)
    if not ready:
        statuses = _statuses(listing, source, reports, profile)
    cropped = (clips / MANIFEST).is_file()
    manifest: dict[str, ManifestRow] = {}
    for row in read_manifest(clips / MANIFEST) if cropped else []:
        manifest.setdefault(row.clip_id, row)
    got = [row for row in rows if row.clip_id in manifest and manifest[row.clip_id].ok]
    shares = {
        split: _share([row for row in rows if row.partition == split], statuses, manifest)
        for split in ORDER
        if any(row.partition == split for row in rows)
    }
    made = read_stamp(clips)
    return Stock(
        id=name,
        clips_id=(made.id if made else name) if cropped else "",
        list_sha256=listing.sha256,
        frozen_sha256=_frozen_sha256(dataset, profile, name),
        existing_sha256=list_sha256(got) if got else "",
        downloaded=(source / STATE).is_file(),
        cropped=cropped,
        shares=shares | {"all": _share(rows, statuses, manifest)},
    )


def _statuses(listing: Listing, source: Path, reports: Path, profile: str) -> dict[str, str]:
    """Return the status of each video."""
    if profile != "mini":
        return {row.video_id: row.status for row in availability(listing, source, reports)}
    rows = read_journal(source / STATE, COLUMNS)
    found = {}
    for video_id in listing.videos:
        status = rows[video_id]["status"] if video_id in rows else "pending"
        there = status != OK or source_file(source, video_id).is_file()
        found[video_id] = status if there else "missing"
    return found


def _share(
    rows: Sequence[MetadataRow], videos: Mapping[str, str], manifest: Mapping[str, ManifestRow]
) -> Share:
    lost: Counter[str] = Counter()
    frames_wanted = frames_got = 0
    for row in rows:
        made = manifest.get(row.clip_id)
        frames_wanted += row.end - row.start
        if made is not None and made.ok:
            frames_got += row.end - row.start
        elif videos[row.video_id] not in (OK, NOT_NEEDED):
            lost[f"video {videos[row.video_id]}"] += 1
        else:
            lost[made.status if made is not None else NOT_CROPPED] += 1
    statuses = Counter(videos[name] for name in {row.video_id for row in rows})
    got = len(rows) - lost.total()
    return Share(_sorted(statuses), len(rows), got, _sorted(lost), frames_wanted, frames_got)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """Return counts, the largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _frozen_sha256(dataset: str, profile: str, name: str) -> str:
    try:
        if profile == "mini":
            return list_sha256(read_split(dataset, profile).rows)
        version = name.split("+")[0].split("@")[1]
        if version == UNFROZEN:
            return ""
        return str(description(dataset, version)["list"]["sha256"])
    except (UsageError, KeyError):
        return ""
