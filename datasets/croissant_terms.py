"""The words of the Croissant descriptions: their vocabulary, the columns, the data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The JSON-LD context of Croissant 1.0."""

SPLIT_TERMS = {
    "train": "cr:TrainingSplit",
    "val": "cr:ValidationSplit",
    "test": "cr:TestSplit",
}

_COLUMNS: dict[str, tuple[str, str]] = {
    "video_id": ("sc:Text", "Name of the source video without suffix."),
    "start": ("sc:Integer", "First frame at the reference rate."),
    "end": ("sc:Integer", "First frame that is not included, at the reference rate."),
    "bbox": ("sc:Text", "left-top-right-bottom in pixels of the reference picture."),
    "fps": ("sc:Float", "Reference rate in frames per second."),
    "width": ("sc:Integer", "Width of the reference picture in pixels."),
    "height": ("sc:Integer", "Height of the reference picture in pixels."),
    "partition": ("sc:Text", "The split."),
    "person_id": ("sc:Text", "The person."),
    "pair_id": ("sc:Text", "Name of the pair."),
    "source": ("sc:Text", "Clip whose first frame is the source picture."),
    "driving": ("sc:Text", "Clip whose frames drive."),
    "name": ("sc:Text", "Name of the split."),
    "url": ("sc:URL", "What the split is for."),
    "clips": ("sc:Integer", "Number of clips."),
    "videos": ("sc:Integer", "Number of source videos."),
    "persons": ("sc:Integer", "Number of persons."),
    "frames": ("sc:Integer", "Number of frames at the reference rate."),
    "sha256": ("sc:Text", "Digest of id, parameters and list."),
}


def column(record_set: str, name: str, *, file: str | None = None) -> dict[str, Any]:
    """Return a field of a record set.

    Args:
        record_set: Id of the record set.
        name: One of the known columns.
        file: Id of the CSV file that it is a column of; None if its values are given inline.
    """
    kind, text = _COLUMNS[name]
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{record_set}/{name}",
        "name": name,
        "description": text,
        "dataType": kind,
    }
    if file is not None:
        found["source"] = {"fileObject": {"@id": file}, "extract": {"column": name}}
    if file is not None and name == "partition":
        found["references"] = {"field": {"@id": "splits/name"}}
    return found


@dataclass(frozen=True)
class About:
    """What a description says of a data set besides the registry and the split files.

    Attributes:
        text: What it is.
        published: Day on which the list, as it is used here, was published; the year of the paper
            where no more is known.
        rai: Name in Croissant's RAI vocabulary -> text.
        cite: What to cite, where that is not the data set of the registry.
    """

    text: str
    published: str
    rai: Mapping[str, str]
    cite: str = ""


_FACES = (
    "Faces and bodies of real people who can be recognised and were not asked. Do not use them to "
    "identify, imitate or deceive anybody."
)
_OURS = """@misc{taichihdbenchmark2026,
  title = {Tai-Chi-HD: a benchmark and dataset suite for image animation},
  author = {{The authors of the Tai-Chi-HD benchmark}},
  year = {2026}
}"""
_MINI = {
    "dataCollection": "Rendered by a deterministic program from a seed; nothing was recorded.",
    "personalSensitiveInformation": "None: no real person, place or work is shown.",
    "dataLimitations": "Drawings: numbers measured on them say nothing about real videos.",
}


def _mini(what: str) -> About:
    text = f"A procedural world that stands in for a real data set offline: {what}. Ground truth "
    text += "(keypoints, flow, occlusion, parts) is exact."
    return About(text, "2026-11-22", _MINI, _OURS)


ABOUT: dict[tuple[str, str], About] = {
    ("taichi-hd", "full"): About(
        "Chunks of YouTube videos of people who do Tai-Chi, cut by fixed square boxes.",
        "2019-09-16",
        {
            "dataCollection": "Person boxes tracked by a Mask R-CNN in YouTube videos.",
            "dataBiases": "A third of the test chunks come from two 59.94-fps videos of 28.",
            "personalSensitiveInformation": _FACES,
            "dataUseCases": "Training and measuring image animation in research.",
        },
    ),
    ("voxceleb", "full"): About(
        "Chunks of YouTube interviews with celebrities, cut by face boxes that are not square.",
        "2020-05-08",
        {
            "dataCollection": "Face boxes tracked in the utterances of VoxCeleb1.",
            "dataBiases": "One of the 12 test persons has 39 % of the test frames.",
            "personalSensitiveInformation": _FACES,
            "dataUseCases": "Training and measuring image animation in research.",
        },
    ),
    ("fashion", "full"): About(
        "Videos of one model each, turning around before a white background.",
        "2019",
        {
            "dataBiases": "One kind of picture: a model in a studio, turning around on white.",
            "personalSensitiveInformation": _FACES,
            "dataUseCases": "Training and measuring image animation in research.",
        },
    ),
    ("mgif", "full"): About(
        "Animated GIFs of walking and running cartoon animals.",
        "2019",
        {
            "dataCollection": "By image search for walk cycles of animals.",
            "dataLimitations": "No licence is known of any of the drawings.",
            "dataUseCases": "Training and measuring image animation in research.",
        },
    ),
    ("taichi-hd", "mini"): _mini("an articulated person who moves slowly"),
    ("voxceleb", "mini"): _mini("a head that turns, nods, blinks and speaks"),
    ("fashion", "mini"): _mini("a dressed figure that turns around on white"),
    ("mgif", "mini"): _mini("cartoon animals that walk on white"),
}
"""(data set, profile) -> what to say of it."""
