"""Croissant descriptions of the lists, for machines: ``datasets/croissant/<id>.json``.

    python -m datasets.croissant            # write them
    python -m datasets.croissant --check    # exit 1 if one is not what the split files say

They are JSON-LD by the Croissant 1.0 vocabulary (https://mlcommons.org/croissant) and follow from
the committed split files and the registry. A mini list is ours and lies beside its description. A
list of real data is not: the description names the upstream file by URL and sha256, and the split
by its own digest. Of a file whose sha256 is not known there is no FileObject, for Croissant wants
a digest: only what the literature states of the list is there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.croissant_terms import ABOUT, CONTEXT, SPLIT_TERMS, column
from datasets.files import sha256, write_text
from datasets.frozen import split_files
from datasets.metadata import PARTITIONS
from datasets.pair_list import COLUMNS as PAIR_COLUMNS
from datasets.registry import DATASETS, PROFILES, DatasetSpec, get, shown_name, split_id
from datasets.upstream import UNPINNED

FOLDER = Path(__file__).parent / "croissant"
OUR_LICENCE = "https://spdx.org/licenses/MIT"
_CLIPS = (
    "video_id", "start", "end", "bbox", "fps", "width", "height", "partition", "person_id",
)  # fmt: skip
_WITH_PEOPLE = ("voxceleb",)
_ENCODINGS = {".csv": "text/csv", ".txt": "text/plain"}
_COUNTS = ("clips", "videos", "persons", "frames", "sha256")


def description(dataset: str, profile: str) -> dict[str, Any]:
    """Return the Croissant description of the main list of a data set, ready for JSON.

    Args:
        dataset: A data set of the boards.
        profile: ``mini`` or ``full``.
    """
    spec = get(dataset)
    toml = split_files(dataset, profile)[1]
    said = tomllib.loads(toml.read_text(encoding="utf-8"))
    files, records = _mini(dataset) if profile == "mini" else _real(dataset, said)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": shown_name(dataset, profile),
        "alternateName": said["id"],
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "description": _text(spec, said, profile),
        **_origin(spec, profile),
        "version": "1.0.0",
        "isLiveDataset": False,
        "identifier": f"sha256:{said['sha256']}" if said["sha256"] != UNPINNED else said["id"],
        **{f"rai:{name}": text for name, text in ABOUT[dataset, profile].rai.items()},
        **({"distribution": files} if files else {}),
        "recordSet": [_splits(said), *records],
    }


def _origin(spec: DatasetSpec, profile: str) -> dict[str, Any]:
    about = ABOUT[spec.name, profile]
    licence: Any = OUR_LICENCE
    if profile == "full":
        name = "licences of list and videos"
        licence = {"@type": "sc:CreativeWork", "name": name, "description": spec.licence}
    url = {"url": spec.homepage} if profile == "full" else {}
    return {
        **url,
        "license": licence,
        "citeAs": spec.bibtex if profile == "full" else about.cite,
        "datePublished": about.published,
        "keywords": ["image animation", "motion transfer", "video", spec.subject],
    }


def _text(spec: DatasetSpec, said: Mapping[str, Any], profile: str) -> str:
    text = ABOUT[spec.name, profile].text
    if profile == "mini":
        return f"{text} Split {said['id']}, sha256 {said['sha256']}."
    if said["sha256"] == UNPINNED:
        names = " and ".join(file["name"] for file in said["upstream"])
        return (
            f"{text} The list has no citable id yet: the sha256 of {names} is not known, since it "
            "could not be had when this was written, so there is no file here."
        )
    done = [
        f"{one['name']} ({sum(one['removed'].values())} rows)"
        for one in said["corrections"]
        if sum(one["removed"].values())
    ]
    return (
        f"{text} Split {said['id']}, sha256 {said['sha256']}: made from the file below by removing "
        f"{', '.join(done) or 'nothing'} and by moving 5 % of the training identities to val. The "
        "videos are not part of it."
    )


def _splits(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record set of the partitions, with their counts and digests inside."""
    stated = {name: {"clips": number} for name, number in said.get("stated", {}).items()}
    parts = said.get("splits", stated)
    columns = [name for name in _COUNTS if any(name in part for part in parts.values())]
    data = [
        {"splits/name": part, "splits/url": SPLIT_TERMS[part]}
        | {f"splits/{name}": parts[part][name] for name in columns if name in parts[part]}
        for part in PARTITIONS
        if part in parts
    ]
    text = "The partitions; their sha256 covers id, parameters and list."
    if stated and "splits" not in said:
        text = "The partitions, with the counts that the literature states."
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": text,
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [column("splits", name) for name in ("name", "url", *columns)],
        "data": data,
    }


def _mini(dataset: str) -> tuple[list[Any], list[Any]]:
    table = split_files(dataset, "mini")[0]
    pairs = table.with_name(f"{table.stem}.pairs.csv")
    files = [_local("clips.csv", table), _local("pairs.csv", pairs)]
    records = [
        _records("clips", "One row for each clip.", "clips.csv", _columns(dataset)),
        _records("pairs", "Whose clip is animated by whose.", "pairs.csv", PAIR_COLUMNS),
    ]
    return files, records


def _real(dataset: str, said: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    files = [
        _file(one["name"], one["urls"][0], one["sha256"], one.get("bytes"))
        for one in said["upstream"]
        if one["sha256"] != UNPINNED
    ]
    text = "The rows as their authors published them, before any correction; val is not in them."
    tables = [file["@id"] for file in files if file["encodingFormat"] == "text/csv"]
    return files, [_records("rows", text, table, _columns(dataset)) for table in tables]


def _columns(dataset: str) -> tuple[str, ...]:
    return _CLIPS if dataset in _WITH_PEOPLE else _CLIPS[:-1]


def _local(name: str, path: Path) -> dict[str, Any]:
    url = f"../splits/{path.parent.name}/{path.name}"
    return _file(name, url, sha256(path), path.stat().st_size)


def _file(name: str, url: str, digest: str, size: int | None) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": url,
        **({"contentSize": f"{size} B"} if size is not None else {}),
        "encodingFormat": _ENCODINGS.get(Path(name).suffix, "application/octet-stream"),
        "sha256": digest,
    }


def _records(name: str, text: str, file: str, columns: Sequence[str]) -> dict[str, Any]:
    fields = [column(name, one, file=file) for one in columns]
    return {
        "@type": "cr:RecordSet", "@id": name, "name": name, "description": text, "field": fields,
    }  # fmt: skip


def path_of(dataset: str, profile: str) -> Path:
    """Return where a description is committed."""
    return FOLDER / f"{split_id(dataset, profile)}.json"


def as_json(dataset: str, profile: str) -> str:
    """Return a description as the text of its file; the same each time."""
    return json.dumps(description(dataset, profile), indent=2, ensure_ascii=False) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a description is not what it should be."""
    parser = argparse.ArgumentParser(
        prog="python -m datasets.croissant",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    args = parser.parse_args(argv)
    wrong = 0
    for dataset in DATASETS:
        for profile in PROFILES:
            path, text = path_of(dataset, profile), as_json(dataset, profile)
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            wrong += 1
            if args.check:
                sys.stderr.write(f"{path}: is stale; run 'python -m datasets.croissant'\n")
            else:
                write_text(path, text)
                sys.stdout.write(f"wrote {path}\n")
    return 1 if args.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
